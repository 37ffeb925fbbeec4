"""Responses that were made: read again, stopped and deleted, with the items that they answer."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router

from apps.accounts.models import User
from apps.api import outcomes
from apps.api.answering import Answer
from apps.api.auth import may_admin, may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.numbers import IN_DIGITS
from apps.api.openai.responses import stream_response
from apps.api.openai.wire.responses_request import RESPONSE_PREFIX
from apps.api.openai.wire.responses_response import begun, echo_of_run, ended, failed, input_items, thoughts_of
from apps.api.run_requests import run_url
from apps.api.schemas import DeletedResponse, InputItems, ResponseObject, with_errors
from apps.api.start import Started, finder
from apps.runs import actions
from apps.runs.models import Run
from apps.runs.reading import queries
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.reading.web_account import web_account

router = Router(tags=["OpenAI-compatible"])


@router.get(
    "/responses/{response_id}", auth=may_read, response=with_errors({200: ResponseObject}), summary="Get a response"
)
def get_response(
    request: HttpRequest, response_id: str, stream: bool = False, starting_after: int | None = None
) -> Any:
    """Read a response again, as its run is now. Of its request only what the run keeps is repeated.

    With `stream=true` it comes as events from its beginning, while it is made or later; hanging up stops nothing.
    """
    run = _find(request, response_id)
    if starting_after is not None:
        sentence = "starting_after: A stream comes from its beginning. The runs API has events that go on behind an id."
        raise ApiError(400, "unsupported_parameter", sentence, "starting_after")
    if stream:
        started = Started(run, run_url(request, run.public_id), [], is_detached=True)
        return stream_response(started, echo_of_run(run), with_fusion=False)
    return _document(request, run)


@router.post(
    "/responses/{response_id}/cancel",
    auth=may_run,
    response=with_errors({200: ResponseObject}),
    summary="Stop a response",
)
def cancel_response(request: HttpRequest, response_id: str) -> Any:
    """Stop the run of a response, made with `background` or not. One that has ended stays as it is."""
    run = _find(request, response_id, queries.find_editable_run)
    if run.is_live():
        actions.cancel_run(run)
    return _document(request, _find(request, response_id))


@router.get(
    "/responses/{response_id}/input_items",
    auth=may_read,
    response=with_errors({200: InputItems}),
    summary="List a response's input",
)
def list_input_items(
    request: HttpRequest,
    response_id: str,
    after: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=100), IN_DIGITS] = 20,
    order: Literal["asc", "desc"] = "desc",
) -> Any:
    """List the conversation that a response answers: instructions, earlier turns and its input, the newest first."""
    run = _find(request, response_id)
    items = input_items(run.public_id, run.messages)
    items = items if order == "asc" else items[::-1]
    places = {item["id"]: at for at, item in enumerate(items)}
    if after and after not in places:
        raise ApiError(400, "invalid_parameter", "after: That is no item of this response.", "after")
    start = places[after] + 1 if after else 0
    page = items[start : start + limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else "",
        "last_id": page[-1]["id"] if page else "",
        "has_more": start + limit < len(items),
    }


@router.delete(
    "/responses/{response_id}",
    auth=may_admin,
    response=with_errors({200: DeletedResponse}),
    summary="Delete a response",
)
def delete_response(request: HttpRequest, response_id: str) -> Any:
    """Delete the run of a response, with its calls, findings and shares."""
    actions.delete_run(_find(request, response_id, queries.find_editable_run))
    return {"id": response_id, "object": "response", "deleted": True}


def _document(request: HttpRequest, run: Run) -> dict[str, Any]:
    echo, url = echo_of_run(run), run_url(request, run.public_id)
    if not run.is_final:
        return begun(run, echo, "cancelled" if run.cancel_requested else "in_progress")
    snapshot = take_snapshot(run)
    try:
        text = outcomes.text_of(snapshot, url)
        outcomes.note_kind(request, snapshot)
        answer = Answer(snapshot, text, web_account(snapshot))
        return ended(run, echo, answer, url, thoughts=thoughts_of(snapshot))
    except ApiError as error:
        return failed(run, echo, error)


def _find(request: HttpRequest, response_id: str, look_up: Callable[[User, str], Run] = queries.find_run) -> Run:
    """Return a run by a response's id; a foreign one and one that never was are refused alike."""
    inner = response_id.removeprefix(RESPONSE_PREFIX)
    # What is looked for is ours in form: an address may hold a NUL, which PostgreSQL does not take.
    is_ours = response_id.startswith(RESPONSE_PREFIX) and inner.isalnum()
    run = finder(owner_of(request), look_up)(inner) if is_ours else None
    if run is None:
        raise not_found("response")
    return run
