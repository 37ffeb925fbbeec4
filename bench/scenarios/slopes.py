"""Measure how cost grows with streams, with viewers of one run, and with stored runs, for `docs/operations.md`."""

import asyncio
import time

from bench import stored
from bench.crowd import gather_viewers
from bench.figures import Row, median, slope
from bench.mid_stream import MidStream, between, have_begun, have_sent, listed
from bench.site import Counted, Visitor
from bench.stack import Stack

MODEL, CHUNKS, RATE = "c300-r50", 300, 50
LATE = f"{MODEL}-d20"
"""Viewers come before its first chunk."""
BY_STREAM, BY_VIEWER, BY_RUN = "by streams", "by viewers of one run", "by stored runs"
SLOTS = 5
ASKED = 10
"""Requests for each page; the median counts."""


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Return a row for each size measured, and the cost of one more of each kind."""
    visitor = await (await Visitor(stack).sign_in()).warm_up()
    streams, viewers, runs = (
        ((5, 10), (5, 20), (100, 300)) if quick else ((10, 50, 100), (10, 100, 300), (1000, 10_000, 50_000))
    )
    return [
        *await _by_streams(visitor, streams),
        *await _by_viewers(visitor, viewers),
        *await _by_stored_runs(visitor, runs),
    ]


async def _by_streams(visitor: Visitor, counts: tuple[int, ...]) -> list[Row]:
    """Measure runs with five streams and one viewer each."""
    found = [await _streams(visitor, count) for count in counts]
    rows = [_used(BY_STREAM, f"{count} streams", used) for count, (used, _) in zip(counts, found, strict=True)]
    shares = [sum(used.shares().values()) for used, _ in found]
    memory = [kilobytes for _, kilobytes in found]
    return [
        *rows,
        Row(BY_STREAM, f"CPU for one more at {RATE} chunks/s", slope(counts, shares), "% of a core"),
        Row(BY_STREAM, "memory of the worker for one more", slope(counts, memory), "kB", note=_at(counts, memory)),
    ]


async def _streams(visitor: Visitor, count: int) -> tuple[MidStream, float]:
    """Return the usage of so many streams, and the memory of the worker meanwhile, kB."""
    await visitor.ledger(clear=True)
    runs = [await visitor.start_run([MODEL] * SLOTS) for _ in range(count // SLOTS)]
    watching = [asyncio.create_task(visitor.watch(run)) for run in runs]
    used = await between(visitor, MODEL, have_begun(count), have_sent(0.7 * count * CHUNKS))
    memory = await asyncio.to_thread(visitor.stack.memory, "worker")
    await asyncio.gather(*watching)
    return used, memory / 1000


async def _by_viewers(visitor: Visitor, counts: tuple[int, ...]) -> list[Row]:
    found = [await _viewers(visitor, count) for count in counts]
    rows = [_used(BY_VIEWER, f"{count} viewers", used) for count, (used, _) in zip(counts, found, strict=True)]
    shares, memory = [used.shares()["web"] for used, _ in found], [kilobytes for _, kilobytes in found]
    note = f"of a run of {SLOTS} × {RATE} chunks/s"
    return [
        *rows,
        Row(BY_VIEWER, "CPU of the web process for one more", slope(counts, shares), "% of a core", note=note),
        Row(BY_VIEWER, "memory of the web process for one more", slope(counts, memory), "kB", note=_at(counts, memory)),
    ]


async def _viewers(visitor: Visitor, count: int) -> tuple[MidStream, float]:
    """Return the usage of a run with so many viewers once all have a frame, and the memory of the web process, kB."""
    await visitor.ledger(clear=True)
    run = await visitor.start_run([LATE] * SLOTS)
    sitting = await gather_viewers(visitor, run, [Counted() for _ in range(count)])
    used = await between(visitor, LATE, have_begun(SLOTS), have_sent(0.8 * SLOTS * CHUNKS))
    memory = await asyncio.to_thread(visitor.stack.memory, "web")
    await asyncio.gather(*sitting)
    return used, memory / 1000


async def _by_stored_runs(visitor: Visitor, counts: tuple[int, ...]) -> list[Row]:
    """Measure History's first page, a search without a match, which reads everything, and the size of the database."""
    await visitor.watch(await visitor.start_run(["md2000"] * 3))
    rows: list[Row] = []
    pages, searches, sizes, already = [], [], [], 0
    for count in counts:
        sizes.append(await asyncio.to_thread(stored.add, visitor.stack, count - already) / 1000)
        already = count
        pages.append(await _asked(visitor, "/runs/"))
        searches.append(await _asked(visitor, "/runs/?q=zebra"))
        rows.append(Row(BY_RUN, f"history with {count} runs", pages[-1], "ms"))
        rows.append(Row(BY_RUN, f"search in {count} runs that finds none", searches[-1], "ms"))
    return [
        *rows,
        Row(BY_RUN, "history for a thousand more", slope(counts, pages) * 1000, "ms"),
        Row(BY_RUN, "search for a thousand more", slope(counts, searches) * 1000, "ms"),
        Row(
            BY_RUN,
            "database for one more",
            slope(counts, sizes),
            "kB",
            note="three answers of 2,000 characters, judged",
        ),
    ]


async def _asked(visitor: Visitor, path: str) -> float:
    """Return the median time of a page, ms."""
    times = []
    for _ in range(ASKED):
        began = time.monotonic()
        (await visitor.client.get(path)).raise_for_status()
        times.append((time.monotonic() - began) * 1000)
    return median(times)


def _used(scenario: str, size: str, used: MidStream) -> Row:
    shares = used.shares()
    return Row(scenario, f"CPU with {size}", sum(shares.values()), "% of a core", note=listed(shares, 1))


def _at(counts: tuple[int, ...], values: list[float]) -> str:
    return ", ".join(f"{count}: {value / 1000:.0f} MB" for count, value in zip(counts, values, strict=True))
