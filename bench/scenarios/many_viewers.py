"""One run and 300 viewers: the lag of those who read, and what each costs in memory."""

import asyncio

from bench.figures import Row, percentile
from bench.site import Visitor
from bench.stack import Stack

SLOTS = 4
READERS = 10
"""Viewers that parse what they get; the others only take it, so that the bench is not what is measured."""


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Memory is what the web process has grown by while all are connected, divided by the viewers."""
    viewers, model, chunks = (20, "c50-r50", 50) if quick else (300, "c300-r50", 300)
    name = f"1 run × {viewers} viewers"
    visitor = await Visitor(stack).sign_in()
    await visitor.watch(await visitor.start_run(["c50-r50"] * SLOTS))  # the first use of everything
    run, frames = await visitor.start_run([model] * SLOTS), [0] * (viewers - READERS)
    before = stack.memory("web")
    silent = [asyncio.create_task(visitor.sit(run, frames, seat)) for seat in range(viewers - READERS)]
    readers = [asyncio.create_task(visitor.watch(run)) for _ in range(READERS)]
    while not (all(frames) or all(one.done() for one in silent)):  # noqa: ASYNC110 - 300 events say no more
        await asyncio.sleep(0.1)
    after = await asyncio.to_thread(stack.memory, "web")
    watched = await asyncio.gather(*readers)
    await asyncio.wait_for(asyncio.gather(*silent), 60)
    lags = [lag / 1e3 for one in watched for lag in one.lags]
    return [
        Row(name, "lag of a chunk at the viewer, p95", percentile(lags, 0.95), "ms", 500),
        Row(name, "chunks lost by those who read", sum(one.lost(SLOTS, chunks) for one in watched), "", 0),
        Row(name, "viewers without a frame", frames.count(0), "", 0),
        Row(name, "memory per viewer", (after - before) / 1000 / viewers, "kB", 150),
    ]
