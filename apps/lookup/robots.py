"""Robots.txt (RFC 9309): what a site does not want programs to read is not read."""

from dataclasses import replace

import httpx
from protego import Protego

from apps.fusion.lookups import LookupFailure, LookupFault
from apps.lookup.cache import Cache, Entry
from apps.lookup.fetching import HTML, PLAIN, UNKNOWN, FetchRules, Limits, MayAsk, fetch_document

AGENT = "FusionWeb"
"""The name under which a site addresses this program."""
KIND = "robots"
KEPT_S = 24 * 3600.0
REFUSED_KEPT_S = 300.0
"""Seconds for which a server that could not answer counts as one that forbids all, as the RFC wants."""
LIMITS = Limits(connect_s=5, read_s=10, total_s=12)
MAX_CHARS = 500 * 1024
DISALLOW_ALL = "User-agent: *\nDisallow: /"


class Robots(MayAsk):
    """The check of an address against the robots.txt of its host, which is kept for a day."""

    def __init__(self, client: httpx.AsyncClient, rules: FetchRules, cache: Cache) -> None:
        self._client = client
        self._rules = replace(rules, limits=LIMITS)
        self._cache = cache

    async def __call__(self, url: httpx.URL) -> None:
        """Raise :class:`LookupFault` for an address that its site closes to programs."""
        place = url.copy_with(path="/robots.txt", query=None, fragment=None)
        text = await self._text(place)
        # Its author may be hostile too; a file that cannot be understood forbids nothing.
        if text and not Protego.parse(text).can_fetch(str(url), AGENT):
            sentence = f"{url.host} asks programs not to read this page (robots.txt), so it is not opened."
            raise LookupFault(LookupFailure.ROBOTS_DISALLOWED, sentence)

    async def _text(self, place: httpx.URL) -> str:
        entry = await self._cache.read(KIND, str(place))
        if entry and entry.age_s < (REFUSED_KEPT_S if entry.value == DISALLOW_ALL else KEPT_S):
            return entry.value
        text = await self._ask(place)
        await self._cache.write(KIND, str(place), Entry(text))
        return text

    async def _ask(self, place: httpx.URL) -> str:
        takes = (*PLAIN, *HTML, *UNKNOWN)
        try:
            found = await fetch_document(self._client, str(place), self._rules, takes=takes, takes_refusals=True)
        except LookupFault as fault:
            if fault.code in (LookupFailure.UNSUPPORTED_CONTENT_TYPE, LookupFailure.CONTENT_TOO_LARGE):
                return ""
            raise
        if found.status >= 500 or found.status == 429:
            return DISALLOW_ALL
        is_rules = found.status == 200 and found.media_type not in HTML
        return found.body[:MAX_CHARS].decode("utf-8-sig", "replace").replace("\0", "") if is_rules else ""
