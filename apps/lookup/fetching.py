"""Ask for a document of the web within bounds, and follow its redirects, each of which is checked anew.

Nothing of a document is read here; see ``reading.py``. There are no cookies, no caches of the HTTP library, and no
connection to an address inside this network unless an administrator named its host.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

import httpx

from apps.fusion.lookups import LookupFailure, LookupFault
from apps.lookup.addresses import DEFAULT_PORTS, checked
from apps.outbound.addresses import may_be_public
from apps.outbound.clients import PUBLIC_ONLY, PrivateAddress
from apps.outbound.unpacking import Packed, unpacked

ACCEPT = "text/html, application/xhtml+xml, text/plain, text/markdown, application/pdf, application/json;q=0.9"
HTML = ("text/html", "application/xhtml+xml")
PLAIN = ("text/plain", "text/markdown", "text/x-markdown", "application/json", "text/csv")
PDF = "application/pdf"
UNKNOWN = ("", "application/octet-stream", "binary/octet-stream")
"""Types that say nothing; then the first bytes do."""
MAX_TEXT_BYTES = 2 * 2**20
MAX_PDF_BYTES = 10 * 2**20
"""Bytes of a document after its unpacking."""
MAX_REDIRECTS = 3
CONNECT_S, READ_S, TOTAL_S = 5.0, 10.0, 20.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a connection, between two pieces, and for a document with all its redirects."""

    connect_s: float = CONNECT_S
    read_s: float = READ_S
    total_s: float = TOTAL_S


@dataclass(frozen=True, slots=True)
class FetchRules:
    """The site's rules. ``allowed_hosts`` are asked although they are private or on another port than 80 and 443.

    Each is ``host`` or ``host:port``. ``is_proxied``: a proxy resolves names, so they are checked as they are written.
    """

    user_agent: str = "FusionWeb"
    allowed_hosts: frozenset[str] = frozenset()
    is_proxied: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Document:
    """An answer to a request for an address. ``media_type`` is without parameters, ``charset`` '' if it says none.

    ``status`` is 200, 304 (``body`` is empty then), or that of a refusal where one was asked for.
    """

    url: str
    final_url: str
    status: int
    media_type: str
    charset: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def validators(self) -> dict[str, str]:
        """Return the headers with which a later request asks whether the document has changed."""
        pairs = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
        known = {name: self.headers.get(told, "") for name, told in pairs.items()}
        # A header may come with any bytes, and is sent in ASCII alone.
        return {name: value for name, value in known.items() if 0 < len(value) < 300 and value.isascii()}


async def fetch_document(
    client: httpx.AsyncClient,
    address: str,
    rules: FetchRules,
    *,
    validators: Mapping[str, str] | None = None,
    takes: Collection[str] = (*HTML, *PLAIN, PDF, *UNKNOWN),
    takes_refusals: bool = False,
    may_ask: "MayAsk | None" = None,
) -> Document:
    """Return the document at an address. Raises :class:`LookupFault`.

    ``may_ask`` is called with each address before it is asked for, and raises for one that must not be. With
    ``takes_refusals`` the statuses 400 to 599 are a document without a body.
    """
    url = checked(address)
    try:
        async with asyncio.timeout(rules.limits.total_s):
            return await _follow(client, url, rules, validators or {}, takes, takes_refusals, may_ask)
    except TimeoutError:
        raise LookupFault(
            LookupFailure.TIMEOUT, f"{url.host} did not send the page within {rules.limits.total_s:g} s."
        ) from None


class MayAsk:
    """A check of each address before a request (robots.txt)."""

    async def __call__(self, url: httpx.URL) -> None:
        """Raise :class:`LookupFault` for an address that must not be asked for."""
        raise NotImplementedError


async def _follow(
    client: httpx.AsyncClient,
    first: httpx.URL,
    rules: FetchRules,
    validators: Mapping[str, str],
    takes: Collection[str],
    takes_refusals: bool,
    may_ask: MayAsk | None,
) -> Document:
    url = first
    for _ in range(MAX_REDIRECTS + 1):
        check_host(url, rules)
        if may_ask:
            await may_ask(url)
        response = await _send(client, url, rules, validators)
        try:
            if not (response.is_redirect and response.headers.get("location")):
                return await _document(str(first), url, response, takes, takes_refusals)
        except httpx.TimeoutException:
            raise LookupFault(LookupFailure.TIMEOUT, f"{url.host} stopped sending the page.") from None
        except httpx.HTTPError as error:
            sentence = f"{url.host} broke off while it sent the page ({type(error).__name__})."
            raise LookupFault(LookupFailure.URL_NOT_ACCESSIBLE, sentence) from error
        finally:
            await response.aclose()
        url = _next(url, response, rules)
    raise LookupFault(
        LookupFailure.URL_NOT_ACCESSIBLE, f"{first.host} redirects more than {MAX_REDIRECTS} times in a row."
    )


def check_host(url: httpx.URL, rules: FetchRules) -> None:
    """Raise :class:`LookupFault` for a port or a name that is not asked, before anything is resolved."""
    if _is_allowed(url, rules):
        return
    if url.port not in (None, *DEFAULT_PORTS.values()):
        raise LookupFault(LookupFailure.URL_NOT_ALLOWED, f"Port {url.port} is not opened, only 80 and 443.")
    if rules.is_proxied and not may_be_public(url.host):
        raise LookupFault(LookupFailure.URL_NOT_ALLOWED, f"{url.host} is an address inside this network.")


def _is_allowed(url: httpx.URL, rules: FetchRules) -> bool:
    host = url.host.lower()
    return bool({host, f"{host}:{url.port or DEFAULT_PORTS[url.scheme]}"} & rules.allowed_hosts)


async def _send(
    client: httpx.AsyncClient, url: httpx.URL, rules: FetchRules, validators: Mapping[str, str]
) -> httpx.Response:
    headers = {"User-Agent": rules.user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip", **validators}
    limits = httpx.Timeout(rules.limits.read_s, connect=rules.limits.connect_s)
    extensions = {PUBLIC_ONLY: not _is_allowed(url, rules)}
    client.cookies.clear()  # what one page set must not be told to the next
    request = client.build_request("GET", url, headers=headers, timeout=limits, extensions=extensions)
    try:
        return await client.send(request, stream=True, follow_redirects=False)
    except PrivateAddress as error:
        raise LookupFault(LookupFailure.URL_NOT_ALLOWED, str(error)) from error
    except httpx.TimeoutException:
        raise LookupFault(LookupFailure.TIMEOUT, f"{url.host} did not answer in time.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        sentence = f"{url.host} cannot be reached ({type(error).__name__})."
        raise LookupFault(LookupFailure.URL_NOT_ACCESSIBLE, sentence) from error


def _next(url: httpx.URL, response: httpx.Response, rules: FetchRules) -> httpx.URL:
    """Return the address of a redirect. Raises :class:`LookupFault` for one that must not be followed."""
    try:
        target = checked(str(url.join(response.headers["location"])))
    except (httpx.InvalidURL, ValueError):
        sentence = f"{url.host} redirects to something that is no address."
        raise LookupFault(LookupFailure.URL_NOT_ACCESSIBLE, sentence) from None
    if url.scheme == "https" and target.scheme == "http":
        sentence = f"{url.host} redirects to an address without encryption, which is not followed."
        raise LookupFault(LookupFailure.URL_NOT_ALLOWED, sentence)
    # A page outside must not choose what is asked of a host inside that an administrator opened.
    if _is_allowed(target, rules) and not _is_allowed(url, rules):
        sentence = f"{url.host} redirects to {target.host}, which no page outside may ask for."
        raise LookupFault(LookupFailure.URL_NOT_ALLOWED, sentence)
    return target


async def _document(
    asked: str, url: httpx.URL, response: httpx.Response, takes: Collection[str], takes_refusals: bool
) -> Document:
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    # A PDF that does not say so may be as large as one that does; whether it is one, its first bytes tell.
    most = MAX_PDF_BYTES if media_type == PDF or (media_type in UNKNOWN and PDF in takes) else MAX_TEXT_BYTES
    body = b""
    if response.status_code == 200:
        if media_type not in takes:
            sentence = f"{url.host} sent {media_type[:60]}. Only web pages, plain text, JSON and PDF are read."
            raise LookupFault(LookupFailure.UNSUPPORTED_CONTENT_TYPE, sentence)
        body = await _body(url, response, most)
    elif response.status_code != 304 and not (takes_refusals and response.status_code >= 400):
        raise _refused(url, response.status_code)
    charset = response.charset_encoding or ""
    return Document(asked, str(url), response.status_code, media_type, charset, body, dict(response.headers))


async def _body(url: httpx.URL, response: httpx.Response, most: int) -> bytes:
    """Return the unpacked body; one over ``most`` bytes is not read to its end."""
    too_large = LookupFault(
        LookupFailure.CONTENT_TOO_LARGE, f"The page at {url.host} is larger than {most // 2**20} MiB."
    )
    told = response.headers.get("content-length", "")
    if told.isdigit() and int(told[:19]) > most:
        raise too_large
    body = bytearray()
    try:
        async with aclosing(unpacked(response)) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > most:
                    raise too_large
    except Packed as error:
        sentence = f"{url.host} packs the page in a way that cannot be read."
        raise LookupFault(LookupFailure.URL_NOT_ACCESSIBLE, sentence) from error
    return bytes(body)


def _refused(url: httpx.URL, status: int) -> LookupFault:
    reasons = {
        401: "wants a password",
        402: "wants to be paid",
        403: "does not let programs in",
        404: "has no such page",
        410: "has deleted the page",
        451: "may not show the page",
    }
    if status == 429:
        return LookupFault(LookupFailure.RATE_LIMITED, f"{url.host} takes no more requests for now (429).")
    reason = reasons.get(status, "has a fault of its own" if status >= 500 else "does not send the page")
    return LookupFault(LookupFailure.URL_NOT_ACCESSIBLE, f"{url.host} {reason} ({status}).")
