"""Contests: the best of several answers by comparisons in pairs, each in both orders. Pure.

The first answer is held against the second, whoever wins against the third, and so on: for n answers n - 1 pairs. An
evaluator that prefers what it reads first says something about the order and nothing about the answers, so an answer
wins a pair only if it is preferred in both orders; else the pair is a tie, and the answer that had won before stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from apps.fusion.frozen import Value
from apps.fusion.opinions import Opinion
from apps.fusion.values import Failure
from apps.fusion.vocabulary import FailureCode

BATCH = 100
"""Comparisons that a contest may make; the takes of the next one begin behind them."""


class Comparison(Protocol):
    """A call that compares its first two inputs: in a state, or in a snapshot."""

    @property
    def take(self) -> int: ...
    @property
    def inputs(self) -> tuple[int, ...]: ...
    @property
    def failure(self) -> Failure | None: ...
    @property
    def verdict(self) -> Opinion | None: ...


C = TypeVar("C", bound=Comparison)


class Pair(Value):
    """Two answers (ids of calls) that are held against each other. ``replies`` are what was preferred in each order.

    A reply is ``None`` where the comparison failed or could not be read. ``winner`` is ``None`` for a tie.
    ``is_same``: the texts are equal, so that nobody was asked.
    """

    holder: int
    challenger: int
    replies: tuple[int | None, ...] = ()
    is_same: bool = False

    @property
    def winner(self) -> int | None:
        first, *others = self.replies or (None,)
        return first if others == [first] else None

    @property
    def is_missing(self) -> bool:
        """Return whether a tie comes of a reply that is missing."""
        return not self.is_same and None in self.replies


class Contest(Value):
    """A contest among answers (ids of calls, in their order), as far as it got.

    ``best`` is the answer that has held its place so far, ``to_ask`` the two that are to be compared next, each as it
    is shown first and second; none at the end.
    """

    answers: tuple[int, ...]
    best: int
    pairs: tuple[Pair, ...] = ()
    to_ask: tuple[tuple[int, int], ...] = ()

    @property
    def is_decided(self) -> bool:
        """Return whether any answer won a pair, or all say the same."""
        is_same = bool(self.pairs) and all(pair.is_same for pair in self.pairs)
        return is_same or any(pair.winner for pair in self.pairs)


def order_of(answers: Iterable[int], seed: int) -> tuple[int, ...]:
    """Return answers in the order in which they are compared: a seed decides with which it begins."""
    ordered = sorted(set(answers))
    start = seed % len(ordered)
    return tuple(ordered[start:] + ordered[:start])


def contest(answers: Sequence[int], texts: Mapping[int, str], comparisons: Iterable[Comparison]) -> Contest:
    """Return how far the contest of these answers got by these comparisons, the first two inputs of which they compare.

    One that a cap stopped counts as not asked; of two for the same order the newer one counts.
    """
    said = {one.inputs[:2]: one for one in sorted(comparisons, key=lambda one: one.take) if not _is_capped(one)}
    best, pairs = answers[0], []
    for challenger in answers[1:]:
        if _words(texts[best]) == _words(texts[challenger]):
            pairs.append(Pair(holder=best, challenger=challenger, is_same=True))
            continue
        orders = ((best, challenger), (challenger, best))
        if missing := tuple(order for order in orders if order not in said):
            return Contest(answers=tuple(answers), best=best, pairs=tuple(pairs), to_ask=missing)
        replies = tuple(_reply(said[order], order) for order in orders)
        pair = Pair(holder=best, challenger=challenger, replies=replies)
        pairs.append(pair)
        best = pair.winner or best
    return Contest(answers=tuple(answers), best=best, pairs=tuple(pairs))


def newest_batch(comparisons: Iterable[C]) -> tuple[C, ...]:
    """Return the comparisons of the newest contest of a run; () for none."""
    found = list(comparisons)
    newest = max((one.take // BATCH for one in found), default=0)
    return tuple(one for one in found if one.take // BATCH == newest)


def _is_capped(one: Comparison) -> bool:
    return one.failure is not None and one.failure.code is FailureCode.CAPPED


def _reply(one: Comparison, order: tuple[int, int]) -> int | None:
    better = one.verdict.better if one.verdict else None
    return better if better in order else None


def _words(text: str) -> str:
    return " ".join(text.split())
