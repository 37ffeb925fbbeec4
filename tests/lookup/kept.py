"""A cache in memory, and the door to a fake web."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from apps.lookup.cache import Entry
from apps.lookup.client import Lookups, WebSettings
from apps.lookup.engines import engine_of
from apps.lookup.engines.base import EngineName
from apps.lookup.fetching import FetchRules, Limits
from apps.outbound import clients
from tests.lookup.web import FakeWeb

PATIENT = Limits(connect_s=30, read_s=30, total_s=60)


class MemoryCache:
    """Entries in a dictionary; ``passed_s`` are seconds that a test lets pass."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], tuple[Entry, float]] = {}
        self.leased: set[tuple[str, str]] = set()
        self.passed_s = 0.0

    async def read(self, kind: str, name: str) -> Entry | None:
        found = self.entries.get((kind, name))
        return replace(found[0], age_s=time.monotonic() + self.passed_s - found[1]) if found else None

    async def write(self, kind: str, name: str, entry: Entry) -> None:
        self.entries[kind, name] = entry, time.monotonic() + self.passed_s
        self.leased.discard((kind, name))

    async def lease(self, kind: str, name: str) -> bool:
        is_mine = (kind, name) not in self.leased
        self.leased.add((kind, name))
        return is_mine

    async def release(self, kind: str, name: str) -> None:
        self.leased.discard((kind, name))


@asynccontextmanager
async def door(
    web: FakeWeb, settings: WebSettings | None = None, cache: MemoryCache | None = None
) -> AsyncIterator[Lookups]:
    """Open the door with a SearXNG of the fake web, or other ``settings``."""
    engine = engine_of(EngineName.SEARXNG, base_url=web.engine_url("searxng"))
    chosen = settings or WebSettings(engine, rules_for(web))

    async def current() -> WebSettings:
        return chosen

    lookups = Lookups(clients.client(), clients.client(proxy=""), current, cache or MemoryCache())
    try:
        yield lookups
    finally:
        await lookups.aclose()


def rules_for(web: FakeWeb, limits: Limits = PATIENT) -> FetchRules:
    """Return rules that let pages of the fake web be opened."""
    return FetchRules(allowed_hosts=frozenset({web.host}), limits=limits)
