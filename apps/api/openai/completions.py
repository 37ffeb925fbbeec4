"""Completions, OpenAI's oldest contract: a prompt in, a text out. The prompt is the one turn of a conversation."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from apps.api import sse
from apps.api.answer_stream import AnswerDelta
from apps.api.answering import Answer, Written, stream_answer, whole_answer
from apps.api.auth import may_run
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
        return _streamed(started, body)
    answer = await whole_answer(request, started)
    return text_completion(started.run, body.model, answer.text, finish_of(answer.run)) | {
        "usage": usage_of(answer.run, answer.web),
        "fusion": fusion_of(answer.run, started.url, started.notices),
    }


def _streamed(started: Started, body: CompletionRequest) -> StreamingHttpResponse:
    run, with_usage = started.run, bool(body.stream_options and body.stream_options.include_usage)

    def write(moment: Written) -> bytes:
        match moment:
            case AnswerDelta():
                return sse.data(text_completion(run, body.model, moment.text, None))
            case Answer():
                last = text_completion(run, body.model, "", finish_of(moment.run))
                usage = [last | {"choices": [], "usage": usage_of(moment.run, moment.web)}] if with_usage else []
                fusion = {"fusion": fusion_of(moment.run, started.url, started.notices)}
                return b"".join(map(sse.data, [last | fusion, *usage])) + sse.DONE
            case _:
                return b""

    return stream_answer(started, write, lambda error: sse.data(error.envelope))
