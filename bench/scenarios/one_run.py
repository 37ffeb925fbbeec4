"""One run alone: what it adds to the calls it makes, to the first token, and to the click."""

import asyncio
import time

import httpx

from bench import direct
from bench.figures import Row, median, percentile
from bench.site import Visitor, Watched
from bench.stack import Stack
from bench.upstream import now_us

NAME = "one run, 3 slots"
PANEL = 3


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Long runs for the whole, short ones for the beginnings; the baselines lie between them."""
    visitor = await Visitor(stack).sign_in()
    await one(visitor, "c50-r50")  # the first use of everything
    longs = [await one(visitor, "c50-r50" if quick else "c300-r50") for _ in range(1 if quick else 3)]
    shorts, bare, direct_lags = [], [], []
    for _ in range(2 if quick else 24):
        bare.append(await healthz(stack))
        direct_lags += (await asyncio.to_thread(direct.measure, stack.upstream, "c50-r50", 1))["first_lags"]
        shorts.append(await one(visitor, "c50-r50"))
    ratios = [took / path for took, path, _, _ in longs]
    extra = [(took - path) / 1e3 for took, path, _, _ in longs]
    firsts = [lag / 1e3 for _, _, _, watched in shorts for lag in watched.first_lags]
    base = median(direct_lags) / 1e3
    clicks = [click / 1e3 for _, _, click, _ in shorts]
    return [
        Row(NAME, "run time / critical path", median(ratios), "×", 1.02),
        Row(NAME, "run time beyond the critical path", median(extra), "ms", 150),
        Row(NAME, "first token at the viewer, p50", median(firsts) - base, "ms", 60, note="above the direct stream"),
        Row(NAME, "first token at the viewer, p99", percentile(firsts, 0.99) - base, "ms", 120),
        Row(NAME, "click to first request, p50", median(clicks) - median(bare) / 1e3, "ms", 40, note="above /healthz"),
    ]


async def one(visitor: Visitor, model: str) -> tuple[float, float, float, Watched]:
    """A run: how long it took, its critical path, and from the click to the first request; all in µs."""
    await visitor.ledger(clear=True)
    clicked = now_us()
    run = await visitor.start_run([model] * PANEL)
    watched = await visitor.watch(run)
    lines = await visitor.ledger()
    panel, rest = lines[:PANEL], lines[PANEL:]
    path = max(line["last"] - line["arrived"] for line in panel) + sum(line["last"] - line["arrived"] for line in rest)
    assert watched.ended is not None
    return watched.ended - clicked, path, min(line["arrived"] for line in panel) - clicked, watched


async def healthz(stack: Stack) -> float:
    """The median of five bare requests, µs."""
    async with httpx.AsyncClient() as client:
        times = []
        for _ in range(5):
            began = time.monotonic_ns()
            await client.get(f"{stack.site}/healthz")
            times.append((time.monotonic_ns() - began) / 1e3)
    return median(times)
