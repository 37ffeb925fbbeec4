"""The report on a replay: its figures on the tested items and on all, beside those of other methods on the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, median
from typing import NamedTuple

from apps.fusion.calibration import CountingRule
from apps.fusion.statistics import Interval, clopper_pearson, mcnemar
from apps.fusion.values import Calibration
from apps.runs.measuring.pack_labels import Finals
from apps.runs.measuring.packs import Item, Pack
from apps.runs.measuring.replay_recipes import EVERY_KIND, PLAIN, Counting, Variation
from apps.runs.measuring.replayed_run import Outcome

MOST_WAITED = 0.9
"""The share of items within whose longest time the answer is said to be there, beside the median."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A replay as it is asked for: a strategy for a panel (names of the pack), and the items that ``calibrated`` it.

    Without ``finals`` those that the pack has count, if it has any. With ``alpha`` the first items also certify a share
    of the weight at which no more than that share of answers is wrong. Without a ``rule`` they choose how weighted
    votes are counted. ``counting`` says which final answers are votes.
    """

    strategy: str
    panel: Sequence[str]
    calibrated: int = 200
    finals: Finals | None = None
    alpha: float | None = None
    rule: CountingRule | None = None
    counting: Counting = EVERY_KIND
    variation: Variation = PLAIN


@dataclass(frozen=True, slots=True)
class Share:
    """Items that were answered rightly, of ``n``, with the exact 95 % interval."""

    right: int
    n: int

    @property
    def percent(self) -> float:
        return 100 * self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> Interval:
        return clopper_pearson(self.right, self.n)


class Cost(NamedTuple):
    """USD for the tested items, estimated from characters; without the models that are ``unpriced``."""

    usd: Decimal
    unpriced: tuple[str, ...] = ()


class Waiting(NamedTuple):
    """Seconds to the answer: the middle one, that of nine in ten items, and the mean."""

    median: float
    most: float
    mean: float


@dataclass(frozen=True, slots=True)
class Rival:
    """Another method on the same items: its share and cost, and the items that only one of both got right."""

    name: str
    share: Share
    cost: Cost
    waiting: Waiting | None
    only_strategy: int
    only_rival: int

    @property
    def p(self) -> float:
        """Return the exact two-sided p of McNemar's test."""
        return mcnemar(self.only_strategy, self.only_rival)


@dataclass(frozen=True, slots=True)
class Report:
    """A replay: figures of the items behind those that calibrated it, and of ``whole``, all items, in one pass each.

    ``left_out`` items are those that not all members answered. Calls that were cut were not waited for to the end; they
    may be billed, so they cost as if they had been. ``waiting`` is ``None`` where latencies are unknown.
    """

    pack: str
    plan: Plan
    finals: Finals
    left_out: int
    share: Share
    whole: Share
    rivals: tuple[Rival, ...]
    exits: Mapping[str, Share]
    exits_of_all: Mapping[str, Share]
    calls: int
    calls_cut: int
    calibration: Calibration | None
    cost: Cost
    cost_of_all: Cost
    waiting: Waiting | None
    all_wrong: Share

    @property
    def calls_saved(self) -> int:
        return len(self.plan.panel) * self.share.n - self.calls


def report_of(
    pack: Pack,
    plan: Plan,
    finals: Finals,
    calibration: Calibration | None,
    outcomes: Sequence[Outcome],
    others: Mapping[str, Sequence[Outcome]],
) -> Report:
    """Return the report on the outcomes of all items, and on those of other methods by name."""
    start, items = plan.calibrated, pack.items
    ours, tested = outcomes[start:], items[start:]

    def rival(name: str, whole: Sequence[Outcome]) -> Rival:
        theirs = whole[start:]
        pairs = [(one.is_right, other.is_right) for one, other in zip(ours, theirs, strict=True)]
        only_strategy, only_rival = sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
        return Rival(name, _share(theirs), _cost(pack, tested, theirs), _waiting(theirs), only_strategy, only_rival)

    all_asked = [outcome._replace(asked=tuple(plan.panel)) for outcome in ours]
    all_wrong = [not any(item.answers[model].correct for model in plan.panel) for item in items]
    return Report(
        pack=pack.name,
        plan=plan,
        finals=finals,
        left_out=pack.left_out,
        share=_share(ours),
        whole=_share(outcomes),
        rivals=tuple(rival(name, theirs) for name, theirs in others.items()),
        exits=_exits(ours),
        exits_of_all=_exits(outcomes),
        calls=sum(len(outcome.asked) for outcome in ours),
        calls_cut=sum(len(outcome.cut) for outcome in ours),
        calibration=calibration,
        cost=_cost(pack, tested, ours),
        cost_of_all=_cost(pack, tested, all_asked),
        waiting=_waiting(ours),
        all_wrong=Share(sum(all_wrong), len(all_wrong)),
    )


def _share(outcomes: Sequence[Outcome]) -> Share:
    return Share(sum(outcome.is_right for outcome in outcomes), len(outcomes))


def _exits(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    """Return the share that is right of each way to end, the most frequent first."""
    ended = Counter(outcome.exit for outcome in outcomes)
    right = Counter(outcome.exit for outcome in outcomes if outcome.is_right)
    return {name: Share(right[name], n) for name, n in ended.most_common()}


def _cost(pack: Pack, items: Sequence[Item], outcomes: Sequence[Outcome]) -> Cost:
    asked = dict.fromkeys(model for outcome in outcomes for model in outcome.asked)
    usd = sum((pack.cost(item, one.asked) for item, one in zip(items, outcomes, strict=True)), Decimal(0))
    return Cost(usd, tuple(model for model in asked if not pack.is_priced(model)))


def _waiting(outcomes: Sequence[Outcome]) -> Waiting | None:
    """Return the times to the answer, ``None`` if one of them is unknown."""
    times = sorted(outcome.seconds for outcome in outcomes if outcome.seconds is not None)
    if not times or len(times) < len(outcomes):
        return None
    # The nearest rank: the time within which at least this share of the answers was there.
    most = times[-(-int(10 * MOST_WAITED) * len(times) // 10) - 1]
    return Waiting(median(times), most, fmean(times))
