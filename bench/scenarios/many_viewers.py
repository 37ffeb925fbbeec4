"""One run and 300 viewers: the lag of those who read, and what each costs in memory."""

import asyncio

from bench.crowd import gather_viewers
from bench.figures import Row, percentile
from bench.mid_stream import between, have_begun, have_sent
from bench.site import Counted, Visitor
from bench.stack import Stack
from bench.upstream import now_us

SLOTS = 4
READERS = 10
"""Viewers that parse what they get; the others only take it, so that the bench is not what is measured."""


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Measure many viewers of one run.

    All come before the first chunk; lags are only those of chunks sent when all are there. Memory is the growth of the
    web process in mid-stream, divided by the viewers.
    """
    viewers, model, chunks = (20, "c25-r50-d2", 25) if quick else (300, "c300-r50-d20", 300)
    name = f"1 run × {viewers} viewers"
    visitor = await (await Visitor(stack).sign_in()).warm_up()
    await visitor.ledger(clear=True)
    run, watching = await visitor.start_run([model] * SLOTS), [Counted() for _ in range(viewers - READERS)]
    before, began = stack.memory("web"), now_us()
    readers = [asyncio.create_task(visitor.watch(run)) for _ in range(READERS)]
    silent = await gather_viewers(visitor, run, watching)
    all_there = now_us()
    await between(visitor, model, have_begun(SLOTS), have_sent(0.8 * SLOTS * chunks))
    after = await asyncio.to_thread(stack.memory, "web")
    watched = await asyncio.gather(*readers)
    await asyncio.gather(*silent)
    lags = [lag / 1e3 for one in watched for lag in one.lags_since(all_there)]
    return [
        Row(
            name, "lag of a chunk at the viewer, p95", percentile(lags, 0.95), "ms", 500, note=f"of {len(lags)} chunks"
        ),
        Row(name, "chunks lost by those who read", sum(one.lost(SLOTS, chunks) for one in watched), "", 0),
        Row(name, "viewers that do not see the end", sum(one.ended is None for one in watching), "", 0),
        Row(name, "all viewers are there after", (all_there - began) / 1e6, "s"),
        Row(name, "sockets that broke and came back", sum(one.broken for one in (*watching, *watched))),
        Row(name, "memory per viewer", (after - before) / 1000 / viewers, "kB", 150),
    ]
