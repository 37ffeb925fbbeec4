"""Telling a program's own server that its run has ended: signed, sent at least once, tried again for half a day.

The messages of batches (``apps/batches/webhooks.py``) are sent by the same means.

Requests and signatures are as the Standard Webhooks specification has them (version 1, symmetric), so receivers check
them with its libraries. The message says that a run has ended and where it is; what it says is read by the API.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import time
from datetime import timedelta
from typing import Any

import httpx
import orjson
from celery import current_app
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from apps.accounts import api_keys
from apps.accounts.models import ApiKey, User
from apps.fusion.cost import known_total
from apps.outbound import clients
from apps.outbound.clients import PUBLIC_ONLY, PrivateAddress
from apps.runs.lifecycle.transitions import BULK_RANK, ONE_RETRY
from apps.runs.models import UNFINISHED, Delivery, DeliveryAttempt, DeliveryStatus, WebhookDelivery

log = logging.getLogger(__name__)

BATCH = 100
TIMEOUT_S = 15.0
"""Seconds that a receiver has for its answer."""
LEASE_S = 120.0
"""Seconds after which an attempt whose worker gives no sign is made again."""
WAITS_S = (5, 60, 5 * 60, 30 * 60, 2 * 3600, 9 * 3600)
"""Seconds between an attempt that failed and the next; after the last the message is given up."""
BROKE = "Something went wrong inside FusionWeb; the log of the worker has the details."
GONE = 410
"""The status with which a receiver says that it wants no more."""


def send_due_deliveries() -> None:
    """Send the messages of runs that have ended to the workers, each to one at a time."""
    send_due(_ended_deliveries(), "runs.deliver_webhook")


def due_deliveries() -> QuerySet[WebhookDelivery]:
    """Return those that :func:`send_due_deliveries` sends."""
    return _ended_deliveries().filter(is_due())


def _ended_deliveries() -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.exclude(run__status__in=UNFINISHED)


def is_due() -> Q:
    """Return the condition that a message is to be sent now, if it is about what has ended."""
    return Q(Q(due_at=None) | Q(due_at__lte=timezone.now()), status=DeliveryStatus.WAITING)


def send_due(ended: QuerySet[Any], task: str) -> None:
    """Send those of ``ended`` that are due to the workers, each to one at a time.

    ``ended`` are messages about what has ended, and ``task`` is given the key of one.
    """
    due_now, until = is_due(), timezone.now() + timedelta(seconds=LEASE_S)
    for pk in ended.filter(due_now).values_list("pk", flat=True)[:BATCH]:
        is_mine = ended.model._default_manager.filter(due_now, pk=pk).update(due_at=until)
        try:
            if is_mine:
                current_app.send_task(task, args=[pk], queue="calls", priority=BULK_RANK, retry_policy=ONE_RETRY)
        except (BrokerAway, OSError):
            return  # the lease ends, and a later round sends it


def deliver(pk: int) -> None:
    """Make one attempt to deliver the message of a run; none if it is over or its run is deleted.

    A run that went on while the message stood in the queue tells of its own end: the lease ends, and it is sent again.
    """
    waiting = _ended_deliveries().filter(pk=pk, status=DeliveryStatus.WAITING)
    delivery = waiting.select_related("run__owner", "run__api_key").first()
    if delivery is not None:
        attempt_delivery(delivery, message_of(delivery), delivery.run.owner, delivery.run.api_key)


def attempt_delivery(delivery: Delivery, message: dict[str, Any], owner: User, key: ApiKey | None) -> None:
    """Make one attempt to deliver a message, signed with the key that asked for it, and write how it went."""
    began, at = time.monotonic(), timezone.now()
    if key is None or not api_keys.is_valid(key) or not owner.is_active:
        status, sentence, is_last = None, "The key that asked for this message is revoked or expired.", True
    else:
        try:
            status, sentence = asyncio.run(_post(delivery, message, key, {PUBLIC_ONLY: not owner.is_superuser}))
        except Exception:  # the boundary of a message: an attempt that is not counted would be made for ever
            log.exception("The message %s could not be sent", delivery.message_id)
            status, sentence = None, BROKE
        is_last = status == GONE
    attempt = DeliveryAttempt(at=at, duration_s=time.monotonic() - began, http_status=status, sentence=sentence)
    _write(delivery, attempt, is_last=is_last)


def send_again(delivery: Delivery) -> None:
    """Let a message that was given up, or taken, be delivered once more, with its waits from the start."""
    over = type(delivery)._default_manager.filter(pk=delivery.pk).exclude(status=DeliveryStatus.WAITING)
    over.update(status=DeliveryStatus.WAITING, due_at=None, attempts=())


def signature(key: ApiKey, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of ``webhook-signature`` for a message; ``timestamp`` is in seconds since 1970."""
    secret = base64.b64decode(api_keys.webhook_secret(key).removeprefix(api_keys.WEBHOOK_SECRET_BEGINNING))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def message_of(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return the body of a message: that a run has ended, how, and where it is; money is USD."""
    run = delivery.run
    cost = known_total(run.cost, run.cost_is_complete)
    return {
        "type": "run.ended",
        "timestamp": (run.ended_at or timezone.now()).isoformat(),
        "data": {
            "id": run.public_id,
            "status": run.status,
            "url": f"{delivery.site}/runs/{run.public_id}/",
            "api_url": f"{delivery.site}/api/v1/runs/{run.public_id}",
            "created_at": run.created_at.isoformat(),
            "ended_at": run.ended_at.isoformat() if run.ended_at else None,
            "agreement": run.agreement,
            "cost": None if cost is None else float(cost),
            "cost_is_complete": run.cost_is_complete,
            "metadata": run.metadata,
        },
    }


async def _post(
    delivery: Delivery, message: dict[str, Any], key: ApiKey, extensions: dict[str, Any]
) -> tuple[int | None, str]:
    """Return the receiver's HTTP status, ``None`` without one, and a sentence."""
    body, timestamp = orjson.dumps(message), int(time.time())
    headers = {
        "content-type": "application/json",
        "user-agent": "FusionWeb",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(key, delivery.message_id, timestamp, body),
    }
    host = httpx.URL(delivery.url).host
    try:
        async with asyncio.timeout(TIMEOUT_S), clients.client(timeout=TIMEOUT_S) as client:
            request = client.build_request("POST", delivery.url, content=body, headers=headers, extensions=extensions)
            answer = await client.send(request, stream=True)  # its body is not read, however long
            await answer.aclose()
    except (TimeoutError, httpx.TimeoutException):
        return None, f"{host} did not answer within {TIMEOUT_S:g} s."
    except PrivateAddress as error:
        return None, str(error)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, f"{host} cannot be reached ({type(error).__name__})."
    if answer.is_success:
        return answer.status_code, f"{host} took the message."
    beside = ", and redirects are not followed" if answer.is_redirect else ""
    return answer.status_code, f"{host} answered {answer.status_code}{beside}."


def _write(delivery: Delivery, attempt: DeliveryAttempt, *, is_last: bool) -> None:
    rows = type(delivery)._default_manager.select_for_update()
    with transaction.atomic():
        # By its id, because a batch that is retried meanwhile has another message to send.
        row = rows.filter(message_id=delivery.message_id, status=DeliveryStatus.WAITING).first()
        if row is None:
            return
        row.attempts = (*row.attempts, attempt)
        row.due_at = None
        if attempt.http_status is not None and 200 <= attempt.http_status < 300:
            row.status = DeliveryStatus.DELIVERED
        elif is_last or len(row.attempts) > len(WAITS_S):
            row.status = DeliveryStatus.FAILED
        else:
            row.due_at = timezone.now() + timedelta(seconds=WAITS_S[len(row.attempts) - 1])
        row.save(update_fields=["attempts", "due_at", "status"])
