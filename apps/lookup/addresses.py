"""Addresses of pages: which may be opened at all, when two are the same, and the rule that a model invents none.

The rule: a page that tells a model to open an address with a secret in it must not be obeyed, so only addresses are
opened that stood in the person's text, in results of the run's searches or on pages that the run has read.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

import httpx

from apps.fusion.lookups import MAX_URL_CHARS, LookupFailure, LookupFault, Page, SearchResults
from apps.outbound.addresses import asked_host, url_of

DEFAULT_PORTS = {"http": 80, "https": 443}
BETWEEN = re.compile(r"[\s<>\"`|{}\\^]+")
SCHEME = re.compile(r"https?://", re.IGNORECASE)
NOT_ASCII = re.compile(r"[^!-~]")
BARE = re.compile(
    r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,10}\.[a-z]{2,24}(?::\d{1,5})?(?:[/?#].{0,2000})?", re.IGNORECASE
)
"""An address without its scheme: ``example.com/path``."""
AROUND = "([{'*_“‘„«《（【"
AFTER = ".,;:!?'*_)]”’»》。，；：！？）】、…"
MAX_STRIPPED = 6
MAX_TEXT_CHARS = 400_000
"""Characters of a text that are searched for addresses."""


def checked(text: str) -> httpx.URL:
    """Return an address that may be asked for, as far as its form tells. Raises :class:`LookupFault`."""
    too_long = _not_allowed(f"The address is longer than {MAX_URL_CHARS:,} characters.")
    if len(text) > MAX_URL_CHARS:
        raise too_long
    if any(character.isspace() or not character.isprintable() for character in text) or "\\" in text:
        raise _not_allowed("The address has spaces or invisible characters.")
    try:
        url = url_of(text)
    except httpx.InvalidURL:
        raise _not_allowed("This is not a web address.") from None
    if len(str(url)) > MAX_URL_CHARS:  # of letters that are sent as six signs or nine
        raise too_long
    if url.scheme not in DEFAULT_PORTS or not url.host:
        raise _not_allowed("Only web addresses can be opened; they begin with https:// or http://.")
    if url.userinfo:
        raise _not_allowed("The address carries a user name or password; leave it out.")
    if url.port is not None and not 0 < url.port < 65_536:
        raise _not_allowed(f"There is no port {url.port}.")
    return url.copy_with(fragment=None)


def normalised(url: httpx.URL) -> str:
    """Return the spelling under which a page is kept: no fragment, no default port, host in lower case."""
    host = asked_host(url).lower().rstrip(".")
    host = f"[{host}]" if ":" in host else host
    port = "" if url.port in (None, DEFAULT_PORTS.get(url.scheme)) else f":{url.port}"
    path = re.sub(r"%[0-9a-fA-F]{2}", lambda match: _unescaped(match[0]), url.raw_path.decode("ascii"))
    return f"{url.scheme}://{host}{port}{path or '/'}"


def known_addresses(
    texts: Iterable[str] = (), results: Iterable[SearchResults] = (), pages: Iterable[Page] = ()
) -> frozenset[str]:
    """Return the keys of all addresses that may be opened: for :func:`check_known`, which takes nothing else.

    ``texts`` are the person's, ``results`` and ``pages`` those of this run.
    """
    written = (address for text in texts for address in addresses_in(text))
    found = (hit.url for one in results for hit in one.hits)
    linked = (address for page in pages for address in (page.url, page.final_url, *page.links))
    keys = (_key(address) for group in (written, found, linked) for address in group)
    return frozenset(key for key in keys if key)


def check_known(url: str, known: Collection[str]) -> None:
    """Raise :class:`LookupFault` unless an address is among :func:`known_addresses`."""
    key = _key(str(checked(url)))
    if key in known:
        return
    raise LookupFault(
        LookupFailure.URL_NOT_IN_PRIOR_CONTEXT,
        "This address stands neither in the person’s text, nor in a search result, nor on a page that was read, so it "
        "is not opened. Search for it first, or open one of those.",
    )


def addresses_in(text: str) -> Iterator[str]:
    """Yield the web addresses in a text, also those without a scheme, in every spelling that may be meant.

    Where a sign of punctuation or a letter without a blank follows, it may or may not belong to the address.
    """
    for token in BETWEEN.split(text[:MAX_TEXT_CHARS]):
        starts = [match.start() for match in SCHEME.finditer(token)]
        for start, end in pairwise([*starts, len(token)]):
            yield from _spellings(token[start:end])
        if not starts and "." in token:
            bare = token.lstrip(AROUND)[:MAX_URL_CHARS]
            # In "[word](example.com)" the address follows the bracket.
            for part in {bare, bare.rpartition("](")[2]}:
                if match := BARE.match(part):
                    yield from _spellings(f"https://{match[0]}")


def _spellings(address: str) -> Iterator[str]:
    address = address[: MAX_URL_CHARS + MAX_STRIPPED]
    whole = {address, NOT_ASCII.split(address, maxsplit=1)[0], address.partition("](")[0], address.partition(")")[0]}
    for one in whole:
        yield one
        for _ in range(MAX_STRIPPED):
            if not one or one[-1] not in AFTER:
                break
            one = one[:-1]  # noqa: PLW2901 - the next shorter spelling
            yield one


def _key(address: str) -> str:
    """Return what two addresses of one page share: the scheme and a slash at the end do not count; '' for none."""
    try:
        url = checked(address)
    except LookupFault:
        return ""
    return normalised(url).partition("://")[2].rstrip("/")


def _unescaped(escape: str) -> str:
    """Return one percent escape in its normal form (RFC 3986, 6.2.2)."""
    character = chr(int(escape[1:], 16))
    is_unreserved = character.isascii() and (character.isalnum() or character in "-._~")
    return character if is_unreserved else escape.upper()


def _not_allowed(sentence: str) -> LookupFault:
    return LookupFault(LookupFailure.URL_NOT_ALLOWED, sentence)
