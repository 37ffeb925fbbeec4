"""Batches in our own form: a prompt with the rows of a table, started, paused, retried, cancelled and read."""

import json
from dataclasses import replace
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.responses import Status as Answered

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey
from apps.api.auth import may_admin, may_read, may_run, owner_of
from apps.api.batches import made_once
from apps.api.errors import NO_RETRY, ApiError, not_found
from apps.api.numbers import IN_DIGITS
from apps.api.run_requests import resolve_request
from apps.api.runs.batch_schemas import BatchChange, BatchChecks, BatchCreate, BatchDocument, BatchList, RowList
from apps.api.runs.routes import run_request_of
from apps.api.runs.templates import find_template
from apps.api.runs.webhooks import WebhookDocument, answer_sent_again, webhook_document
from apps.api.schemas import with_errors
from apps.api.webhooks import checked_webhook
from apps.batches import actions, checking
from apps.batches.actions import BatchRequest, InvalidBatch, Once
from apps.batches.models import Batch, BatchState, PromptVersion
from apps.batches.reading import (
    LIST_BATCHES,
    PAGE_ROWS,
    BatchCounts,
    batches_of,
    counts_of,
    estimate_batch,
    rows_of,
    spreads_of,
)
from apps.batches.results import row_document
from apps.batches.templates import find_version
from apps.fusion.value_tables import BadTable, ValueTable, read_table
from apps.runs.reading.queries import LARGEST_ID
from apps.site_url import site_url

router = Router(tags=["Batches"])

BatchId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,20}$", examples=["k3Xw9Qp2LmZa"])]
NOT_IN_BATCHES = ("thread", "earlier_answers", "from_slot", "priority")


@router.post("/batches", auth=may_run, response=with_errors({201: BatchDocument}), summary="Make a batch")
def create_batch(request: HttpRequest, body: BatchCreate) -> Any:
    """Run one prompt with each row of a table, or the same several times, with the priority `bulk`.

    With `start: false` the answer says what it should cost, and nothing runs before it is started. With the header
    `Idempotency-Key`, the same request makes one batch, however often it is sent.
    """
    key: ApiKey = request.auth  # type: ignore[attr-defined]

    def make(once: Once) -> Batch:
        version = find_version(find_template(request, body.template)) if body.template else None
        return actions.create_batch(key.owner, replace(_wanted(request, body, version), once=once))

    try:
        batch = made_once(request, make)
        if body.start and batch.state is BatchState.READY:
            actions.start_batch(batch)
    except (InvalidBatch, BadTable) as error:
        raise ApiError(400, "invalid_batch", error.sentence, error.field) from None
    return Answered(201, _document(request, _find(request, batch.public_id)))


@router.get("/batches", auth=may_read, response=with_errors({200: BatchList}), summary="List batches")
def list_batches(
    request: HttpRequest,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST_ID), IN_DIGITS] = None,
    limit: Annotated[int, Query(ge=1, le=100), IN_DIGITS] = LIST_BATCHES,
) -> Any:
    """Newest first."""
    found = batches_of(owner_of(request), cursor, limit + 1)
    counts = counts_of(found)
    return {
        "data": [_document(request, batch, counts[batch.pk]) for batch in found[:limit]],
        "next_cursor": str(found[limit - 1].pk) if len(found) > limit else None,
    }


@router.get("/batches/{batch_id}", auth=may_read, response=with_errors({200: BatchDocument}), summary="Get a batch")
def get_batch(request: HttpRequest, batch_id: BatchId) -> Any:
    """Read how far a batch has come."""
    return _document(request, _find(request, batch_id))


@router.get(
    "/batches/{batch_id}/rows",
    auth=may_read,
    response=with_errors({200: RowList}),
    summary="List the rows of a batch",
)
def list_rows(
    request: HttpRequest,
    batch_id: BatchId,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID), IN_DIGITS] = 0,
    limit: Annotated[int, Query(ge=1, le=200), IN_DIGITS] = PAGE_ROWS,
) -> Any:
    """The rows with their answers and checks, in order."""
    batch = _find(request, batch_id)
    found = rows_of(batch, after, limit + 1)
    more = found[limit - 1].number if len(found) > limit else None
    spreads = spreads_of(batch, [row.line for row in found[:limit]])
    return {"data": [row_document(row, spreads.get(row.line)) for row in found[:limit]], "next_after": more}


@router.post(
    "/batches/{batch_id}/start", auth=may_run, response=with_errors({200: BatchDocument}), summary="Start a batch"
)
def start_batch(request: HttpRequest, batch_id: BatchId) -> Any:
    """Start a batch that waits for it."""
    return _after_spending(request, batch_id, actions.start_batch)


@router.post(
    "/batches/{batch_id}/pause", auth=may_run, response=with_errors({200: BatchDocument}), summary="Pause a batch"
)
def pause_batch(request: HttpRequest, batch_id: BatchId) -> Any:
    """Start no more runs; those at work end by themselves."""
    return _after(request, batch_id, actions.pause_batch)


@router.post(
    "/batches/{batch_id}/resume", auth=may_run, response=with_errors({200: BatchDocument}), summary="Resume a batch"
)
def resume_batch(request: HttpRequest, batch_id: BatchId) -> Any:
    """Run what is outstanding; runs that a cap stopped go on."""
    return _after_spending(request, batch_id, actions.start_batch)


@router.post(
    "/batches/{batch_id}/retry", auth=may_run, response=with_errors({200: BatchDocument}), summary="Retry what failed"
)
def retry_batch(request: HttpRequest, batch_id: BatchId) -> Any:
    """Run each row again that failed or was cancelled, as a new run."""
    return _after_spending(request, batch_id, actions.retry_failed)


@router.post(
    "/batches/{batch_id}/repeat", auth=may_run, response=with_errors({201: BatchDocument}), summary="Repeat a batch"
)
def repeat_batch(request: HttpRequest, batch_id: BatchId) -> Any:
    """Make another batch with the same set-up, table, output checks and cap; it waits to be started."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    batch = _editable(request, batch_id)
    try:
        again = actions.repeat_batch(batch, key)
    except InvalidBatch as error:
        raise ApiError(409, "not_now", error.sentence, error.field, headers=NO_RETRY) from None
    return Answered(201, _document(request, _find(request, again.public_id)))


@router.post(
    "/batches/{batch_id}/cancel", auth=may_run, response=with_errors({200: BatchDocument}), summary="Cancel a batch"
)
def cancel_batch(request: HttpRequest, batch_id: BatchId) -> Any:
    """Stop the runs at work, with their texts kept, and start no more."""
    return _after(request, batch_id, actions.cancel_batch)


@router.post("/batches/{batch_id}/cap", auth=may_run, response=with_errors({200: BatchDocument}), summary="Cap a batch")
def set_cap(request: HttpRequest, batch_id: BatchId, body: BatchChange) -> Any:
    """Set what all runs together may cost."""
    return _after_spending(request, batch_id, lambda batch: actions.set_cap(batch, body.cap))


@router.post(
    "/batches/{batch_id}/checks",
    auth=may_run,
    response=with_errors({200: BatchDocument}),
    summary="Change output checks",
)
def change_checks(request: HttpRequest, batch_id: BatchId, body: BatchChecks) -> Any:
    """Check all answers anew, as they are now, with other output checks. No model is asked, and it costs nothing."""
    try:
        checking.change_checks(_editable(request, batch_id), "\n".join(body.checks))
    except InvalidBatch as error:
        raise ApiError(400, "invalid_batch", error.sentence, error.field) from None
    return _document(request, _find(request, batch_id))


@router.post(
    "/batches/{batch_id}/webhook/send",
    auth=may_run,
    response=with_errors({202: WebhookDocument}),
    summary="Send a batch's webhook again",
)
def send_batch_webhook_again(request: HttpRequest, batch_id: BatchId) -> Any:
    """Deliver a message once more that was delivered or given up; the attempts are counted anew."""
    delivery = getattr(_editable(request, batch_id), "webhook", None)
    if delivery is None:
        raise ApiError(404, "not_found", "This batch was made without a webhook.")
    return answer_sent_again(delivery)


@router.delete("/batches/{batch_id}", auth=may_admin, response=with_errors({204: None}), summary="Delete a batch")
def delete_batch(request: HttpRequest, batch_id: BatchId) -> Any:
    """Delete a batch whose runs have ended; the runs stay."""
    _act(_editable(request, batch_id), actions.delete_batch)
    return Answered(204, None)


def _wanted(request: HttpRequest, body: BatchCreate, version: PromptVersion | None) -> BatchRequest:
    """Return the batch that a request asks for. Raise :class:`ApiError`, ``UnknownModel`` or ``BadTable``."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    given = [name for name in NOT_IN_BATCHES if name in body.model_fields_set]
    if given:
        raise ApiError(400, "invalid_parameter", f"A batch has no {given[0]}. Leave it out.", given[0])
    if version and (body.prompt is not None or body.messages is not None):
        raise ApiError(400, "invalid_parameter", "Send a template or a prompt: one of them, not both.", "template")
    wish = body.model_copy(update={"prompt": version.prompt}) if version else body
    resolved, run_request = resolve_request(run_request_of(wish), key)
    return BatchRequest(
        recipe=resolved.recipe,
        name=body.name,
        version=version,
        messages=run_request.messages,
        table=_table(body),
        checks="\n".join(body.checks),
        repetitions=body.repetitions,
        max_cost=body.cap,
        api_key=key,
        metadata=body.metadata,
        webhook="" if body.webhook is None else checked_webhook(body.webhook, key, "webhook"),
        site=site_url(request),
    )


def _table(body: BatchCreate) -> ValueTable | None:
    if body.rows is not None and body.csv is not None:
        raise ApiError(400, "invalid_parameter", "Send rows or csv: one of them, not both.", "csv")
    if body.rows is not None:
        return read_table("\n".join(json.dumps(row) for row in body.rows))
    return None if body.csv is None else read_table(body.csv)


def _after(request: HttpRequest, batch_id: str, action: Any) -> dict[str, Any]:
    _act(_editable(request, batch_id), action)
    return _document(request, _find(request, batch_id))


def _after_spending(request: HttpRequest, batch_id: str, action: Any) -> dict[str, Any]:
    """Do what may make a batch cost more: the key that it was made with pays, so another one has to be an admin's."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    if _editable(request, batch_id).api_key_id != key.pk and not api_keys.allows(key, Scope.ADMIN):
        sentence = "This batch was not made with this key, which would not pay: that needs the scope “admin”."
        raise ApiError(403, "missing_scope", sentence)
    return _after(request, batch_id, action)


def _act(batch: Batch, action: Any) -> None:
    try:
        action(batch)
    except InvalidBatch as error:
        raise ApiError(409, "not_now", error.sentence, error.field, headers=NO_RETRY) from None


def _find(request: HttpRequest, batch_id: str) -> Batch:
    try:
        return actions.find_batch(owner_of(request), batch_id)
    except Batch.DoesNotExist:
        raise not_found("batch") from None


def _editable(request: HttpRequest, batch_id: str) -> Batch:
    try:
        return actions.find_editable_batch(owner_of(request), batch_id)
    except Batch.DoesNotExist:
        raise not_found("batch") from None


def _document(request: HttpRequest, batch: Batch, counts: BatchCounts | None = None) -> dict[str, Any]:
    counts = counts or counts_of([batch])[batch.pk]
    delivery = getattr(batch, "webhook", None)
    return {
        "id": batch.public_id,
        "url": site_url(request) + batch.get_absolute_url(),
        "name": batch.name,
        "state": batch.state,
        "reason": batch.reason,
        "template": batch.version.template.public_id if batch.version else None,
        "version": batch.version.number if batch.version else None,
        "checks": batch.checks.splitlines(),
        "repetitions": batch.repetitions,
        "cap": float(batch.shared_cap.limit) if batch.shared_cap else None,
        "cost": counts.known_cost,
        "cost_is_complete": counts.cost_is_complete,
        "counts": counts.by_name,
        "estimate": _estimate(batch) if batch.state is BatchState.READY else None,
        "metadata": batch.metadata,
        "webhook": webhook_document(delivery) if delivery else None,
        "created_at": batch.created_at,
        "started_at": batch.started_at,
        "ended_at": batch.ended_at,
    }


def _estimate(batch: Batch) -> dict[str, Any]:
    found = estimate_batch(batch)
    return {
        "runs": found.runs,
        "calls": found.calls,
        "expected": None if found.expected is None else float(found.expected),
        "most": None if found.most is None else float(found.most),
        "is_complete": found.is_complete,
    }
