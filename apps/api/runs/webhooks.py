"""The webhook of a run: how its delivery stands, and sending it again. Batches answer in the same form."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status as Answered
from pydantic import Field

from apps.api.auth import may_read, may_run
from apps.api.errors import NO_RETRY, ApiError
from apps.api.runs.routes import RunId, find, find_editable
from apps.api.schemas import Document, with_errors
from apps.runs.lifecycle import webhooks
from apps.runs.models import Delivery, DeliveryStatus, Run, WebhookDelivery

router = Router(tags=["Runs"])


class AttemptDocument(Document):
    """One request to the receiver."""

    at: datetime
    """When it began."""
    duration_s: float
    """Seconds until the answer, or until it was given up."""
    http_status: int | None
    """The status that the receiver answered with; `null` without an answer."""
    sentence: str
    """The outcome, in words."""


class WebhookDocument(Document):
    """The message that a run or a batch has ended, and how its delivery stands."""

    message_id: str = Field(examples=["msg_2sF0b9Xw1Qp7LmZaKd83vTyR"])
    """The header `webhook-id`: the same in each attempt."""
    url: str
    """Its receiver."""
    status: DeliveryStatus
    """`waiting` before the end and while it is tried; `delivered`; or `failed`, after the last attempt."""
    due_at: datetime | None
    """When it is tried next; `null` before the end, or if nothing is left to try."""
    attempts: list[AttemptDocument]
    """The attempts so far, the first one first."""


@router.get(
    "/runs/{run_id}/webhook", auth=may_read, response=with_errors({200: WebhookDocument}), summary="Get a webhook"
)
def run_webhook(request: HttpRequest, run_id: RunId) -> Any:
    """Read how the delivery of a run's message stands."""
    return webhook_document(_found(find(request, run_id)))


@router.post(
    "/runs/{run_id}/webhook/send",
    auth=may_run,
    response=with_errors({202: WebhookDocument}),
    summary="Send a webhook again",
)
def send_webhook_again(request: HttpRequest, run_id: RunId) -> Any:
    """Deliver a message once more that was delivered or given up; the attempts are counted anew."""
    return answer_sent_again(_found(find_editable(request, run_id)))


def answer_sent_again(delivery: Delivery) -> Any:
    """Send a message again, and return the answer that says so; raise :class:`ApiError` for one that is not over."""
    if delivery.status is DeliveryStatus.WAITING:
        sentence = "The message is not over yet: it waits for the end, or for its next attempt."
        raise ApiError(409, "not_now", sentence, headers=NO_RETRY)
    webhooks.send_again(delivery)
    delivery.refresh_from_db()
    return Answered(202, webhook_document(delivery))


def _found(run: Run) -> WebhookDelivery:
    delivery = WebhookDelivery.objects.filter(run=run).first()
    if delivery is None:
        raise ApiError(404, "not_found", "This run was made without a webhook.")
    return delivery


def webhook_document(delivery: Delivery) -> dict[str, Any]:
    """Return how the delivery of a message stands."""
    fields = ("message_id", "url", "status", "due_at")
    attempts = [attempt.model_dump() for attempt in delivery.attempts]
    return {name: getattr(delivery, name) for name in fields} | {"attempts": attempts}
