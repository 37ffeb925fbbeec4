"""One run alone: what it adds to the calls it makes, to the first token, and to the click."""

import asyncio
import time

import httpx

from bench import direct, echo
from bench.figures import Row, median, percentile
from bench.site import Visitor, Watched
from bench.stack import NO_TLS, Stack
from bench.upstream import now_us

NAME = "one run, 3 slots"
PANEL = 3


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Measure long runs for the whole and short ones for the start, with the baselines between them.

    The baseline of a first token is the direct stream's, plus a frame over a bare WebSocket.
    """
    visitor = await (await Visitor(stack).sign_in()).warm_up()
    long, chunks = ("c50-r50", 50) if quick else ("c300-r50", 300)
    longs = [await one(visitor, long) for _ in range(1 if quick else 3)]
    shorts, bare, direct_lags, frames = [], [], [], []
    for _ in range(1 if quick else 24):
        bare.append(await healthz(stack))
        frames.append(await echo.one_way(stack.echo))
        direct_lags += (await asyncio.to_thread(direct.measure, stack.upstream, "c50-r50", 1))["first_lags"]
        shorts.append(await one(visitor, "c50-r50"))
    lost = sum(watched.lost(PANEL, chunks) for *_, watched in longs)
    lost += sum(watched.lost(PANEL, 50) for *_, watched in shorts)
    ratios = [took / path for took, path, _, _ in longs]
    extra = [(took - path) / 1e3 for took, path, _, _ in longs]
    firsts = [lag / 1e3 for _, _, _, watched in shorts for lag in watched.first_lags]
    streamed, framed = median(direct_lags) / 1e3, median(frames) / 1e3
    base, note = streamed + framed, f"above a direct stream ({streamed:.1f}) and a bare frame ({framed:.1f})"
    clicks, asked = [click / 1e3 for _, _, click, _ in shorts], median(bare) / 1e3
    return [
        Row(NAME, "run time / critical path", median(ratios), "×", 1.02),
        Row(NAME, "run time beyond the critical path", median(extra), "ms", 150),
        Row(NAME, "first token at the viewer, p50", median(firsts) - base, "ms", 60, note=note),
        Row(NAME, "first token at the viewer, p99", percentile(firsts, 0.99) - base, "ms", 120, note=note),
        Row(
            NAME, "click to first request, p50", median(clicks) - asked, "ms", 40, note=f"above /healthz ({asked:.1f})"
        ),
        Row(NAME, "chunks lost", lost, "", 0),
    ]


async def one(visitor: Visitor, model: str) -> tuple[float, float, float, Watched]:
    """Return a run's duration, its critical path, and the time from the click to the first request, all in µs."""
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
    """Return the median of five bare requests, µs."""
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        times = []
        for _ in range(5):
            began = time.monotonic_ns()
            await client.get(f"{stack.site}/healthz")
            times.append((time.monotonic_ns() - began) / 1e3)
    return median(times)
