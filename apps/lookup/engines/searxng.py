"""SearXNG, a metasearch server that a site runs itself (docs.searxng.org, "Search API")."""

import httpx

from apps.fusion.lookups import LookupFailure, LookupFault
from apps.lookup.engines.base import Engine, Found, hits_of, plain, request_json


async def search(client: httpx.AsyncClient, engine: Engine, query: str, _max_results: int) -> Found:
    """Search; the number of results is the server's own. Raises :class:`LookupFault`."""
    try:
        found = await request_json(client, engine, "GET", "/search", params={"q": query, "format": "json"})
    except LookupFault as fault:
        if fault.code is not LookupFailure.WRONG_KEY:
            raise
        # It needs no key; it refuses formats that its settings do not list, and its limiter refuses programs.
        sentence = (
            "SearXNG refuses to answer in JSON. Add “json” to search.formats in its settings.yml, see that its limiter "
            "lets this server through, and start it again."
        )
        raise LookupFault(LookupFailure.UNAVAILABLE, sentence) from fault
    hits = hits_of(found.get("results"), snippet=("content",), published="publishedDate")
    if not hits and (silent := _silent(found.get("unresponsive_engines"))):
        sentence = f"SearXNG found nothing, since engines that it asks did not answer: {silent}. Check its engines."
        raise LookupFault(LookupFailure.UNAVAILABLE, sentence)
    return Found(hits)


def _silent(rows: object) -> str:
    """Return the engines behind the server that did not answer, with their reasons: ``google (CAPTCHA)``."""
    pairs = [row for row in rows if isinstance(row, list) and len(row) >= 2] if isinstance(rows, list) else []
    return ", ".join(f"{plain(name, 30)} ({plain(reason, 60)})" for name, reason, *_ in pairs[:5])
