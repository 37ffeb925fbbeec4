"""Messages: a conversation in, a message out, whole or while it is written; and its tokens, counted beforehand."""

from asyncio import to_thread
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps.api import outcomes, sse
from apps.api.answer_stream import AnswerDelta, RunFinished, answered, follow, stopping_at_hang_up
from apps.api.anthropic.names import model_of
from apps.api.anthropic.wire.messages_request import Asked, MessagesRequest, run_request_of, turns_of
from apps.api.anthropic.wire.messages_response import MESSAGE_EXAMPLE, PING, MessageEvents, message
from apps.api.auth import may_read, may_run, owner_of
from apps.api.errors import of_exception
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
        frames = _frames(started, body, _count(body))
        return sse.response(sse.with_heartbeat(frames, PING))
    async with stopping_at_hang_up(started.run, detach=body.is_detached):
        ended = await answered(started.run)
    text = await to_thread(outcomes.answer_text, started.run, ended, started.url)
    outcomes.note_kind(request, ended)
    return message(ended, text, body.model, started.url, started.notices)


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


async def _frames(started: Started, body: MessagesRequest, tokens: int) -> AsyncGenerator[bytes, None]:
    run, url = started.run, started.url
    events = MessageEvents(run.public_id, body.model, tokens, started.notices)
    # An answer in a form is checked as a whole before any of it is sent.
    in_pieces = run.recipe.answer_format is None
    async with stopping_at_hang_up(run, detach=body.is_detached), aclosing(follow(run, in_pieces=in_pieces)) as moments:
        yield events.opening()
        try:
            async for moment in moments:
                match moment:
                    case AnswerDelta():
                        yield events.text(moment.text)
                    case RunFinished():
                        rest = await to_thread(outcomes.rest_of, run, moment.run, moment.sent, url)
                        yield events.text(rest) if rest else b""
                        yield events.closing(moment.run, url)
                    case _:
                        yield b""
        except Exception as error:  # noqa: BLE001 - the status is sent: whatever it is, the stream has to say it
            yield events.failing(of_exception(error))
