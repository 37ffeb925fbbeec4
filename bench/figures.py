"""Rows of the table: a measured figure, what it should reach, and whether it does."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

STEAL_ALLOWED = 0.05
"""Above this share of stolen time a row is shown but not judged."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0 to 1) of the values lie; NaN if there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


def median(values: Sequence[float]) -> float:
    """Return the median; NaN if there are no values."""
    return statistics.median(values) if values else math.nan


def slope(counts: Sequence[float], values: Sequence[float]) -> float:
    """Return the cost of one more: the slope of the least-squares line."""
    return statistics.linear_regression(counts, values).slope


@dataclass(frozen=True)
class Row:
    """One figure of a scenario. It reaches its target if it is at most ``target`` (at least, with ``at_least``)."""

    scenario: str
    figure: str
    value: float
    unit: str = ""
    target: float | None = None
    at_least: bool = False
    note: str = ""
    steal: float = 0.0

    @property
    def is_judged(self) -> bool:
        return self.target is not None and self.steal <= STEAL_ALLOWED

    @property
    def is_reached(self) -> bool:
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value <= self.target

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        if not self.is_judged:
            return "not judged"
        return "reached" if self.is_reached else "missed"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"verdict": self.verdict}


def exit_status(rows: Sequence[Row]) -> int:
    """Return 1 only for faults that a slow machine cannot explain: a loss, or a run that did not end.

    Those rows must be 0.
    """
    return 1 if any(row.target == 0 and not row.is_reached for row in rows) else 0
