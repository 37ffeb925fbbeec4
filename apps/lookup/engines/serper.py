"""Serper, results of Google (serper.dev)."""

import httpx

from apps.lookup.engines.base import Engine, Found, hits_of, request_json

BASE_URL = "https://google.serper.dev"


async def search(client: httpx.AsyncClient, engine: Engine, query: str, max_results: int) -> Found:
    """Search. Raises :class:`LookupFault`."""
    body = {"q": query, "num": max_results}
    found = await request_json(client, engine, "POST", "/search", {"X-API-KEY": engine.key}, json=body)
    return Found(hits_of(found.get("organic"), url="link", snippet=("snippet",), published="date"))
