"""Responses: OpenAI's newer contract, as far as text in and text out go. How they are read again: ``stored.py``."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from apps.api import sse
from apps.api.answer_stream import AnswerDelta, EventsReceived, ReasoningDelta, ToolCallDelta
from apps.api.answering import Answer, Written, stream_answer, whole_answer
from apps.api.auth import may_read, may_run, owner_of
from apps.api.openai.wire.responses_events import StreamEvents
from apps.api.openai.wire.responses_input import additional_tools
from apps.api.openai.wire.responses_request import CountRequest, ResponsesRequest, conversation, run_request_of
from apps.api.openai.wire.responses_response import Echo, begun, echo_of, ended, thoughts_of
from apps.api.schemas import STREAM, CountedInput, ResponseObject, with_errors
from apps.api.start import Started, finder, start
from apps.catalogue.recipes.estimates import prompt_tokens, tool_tokens
from apps.fusion.vocabulary import StrategyName

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

    With `stream: true` the answer comes as server-sent events while it is written. With `background: true` the response
    comes at once and is read again until it has ended; hanging up does not stop it.
    """
    started = await start(request, body, lambda find: run_request_of(body, find))
    if body.stream:
        with_fusion = bool(body.stream_options and body.stream_options.include_fusion)
        return stream_response(started, echo_of(body), with_fusion=with_fusion)
    if body.background:
        return begun(started.run, echo_of(body), "queued")
    answer = await whole_answer(request, started)
    thoughts = thoughts_of(answer.run) if body.summary else ""
    return ended(started.run, echo_of(body), answer, started.url, started.notices, thoughts)


@router.post(
    "/responses/input_tokens",
    auth=may_read,
    response=with_errors({200: CountedInput}),
    summary="Count a response's input",
)
def count_input(request: HttpRequest, body: CountRequest) -> Any:
    """Count the tokens of an input, roughly: by its bytes, as only its vendor knows them. Nothing is asked."""
    turns = conversation(body, finder(owner_of(request)))
    tools = [*(body.tools or ()), *(tool for _, tool in additional_tools(body.input))]
    tokens = prompt_tokens(turns.messages) + tool_tokens(tools)
    return {"object": "response.input_tokens", "input_tokens": tokens}


def stream_response(started: Started, echo: Echo, *, with_fusion: bool) -> StreamingHttpResponse:
    """Return the stream of a response; ``with_fusion`` it says what panel and judge do, too."""
    run = started.run
    events = StreamEvents(run, echo, started.notices)
    is_fusion = run.recipe.strategy is not StrategyName.SINGLE

    def write(moment: Written) -> bytes:
        match moment:
            case AnswerDelta():
                return _sent(events.delta(moment.text))
            case ToolCallDelta():
                return _sent(events.call(moment))
            case ReasoningDelta():
                return _sent(events.thought(moment.text))
            case EventsReceived() if is_fusion:
                return _sent(events.fusion_calls(moment.events) if with_fusion else [])
            case EventsReceived():
                return _sent(events.looked_up(moment.events))
            case Answer():
                return _sent(events.closing(moment, started.url))
            case _:
                return b""

    return stream_answer(started, write, lambda error: _sent(events.failing(error)), opening=_sent(events.opening()))


def _sent(events: list[dict[str, Any]]) -> bytes:
    return b"".join(sse.data(event, event["type"]) for event in events)
