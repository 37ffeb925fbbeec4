"""Responses: OpenAI's newer contract, as far as text in and text out go."""

from asyncio import to_thread
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest
from ninja import Router

from apps.api import sse
from apps.api.auth import may_run
from apps.api.errors import of_exception
from apps.api.openai import outcomes
from apps.api.openai.answer_stream import AnswerDelta, EventsReceived, RunFinished, follow, stopping_at_hang_up
from apps.api.openai.chat import answered, rest_of
from apps.api.openai.wire.responses_request import ResponsesRequest, run_request_of
from apps.api.openai.wire.responses_response import StreamEvents, ended
from apps.api.run_requests import create_run_once, run_url
from apps.api.schemas import STREAM, ResponseObject, with_errors
from apps.runs.models import Run

router = Router(tags=["OpenAI-compatible"])


@router.post(
    "/responses",
    auth=may_run,
    response=with_errors({200: ResponseObject}),
    summary="Answer an input",
    openapi_extra=STREAM,
)
async def create_response(request: HttpRequest, body: ResponsesRequest) -> Any:
    """Asks a panel (`fusion`, `fusion/<preset>`) or one model by its reference, and answers as a response object.

    With `stream: true` the answer comes as server-sent events while it is written.
    """
    run = await database_sync_to_async(create_run_once)(run_request_of(body), request, request.body)
    url = run_url(request, run.public_id)
    if body.stream:
        return sse.response(sse.with_heartbeat(_frames(run, body, url)))
    async with stopping_at_hang_up(run, detach=body.is_detached):
        snapshot = await answered(run)
    return ended(run, body, snapshot, await to_thread(outcomes.text_of, snapshot, url), url)


async def _frames(run: Run, body: ResponsesRequest, url: str) -> AsyncGenerator[bytes, None]:
    events = StreamEvents(run, body)
    with_events = bool(body.stream_options and body.stream_options.include_fusion)
    in_pieces = run.recipe.answer_format is None
    async with stopping_at_hang_up(run, detach=body.is_detached), aclosing(follow(run, in_pieces=in_pieces)) as moments:
        yield _sent(events.opening())
        try:
            async for moment in moments:
                match moment:
                    case AnswerDelta():
                        yield _sent([events.delta(moment.text)])
                    case EventsReceived() if with_events:
                        yield _sent([events.told(event) for event in moment.events])
                    case RunFinished():
                        rest = await to_thread(rest_of, moment, url)
                        yield _sent([events.delta(rest)]) if rest else b""
                        yield _sent(events.closing(moment.run, moment.sent + rest, url))
                    case _:
                        yield b""
        except Exception as error:  # noqa: BLE001 - the status is sent: whatever it is, the stream has to say it
            yield _sent(events.failed(of_exception(error)))


def _sent(events: list[dict[str, Any]]) -> bytes:
    return b"".join(sse.data(event, event["type"]) for event in events)
