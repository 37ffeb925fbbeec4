"""A door to a small web of this test's own: what it holds is scripted, and whatever is asked of it is kept."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from apps.fusion.lookups import LookupFault, Page, SearchHit, SearchResults

TOWER = "https://tower.test/height"
TOWER_TEXT = "The Eiffel Tower is 330 metres tall since an antenna was added in 2022. It was 324 metres before."


class FakeDoor:
    """``pages`` and ``hits`` are what it finds; with ``gate`` it waits for it; ``fault`` is raised by everything."""

    def __init__(self) -> None:
        self.pages = {TOWER: Page(url=TOWER, final_url=TOWER, title="Height", text=TOWER_TEXT)}
        self.hits = (SearchHit(url=TOWER, title="Height", snippet="330 metres tall"),)
        self.asked: list[tuple[str, Any]] = []
        self.price: Decimal | None = Decimal("0.005")
        self.fault: LookupFault | None = None
        self.on_asked: Callable[[], None] = lambda: None
        self.is_open: Callable[[], bool] = lambda: True
        self.at_once = self.most_at_once = 0

    async def search(self, query: str, max_results: int = 5) -> SearchResults:
        await self._note("search", query)
        return SearchResults(query=query, engine="fake", hits=self.hits[:max_results], cost=self.price)

    async def fetch(self, url: str, offset: int = 0, *, is_named: bool = False) -> Page:
        await self._note("fetch", (url, offset, is_named))
        return self.pages[url.partition("#")[0]]

    async def _note(self, what: str, asked: Any) -> None:
        self.asked.append((what, asked))
        self.on_asked()
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            while not self.is_open():  # noqa: ASYNC110 - opened by another thread
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        if self.fault:
            raise self.fault
