"""Responses: OpenAI's newer contract, as far as text in and text out go; made, read again and deleted."""

from asyncio import to_thread
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from django.http import HttpRequest
from ninja import Router

from apps.accounts.models import User
from apps.api import outcomes, sse
from apps.api.answer_stream import AnswerDelta, EventsReceived, RunFinished, answered, follow, stopping_at_hang_up
from apps.api.auth import may_admin, may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found, of_exception
from apps.api.openai.wire.responses_request import RESPONSE_PREFIX, ResponsesRequest, run_request_of
from apps.api.openai.wire.responses_response import StreamEvents, begun, echo_of, echo_of_run, ended, failed
from apps.api.run_requests import run_url
from apps.api.schemas import STREAM, DeletedResponse, ResponseObject, with_errors
from apps.api.start import Started, finder, start
from apps.runs import actions
from apps.runs.models import Run
from apps.runs.reading import queries
from apps.runs.reading.snapshot import take_snapshot

router = Router(tags=["OpenAI-compatible"])


@router.post(
    "/responses",
    auth=may_run,
    response=with_errors({200: ResponseObject}),
    summary="Answer an input",
    openapi_extra=STREAM,
)
async def create_response(request: HttpRequest, body: ResponsesRequest) -> Any:
    """Ask a panel (`fusion`, `fusion/<preset>`), or one model by its reference, and answer as a response object.

    With `stream: true` the answer comes as server-sent events while it is written.
    """
    started = await start(request, body, lambda find: run_request_of(body, find))
    if body.stream:
        return sse.response(sse.with_heartbeat(_frames(started, body)))
    async with stopping_at_hang_up(started.run, detach=body.is_detached):
        snapshot = await answered(started.run)
    text = await to_thread(outcomes.answer_text, started.run, snapshot, started.url)
    outcomes.note_kind(request, snapshot)
    return ended(started.run, echo_of(body), snapshot, text, started.url, started.notices)


@router.get(
    "/responses/{response_id}", auth=may_read, response=with_errors({200: ResponseObject}), summary="Get a response"
)
def get_response(request: HttpRequest, response_id: str) -> Any:
    """Read a response again, as its run is now. Of its request only what the run keeps is repeated."""
    run = _find(request, response_id)
    echo, url = echo_of_run(run), run_url(request, run.public_id)
    if not run.is_final:
        return begun(run, echo)
    snapshot = take_snapshot(run)
    try:
        text = outcomes.text_of(snapshot, url)
        outcomes.note_kind(request, snapshot)
        return ended(run, echo, snapshot, text, url)
    except ApiError as error:
        return failed(run, echo, error)


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


def _find(request: HttpRequest, response_id: str, look_up: Callable[[User, str], Run] = queries.find_run) -> Run:
    is_ours = response_id.startswith(RESPONSE_PREFIX)
    run = finder(owner_of(request), look_up)(response_id.removeprefix(RESPONSE_PREFIX)) if is_ours else None
    if run is None:
        raise not_found("response")
    return run


async def _frames(started: Started, body: ResponsesRequest) -> AsyncGenerator[bytes, None]:
    run, url = started.run, started.url
    events = StreamEvents(run, echo_of(body), started.notices)
    with_events = bool(body.stream_options and body.stream_options.include_fusion)
    in_pieces = run.recipe.answer_format is None
    async with stopping_at_hang_up(run, detach=body.is_detached), aclosing(follow(run, in_pieces=in_pieces)) as moments:
        yield _sent(events.opening())
        try:
            async for moment in moments:
                match moment:
                    case AnswerDelta():
                        yield _sent(events.delta(moment.text))
                    case EventsReceived() if with_events:
                        yield _sent([events.fusion_event(event) for event in moment.events])
                    case RunFinished():
                        rest = await to_thread(outcomes.rest_of, run, moment.run, moment.sent, url)
                        yield _sent(events.delta(rest)) if rest else b""
                        yield _sent(events.closing(moment.run, moment.sent + rest, url))
                    case _:
                        yield b""
        except Exception as error:  # noqa: BLE001 - the status is sent: whatever it is, the stream has to say it
            yield _sent(events.failing(of_exception(error)))


def _sent(events: list[dict[str, Any]]) -> bytes:
    return b"".join(sse.data(event, event["type"]) for event in events)
