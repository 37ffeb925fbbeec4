"""The one client: search and fetch with the site's engine and rules, a cache and robots.txt, each request made once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import httpx

from apps.fusion.lookups import LookupFailure, LookupFault, Page, SearchResults
from apps.lookup import engines
from apps.lookup.addresses import checked, normalised
from apps.lookup.cache import Cache, Entry
from apps.lookup.engines.base import Engine
from apps.lookup.fetching import FetchRules, check_host, fetch_document
from apps.lookup.reading import read_document
from apps.lookup.robots import Robots

T = TypeVar("T", Page, SearchResults)

SEARCHES, PAGES = "search", "page"
FRESH_S = {SEARCHES: 15 * 60.0, PAGES: 3600.0}
POLL_S = 0.2
"""Seconds between two looks at a page that another process fetches."""
NOT_CONFIGURED = (
    "Web search is off: this site has no search engine. An administrator can turn it on, on the Web search page "
    "or by the address or the key of an engine in the environment."
)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The site's settings at the moment: ``engine`` is ``None`` where search is off.

    ``obeys_robots`` also for addresses that the person wrote: ``obeys_robots_for_named``.
    """

    engine: Engine | None = None
    rules: FetchRules = field(default_factory=FetchRules)
    obeys_robots: bool = True
    obeys_robots_for_named: bool = True


class Lookups:
    """Looks things up for one event loop. ``settings`` is asked before each look-up, so a change counts at once.

    ``search_client`` may reach any address, as administrators name the engines; of ``page_client`` each request says
    whether it keeps to the public internet.
    """

    def __init__(
        self,
        search_client: httpx.AsyncClient,
        page_client: httpx.AsyncClient,
        settings: Callable[[], Awaitable[WebSettings]],
        cache: Cache,
    ) -> None:
        self._search_client = search_client
        self._page_client = page_client
        self._settings = settings
        self._cache = cache
        self._flights: dict[tuple[str, ...], asyncio.Future[Page | SearchResults]] = {}

    async def aclose(self) -> None:
        """Close the connections."""
        await self._search_client.aclose()
        await self._page_client.aclose()

    async def engine(self) -> Engine | None:
        """Return the engine that would be asked; ``None`` where search is off."""
        return (await self._settings()).engine

    async def search(self, query: str, max_results: int = 5) -> SearchResults:
        """Return what the site's engine finds; from the cache, or beside the same search of another, it costs nothing.

        Raises :class:`LookupFault`.
        """
        engine = (await self._settings()).engine
        if engine is None:
            raise LookupFault(LookupFailure.NOT_CONFIGURED, NOT_CONFIGURED)
        name = f"{engine.name} {engine.base_url} {max_results} {' '.join(query.split())}"

        async def work() -> tuple[SearchResults, bool]:
            async with self._entry(SEARCHES, name) as entry:
                if entry and entry.age_s < FRESH_S[SEARCHES] and (kept := _kept(SearchResults, entry)):
                    return kept, False
                found = await engines.search(self._search_client, engine, query, max_results=max_results)
                await self._cache.write(SEARCHES, name, Entry(found.model_dump_json()))
                return found, True

        found, is_paid = await self._once((SEARCHES, name), work)
        return found if is_paid else found.model_copy(update={"cost": Decimal(0)})

    async def fetch(self, url: str, offset: int = 0, *, is_named: bool = False) -> Page:
        """Return the page at an address, its text from ``offset`` on. Raises :class:`LookupFault`.

        ``is_named``: the person wrote the address. Whether a model may open it is :func:`addresses.check_known`'s.
        """
        settings = await self._settings()
        address = checked(url)
        check_host(address, settings.rules)
        name = normalised(address)
        obeys_robots = settings.obeys_robots and (settings.obeys_robots_for_named or not is_named)

        async def work() -> tuple[Page, bool]:
            async with self._entry(PAGES, name) as entry:
                kept = _kept(Page, entry) if entry else None
                if entry and kept and entry.age_s < FRESH_S[PAGES]:
                    return kept, False
                return await self._fetch(name, settings, entry if kept else None, obeys_robots=obeys_robots), True

        page, _ = await self._once((PAGES, name, str(obeys_robots)), work)
        if offset and not 0 <= offset < len(page.text):
            sentence = f"The page has {len(page.text):,} characters, so none at offset {offset:,}."
            raise LookupFault(LookupFailure.INVALID_ARGUMENTS, sentence)
        return page.model_copy(update={"url": url, "text": page.text[offset:]})

    async def _fetch(self, name: str, settings: WebSettings, entry: Entry | None, *, obeys_robots: bool) -> Page:
        """Ask for a page, or whether the kept one still stands."""
        rules = settings.rules
        may_ask = Robots(self._page_client, rules, self._cache) if obeys_robots else None
        validators = entry.validators if entry else {}
        document = await fetch_document(self._page_client, name, rules, validators=validators, may_ask=may_ask)
        if document.status == httpx.codes.NOT_MODIFIED and entry:
            await self._cache.write(PAGES, name, Entry(entry.value, entry.validators))
            return Page.model_validate_json(entry.value)
        page = await read_document(document)
        await self._cache.write(PAGES, name, Entry(page.model_dump_json(), document.validators))
        return page

    @asynccontextmanager
    async def _entry(self, kind: str, name: str) -> AsyncIterator[Entry | None]:
        """Give what is kept. Where that is not fresh, the caller is the only one of all processes to renew it."""
        while True:
            entry = await self._cache.read(kind, name)
            if entry and entry.age_s < FRESH_S[kind]:
                yield entry
                return
            if await self._cache.lease(kind, name):
                break
            await asyncio.sleep(POLL_S)
        # Between the look at it and the lease another process may have renewed it.
        entry = await self._cache.read(kind, name)
        if entry and entry.age_s < FRESH_S[kind]:
            await self._cache.release(kind, name)
            yield entry
            return
        try:
            yield entry
        except BaseException:
            # Also where a call is cancelled: others must not wait until the lease ends by itself.
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._cache.release(kind, name))
            raise

    async def _once(self, key: tuple[str, ...], work: Callable[[], Awaitable[tuple[T, bool]]]) -> tuple[T, bool]:
        """Return what ``work`` gives, done once for all who ask meanwhile; true for the one for whom it was done.

        Where that one is cancelled, the next does it.
        """
        while (flight := self._flights.get(key)) is not None:
            await asyncio.wait([flight])
            if not flight.cancelled():
                return flight.result(), False  # type: ignore[return-value]  # the key says of which kind it is
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        try:
            value, is_new = await work()
        except asyncio.CancelledError:
            flight.cancel()
            raise
        except BaseException as error:
            flight.set_exception(error)
            flight.exception()  # or one that nobody waited for would be logged
            raise
        else:
            flight.set_result(value)
            return value, is_new
        finally:
            del self._flights[key]


def _kept(kind: type[T], entry: Entry) -> T | None:
    """Return a kept value; ``None`` for one of an earlier version that can no longer be read."""
    try:
        return kind.model_validate_json(entry.value)
    except ValueError:
        return None
