"""A leaderboard from blind votes: Bradley–Terry strengths with bootstrap intervals, and the fused answer's own record.

Pure: chance comes from outside, as the votes that each resample draws.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import NamedTuple

import numpy as np

from apps.fusion.blind_votes import FUSED
from apps.fusion.statistics import Interval, wilson

PRIOR = 0.5
"""Wins, and as many losses, of each contender against one of strength 1 that is never seen.

They keep the strength of a contender finite that always won or always lost, and compare contenders that never met.
"""
ROUNDS, CLOSE = 500, 1e-7
"""Steps of the fit at most, and the change of a logarithm at which it ends."""
LONGEST_STEP = 0.75
"""The most that a logarithm changes in a step: the curvature then changes so little that the likelihood rises
(Sun & Tran-Dinh 2019, generalised self-concordant functions)."""
SCALE = 400 / log(10)
"""Points for a strength that is e times as large: 400 points more are odds of ten to one, as in chess."""
MIDDLE = 1_000
"""Points of a contender of mean strength."""
FEWEST = 10
"""Comparisons of a contender, and decided ones of the fused answer, below which nothing is said."""

Pairs = Mapping[tuple[str, str], float]
"""Wins of the first over the second."""


class Vote(NamedTuple):
    """A vote on the answers of one run: the contenders that were chosen, and those that were not.

    A contender stands in it as often as it gave an answer. Without a chosen one, all were bad.
    """

    chosen: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def contenders(self) -> tuple[str, ...]:
        return (*self.chosen, *self.others)


class ContenderRow(NamedTuple):
    """A contender's place: ``points`` with the bounds of 95 % of the resamples, and the counts behind them.

    ``votes`` it stood in, ``chosen`` times among the best; ``wins`` of ``comparisons``, in which a tie is half a win.
    The points are ``None`` where there are fewer than :data:`FEWEST` comparisons.
    """

    name: str
    votes: int
    chosen: int
    wins: float
    comparisons: float
    points: float | None = None
    low: float | None = None
    high: float | None = None


class Record(NamedTuple):
    """The fused answer against the best single model, counted over votes.

    ``ties`` chose both, and ``neither`` chose another answer or none, so that they say nothing; both are left out of
    ``n``. ``rivals`` counts how often each model stood for the best one.
    """

    wins: int
    losses: int
    ties: int
    neither: int
    rivals: Mapping[str, int]

    @property
    def n(self) -> int:
        return self.wins + self.losses

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the share of wins, Wilson's."""
        return wilson(self.wins, self.n)

    @property
    def has_too_few(self) -> bool:
        return self.n < FEWEST


def pairs_of(votes: Mapping[Vote, int]) -> dict[tuple[str, str], float]:
    """Return how often each contender won against each other, over votes that were cast so many times.

    Chosen answers beat those that were not; two that were chosen together are half a win for each. Of two that were not
    chosen nobody knows which is better, nor of any where all were bad. A contender is not compared with itself.
    """
    found: dict[tuple[str, str], float] = {}
    for vote, times in votes.items():
        for at, one in enumerate(vote.chosen):
            for other in vote.others:
                if one != other:
                    found[one, other] = found.get((one, other), 0.0) + times
            for other in vote.chosen[at + 1 :]:
                if one != other:
                    found[one, other] = found.get((one, other), 0.0) + times / 2
                    found[other, one] = found.get((other, one), 0.0) + times / 2
    return found


def strengths(names: Sequence[str], pairs: Pairs, start: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the logarithm of each contender's strength, with the mean at 0; ``start`` only makes it quicker.

    The likeliest ones after Bradley & Terry (1952), with :data:`PRIOR` for each, by Newton's steps. Each step is so
    short that the likelihood rises with it, wherever it begins.
    """
    places = {name: place for place, name in enumerate(names)}
    won = np.zeros((len(places), len(places)))
    for (one, other), count in pairs.items():
        won[places[one], places[other]] += count
    met, logs = won + won.T, np.array([start[name] if start else 0.0 for name in places])
    wins = won.sum(axis=1) + PRIOR
    for _ in range(ROUNDS):
        chance, unseen = _chance(logs[:, None] - logs), _chance(logs)
        spread = met * chance * (1 - chance)
        curvature = np.diag(spread.sum(axis=1) + 2 * PRIOR * unseen * (1 - unseen)) - spread
        step = np.linalg.solve(curvature, wins - (met * chance).sum(axis=1) - 2 * PRIOR * unseen)
        largest = float(np.abs(step).max(initial=0.0))
        logs = logs + step * min(1.0, LONGEST_STEP / max(largest, CLOSE))
        if largest < CLOSE:
            break
    return dict(zip(places, (logs - logs.mean() if places else logs).tolist(), strict=True))


def _chance(difference: np.ndarray) -> np.ndarray:
    """Return the chance to win of a contender whose logarithm is so much larger."""
    chance: np.ndarray = 1 / (1 + np.exp(-difference))
    return chance


def standings(votes: Sequence[Vote], draws: Iterable[Sequence[int]] = ()) -> list[ContenderRow]:
    """Return the contenders, the strongest first, those with too few comparisons last.

    Each of ``draws`` is a bootstrap resample: as many places of votes as there are, with repetition. Votes are drawn
    whole, since the comparisons within one depend on each other.
    """
    kinds = Counter(votes)
    pairs = pairs_of(kinds)
    names = sorted({name for vote in kinds for name in vote.contenders})
    fitted = strengths(names, pairs)
    samples: dict[str, list[float]] = {name: [] for name in names}
    for draw in draws:
        for name, one in strengths(names, pairs_of(Counter(votes[at] for at in draw)), fitted).items():
            samples[name].append(one)
    rows = []
    for name in names:
        stood = [(vote, times) for vote, times in kinds.items() if name in vote.contenders]
        row = ContenderRow(
            name=name,
            votes=sum(times for _, times in stood),
            chosen=sum(times for vote, times in stood if name in vote.chosen),
            wins=sum(count for (one, _), count in pairs.items() if one == name),
            comparisons=sum(count for pair, count in pairs.items() if name in pair),
        )
        if row.comparisons >= FEWEST:
            low, high = _middle_95(samples[name]) or (None, None)
            row = row._replace(points=_points(fitted[name]), low=low, high=high)
        rows.append(row)
    return sorted(rows, key=lambda row: (row.points is None, -(row.points or 0), -row.comparisons, row.name))


def fused_record(votes: Sequence[Vote]) -> Record:
    """Return how often the fused answer was chosen and the best single model was not, and the reverse.

    The model that did best in these very votes would be the luckiest of several, so each vote gets the rival that did
    best in all *other* votes (leave one out): of the models in its run the one with the largest share of wins, with a
    win and a loss added to each. Of equal ones the one that was compared more often stands, then the first by name.
    """
    pairs = pairs_of(Counter(votes))
    counts: Counter[str] = Counter()
    rivals: Counter[str] = Counter()
    totals = _totals(pairs)
    for vote in votes:
        singles = sorted({*vote.contenders} - {FUSED})
        if not singles or FUSED not in vote.contenders:
            continue
        own = _totals(pairs_of({vote: 1}))
        scores = {}
        for name in singles:
            wins, n = (totals.get(name, (0.0, 0.0))[at] - own.get(name, (0.0, 0.0))[at] for at in (0, 1))
            scores[name] = ((wins + 1) / (n + 2), n)
        rival = max(singles, key=scores.__getitem__)
        rivals[rival] += 1
        outcomes = {(True, False): "wins", (False, True): "losses", (True, True): "ties"}
        counts[outcomes.get((FUSED in vote.chosen, rival in vote.chosen), "neither")] += 1
    return Record(counts["wins"], counts["losses"], counts["ties"], counts["neither"], dict(rivals))


def _totals(pairs: Pairs) -> dict[str, tuple[float, float]]:
    """Return the wins and the comparisons of each contender."""
    found: dict[str, tuple[float, float]] = {}
    for (one, other), count in pairs.items():
        for name, won in ((one, count), (other, 0.0)):
            wins, n = found.get(name, (0.0, 0.0))
            found[name] = (wins + won, n + count)
    return found


def _points(strength: float) -> float:
    return MIDDLE + SCALE * strength


def _middle_95(samples: Sequence[float]) -> tuple[float, float] | None:
    """Return the points between which 95 % of the resamples lie."""
    if not samples:
        return None
    ordered, cut = sorted(samples), int(len(samples) * 0.025)
    return _points(ordered[cut]), _points(ordered[-1 - cut])
