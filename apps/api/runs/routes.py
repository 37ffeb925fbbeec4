"""Runs in our own words: make, read, list, stop and go on, share, export; one place for the noun."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Body, Path, Query, Router
from ninja.responses import Status as Answered

from apps.api import documents
from apps.api.auth import key_of, may_admin, may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.estimates import estimate_request
from apps.api.files import check_counts, given_files
from apps.api.heard_runs import create_heard_run
from apps.api.images import images_of
from apps.api.limits import spending_on
from apps.api.numbers import IN_DIGITS
from apps.api.run_requests import RunRequest, run_url
from apps.api.runs.schemas import (
    CallRef,
    ContinueRun,
    EstimateDocument,
    FuseAgain,
    RetryCall,
    RunCreate,
    RunDocument,
    RunPage,
    RunSummary,
)
from apps.api.runs.searches import search
from apps.api.schemas import with_errors
from apps.fusion.values import Message
from apps.fusion.vocabulary import Status
from apps.runs import actions
from apps.runs.models import Call, Run
from apps.runs.reading import queries
from apps.runs.reading.queries import BadCursor, Filters, HistoryPage
from apps.runs.reading.searching.run_query import LONGEST_QUERY
from apps.runs.reading.snapshot import take_snapshot

router = Router(tags=["Runs"])

RunId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,20}$", examples=["k3Xw9Qp2LmZa"])]
CallId = Annotated[int, Path(ge=1, le=queries.LARGEST_ID), IN_DIGITS]


@router.post("/runs", auth=may_run, response=with_errors({201: RunDocument}), summary="Make a run")
def create_run(request: HttpRequest, body: RunCreate) -> Any:
    """Make a run and return at once; follow the run's events, or read it again.

    With the header `Idempotency-Key`, the same request makes one run, however often it is sent.
    """
    return Answered(201, run_document(request, create_heard_run(run_request_of(body), request, request.body)))


@router.get("/runs", auth=may_read, response=with_errors({200: RunPage}), summary="List runs")
def list_runs(
    request: HttpRequest,
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=100), IN_DIGITS] = 50,
    status: Status | None = None,
    preset: Annotated[str, Query(max_length=50)] = "",
    model: Annotated[str, Query(max_length=255)] = "",
    since: datetime | None = None,
    until: datetime | None = None,
    q: Annotated[str, Query(max_length=LONGEST_QUERY, examples=["has:contradiction agreement<0.5"])] = "",
    sort: Literal["newest", "best"] = "newest",
) -> Any:
    """Newest first. `model` is one that any call of the run asked; `since` and `until` are times of creation.

    `q` is a search as the page takes it, and stands alone; only it can be sorted by the `best` match.
    """
    wanted = Filters(status, _plain(preset), _plain(model), _aware(since), _aware(until))
    try:
        if q.strip():
            if wanted.lookups or wanted.model:
                raise ApiError(400, "invalid_parameter", "Put all conditions into q.", "q")
            page: HistoryPage = search(owner_of(request), q, cursor, limit, by_relevance=sort == "best")
        else:
            page = queries.filtered(owner_of(request), wanted, cursor, limit)
    except BadCursor:
        raise ApiError(400, "invalid_parameter", "No page gave this cursor.", "cursor") from None
    return {"data": [summary_of(request, run) for run in page.runs], "next_cursor": page.next_cursor or None}


@router.get("/runs/{run_id}", auth=may_read, response=with_errors({200: RunDocument}), summary="Get a run")
def get_run(request: HttpRequest, run_id: RunId) -> Any:
    """Read a run with its calls, analysis and bill. The texts of calls that are still at work come as events."""
    return run_document(request, find(request, run_id))


@router.delete("/runs/{run_id}", auth=may_admin, response=with_errors({204: None}), summary="Delete a run")
def delete_run(request: HttpRequest, run_id: RunId) -> Any:
    """Delete a run with its calls, findings and shares; calls that still stream are stopped."""
    actions.delete_run(find_editable(request, run_id))
    return Answered(204, None)


@router.post("/runs/{run_id}/cancel", auth=may_run, response=with_errors({200: RunDocument}), summary="Stop a run")
def cancel_run(request: HttpRequest, run_id: RunId) -> Any:
    """Stop everything; text so far is kept. A run that has ended stays as it is."""
    run = find_editable(request, run_id)
    if run.is_live():
        actions.cancel_run(run)
    return run_document(request, find(request, run_id))


@router.post("/runs/{run_id}/fuse-now", auth=may_run, response=with_errors({200: RunDocument}), summary="Fuse now")
def fuse_now(request: HttpRequest, run_id: RunId) -> Any:
    """Stop waiting for the panel and go on with the answers that are ready.

    The calls that are left out are stopped, except in a run that was made on the page, where they may still finish.
    """
    run = find_editable(request, run_id)
    with spending_on(run, key_of(request)):
        actions.fuse_now(run)
    return run_document(request, find(request, run_id))


@router.post("/runs/{run_id}/fuse-again", auth=may_run, response=with_errors({200: RunDocument}), summary="Fuse again")
def fuse_again(request: HttpRequest, run_id: RunId, body: FuseAgain) -> Any:
    """Judge and fuse these columns anew: of each its newest answer, else its newest text that broke off."""
    run = find_editable(request, run_id)
    with spending_on(run, key_of(request)):
        actions.fuse_again(run, body.slots, body.takes)
    return run_document(request, find(request, run_id))


@router.post("/runs/{run_id}/continue", auth=may_run, response=with_errors({200: RunDocument}), summary="Go on")
def continue_run(request: HttpRequest, run_id: RunId, body: ContinueRun) -> Any:
    """Let a run that a cap stopped go on, with a higher cap of its own."""
    run = find_editable(request, run_id)
    with spending_on(run, key_of(request)):
        actions.continue_run(run, body.max_cost)
    return run_document(request, find(request, run_id))


@router.post("/calls/{call_id}/retry", auth=may_run, response=with_errors({201: CallRef}), summary="Retry a call")
def retry_call(request: HttpRequest, call_id: CallId, body: Annotated[RetryCall | None, Body()] = None) -> Any:
    """Ask a panel model again, or another in its place: a new take beside the old one."""
    call = find_editable_call(request, call_id)
    with spending_on(call.run, key_of(request)):
        again = actions.retry_call(call, (body and body.model) or "", owner_of(request))
    return Answered(201, call_reference(again))


@router.post("/calls/{call_id}/cancel", auth=may_run, response=with_errors({200: CallRef}), summary="Stop a call")
def cancel_call(request: HttpRequest, call_id: CallId) -> Any:
    """Stop one call; its text so far is kept, and its run goes on without it. One that has ended stays as it is."""
    call = find_editable_call(request, call_id)
    actions.cancel_call(call)
    call.refresh_from_db()
    return Answered(200, call_reference(call))


@router.post("/estimates", auth=may_read, response=with_errors({200: EstimateDocument}), summary="Estimate a run")
def estimate_run(request: HttpRequest, body: RunCreate) -> Any:
    """Estimate the cost of a run before it is made."""
    return documents.estimate_document(estimate_request(run_request_of(body), key_of(request)))


def find(request: HttpRequest, run_id: str) -> Run:
    """Return a run that the key's owner may read; raises :class:`ApiError` for any other."""
    try:
        return queries.find_run(owner_of(request), run_id)
    except Run.DoesNotExist:
        raise not_found("run") from None


def find_editable(request: HttpRequest, run_id: str) -> Run:
    """Return a run that the key's owner may change; raises :class:`ApiError` for any other."""
    try:
        return queries.find_editable_run(owner_of(request), run_id)
    except Run.DoesNotExist:
        raise not_found("run") from None


def find_editable_call(request: HttpRequest, call_id: int) -> Call:
    """Return a call of a run that the key's owner may change; raises :class:`ApiError` for any other."""
    try:
        return queries.find_editable_call(owner_of(request), call_id)
    except Call.DoesNotExist:
        raise not_found("call") from None


def call_reference(call: Call) -> dict[str, Any]:
    """Return a call as it stands where it was made."""
    return {"id": call.pk, "slot": call.slot, "take": call.take, "status": call.status}


def run_request_of(wish: RunCreate) -> RunRequest:
    """Return a request of our own form as a run request; raise :class:`ApiError`."""
    if (wish.prompt is None) == (wish.messages is None):
        raise ApiError(400, "invalid_parameter", "Send a prompt or messages: one of them, not both.", "prompt")
    return RunRequest(
        messages=messages_of(wish) or (Message(role="user", text=wish.prompt or ""),),
        model=wish.model or "",
        options=wish,
        sampling=wish.parameters,
        answer_format=wish.answer_format.value if wish.answer_format else None,
        metadata=wish.metadata,
        webhook_param="webhook",
        files_param="files",
    )


def messages_of(wish: RunCreate) -> tuple[Message, ...]:
    """Return the conversation of a request, empty for none; raise :class:`ApiError` for a bad picture or file."""
    turns = wish.messages or []
    check_counts({f"messages.{at}.files": len(turn.files) for at, turn in enumerate(turns)})
    return tuple(
        Message(
            role=turn.role,
            text=turn.text,
            images=_images(turn.images, f"messages.{at}.images"),
            files=given_files(turn.files, f"messages.{at}.files"),
        )
        for at, turn in enumerate(turns)
    )


def _images(urls: list[str], path: str) -> tuple[str, ...]:
    return images_of({f"{path}.{at}": url for at, url in enumerate(urls)}, path)


def run_document(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Return a run with everything that is known of it."""
    return documents.run_document(take_snapshot(run), run_url(request, run.public_id), run.metadata)


def summary_of(request: HttpRequest, run: Run) -> RunSummary:
    """Return a run as it stands in lists."""
    return RunSummary(
        id=run.public_id,
        url=run_url(request, run.public_id),
        thread=run.thread_id,
        links=documents.links(run.public_id),
        status=Status(run.status),
        title=run.title,
        preset=run.preset,
        created_at=run.created_at,
        ended_at=run.ended_at,
        duration_s=run.duration_s,
        agreement=run.agreement,
        grounding=run.grounding,
        stability=run.stability,
        cost=documents.known_cost(run.cost, run.cost_is_complete),
        cost_is_complete=run.cost_is_complete,
    )


def _plain(text: str) -> str:
    # PostgreSQL takes no NUL, and nothing that is stored has one to be found.
    return text.replace("\x00", "")


def _aware(moment: datetime | None) -> datetime | None:
    """Return a time in UTC, which one without a zone is taken for; PostgreSQL knows fewer zones than Python."""
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ApiError(400, "invalid_parameter", "The time is out of range.", "since or until") from None
