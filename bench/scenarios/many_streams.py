"""25 runs of four slots at once, each with a viewer: 100 streams in real time, nothing lost, at what cost of CPU."""

import asyncio
from typing import Any

from bench import direct
from bench.figures import Row, percentile
from bench.mid_stream import PARTS, between, have_begun, have_sent, listed
from bench.site import Visitor, Watched
from bench.stack import Stack

SLOTS = 4
LITELLM_US = 1_850
"""CPU of the LiteLLM proxy 1.106 per chunk, measured on a machine of this class with 40 streams at 50 chunks/s."""


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Return the CPU of all parts per chunk, over whole runs and in mid-stream.

    Whole runs include their starts, judges, writers and ends, divided by the chunks that the upstream sent to panels;
    in mid-stream nothing but streaming happens.
    """
    runs, model, chunks = (4, "c25-r50", 25) if quick else (25, "c300-r50", 300)
    name, sent = f"{runs} runs × {SLOTS} slots", runs * SLOTS * chunks
    visitor = await (await Visitor(stack).sign_in()).warm_up()
    alone = await asyncio.to_thread(direct.measure, stack.upstream, model, runs * SLOTS)
    await visitor.ledger(clear=True)
    before = stack.cpu()
    middle = asyncio.create_task(between(visitor, model, have_begun(runs * SLOTS), have_sent(0.8 * sent)))
    watched = await asyncio.gather(*(_run_and_watch(visitor, model) for _ in range(runs)))
    after = stack.cpu()
    again = alone if quick else await asyncio.to_thread(direct.measure, stack.upstream, model, runs * SLOTS)
    script = await asyncio.to_thread(direct.measure, stack.upstream, model, SLOTS)
    per_chunk = {part: (after[part] - before[part]) / sent * 1e6 for part in PARTS}
    steady = (await middle).per_chunk()
    ours = sum(per_chunk.values())
    lags = [lag / 1e3 for one in watched for lag in one.lags]
    return [
        Row(name, "lag of a chunk at the viewer, p50", percentile(lags, 0.5), "ms"),
        Row(name, "lag of a chunk at the viewer, p95", percentile(lags, 0.95), "ms", 500),
        Row(name, "chunks lost", sum(one.lost(SLOTS, chunks) for one in watched), "", 0),
        Row(name, "sockets that broke and came back", sum(one.broken for one in watched)),
        Row(name, "runs not done", sum(one.status != "done" for one in watched), "", 0),
        Row(name, "CPU per chunk, all parts", ours, "µs", note=listed(per_chunk)),
        Row(name, "CPU per chunk, in mid-stream", sum(steady.values()), "µs", note=listed(steady)),
        Row(name, "CPU of a run beyond its streaming", (ours - sum(steady.values())) * SLOTS * chunks / 1e3, "ms"),
        *_direct_rows(name, "direct client", ours, [alone, again], 2),
        *_direct_rows(name, "a direct client of one run", ours, [script]),
        Row(name, "LiteLLM proxy's CPU per chunk / ours", LITELLM_US / ours, "×", 8, at_least=True),
    ]


def _direct_rows(
    name: str, client: str, ours: float, read: list[dict[str, Any]], target: float | None = None
) -> list[Row]:
    """Return what a direct client takes for a chunk, and how many times as much we do.

    The later it comes to a read, the more pieces it finds, and the less each costs: so its lag stands beside it.
    """
    bare = sum(one["cpu"] for one in read) / sum(one["chunks"] for one in read) * 1e6
    lag = percentile([lag / 1e3 for one in read for lag in one["lags"]], 0.5)
    return [
        Row(name, f"CPU per chunk, {client}", bare, "µs", note=f"its own lag, p50: {lag:.0f} ms"),
        Row(name, f"CPU per chunk of whole short runs / {client}", ours / bare, "×", target),
    ]


async def _run_and_watch(visitor: Visitor, model: str) -> Watched:
    run = await visitor.start_run([model] * SLOTS)
    return await visitor.watch(run)
