"""Tavily (docs.tavily.com, "Search")."""

import httpx

from apps.lookup.engines.base import Engine, Found, hits_of, request_json

BASE_URL = "https://api.tavily.com"


async def search(client: httpx.AsyncClient, engine: Engine, query: str, max_results: int) -> Found:
    """Search at the basic depth, the cheapest. Raises :class:`LookupFault`."""
    body = {"query": query, "max_results": max_results, "search_depth": "basic"}
    headers = {"Authorization": f"Bearer {engine.key}"}
    found = await request_json(client, engine, "POST", "/search", headers, json=body)
    return Found(hits_of(found.get("results"), snippet=("content",), published="published_date"))
