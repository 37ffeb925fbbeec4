"""HTTP for every dialect: one request and its answer, with caps, and foreign failures turned into ours.

A dialect brings a `Post` and makes `Translator`s; `stream_chunks` does the rest. Chunks already yielded stay with the
consumer when an error follows them.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from apps.fusion.tokens import fewest_tokens
from apps.fusion.values import Usage
from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.outbound.clients import PUBLIC_ONLY
from apps.providers import errors
from apps.providers.base import Chunk, Content, End, Endpoint, Request, Timeouts
from apps.providers.corrections import MAX_CORRECTIONS, Post, corrected
from apps.providers.deadlines import Watch
from apps.providers.errors import ProviderError
from apps.providers.event_stream import MAX_EVENT_BYTES, MAX_OUTPUT_CHARS, events_in, too_large
from apps.providers.json_text import BadJson, loads
from apps.providers.translation import Translator
from apps.providers.unpacking import ACCEPT_ENCODING, unpacked
from apps.providers.vendor_messages import is_html

MAX_ERROR_BYTES = 64 * 1024
"""The most that is read of an error's body, of which a sentence quotes some words."""

LIST_TIMEOUTS = Timeouts(connect_s=5, first_token_s=20, idle_s=20, total_s=30)
"""Seconds for a page of a list of models."""

DEPTH_HEADER = "x-fusion-depth"
"""Tells another FusionWeb, should it be the vendor, how deep the question already is."""

LEAST_CUT_TOKENS = 1_000
"""Tokens of a prompt that must be missing, and more than half of it, before it is said that the vendor cut it."""


async def stream_chunks(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    request: Request,
    post: Post,
    new_translator: Callable[[], Translator],
) -> AsyncGenerator[Chunk, None]:
    """Send ``post`` and yield what a translator makes of the events, then its `End`.

    A request that the vendor refuses because of one parameter, or because it streams, is sent once more without it.
    Raises `ProviderError`, which carries what the vendor had said of usage by then.
    """
    for corrections in range(MAX_CORRECTIONS + 1):
        has_begun = False
        try:
            async with aclosing(_stream_once(client, endpoint, request, post, new_translator())) as chunks:
                async for chunk in chunks:
                    has_begun = True
                    yield chunk
            return
        except ProviderError as error:
            better = None if has_begun or corrections == MAX_CORRECTIONS else corrected(post, error)
            if better is None:
                raise
            post = better


async def _stream_once(
    client: httpx.AsyncClient, endpoint: Endpoint, request: Request, post: Post, translator: Translator
) -> AsyncGenerator[Chunk, None]:
    """Send ``post`` once and yield its answer."""
    counter = _OutputCounter(endpoint)
    translator.takes_search = request.searches_natively
    translator.takes_calls = request.tools is not None and bool(request.tools.tools)
    try:
        limits = request.timeouts
        if not post.is_streamed:  # then the first token comes with the last
            limits = replace(limits, first_token_s=limits.total_s)
        with Watch(endpoint, limits) as watch:
            async with aclosing(_pieces(client, endpoint, request, post, translator, watch)) as pieces:
                async for piece in pieces:
                    watch.has_token = True
                    counter.add(piece)
                    yield piece
    except ProviderError as error:
        # Once the vendor has said why it stopped, only usage can be missing, and the answer stands.
        if not (translator.is_finished or translator.is_done) or error.code is FailureCode.TOO_LARGE:
            for piece in translator.flush():  # what was held back has come before the failure
                yield piece
            error.told = translator.end()
            raise
    for piece in translator.flush():
        counter.add(piece)
        yield piece
    told = replace(translator.end(), dropped=post.dropped, version=translator.version)
    end = translator.with_search(translator.with_calls(told))
    end = replace(end, usage=_believed(end.usage, has_words=translator.has_text or translator.has_reasoning))
    if failure := _failure_of(translator, end):
        failure.told = end
        raise failure
    yield _with_unread(end, request)


async def _pieces(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    request: Request,
    post: Post,
    translator: Translator,
    watch: Watch,
) -> AsyncGenerator[Content, None]:
    """Yield what the translator makes of each event, until it has what it needs; tell the watch how far it is."""
    headers = {DEPTH_HEADER: str(request.depth), **post.headers}
    outgoing = _request(client, endpoint, "POST", post.path, headers, request.timeouts, json=post.body)
    async with _answer(client, outgoing, request.model, watch) as body, aclosing(events_in(body, endpoint)) as events:
        async for event in events:
            for piece in translator.feed(event):
                yield piece
            watch.is_finished = translator.is_finished
            # Gateways that count the tokens themselves do so behind the end.
            if translator.is_done and translator.is_counted:
                return
            watch.is_done = translator.is_done


def _failure_of(translator: Translator, end: End) -> ProviderError | None:
    """Return why an answer that came to its ``end`` is none."""
    endpoint = translator.endpoint
    has_words = translator.has_text or translator.has_reasoning or bool(end.tool_calls)
    if translator.failure:
        return translator.failure
    is_cut = not (translator.has_reason or translator.is_done)
    is_empty = not has_words and end.finish_reason in (FinishReason.STOP, FinishReason.UNKNOWN)
    if translator.complaint and (is_cut or is_empty):
        return errors.from_error_object(endpoint, translator.model, translator.complaint)
    if is_cut and translator.first_skipped and not has_words:
        return errors.broken(endpoint, translator.first_skipped)
    if is_cut:
        return errors.cut(endpoint)
    return errors.empty(endpoint, translator.reason_word, has_tools=translator.takes_calls) if is_empty else None


def _believed(usage: Usage, *, has_words: bool) -> Usage:
    """Return ``usage`` without a nought that cannot be, and would cost nothing: somebody asked, and words came."""
    noughts = {"input_tokens": usage.input_tokens == 0, "output_tokens": has_words and usage.output_tokens == 0}
    return usage.model_copy(update={name: None for name, is_wrong in noughts.items() if is_wrong})


def _with_unread(end: End, request: Request) -> End:
    """Return ``end`` with the tokens of the prompt that the vendor, by its own count, did not read.

    A server whose context is too small cuts the beginning of the prompt without a word (Ollama). Both counts are rough,
    so only a large difference says so.
    """
    read = end.usage.input_tokens
    if not read:
        return end
    if sum(len(message.text) for message in request.messages) < 2 * LEAST_CUT_TOKENS:
        return end
    sent = sum(fewest_tokens(message.text) for message in request.messages)
    if sent - read < max(LEAST_CUT_TOKENS, sent / 2):
        return end
    return replace(end, usage=end.usage.model_copy(update={"unread_tokens": sent - read}))


class _OutputCounter:
    """Raises `ProviderError` (too_large) when an answer outgrows `MAX_OUTPUT_CHARS`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._written = 0

    def add(self, piece: Content) -> None:
        self._written += len(getattr(piece, "text", ""))
        if self._written > MAX_OUTPUT_CHARS:
            raise too_large(self._endpoint)


@asynccontextmanager
async def _answer(
    client: httpx.AsyncClient, outgoing: httpx.Request, asked: str, watch: Watch
) -> AsyncGenerator[AsyncIterator[bytes], None]:
    """Give the body of a success, watched; the response is closed on every way out."""
    response = await watch.wait(client.send(outgoing, stream=True, follow_redirects=False))
    try:
        async with aclosing(unpacked(response, watch.endpoint)) as pieces, aclosing(_watched(pieces, watch)) as body:
            await _check(response, body, watch.endpoint, asked)
            yield body
    finally:
        await response.aclose()


async def _watched(pieces: AsyncIterator[bytes], watch: Watch) -> AsyncGenerator[bytes, None]:
    while piece := await watch.wait(anext(pieces, b"")):
        yield piece


async def get_json(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    path: str,
    headers: Mapping[str, str],
    timeouts: Timeouts,
    body: Mapping[str, Any] | None = None,
) -> Any:
    """Return the JSON at ``path``, asked for with a POST if there is a ``body``; raises `ProviderError`."""
    method, content = ("GET", {}) if body is None else ("POST", {"json": body})
    outgoing = _request(client, endpoint, method, path, headers, timeouts, **content)
    with Watch(endpoint, timeouts) as watch:
        async with _answer(client, outgoing, "the list of models", watch) as pieces:
            # One byte more than allowed, to see that there is more.
            found = await _read(pieces, MAX_EVENT_BYTES + 1, is_whole=True)
    if len(found) > MAX_EVENT_BYTES:
        raise too_large(endpoint)
    text = found.decode("utf-8-sig", "replace")
    try:
        return loads(text)
    except BadJson as error:
        raise (errors.not_a_model(endpoint, 200) if is_html(text) else errors.broken(endpoint, text)) from error


def key_of(endpoint: Endpoint) -> str:
    """Return the key as it is sent, without the white space that pasting brings."""
    return endpoint.api_key.get_secret_value().strip()


def bearer(endpoint: Endpoint) -> dict[str, str]:
    """Return the header that most vendors want the key in; none without a key."""
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
    # The rest is the watch's business: httpx has no limit for a whole answer, only for each read.
    limits = httpx.Timeout(None, connect=timeouts.connect_s)
    content["extensions"] = {PUBLIC_ONLY: endpoint.only_public}
    headers = _headers(endpoint, headers)
    try:
        return client.build_request(method, endpoint.url(path), headers=headers, timeout=limits, **content)
    except httpx.InvalidURL as error:
        raise errors.from_transport(endpoint, error) from error


def _headers(endpoint: Endpoint, ours: Mapping[str, str]) -> Mapping[str, str]:
    """Return the request's headers.

    A key that cannot be one is refused here: the HTTP library would quote it in its error. A packed answer is not asked
    for, whatever headers a person entered: what unpacks has no limit.
    """
    accepted = {"Accept": "text/event-stream, application/json"}
    entered = {name: value for name, value in endpoint.headers.items() if name.lower() != "accept-encoding"}
    headers = {**accepted, **entered, **ours, "Accept-Encoding": ACCEPT_ENCODING}
    if not all(re.fullmatch(r"[\t\x20-\x7e]*", value) for value in headers.values()):
        raise ProviderError(
            f"The key or a header of {endpoint.name} contains characters that no key has. Enter it again.",
            FailureCode.AUTHENTICATION,
            permanent=True,
        )
    return headers


async def _check(response: httpx.Response, body: AsyncIterator[bytes], endpoint: Endpoint, model: str) -> None:
    """Raise for anything but a success that may hold an answer."""
    if response.is_redirect:
        raise errors.redirected(endpoint, response)
    if not response.is_success:
        text = await _read(body, MAX_ERROR_BYTES, is_whole=False)
        raise errors.from_status(endpoint, model, response.status_code, response.headers, text)


async def _read(pieces: AsyncIterator[bytes], limit: int, *, is_whole: bool) -> bytes:
    """Return up to ``limit`` bytes of a body; one that breaks off raises unless a part will do (``is_whole`` false)."""
    body = bytearray()
    try:
        while len(body) < limit and (piece := await anext(pieces, b"")):
            body += piece
    except ProviderError:
        if is_whole:
            raise
    return bytes(body[:limit])
