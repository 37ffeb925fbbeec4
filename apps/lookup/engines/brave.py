"""Brave Search (api-dashboard.search.brave.com, "Web Search")."""

import httpx

from apps.lookup.engines.base import Engine, Found, hits_of, request_json

BASE_URL = "https://api.search.brave.com/res/v1"


async def search(client: httpx.AsyncClient, engine: Engine, query: str, max_results: int) -> Found:
    """Search. Raises :class:`LookupFault`."""
    params = {"q": query, "count": max_results, "result_filter": "web", "extra_snippets": "true"}
    found = await request_json(
        client, engine, "GET", "/web/search", {"X-Subscription-Token": engine.key}, params=params
    )
    web = found.get("web")
    rows = web.get("results") if isinstance(web, dict) else ()
    return Found(hits_of(rows, snippet=("description", "extra_snippets"), published="page_age"))
