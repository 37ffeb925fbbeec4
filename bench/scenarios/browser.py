"""Measure a real browser: eight fast columns, and the reload of a long page.

The main thread's share is its CPU time, which other work on the machine does not lengthen; frames and reloads are by
the clock, as a reader sees them.
"""

import os
import shutil
from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Page, async_playwright

from bench.figures import Row, median, percentile
from bench.site import Visitor
from bench.stack import Stack

NAME = "browser, 8 columns"
SLOTS = 8
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WATCH = """
() => {
  window.bench = { frames: [], tasks: [] };
  new PerformanceObserver((list) => bench.tasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask" });
  let last = performance.now();
  const tick = (now) => { bench.frames.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}
"""
DRAWN = """
() => new Promise((resolve) => {
  const tell = () => {
    const [page] = performance.getEntriesByType("navigation");
    resolve({ drawn: performance.now(), answered: page.responseStart, bytes: page.decodedBodySize,
      sent: page.encodedBodySize });
  };
  const ended = () => requestAnimationFrame(() => requestAnimationFrame(tell));
  document.readyState === "complete" ? ended() : addEventListener("load", ended);
})
"""


@dataclass
class Tab:
    """A signed-in page of a site, and the browser's own counters for it (in CPU time, not by the clock)."""

    page: Page
    site: str
    counters: CDPSession

    async def open_run(self, run: str) -> None:
        """Go to a run's page."""
        await self.page.goto(f"{self.site}/runs/{run}/")

    async def read(self) -> dict[str, float]:
        """Return the counters: seconds of ``TaskDuration`` and its parts, ``Timestamp`` by the clock."""
        found = await self.counters.send("Performance.getMetrics")
        return {one["name"]: one["value"] for one in found["metrics"]}


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Measure frames from the first text to the end of the run, and a reload until two frames after ``load``.

    The first page of all is not measured: browser and site still start and fill their caches.
    """
    names = (os.environ.get("FUSIONWEB_BROWSER", ""), "chromium", "chromium-headless-shell")
    browser_path = next(filter(None, map(shutil.which, names)), None)
    if browser_path is None:
        return [Row(NAME, "no browser is installed: not measured", float("nan"))]
    visitor = await Visitor(stack).sign_in()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        session = visitor.client.cookies.items()
        await page.context.add_cookies([{"name": name, "value": value, "url": stack.site} for name, value in session])
        counters = await page.context.new_cdp_session(page)
        await counters.send("Performance.enable", {"timeDomain": "threadTicks"})
        tab = Tab(page, stack.site, counters)
        rows = await _reload(tab, visitor, *((2_000, 1) if quick else (20_000, 9)))
        rows = await _stream(tab, visitor, "c100-r50" if quick else "c2000-r100") + rows
        await browser.close()
    return rows


async def _stream(tab: Tab, visitor: Visitor, model: str) -> list[Row]:
    run = await visitor.start_run([model] * SLOTS, judge="builtin/overlap")
    await tab.open_run(run)
    await tab.page.wait_for_selector(".text.streaming:not(:empty)")
    await tab.page.evaluate(WATCH)
    before = await tab.read()
    await visitor.watch(run)
    after = await tab.read()
    found = await tab.page.evaluate("() => bench")
    spent = {name: after[name] - before[name] for name in after}
    frames, tasks = found["frames"][1:], found["tasks"]
    return [
        Row(NAME, "frame time, p95", percentile(frames, 0.95), "ms", 33, note=f"p50 {median(frames):.0f} ms"),
        Row(NAME, "longest task", max(tasks, default=0.0), "ms", 100, note=f"{len(tasks)} over 50 ms"),
        Row(NAME, "main thread's share", _share(spent, "TaskDuration"), "%", 60, note=_parts(spent)),
    ]


def _share(spent: dict[str, float], name: str) -> float:
    return spent[name] / spent["Timestamp"] * 100


def _parts(spent: dict[str, float]) -> str:
    parts = {"scripts": "ScriptDuration", "style": "RecalcStyleDuration", "layout": "LayoutDuration"}
    return ", ".join(f"{word} {_share(spent, name):.0f} %" for word, name in parts.items())


async def _reload(tab: Tab, visitor: Visitor, length: int, times: int) -> list[Row]:
    name = f"browser, {SLOTS} × {length:,} characters"
    run = await visitor.start_run([f"md{length}"] * SLOTS, judge="builtin/overlap")
    await visitor.watch(run)
    await tab.open_run(run)
    await tab.page.evaluate(DRAWN)
    loads = [await _load(tab) for _ in range(times)]

    def typical(figure: str) -> float:
        return median([load[figure] for load in loads])

    spread = f"{min(load['drawn'] for load in loads) / 1e3:.2f} to {max(load['drawn'] for load in loads) / 1e3:.2f} s"
    size = f"{typical('bytes') / 1e3:.0f} kB of HTML, {typical('sent') / 1e3:.0f} kB sent"
    return [
        Row(name, "a reload is drawn after", typical("drawn") / 1e3, "s", 1, note=spread),
        Row(name, "of that until the site answers", typical("answered") / 1e3, "s", note=size),
        Row(name, "CPU of the main thread for it", typical("cpu"), "s"),
    ]


async def _load(tab: Tab) -> dict[str, Any]:
    await tab.page.reload(wait_until="commit")
    before = await tab.read()
    found: dict[str, Any] = await tab.page.evaluate(DRAWN)
    return found | {"cpu": (await tab.read())["TaskDuration"] - before["TaskDuration"]}
