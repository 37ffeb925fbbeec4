"""Shared by the provider tests: asking an endpoint and folding the chunks."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from apps.fusion.tools import ToolCall
from apps.fusion.values import Message
from apps.providers.base import CallPiece, Chunk, End, Endpoint, Paused, Reasoning, Request, Text, TextWasReasoning
from apps.providers.dialects import STREAM, Dialect

KEY = "sk-alice-0123456789abcdef"


@dataclass
class Answer:
    """The chunks of one answer, folded; ``calls`` are the calls of tools as far as their pieces told them."""

    text: str = ""
    reasoning: str = ""
    end: End | None = None
    paused: list[Paused] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list, compare=False)

    def add(self, chunk: Chunk) -> None:
        match chunk:
            case Text(text):
                self.text += text
            case Reasoning(text):
                self.reasoning += text
            case TextWasReasoning():
                self.reasoning, self.text = self.reasoning + self.text, ""
            case CallPiece(place, call_id, name, arguments) if call_id:
                if place == len(self.calls):
                    self.calls.append(ToolCall(id=call_id, name=name, arguments=""))
                known = self.calls[place]
                assert (known.id, known.name) == (call_id, name)
                self.calls[place] = known.model_copy(update={"arguments": known.arguments + arguments})
            case Paused():
                assert self.end is None
                self.paused.append(chunk)
            case End():
                assert self.end is None
                self.end = chunk


def endpoint_at(url: str, **more: Any) -> Endpoint:
    return Endpoint(name="Acme", base_url=url, api_key=SecretStr(KEY), **more)


def request_to(model: str, text: str = "How tall is the Eiffel Tower?", **more: Any) -> Request:
    return Request(model=model, messages=(Message(role="user", text=text),), **more)


async def ask(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    request: Request,
    into: Answer | None = None,
    dialect: Dialect = Dialect.OPENAI,
) -> Answer:
    """The whole answer; with ``into``, what came before an error is kept there."""
    answer = into or Answer()
    async with aclosing(STREAM[dialect](client, endpoint, request)) as chunks:
        async for chunk in chunks:
            answer.add(chunk)
    return answer


class Bytes(httpx.AsyncByteStream):
    """A body in exactly these pieces; ``cut`` ends it with a broken connection."""

    def __init__(self, pieces: list[bytes], cut: bool = False) -> None:
        self.pieces = pieces
        self.cut = cut
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.cut:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    async def aclose(self) -> None:
        self.is_closed = True


def client_for(body: httpx.AsyncByteStream, status: int = 200, **headers: str) -> httpx.AsyncClient:
    """A client whose every request gets this body."""
    named = {"content-type": "text/event-stream", **{name.replace("_", "-"): value for name, value in headers.items()}}
    transport = httpx.MockTransport(lambda request: httpx.Response(status, headers=named, stream=body))
    return httpx.AsyncClient(transport=transport)


def splits(recorded: bytes) -> Iterator[list[bytes]]:
    """A stream as a network may cut it: whole, at every byte, and in two at every place."""
    yield [recorded]
    yield [recorded[at : at + 1] for at in range(len(recorded))]
    yield from ([recorded[:place], recorded[place:]] for place in range(1, len(recorded)))
