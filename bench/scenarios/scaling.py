"""Measure how runs per second and viewers grow from one web process and worker to two, behind a load balancer.

On a machine with few cores all parts, the vendor and the viewers share them, so the rate can hardly grow. The CPU of
the busiest process says what would be won on more: it is what limits a part.
"""

import asyncio
from dataclasses import dataclass

from bench.crowd import gather_viewers
from bench.figures import Row
from bench.mid_stream import between, have_begun, have_sent
from bench.site import Counted, Visitor
from bench.stack import Stack, Unavailable, running
from bench.upstream import now_us

NAME = "one to two"
SIZES = {"one of each": (1, 1), "two web": (2, 1), "two workers": (1, 2), "two of each": (2, 2)}
SMALL = {"one of each": (1, 1), "two of each": (2, 2)}
"""A stack takes a machine half a minute to start; where it is to be quick, two of them stand for all."""
SLOTS = 4
AT_ONCE = 8
PATIENCE_S = 300


@dataclass(frozen=True)
class Measured:
    """Runs per second; the CPU of the busiest web and worker for a run, s; that of the busiest web with viewers."""

    rate: float
    web_s: float
    worker_s: float
    viewers_share: float


async def measure(_stack: Stack, quick: bool = False) -> list[Row]:
    """Measure stacks of its own, one after the other; the bench's stands idle meanwhile."""
    runs, viewers = (6, 10) if quick else (60, 150)
    found: dict[str, Measured] = {}
    for size, counts in (SMALL if quick else SIZES).items():
        try:
            with running(counts, LOG_LEVEL="WARNING") as several:
                found[size] = await _one(several, runs, viewers, quick)
        except Unavailable:
            return [Row(NAME, "Debian's servers cannot be had here: not measured", float("nan"))]
    one, both = found["one of each"], found["two of each"]
    rows = [Row(NAME, f"runs per second, {size}", each.rate, "/s") for size, each in found.items()]
    rows += [
        Row(NAME, f"runs per second, {size} / one of each", each.rate / one.rate, "×")
        for size, each in found.items()
        if each is not one
    ]
    web, workers = found.get("two web", both), found.get("two workers", both)
    return [
        *rows,
        Row(NAME, "runs for a core of web, two web / one", one.web_s / web.web_s, "×", note="by the busiest process"),
        Row(NAME, "runs for a core of worker, two workers / one", one.worker_s / workers.worker_s, "×"),
        Row(NAME, f"busiest web with {viewers} viewers, one web", one.viewers_share, "% of a core"),
        Row(NAME, f"busiest web with {viewers} viewers, two web", web.viewers_share, "% of a core"),
        Row(NAME, "viewers for a core of web, two web / one", one.viewers_share / web.viewers_share, "×"),
    ]


async def _one(stack: Stack, runs: int, viewers: int, quick: bool) -> Measured:
    visitor = await Visitor(stack).sign_in()
    await _finish(visitor, AT_ONCE)  # or the first use of everything, once for each process, would count
    web, worker = await asyncio.to_thread(_busiest, stack)
    seconds = await _finish(visitor, runs)
    web_after, worker_after = await asyncio.to_thread(_busiest, stack)
    share = await _watch(visitor, viewers, "c25-r50-d2" if quick else "c300-r50-d20", 25 if quick else 300)
    return Measured(runs / seconds, (web_after - web) / runs, (worker_after - worker) / runs, share)


def _busiest(stack: Stack) -> tuple[float, float]:
    return stack.busiest("web"), stack.busiest("worker")


async def _finish(visitor: Visitor, runs: int) -> float:
    """Start runs by the form, and return the seconds until the last writer has written. Raise ``TimeoutError``."""
    await visitor.ledger(clear=True)
    gate, began = asyncio.Semaphore(AT_ONCE), now_us()

    async def start() -> None:
        async with gate:
            await visitor.start_run(["c25-r50"] * SLOTS)

    await asyncio.gather(*(start() for _ in range(runs)))
    async with asyncio.timeout(PATIENCE_S):
        while True:
            ends = [line["last"] for line in await visitor.ledger() if line["model"] == "w50-r50" and line["whole"]]
            if len(ends) >= runs:
                return (max(ends) - began) / 1e6
            await asyncio.sleep(0.5)


async def _watch(visitor: Visitor, viewers: int, model: str, chunks: int) -> float:
    """Return the share of a core, per cent, that the busiest web process takes while all watch one run."""
    await visitor.ledger(clear=True)
    run = await visitor.start_run([model] * SLOTS)
    sitting = await gather_viewers(visitor, run, [Counted() for _ in range(viewers)])
    before: list[float] = []

    def begun(lines: list[dict[str, int]]) -> bool:
        is_true = have_begun(SLOTS)(lines)
        if is_true and not before:
            before.append(visitor.stack.busiest("web"))
        return is_true

    used = await between(visitor, model, begun, have_sent(0.8 * SLOTS * chunks))
    share = (visitor.stack.busiest("web") - before[0]) / used.seconds * 100
    await asyncio.gather(*sitting)
    return share
