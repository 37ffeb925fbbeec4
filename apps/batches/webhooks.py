"""Telling a program's own server that its batch has ended: sent, signed and tried again as the messages of runs are."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import User
from apps.batches import access
from apps.batches.models import BatchDelivery, BatchRow, BatchState
from apps.batches.reading import counts_of
from apps.fusion.vocabulary import Status
from apps.runs.lifecycle.webhooks import attempt_delivery, is_due, send_due
from apps.runs.models import DeliveryStatus


def ended_deliveries() -> QuerySet[BatchDelivery]:
    """Return the messages of batches that are done or cancelled, with no run at work any more."""
    at_work = BatchRow.objects.filter(batch=OuterRef("batch"), status=Status.RUNNING)
    return BatchDelivery.objects.filter(~Exists(at_work), batch__state__in=[BatchState.DONE, BatchState.CANCELLED])


def deliveries_of(user: User) -> QuerySet[BatchDelivery]:
    """Return the messages of a person's batches that have ended, the newest first, each with its batch."""
    return ended_deliveries().filter(batch__in=access.editable_batches(user)).select_related("batch").order_by("-pk")


def due_deliveries() -> QuerySet[BatchDelivery]:
    """Return those that :func:`send_due_deliveries` sends."""
    return ended_deliveries().filter(is_due())


def send_due_deliveries() -> None:
    """Send the messages of batches that have ended to the workers, each to one at a time."""
    send_due(ended_deliveries(), "batches.deliver_webhook")


def deliver(pk: int) -> None:
    """Make one attempt to deliver the message of a batch; none if it is over, or its batch deleted or at work again."""
    waiting = ended_deliveries().filter(pk=pk, status=DeliveryStatus.WAITING)
    delivery = waiting.select_related("batch__owner", "batch__api_key").first()
    if delivery is not None:
        attempt_delivery(delivery, message_of(delivery), delivery.batch.owner, delivery.batch.api_key)


def message_of(delivery: BatchDelivery) -> dict[str, Any]:
    """Return the body of a message: that a batch has ended, how its rows did, and where it is; money is USD."""
    batch = delivery.batch
    counts = counts_of([batch])[batch.pk]
    ended_at = batch.ended_at.isoformat() if batch.ended_at else None
    return {
        "type": "batch.ended",
        "timestamp": ended_at,
        "data": {
            "id": batch.public_id,
            "status": batch.state,
            "url": delivery.site + batch.get_absolute_url(),
            "api_url": f"{delivery.site}/api/v1/batches/{batch.public_id}",
            "created_at": batch.created_at.isoformat(),
            "ended_at": ended_at,
            "counts": counts.by_name,
            "cost": counts.known_cost,
            "cost_is_complete": counts.cost_is_complete,
            "metadata": batch.metadata,
        },
    }
