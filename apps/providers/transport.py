"""HTTP and server-sent events for every dialect: caps, and foreign failures turned into ours.

A dialect brings a `Post` and a `Translator` (a pure object that turns the data of events into chunks);
`stream_chunks` does the rest. Chunks already yielded stay with the consumer when an error follows them.
"""

import codecs
import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
import orjson
from httpx_sse import EventSource

from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.providers import errors
from apps.providers.base import Chunk, End, Endpoint, Reasoning, Request, Text, Timeouts
from apps.providers.deadlines import Watch
from apps.providers.errors import ProviderError

MAX_OUTPUT_CHARS = 4 * 1024 * 1024
"""Text and reasoning of one answer together. A vendor that never stops is cut off here."""

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""Bytes that may arrive without completing an event, and of a body that is not a stream."""

MAX_ERROR_BYTES = 64 * 1024

LIST_TIMEOUTS = Timeouts(connect_s=5, first_token_s=20, idle_s=20, total_s=30)
"""Seconds for a page of a list of models."""

DEPTH_HEADER = "x-fusion-depth"
"""Tells another FusionWeb, should it be the vendor, how deep the question already is."""


@dataclass(frozen=True, slots=True)
class Post:
    """What a dialect sends: a path below the base URL, a JSON body, and the headers that carry the key."""

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]


class Translator(ABC):
    """Turns the events of one answer into chunks. It is fed the data of one event at a time and does no I/O.

    ``is_finished``: the vendor has said why it stopped, so what is missing now is at most usage. ``is_done``: it has
    said that nothing follows.
    """

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self.endpoint = endpoint
        self.model = model
        self.is_finished = False
        self.is_done = False
        self.finish_reason = FinishReason.UNKNOWN
        self.upstream_id = ""

    @abstractmethod
    def feed(self, data: str) -> Iterator[Text | Reasoning]:
        """The chunks in one event; raises `ProviderError` for an error event or broken JSON."""

    @abstractmethod
    def end(self) -> End:
        """What is known once nothing follows."""


async def stream_chunks(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    request: Request,
    post: Post,
    translator: Translator,
) -> AsyncGenerator[Chunk, None]:
    """Send ``post`` and yield what ``translator`` makes of the events, then its `End`.

    Raises `ProviderError`, which carries what the vendor had said of usage by then.
    """
    headers = {DEPTH_HEADER: str(request.depth), **post.headers}
    written = 0
    try:
        outgoing = _request(client, endpoint, "POST", post.path, headers, request.timeouts, json=post.body)
        with Watch(endpoint, request.timeouts) as watch:
            async with aclosing(_data(client, outgoing, request.model, watch)) as events:
                async for data in events:
                    for chunk in translator.feed(data):
                        watch.has_token = True
                        written += len(chunk.text)
                        if written > MAX_OUTPUT_CHARS:
                            raise too_large(endpoint)
                        yield chunk
                    watch.is_finished = translator.is_finished
                    if translator.is_done:
                        break
        if not (translator.is_finished or translator.is_done):
            raise errors.cut(endpoint)
    except ProviderError as error:
        if not translator.is_finished:
            error.told = translator.end()
            raise
    yield translator.end()


async def _data(
    client: httpx.AsyncClient, outgoing: httpx.Request, model: str, watch: Watch
) -> AsyncGenerator[str, None]:
    """The data of each server-sent event of the answer; a plain JSON answer counts as one."""
    async with _answer(client, outgoing, model, watch) as response:
        if "json" in response.headers.get("content-type", ""):
            yield await _whole(response, watch)
            return
        body = _Body(response, watch)
        source = EventSource(cast(httpx.Response, body))
        async with aclosing(body.text), aclosing(source.aiter_sse()) as events:
            async for event in events:
                body.unread_bytes = 0
                if event.data:
                    yield event.data


@asynccontextmanager
async def _answer(
    client: httpx.AsyncClient, outgoing: httpx.Request, asked: str, watch: Watch
) -> AsyncGenerator[httpx.Response, None]:
    """The vendor's response, once it has said that it will answer; it is closed on every way out."""
    response = await watch.wait(client.send(outgoing, stream=True, follow_redirects=False))
    try:
        await _check(response, watch.endpoint, asked, watch)
        yield response
    finally:
        await response.aclose()


class _Body:
    """What httpx-sse reads of a response: that it is a stream of events, and its text, watched."""

    headers: Mapping[str, str] = {"content-type": "text/event-stream"}

    def __init__(self, response: httpx.Response, watch: Watch) -> None:
        self.unread_bytes = 0
        self.text = self._read(response.aiter_bytes(), watch)

    def aiter_text(self) -> AsyncGenerator[str, None]:
        return self.text

    async def _read(self, body: AsyncIterator[bytes], watch: Watch) -> AsyncGenerator[str, None]:
        """Two newlines are added at the end, for vendors that leave their last event unfinished."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while piece := await watch.wait(anext(body, b"")):
            self.unread_bytes += len(piece)
            if self.unread_bytes > MAX_EVENT_BYTES:
                raise too_large(watch.endpoint)
            if text := decoder.decode(piece):
                yield text
        yield decoder.decode(b"", final=True) + "\n\n"


async def get_json(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    path: str,
    headers: Mapping[str, str],
    timeouts: Timeouts,
    body: Mapping[str, Any] | None = None,
) -> Any:
    """The JSON at ``path``, asked for with a POST if there is a ``body``; raises `ProviderError` like a stream does."""
    method, content = ("GET", {}) if body is None else ("POST", {"json": body})
    outgoing = _request(client, endpoint, method, path, headers, timeouts, **content)
    with Watch(endpoint, timeouts) as watch:
        async with _answer(client, outgoing, "the list of models", watch) as response:
            return parsed(endpoint, await _whole(response, watch))


def parsed(endpoint: Endpoint, data: str) -> Any:
    """``data`` as JSON; raises `ProviderError` (bad_stream) if it is none.

    What the fast reader refuses (half of a surrogate pair, numbers that are none) the patient one may take.
    """
    try:
        return orjson.loads(data)
    except ValueError:
        pass
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise errors.broken(endpoint, data) from error


def too_large(endpoint: Endpoint) -> ProviderError:
    """The answer outgrew every sensible size."""
    return ProviderError(
        f"{endpoint.name} sent more than an answer may hold and was stopped. Ask for less, or limit the tokens.",
        FailureCode.TOO_LARGE,
        permanent=True,
    )


def key_of(endpoint: Endpoint) -> str:
    """The key as it is sent, without the white space that pasting brings."""
    return endpoint.api_key.get_secret_value().strip()


def bearer(endpoint: Endpoint) -> dict[str, str]:
    """The header that most vendors want the key in; none without a key."""
    key = key_of(endpoint)
    return {"Authorization": f"Bearer {key}"} if key else {}


def _request(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    method: str,
    path: str,
    headers: Mapping[str, str],
    timeouts: Timeouts,
    **content: Any,
) -> httpx.Request:
    limits = httpx.Timeout(None, connect=timeouts.connect_s)
    headers = _headers(endpoint, headers)
    try:
        return client.build_request(method, endpoint.url(path), headers=headers, timeout=limits, **content)
    except httpx.InvalidURL as error:
        raise errors.from_transport(endpoint, error) from error


def _headers(endpoint: Endpoint, ours: Mapping[str, str]) -> Mapping[str, str]:
    """The request's headers. A key that cannot be one is refused here: the HTTP library would quote it in its error."""
    headers = {"Accept": "text/event-stream, application/json", **endpoint.headers, **ours}
    if not all(re.fullmatch(r"[\t\x20-\x7e]*", value) for value in headers.values()):
        raise ProviderError(
            f"The key or a header of {endpoint.name} contains characters that no key has. Enter it again.",
            FailureCode.AUTHENTICATION,
            permanent=True,
        )
    return headers


async def _check(response: httpx.Response, endpoint: Endpoint, model: str, watch: Watch) -> None:
    """Raise for anything but a success that may hold an answer."""
    status = response.status_code
    if response.is_redirect:
        raise errors.redirected(endpoint, response)
    if not response.is_success:
        body = await _read(response, watch, MAX_ERROR_BYTES, is_whole=False)
        raise errors.from_status(endpoint, model, status, response.headers, body)
    if "html" in response.headers.get("content-type", ""):
        raise errors.not_a_model(endpoint, status)


async def _whole(response: httpx.Response, watch: Watch) -> str:
    """The text of a body that is not a stream."""
    return (await _read(response, watch, MAX_EVENT_BYTES)).decode("utf-8", "replace")


async def _read(response: httpx.Response, watch: Watch, limit: int, is_whole: bool = True) -> bytes:
    """Up to ``limit`` bytes of the body. A longer or cut body raises, unless a part will do (``is_whole`` false)."""
    body = bytearray()
    pieces: AsyncIterator[bytes] = response.aiter_bytes()
    try:
        while len(body) <= limit and (piece := await watch.wait(anext(pieces, b""))):
            body += piece
    except ProviderError:
        if is_whole:
            raise
    if is_whole and len(body) > limit:
        raise too_large(watch.endpoint)
    return bytes(body[:limit])
