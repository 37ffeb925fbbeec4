"""Measure the parts of the stack while calls stream and nothing else happens."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.site import Visitor
from bench.upstream import now_us

PARTS = ("worker", "web", "valkey", "postgres")
PATIENCE_S = 120

Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class MidStream:
    """CPU by part and wall-clock time, both in seconds, and the chunks that the upstream sent to panels meanwhile."""

    cpu: dict[str, float]
    seconds: float
    chunks: int

    def per_chunk(self) -> dict[str, float]:
        """Return the CPU of each part per chunk, µs."""
        return {part: cpu / max(1, self.chunks) * 1e6 for part, cpu in self.cpu.items()}

    def shares(self) -> dict[str, float]:
        """Return the CPU of each part, per cent of a core."""
        return {part: cpu / self.seconds * 100 for part, cpu in self.cpu.items()}


def have_begun(streams: int) -> Callable[[Lines], bool]:
    """Return whether so many streams have sent their first chunk."""
    return lambda lines: sum(bool(line["first"]) for line in lines) >= streams


def have_sent(chunks: float) -> Callable[[Lines], bool]:
    """Return whether all streams together have sent so many chunks."""
    return lambda lines: sum(line["chunks"] for line in lines) >= chunks


async def between(
    visitor: Visitor, model: str, begin: Callable[[Lines], bool], end: Callable[[Lines], bool]
) -> MidStream:
    """Return what is used from when the upstream's account of a model satisfies ``begin`` until it satisfies ``end``.

    Raise ``TimeoutError``.
    """
    first, began, before = await _once(visitor, model, begin), now_us(), visitor.stack.cpu()
    last, ended, after = await _once(visitor, model, end), now_us(), visitor.stack.cpu()
    return MidStream({part: after[part] - before[part] for part in PARTS}, (ended - began) / 1e6, last - first)


async def _once(visitor: Visitor, model: str, is_true: Callable[[Lines], bool]) -> int:
    """Wait until the upstream's account satisfies ``is_true``, and return the chunks that it has sent."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            lines = [line for line in await visitor.ledger() if line["model"] == model]
            if is_true(lines):
                return sum(line["chunks"] for line in lines)
            await asyncio.sleep(0.2)


def listed(figures: dict[str, float], decimals: int = 0) -> str:
    """Return figures by part, in words."""
    return ", ".join(f"{part} {figure:.{decimals}f}" for part, figure in figures.items())
