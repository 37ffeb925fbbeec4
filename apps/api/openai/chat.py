"""Chat completions: a conversation in, an answer out, whole or while it is written."""

from asyncio import to_thread
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.http import HttpRequest
from ninja import Router

from apps.api import outcomes, sse
from apps.api.answer_stream import AnswerDelta, EventsReceived, RunFinished, answered, follow, stopping_at_hang_up
from apps.api.auth import may_run
from apps.api.errors import of_exception
from apps.api.extension import fingerprint_of
from apps.api.openai.wire.chat_request import ChatRequest, run_request_of
from apps.api.openai.wire.chat_response import COMPLETION_EXAMPLE, Chunks, completion
from apps.api.schemas import STREAM, Completion, with_errors
from apps.api.start import Started, start

router = Router(tags=["OpenAI-compatible"])


@router.post(
    "/chat/completions",
    auth=may_run,
    response=with_errors({200: Completion}),
    summary="Answer a conversation",
    openapi_extra=STREAM | {"x-example": COMPLETION_EXAMPLE},
)
async def chat_completions(request: HttpRequest, body: ChatRequest) -> Any:
    """Ask a panel (`fusion`, `fusion/<preset>`), or one model by its reference, and answer in OpenAI's form.

    With `stream: true` the answer comes as server-sent events while it is written.
    """
    started = await start(request, body, lambda _: run_request_of(body))
    if body.stream:
        return sse.response(sse.with_heartbeat(_frames(started, body)))
    async with stopping_at_hang_up(started.run, detach=body.is_detached):
        ended = await answered(started.run)
    text = await to_thread(outcomes.answer_text, started.run, ended, started.url)
    outcomes.note_kind(request, ended)
    older = body.is_in_older_form
    return completion(ended, text, body.model, started.url, started.notices, in_older_form=older)


async def _frames(started: Started, body: ChatRequest) -> AsyncGenerator[bytes, None]:
    run, url, options = started.run, started.url, body.stream_options
    with_events = bool(options and options.include_fusion)
    with_usage = bool(options and options.include_usage)
    chunks = Chunks(
        run.public_id,
        int(run.created_at.timestamp()),
        body.model,
        with_usage,
        fingerprint_of(run.recipe),
        started.notices,
        body.is_in_older_form,
    )
    # An answer in a form is checked as a whole before any of it is sent.
    in_pieces = run.recipe.answer_format is None
    async with stopping_at_hang_up(run, detach=body.is_detached), aclosing(follow(run, in_pieces=in_pieces)) as moments:
        yield sse.data(chunks.role())
        try:
            async for moment in moments:
                match moment:
                    case AnswerDelta():
                        yield sse.data(chunks.content(moment.text))
                    case EventsReceived() if with_events:
                        yield b"".join(sse.data(chunks.event(event)) for event in moment.events)
                    case RunFinished():
                        # In a thread: checking a long answer by a schema would hold up every other stream.
                        rest = await to_thread(outcomes.rest_of, run, moment.run, moment.sent, url)
                        yield sse.data(chunks.content(rest)) if rest else b""
                        yield b"".join(map(sse.data, chunks.calls(moment.run)))
                        yield sse.data(chunks.finish(moment.run, url))
                        yield sse.data(chunks.usage(moment.run)) if with_usage else b""
                    case _:
                        yield b""
        except Exception as error:  # noqa: BLE001 - the status is sent: whatever it is, the stream has to say it
            yield sse.data(of_exception(error).envelope)
            return
    yield sse.DONE
