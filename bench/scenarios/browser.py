"""What a real browser makes of it: eight fast columns, and a long page drawn anew."""

import asyncio
import os
import shutil

from playwright.async_api import Page, async_playwright

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
  const ended = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  document.readyState === "complete" ? ended() : addEventListener("load", ended);
})
"""


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Frames are counted from the first text to the last; a reload counts until two frames after ``load``."""
    browser_path = next(filter(None, map(shutil.which, (os.environ.get("FUSIONWEB_BROWSER", ""), "chromium"))), None)
    if browser_path is None:
        return [Row(NAME, "no browser is installed: not measured", float("nan"))]
    visitor = await Visitor(stack).sign_in()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(await asyncio.to_thread(stack.login_link))
        rows = await _stream(page, visitor, "c100-r50" if quick else "c2000-r100")
        rows += await _reload(page, visitor, 1 if quick else 5)
        await browser.close()
    return rows


async def _stream(page: Page, visitor: Visitor, model: str) -> list[Row]:
    run = await visitor.start_run([model] * SLOTS, judge="builtin/overlap")
    await page.goto(f"/runs/{run}/") if page.url.startswith("/") else await page.goto(
        f"{visitor.stack.site}/runs/{run}/"
    )
    await page.wait_for_selector(".text.streaming:not(:empty)")
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    await page.evaluate(WATCH)
    before = await _metrics(session)
    await page.wait_for_selector('#slot-A [data-status="done"]', timeout=60_000)
    after = await _metrics(session)
    found = await page.evaluate("() => bench")
    share = (after["TaskDuration"] - before["TaskDuration"]) / (after["Timestamp"] - before["Timestamp"])
    return [
        Row(NAME, "frame time, p95", percentile(found["frames"][1:], 0.95), "ms", 33),
        Row(NAME, "longest task", max(found["tasks"], default=0.0), "ms", 100),
        Row(NAME, "main thread's share", share * 100, "%", 60),
    ]


async def _metrics(session) -> dict[str, float]:  # type: ignore[no-untyped-def]
    found = await session.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in found["metrics"]}


async def _reload(page: Page, visitor: Visitor, times: int) -> list[Row]:
    run = await visitor.start_run(["md20000"] * SLOTS, judge="builtin/overlap")
    await visitor.watch(run)
    drawn = []
    for _ in range(times):
        await page.goto(f"{visitor.stack.site}/runs/{run}/")
        drawn.append(await page.evaluate(DRAWN) / 1e3)
    return [Row("browser, 8 × 20,000 characters", "a reload is drawn after", median(drawn), "s", 1)]
