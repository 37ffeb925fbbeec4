"""Messages: a conversation in, a message out, whole or while it is written; and its tokens, counted beforehand."""

from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router

from apps.api.answer_stream import AnswerDelta, ToolCallDelta
from apps.api.answering import Answer, Written, stream_answer, whole_answer
from apps.api.anthropic.names import model_of
from apps.api.anthropic.wire.messages_request import Asked, MessagesRequest, run_request_of, turns_of
from apps.api.anthropic.wire.messages_response import MESSAGE_EXAMPLE, PING, MessageEvents, message
from apps.api.auth import may_read, may_run, owner_of
from apps.api.schemas import STREAM, AnthropicMessage, CountedTokens, with_errors
from apps.api.start import Started, start
from apps.catalogue.recipes.estimates import prompt_tokens, tool_tokens

router = Router(tags=["Anthropic-compatible"])


@router.post(
    "/messages",
    auth=may_run,
    response=with_errors({200: AnthropicMessage}),
    summary="Answer messages",
    openapi_extra=STREAM | {"x-example": MESSAGE_EXAMPLE},
)
async def create_message(request: HttpRequest, body: MessagesRequest) -> Any:
    """Ask a panel (`claude-fusion`), or one model by its reference, and answer in Anthropic's form.

    With `stream: true` the answer comes as server-sent events while it is written.
    """
    model = await database_sync_to_async(model_of)(body.model, owner_of(request))
    started = await start(request, body, lambda _: run_request_of(body, model))
    if body.stream:
        return _streamed(started, body)
    answer = await whole_answer(request, started)
    return message(answer, body.model, started.url, started.notices, shows_web=body.web_wish() is not None)


@router.api_operation(["HEAD"], "/messages", auth=None, include_in_schema=False)
def say_that_it_is_there(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the route's shape
    """Answer clients that look whether the server is there, which some do before they have a key."""
    return HttpResponse()


@router.post(
    "/messages/count_tokens", auth=may_read, response=with_errors({200: CountedTokens}), summary="Count tokens"
)
def count(request: HttpRequest, body: Asked) -> Any:  # noqa: ARG001 - the route's shape
    """Count the tokens of a conversation, roughly: by its bytes, as only its vendor knows them. Nothing is asked."""
    return {"input_tokens": _count(body)}


def _count(asked: Asked) -> int:
    messages, _ = turns_of(asked)
    tools = [tool.model_dump(exclude_none=True) for tool in asked.tools or ()]
    return prompt_tokens(messages) + tool_tokens(tools)


def _streamed(started: Started, body: MessagesRequest) -> StreamingHttpResponse:
    shows_web = body.web_wish() is not None
    events = MessageEvents(started.run.public_id, body.model, _count(body), started.notices, shows_web)

    def write(moment: Written) -> bytes:
        match moment:
            case AnswerDelta():
                return events.text(moment.text)
            case ToolCallDelta():
                return events.call(moment)
            case Answer():
                return events.closing(moment, started.url)
            case _:
                return b""

    return stream_answer(started, write, events.failing, opening=events.opening(), sign=PING)
