"""Measure a long history: pages, every prefix of the search, comparing, the leaderboard, and memory while exporting.

`BENCH_RUNS` says how many runs there are, 20,000 unless it is set; a million take some 30 GB and half an hour to store,
so `BENCH_FOLDER` names a folder that keeps them: the next bench adds what is missing.
Times are those of a person on the same machine, so the server's own are a little shorter.
"""

import asyncio
import os
import time
from typing import Any
from urllib.parse import quote, urlsplit

from bench import long_history
from bench.figures import Row, median, percentile
from bench.long_history import LIBRARIAN, READER
from bench.site import Visitor
from bench.stack import Stack

SCENARIO = "long history"
ASKED, WARM = 40, 3
"""Requests for each address, and those before them that are not counted: of a quick bench, one and none."""
LATEST_MS, LARGEST_KB, GROWTH_MB = 100, 150, 50
RUNS, EXPORTED = 20_000, 20_000
LOOK_S = 0.2
SEARCHES = (
    *("tag:tag7", "model:{model}", "judge:overlap", "writer:{model}", "preset:quick", "strategy:fuse", "status:done"),
    *("has:contradiction", "contradiction:{rare}", "alone:{model}", "agreement<0.1", "cost>0.05", "before:2030-01-01"),
    *("after:2020-01-01", "starred", "fork-of:{run}", "is:shared", "rating>0", "key:script", "-tag:tag7"),
)
WORDS = {
    "common word": "{common}",
    "rare word": "{rare}",
    "two words": "{common} {rare}",
    "phrase": '"{common} {next}"',
    "beginning of a word": "{part}*",
}


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Return the rows of each page and each search, the weights of pages, and the memory of an export."""
    runs = 500 if quick else int(os.environ.get("BENCH_RUNS") or RUNS)
    exported = 200 if quick else min(100_000, runs) if runs > RUNS else EXPORTED
    made = await asyncio.to_thread(long_history.make, stack, runs, exported)
    reader, librarian = [await _signed_in(stack, made["logins"][name]) for name in (READER, LIBRARIAN)]
    rows, weights = [], {}
    for name, address in addresses(made).items():
        visitor, of_whom = (librarian, exported) if name.startswith("page ") else (reader, runs)
        times, weights[name] = await _times(visitor, address, *((1, 0) if quick else (ASKED, WARM)))
        note = f"p50 {median(times):.0f} ms; {weights[name] / 1000:.0f} kB; {of_whom:,} runs"
        rows.append(Row(SCENARIO, f"{name}, p95", percentile(times, 0.95), "ms", LATEST_MS, note=note))
    heaviest = max(weights, key=lambda name: weights[name])
    note = f"{heaviest}, not packed"
    rows.append(Row(SCENARIO, "weight of the heaviest page", weights[heaviest] / 1000, "kB", LARGEST_KB, note=note))
    return [*rows, *await export(librarian, exported, "json")]


def addresses(made: dict[str, Any]) -> dict[str, str]:
    """Return what is asked for, by its name; a late page is the librarian's, all else the reader's."""
    names = {**made, "run": made["runs"][0], "part": made["rare"][:-2]}
    two, four = ",".join(made["runs"][:2]), ",".join(made["runs"])
    pages = {
        "first page": "/runs/",
        f"page {made['page']:,}": f"/runs/?before={quote(made['cursor'])}",
        "compare two runs": f"/compare/?runs={two}",
        "compare four runs": f"/compare/?runs={four}",
        "leaderboard": "/leaderboard/",
    }
    searches = {**WORDS, **{text.format(**names): text for text in SEARCHES}}
    return pages | {name: f"/runs/?q={quote(text.format(**names))}" for name, text in searches.items()}


async def _signed_in(stack: Stack, path: str) -> Visitor:
    """Sign somebody in beside the person of the other scenarios."""
    visitor = Visitor(stack)
    visitor.client.cookies.clear()
    form = {"csrfmiddlewaretoken": await visitor._read_token(urlsplit(path).path)}
    await visitor.client.post(path, data=form, headers={"Referer": stack.site + "/"})
    return visitor


async def _times(visitor: Visitor, address: str, count: int, warm: int) -> tuple[list[float], int]:
    """Return the times of an address, ms, and the bytes of its page."""
    times, size = [], 0
    for at in range(warm + count):
        began = time.monotonic()
        answer = await visitor.client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}.")
        if at >= warm:
            times.append((time.monotonic() - began) * 1000)
        size = len(answer.content)
    return times, size


async def export(visitor: Visitor, runs: int, form: str) -> list[Row]:
    """Read an export of so many runs as it comes, and watch the memory of the web process meanwhile."""
    seen, done = [visitor.stack.memory("web")], asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            seen.append(await asyncio.to_thread(visitor.stack.memory, "web"))
            await asyncio.sleep(LOOK_S)

    watching = asyncio.create_task(watch())
    began, size = time.monotonic(), 0
    async with visitor.client.stream("GET", f"/history/export/{form}/", timeout=3600) as answer:
        answer.raise_for_status()
        async for piece in answer.aiter_raw():
            size += len(piece)
    took = time.monotonic() - began
    done.set()
    await watching
    tenth, half, end = (f"{seen[int(share * (len(seen) - 1))] / 1e6:.0f}" for share in (0.1, 0.5, 1))
    note = (
        f"{runs:,} runs, {size / 1e6:,.0f} MB; {seen[0] / 1e6:.0f} MB before, {tenth} at a tenth, {half} at half, {end}"
    )
    grown = (max(seen) - seen[0]) / 1e6
    return [
        Row(SCENARIO, f"memory of the web process grown by {form}", grown, "MB", GROWTH_MB, note=note),
        Row(SCENARIO, f"runs exported in a second as {form}", runs / took, "/s"),
    ]
