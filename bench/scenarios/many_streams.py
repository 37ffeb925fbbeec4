"""25 runs of four slots at once, each with a viewer: 100 streams in real time, nothing lost, at what cost of CPU."""

import asyncio
from collections.abc import Callable
from typing import Any

from bench import direct
from bench.figures import Row, percentile
from bench.site import Visitor, Watched
from bench.stack import Stack

SLOTS = 4
PARTS = ("worker", "web", "valkey", "postgres")
LITELLM_US = 1_850
"""CPU of the LiteLLM proxy 1.106 per chunk, measured on a machine of this class with 40 streams at 50 chunks/s."""


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """The CPU of all parts over the whole of the runs (their starts, judges, writers and ends too), divided by the
    chunks that the upstream sent to panels; and the same in mid-stream, where there is nothing but streaming.
    """
    runs, model, chunks = (4, "c50-r50", 50) if quick else (25, "c300-r50", 300)
    name, sent = f"{runs} runs × {SLOTS} slots", runs * SLOTS * chunks
    visitor = await Visitor(stack).sign_in()
    await _run_and_watch(visitor, "c50-r50")  # the first use of everything
    alone = await asyncio.to_thread(direct.measure, stack.upstream, model, runs * SLOTS)
    await visitor.ledger(clear=True)
    before = stack.cpu()
    steady = asyncio.create_task(_mid_stream(stack, visitor, model, runs * SLOTS, sent))
    watched = await asyncio.gather(*(_run_and_watch(visitor, model) for _ in range(runs)))
    after = stack.cpu()
    again = await asyncio.to_thread(direct.measure, stack.upstream, model, runs * SLOTS)
    per_chunk, steady_chunk = _per_chunk(before, after, sent), await steady
    ours, bare = sum(per_chunk.values()), (alone["cpu"] + again["cpu"]) / (alone["chunks"] + again["chunks"]) * 1e6
    lags = [lag / 1e3 for one in watched for lag in one.lags]
    return [
        Row(name, "lag of a chunk at the viewer, p50", percentile(lags, 0.5), "ms"),
        Row(name, "lag of a chunk at the viewer, p95", percentile(lags, 0.95), "ms", 500),
        Row(name, "chunks lost", sum(one.lost(SLOTS, chunks) for one in watched), "", 0),
        Row(name, "runs not done", sum(one.status != "done" for one in watched), "", 0),
        Row(name, "CPU per chunk, all parts", ours, "µs", note=_listed(per_chunk)),
        Row(name, "CPU per chunk, in mid-stream", sum(steady_chunk.values()), "µs", note=_listed(steady_chunk)),
        Row(name, "CPU per chunk, direct client", bare, "µs"),
        Row(name, "CPU per chunk / direct client", ours / bare, "×", 1.6),
        Row(name, "LiteLLM proxy's CPU per chunk / ours", LITELLM_US / ours, "×", 8, at_least=True),
    ]


async def _run_and_watch(visitor: Visitor, model: str) -> Watched:
    run = await visitor.start_run([model] * SLOTS)
    return await visitor.watch(run)


async def _mid_stream(stack: Stack, visitor: Visitor, model: str, streams: int, sent: int) -> dict[str, float]:
    """CPU per chunk (µs) of each part from when all streams have begun until four fifths of the chunks are sent."""
    first = await _chunks_when(visitor, model, lambda lines: sum(bool(line["first"]) for line in lines) == streams)
    before = stack.cpu()
    last = await _chunks_when(visitor, model, lambda lines: sum(line["chunks"] for line in lines) >= 0.8 * sent)
    return _per_chunk(before, stack.cpu(), max(1, last - first))


async def _chunks_when(visitor: Visitor, model: str, is_true: Callable[[list[dict[str, Any]]], bool]) -> int:
    """The chunks that the upstream has sent to panels, once its account of them satisfies ``is_true``."""
    while True:
        lines = [line for line in await visitor.ledger() if line["model"] == model]
        if is_true(lines):
            return sum(line["chunks"] for line in lines)
        await asyncio.sleep(0.2)


def _per_chunk(before: dict[str, float], after: dict[str, float], chunks: int) -> dict[str, float]:
    return {part: (after[part] - before[part]) / chunks * 1e6 for part in PARTS}


def _listed(per_chunk: dict[str, float]) -> str:
    return ", ".join(f"{part} {figure:.0f}" for part, figure in per_chunk.items())
