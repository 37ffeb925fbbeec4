"""The orders in which answers are shown: shuffled by a seed, and the others that a check of that order uses."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

from apps.fusion.vocabulary import AnswerOrder


def shuffled(slots: Iterable[str], seed: str) -> list[str]:
    """Return slots in the order that a seed decides."""
    # A hash, not random: the same run must shuffle alike in every process, or a repair would mix up the letters.
    return sorted(slots, key=lambda slot: hashlib.sha256(f"{seed}:{slot}".encode()).digest())


T = TypeVar("T")


def arranged(shuffled: Sequence[T], order: AnswerOrder) -> list[T]:
    """Return what was shuffled in an order: as it is, from its end, or with its halves exchanged.

    Of three and more each of the three orders begins with another one, and the reverse exchanges every two.
    """
    match order:
        case AnswerOrder.SHUFFLED:
            return list(shuffled)
        case AnswerOrder.REVERSED:
            return list(reversed(shuffled))
        case AnswerOrder.ROTATED:
            half = len(shuffled) // 2
            return [*shuffled[half:], *shuffled[:half]]


def other_orders(count: int, order: AnswerOrder) -> tuple[AnswerOrder, ...]:
    """Return the orders that differ from this one and from each other: one of two answers, of more two."""
    known = {tuple(arranged(range(count), order)): order}
    for other in AnswerOrder:
        known.setdefault(tuple(arranged(range(count), other)), other)
    return tuple(other for other in known.values() if other is not order)
