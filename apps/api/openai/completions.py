"""Completions, OpenAI's oldest contract: a prompt in, a text out. The prompt is the one turn of a conversation."""

from asyncio import to_thread
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.http import HttpRequest
from ninja import Router

from apps.api import outcomes, sse
from apps.api.answer_stream import AnswerDelta, RunFinished, answered, follow, stopping_at_hang_up
from apps.api.auth import may_run
from apps.api.errors import of_exception
from apps.api.extension import fusion_of
from apps.api.openai.wire.completions import CompletionRequest, run_request_of, text_completion
from apps.api.openai.wire.extension import finish_of, usage_of
from apps.api.schemas import STREAM, TextCompletion, with_errors
from apps.api.start import Started, start

router = Router(tags=["OpenAI-compatible"])


@router.post(
    "/completions",
    auth=may_run,
    response=with_errors({200: TextCompletion}),
    summary="Complete a prompt",
    openapi_extra=STREAM,
)
async def completions(request: HttpRequest, body: CompletionRequest) -> Any:
    """Answer a prompt, for clients that know only OpenAI's oldest contract. It is asked as a question."""
    started = await start(request, body, lambda _: run_request_of(body))
    if body.stream:
        return sse.response(sse.with_heartbeat(_frames(started, body)))
    async with stopping_at_hang_up(started.run, detach=body.is_detached):
        ended = await answered(started.run)
    text = await to_thread(outcomes.answer_text, started.run, ended, started.url)
    outcomes.note_kind(request, ended)
    return text_completion(started.run, body.model, text, finish_of(ended)) | {
        "usage": usage_of(ended),
        "fusion": fusion_of(ended, started.url, started.notices),
    }


async def _frames(started: Started, body: CompletionRequest) -> AsyncGenerator[bytes, None]:
    run, url = started.run, started.url
    async with stopping_at_hang_up(run, detach=body.is_detached), aclosing(follow(run, in_pieces=True)) as moments:
        try:
            async for moment in moments:
                match moment:
                    case AnswerDelta():
                        yield sse.data(text_completion(run, body.model, moment.text, None))
                    case RunFinished():
                        rest = await to_thread(outcomes.rest_of, run, moment.run, moment.sent, url)
                        last = text_completion(run, body.model, rest, finish_of(moment.run))
                        yield sse.data(last | {"fusion": fusion_of(moment.run, url, started.notices)})
                        if body.stream_options and body.stream_options.include_usage:
                            yield sse.data(last | {"choices": [], "usage": usage_of(moment.run)})
                    case _:
                        yield b""
        except Exception as error:  # noqa: BLE001 - the status is sent: whatever it is, the stream has to say it
            yield sse.data(of_exception(error).envelope)
            return
    yield sse.DONE
