"""Exa (docs.exa.ai, "Search"). It says what each search cost."""

from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from apps.lookup.engines.base import Engine, Found, hits_of, request_json

BASE_URL = "https://api.exa.ai"
HIGHLIGHT_CHARS = 500


async def search(client: httpx.AsyncClient, engine: Engine, query: str, max_results: int) -> Found:
    """Search, with passages of the pages that fit the query. Raises :class:`LookupFault`."""
    body = {
        "query": query,
        "type": "auto",
        "numResults": max_results,
        "contents": {"highlights": {"maxCharacters": HIGHLIGHT_CHARS}},
    }
    found = await request_json(client, engine, "POST", "/search", {"x-api-key": engine.key}, json=body)
    hits = hits_of(found.get("results"), snippet=("highlights", "summary", "text"), published="publishedDate")
    return Found(hits, _cost(found.get("costDollars")))


def _cost(told: Any) -> Decimal | None:
    """Return USD as the engine says them, ``None`` where it does not."""
    total = told.get("total") if isinstance(told, dict) else None
    if isinstance(total, bool) or not isinstance(total, int | float | str):
        return None
    try:
        cost = Decimal(str(total))
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and 0 <= cost < 1_000 else None
