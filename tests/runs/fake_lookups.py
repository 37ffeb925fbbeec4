"""A way to a small web of a test's own, and runs whose models look things up behind it."""

import asyncio
import json
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connections

from apps.catalogue.models import Provider
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.lookups import LookupFault, Page, SearchHit, SearchResults
from apps.providers.dialects import Dialect
from apps.runs import tasks
from apps.runs.models import ToolUse

ANSWER = 'It is 330 metres tall [1: "330 metres tall"].'
TOWER = "https://tower.test/height"
TOWER_TEXT = "The Eiffel Tower is 330 metres tall since an antenna was added in 2022. It was 324 metres before."


class FakeLookups:
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


def search(query="height of the tower", **more):
    return {"name": "web_search", "arguments": json.dumps({"query": query, **more})}


def fetch(url=TOWER, **more):
    return {"name": "web_fetch", "arguments": json.dumps({"url": url, **more})}


def looking_up(
    bench, *rounds, model="elm", dialect=Dialect.OPENAI, steps=4, prompt="How high is it?", max_cost=None, **script
):
    """Start a run of one model that looks things up in rounds: lists of calls, or whole rounds with text before."""
    Provider.objects.update(dialect=dialect)
    rounds = [one if isinstance(one, dict) else {"calls": one} for one in rounds]
    name = bench.model(model, "looks-up", rounds=rounds, **{"text": ANSWER, **script})
    return bench.start(name, prompt=prompt, web=LookupSettings(max_tool_calls=steps), max_cost=max_cost)


def perform(run):
    tasks.perform_call(run.calls.get().pk)
    run.refresh_from_db()
    return run.calls.with_output().get()


def performing(run):
    def work_on(call_id):
        tasks.perform_call(call_id)
        connections.close_all()

    thread = threading.Thread(target=work_on, args=[run.calls.get().pk])
    thread.start()
    return thread


def results(call):
    return [(use.name, use.status, use.result) for use in ToolUse.objects.filter(call=call)]


def texts_sent(upstream, model="elm"):
    """Return each request as one text."""
    return [json.dumps(entry["body"], ensure_ascii=False) for entry in upstream.ledger(model)]
