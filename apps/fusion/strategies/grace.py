"""The grace period that follows the models: how long late columns are waited for, by their own measured times."""

from collections.abc import Sequence
from typing import NamedTuple

LEAST_S = 5.0
"""Seconds; a shorter grace would cut columns that are as good as done."""


class AnswerTimes(NamedTuple):
    """Seconds from request to last token that a model took: in the middle, and in 95 of 100 answers at most."""

    p50_s: float
    p95_s: float


def measured_grace(times: Sequence[AnswerTimes | None], quorum: int, number: float, most: float) -> float:
    """Return the seconds from the quorum until the slowest column should be there, at most ``most``.

    ``times`` are those of each column, ``None`` where too few are known: such a column is given ``number`` seconds.
    The quorum is taken to be reached when that many models are usually done; where that is not known, it is
    ``number`` for all.
    """
    known = [one for one in times if one is not None]
    if len(known) < quorum:
        return min(number, most)
    reached = sorted(one.p50_s for one in known)[quorum - 1]
    latest = max(one.p95_s for one in known) - reached
    if len(known) < len(times):
        latest = max(latest, number)
    return round(min(max(latest, LEAST_S), most), 1)
