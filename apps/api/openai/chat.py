"""Chat completions: a conversation in, an answer out, whole or while it is written."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from apps.api import sse
from apps.api.answer_stream import AnswerDelta, EventsReceived, ToolCallDelta
from apps.api.answering import Answer, Written, stream_answer, whole_answer
from apps.api.auth import may_run
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
        return _streamed(started, body)
    answer = await whole_answer(request, started)
    older = body.is_in_older_form
    return completion(answer, body.model, started.url, started.notices, in_older_form=older)


def _streamed(started: Started, body: ChatRequest) -> StreamingHttpResponse:
    run, options = started.run, body.stream_options
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

    def write(moment: Written) -> bytes:
        match moment:
            case AnswerDelta():
                return sse.data(chunks.content(moment.text))
            case ToolCallDelta():
                return b"".join(map(sse.data, chunks.call(moment)))
            case EventsReceived() if with_events:
                return b"".join(sse.data(chunks.event(event)) for event in moment.events)
            case Answer():
                usage = [chunks.usage(moment)] if with_usage else []
                last = [*chunks.annotations(moment), chunks.finish(moment.run, started.url), *usage]
                return b"".join(map(sse.data, last)) + sse.DONE
            case _:
                return b""

    return stream_answer(started, write, lambda error: sse.data(error.envelope), opening=sse.data(chunks.role()))
