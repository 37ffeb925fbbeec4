"""Shared by all engines: the value, one bounded request for JSON, and foreign failures turned into ours."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from html import unescape
from typing import Any, NoReturn

import httpx
import orjson

from apps.fusion.lookups import MAX_URL_CHARS, LookupFailure, LookupFault, SearchHit
from apps.lookup.invisible import without_invisible
from apps.outbound.unpacking import ACCEPT_ENCODING, Packed, unpacked

TOTAL_S = 15.0
"""Seconds for a search with its second attempts."""
CONNECT_S = 5.0
MAX_ATTEMPTS = 3
LONGEST_WAIT_S = 3.0
"""The longest wait that an engine may ask for within a search; free plans allow one request a second."""
MAX_BYTES = 2 * 2**20
MAX_SNIPPET_CHARS = 1_000
MAX_TITLE_CHARS = 300
MAX_WORDS = 200
"""Characters of an engine's own words that a sentence quotes."""
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
QUOTA_WORDS = ("quota", "credit", "usage limit", "plan limit", "exceeds your plan", "billing")


class EngineName(StrEnum):
    """The engines that are spoken, as settings name them."""

    SEARXNG = "searxng"
    BRAVE = "brave"
    TAVILY = "tavily"
    EXA = "exa"
    SERPER = "serper"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine to ask. ``price_per_1000`` searches in USD; ``key`` does not show in a ``repr``."""

    name: EngineName
    label: str
    base_url: str
    key: str = field(default="", repr=False)
    price_per_1000: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of one request; ``cost`` in USD where the engine says it, else ``None``."""

    hits: tuple[SearchHit, ...]
    cost: Decimal | None = None


async def request_json(
    client: httpx.AsyncClient,
    engine: Engine,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> dict[str, Any]:
    """Return the JSON object that an engine answers; waits out a 429 where the wait is short.

    ``content`` is httpx's ``params`` or ``json``. Raises :class:`LookupFault`.
    """
    if not re.fullmatch(r"[!-~]*", engine.key):
        sentence = f"The key of {engine.label} contains characters that no key has. Enter it again."
        raise LookupFault(LookupFailure.WRONG_KEY, sentence)
    sent = {"Accept": "application/json", "User-Agent": "FusionWeb", "Accept-Encoding": ACCEPT_ENCODING}
    url = engine.base_url + path
    try:
        async with asyncio.timeout(TOTAL_S):
            for attempt in range(1, MAX_ATTEMPTS + 1):
                limits = httpx.Timeout(TOTAL_S, connect=CONNECT_S)
                request = client.build_request(
                    method, url, headers={**sent, **(headers or {})}, timeout=limits, **content
                )
                response = await client.send(request, stream=True, follow_redirects=False)
                try:
                    body = await _body(engine, response)
                finally:
                    await response.aclose()
                wait = _wait(response)
                if response.status_code != 429 or wait > LONGEST_WAIT_S or attempt == MAX_ATTEMPTS:
                    break
                if _is_quota(_words(body)):
                    break
                await asyncio.sleep(wait)
    except (TimeoutError, httpx.TimeoutException):
        sentence = f"{engine.label} did not answer within {TOTAL_S:g} s. Try again later."
        raise LookupFault(LookupFailure.TIMEOUT, sentence) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        sentence = (
            f"{engine.label} cannot be reached ({type(error).__name__}). Check its address on the Web search page."
        )
        raise LookupFault(LookupFailure.UNAVAILABLE, sentence) from error
    return _read(engine, response, body)


async def _body(engine: Engine, response: httpx.Response) -> bytes:
    """Return the whole body; one over :data:`MAX_BYTES` is not read to its end."""
    body = bytearray()
    try:
        async with aclosing(unpacked(response)) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > MAX_BYTES:
                    sentence = f"{engine.label} answered with more than {MAX_BYTES // 2**20} MiB. Check its address."
                    raise LookupFault(LookupFailure.CONTENT_TOO_LARGE, sentence)
    except Packed as error:
        sentence = f"{engine.label} packs its answers in a way that was not asked for. Check its address or its proxy."
        raise LookupFault(LookupFailure.UNAVAILABLE, sentence) from error
    return bytes(body)


def _read(engine: Engine, response: httpx.Response, body: bytes) -> dict[str, Any]:
    status = response.status_code
    if response.is_redirect:
        where = response.headers.get("location", "")[:MAX_WORDS]
        sentence = f"{engine.label} redirects to {where}, and redirects are not followed. Enter its own address."
        raise LookupFault(LookupFailure.UNAVAILABLE, sentence)
    if not response.is_success:
        _refuse(engine, status, _wait(response), _words(body))
    try:
        found = orjson.loads(body)
    except ValueError:
        is_page = b"<html" in body[:2_000].lower() or b"<!doctype" in body[:2_000].lower()
        form = "a web page" if is_page else "something that is not JSON"
        sentence = f"{engine.label} answered with {form} in place of results. Check its address."
        raise LookupFault(LookupFailure.UNAVAILABLE, sentence) from None
    if not isinstance(found, dict):
        sentence = f"{engine.label} answered with JSON that holds no results. Check its address."
        raise LookupFault(LookupFailure.UNAVAILABLE, sentence)
    return found


def _refuse(engine: Engine, status: int, wait: float, words: str) -> NoReturn:
    """Raise what a status that is no success means, with a sentence that says what to do."""
    said = f" It said: “{words}”" if words else ""
    if _is_quota(words) or status in (402, 432, 433):  # Tavily's own: the plan's and the pay-as-you-go limit
        code, sentence = LookupFailure.OVER_QUOTA, f"The quota of {engine.label} is used up. Raise it there, or wait."
    elif status in (401, 403) or "token" in words.lower() or "api key" in words.lower():
        code, sentence = (
            LookupFailure.WRONG_KEY,
            f"{engine.label} refuses the key. Enter another on the Web search page.",
        )
    elif status == 429:
        code = LookupFailure.RATE_LIMITED
        sentence = f"{engine.label} takes no more searches for now. Try again in {max(1, round(wait))} s."
    elif status == 404:
        code, sentence = LookupFailure.UNAVAILABLE, f"{engine.label} has no search at its address. Check it."
    elif status < 500:
        code, sentence = LookupFailure.INVALID_ARGUMENTS, f"{engine.label} refuses the search ({status})."
    else:
        code, sentence = LookupFailure.UNAVAILABLE, f"{engine.label} has a fault of its own ({status}). Try later."
    raise LookupFault(code, sentence + said)


def _wait(response: httpx.Response) -> float:
    """Return the seconds that a 429 asks for; 1 where it does not say."""
    for name in ("retry-after", "x-ratelimit-reset"):  # Brave gives a list, the shortest window first
        first = response.headers.get(name, "").partition(",")[0].strip()
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", first):
            return float(first)
    return 1.0


def _is_quota(words: str) -> bool:
    return any(word in words.lower() for word in QUOTA_WORDS)


def _words(body: bytes) -> str:
    """Return what an engine says of its refusal, as plain text; '' for a page or nothing."""
    try:
        found = orjson.loads(body)
    except ValueError:
        return "" if b"<" in body[:200] else plain(body[: 4 * MAX_WORDS].decode("utf-8", "replace"), MAX_WORDS)
    for name in ("detail", "error", "message", "errors"):
        value = found.get(name) if isinstance(found, dict) else None
        while isinstance(value, dict):
            value = value.get("detail") or value.get("message") or value.get("error") or value.get("code")
        if isinstance(value, str) and value:
            return plain(value, MAX_WORDS)
    return ""


def plain(value: Any, most: int = MAX_SNIPPET_CHARS) -> str:
    """Return a text of an engine without its marks of HTML, in one line, of at most ``most`` characters; '' for none.

    The marks are of words found (``<strong>``); what they mark is kept.
    """
    if not isinstance(value, str):
        return ""
    text = unescape(TAG.sub("", value[: 4 * most]))
    return " ".join(without_invisible(text).split())[:most]


def hits_of(
    rows: Any, *, url: str = "url", title: str = "title", snippet: Iterable[str] = (), published: str = ""
) -> tuple[SearchHit, ...]:
    """Return the hits of an engine's rows by the names of its fields; rows without a web address are left out.

    Of a field that holds a list, its texts are joined.
    """
    hits = []
    for row in rows if isinstance(rows, list) else ():
        address = row.get(url) if isinstance(row, dict) else None
        if not isinstance(address, str) or not address.lower().startswith(("https://", "http://")):
            continue
        if len(address.encode("utf-8", "replace")) > MAX_URL_CHARS or any(
            char.isspace() or not char.isprintable() for char in address
        ):
            continue
        texts = [text for name in snippet for text in _texts(row.get(name))]
        hits.append(
            SearchHit(
                url=address,
                title=plain(row.get(title), MAX_TITLE_CHARS) or address[:MAX_TITLE_CHARS],
                snippet=plain(" … ".join(dict.fromkeys(texts))),
                published=plain(row.get(published), 40),
            )
        )
    return tuple(hits)


def _texts(value: Any) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [text for text in found if isinstance(text, str) and text.strip()]
