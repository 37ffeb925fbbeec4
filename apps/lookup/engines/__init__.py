"""Search engines, one file each over HTTP. To add one: a file with ``search``, a row in :data:`ENGINES`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import httpx

from apps.fusion.lookups import MAX_HITS, MAX_QUERY_CHARS, LookupFailure, LookupFault, SearchHit, SearchResults
from apps.lookup.engines import brave, exa, searxng, serper, tavily
from apps.lookup.engines.base import Engine, EngineName, Found

Ask = Callable[[httpx.AsyncClient, Engine, str, int], Awaitable[Found]]


@dataclass(frozen=True, slots=True)
class EngineKind:
    """A kind of engine. ``price_per_1000`` searches is USD by the vendor's list price, to be changed by the site.

    ``base_url`` is '' for one that each site runs itself. ``about`` follows its name on a page.
    """

    label: str
    search: Ask
    base_url: str = ""
    price_per_1000: Decimal = Decimal(0)
    needs_key: bool = True
    about: str = ""


ENGINES: Mapping[EngineName, EngineKind] = {
    EngineName.SEARXNG: EngineKind("SearXNG", searxng.search, needs_key=False, about="your own server, no key"),
    EngineName.BRAVE: EngineKind("Brave", brave.search, brave.BASE_URL, Decimal(5), about="an index of its own"),
    EngineName.TAVILY: EngineKind("Tavily", tavily.search, tavily.BASE_URL, Decimal(8), about="made for models"),
    EngineName.EXA: EngineKind("Exa", exa.search, exa.BASE_URL, Decimal(7), about="searches by meaning"),
    EngineName.SERPER: EngineKind("Serper", serper.search, serper.BASE_URL, Decimal(1), about="results of Google"),
}


def engine_of(name: EngineName, *, base_url: str = "", key: str = "", price_per_1000: Decimal | None = None) -> Engine:
    """Return an engine whose empty fields are its kind's own."""
    kind = ENGINES[name]
    price = kind.price_per_1000 if price_per_1000 is None else price_per_1000
    return Engine(name, kind.label, (base_url or kind.base_url).rstrip("/"), key.strip(), price)


async def search(client: httpx.AsyncClient, engine: Engine, query: str, *, max_results: int = 5) -> SearchResults:
    """Return at most ``max_results`` hits, best first, each address once. Raises :class:`LookupFault`."""
    query = " ".join(query.split())
    if not query:
        raise LookupFault(LookupFailure.INVALID_ARGUMENTS, "The query is empty. Search for a few words.")
    if len(query) > MAX_QUERY_CHARS:
        sentence = f"The query is longer than {MAX_QUERY_CHARS} characters. Search for a few words."
        raise LookupFault(LookupFailure.INVALID_ARGUMENTS, sentence)
    wanted = min(max(max_results, 1), MAX_HITS)
    found = await ENGINES[engine.name].search(client, engine, query, wanted)
    hits: dict[str, SearchHit] = {}
    for hit in found.hits:
        hits.setdefault(hit.url, hit)
    cost = engine.price_per_1000 / 1000 if found.cost is None else found.cost
    return SearchResults(query=query, engine=engine.label, hits=tuple(hits.values())[:wanted], cost=cost)
