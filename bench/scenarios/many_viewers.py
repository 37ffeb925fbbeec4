"""One run and 300 viewers: the lag of those who read, and what each costs in memory."""

import asyncio

from bench.figures import Row, percentile
from bench.site import Visitor
from bench.stack import Stack

SLOTS = 4
READERS = 10
"""Viewers that parse what they get; the others only take it, so that the bench is not what is measured."""


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Memory is what the web process has grown by when all are connected, divided by the viewers."""
    viewers, model, chunks = (20, "c50-r50", 50) if quick else (300, "c300-r50", 300)
    name = f"1 run × {viewers} viewers"
    visitor = await Visitor(stack).sign_in()
    await visitor.watch(await visitor.start_run(["c50-r50"] * SLOTS))  # the first use of everything
    run = await visitor.start_run([model] * SLOTS)
    before = stack.memory("web")
    silent = [asyncio.create_task(_sit(visitor, run)) for _ in range(viewers - READERS)]
    readers = await asyncio.gather(*(visitor.watch(run) for _ in range(READERS)))
    after = stack.memory("web")
    frames = await asyncio.gather(*silent)
    lags = [lag / 1e3 for one in readers for lag in one.lags]
    return [
        Row(name, "lag of a chunk at the viewer, p95", percentile(lags, 0.95), "ms", 500),
        Row(name, "chunks lost by those who read", sum(one.lost(chunks) for one in readers), "", 0),
        Row(name, "viewers without a frame", sum(count == 0 for count in frames), "", 0),
        Row(name, "memory per viewer", (after - before) / 1000 / viewers, "kB", 150),
    ]


async def _sit(visitor: Visitor, run: str) -> int:
    """Take frames until the run's end is among them; gives how many came."""
    count = 0
    async with visitor.socket(run) as socket:
        async for frame in socket:
            count += 1
            if '"run.ended"' in frame:
                break
    return count
