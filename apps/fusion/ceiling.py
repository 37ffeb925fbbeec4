"""The ceiling of a panel: on questions that every member gets wrong no way to count them helps. And whom to add.

The share of such questions bounds what votes can reach, and so what may be gained on the best member alone
(arXiv 2606.27288).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.fusion.certificates import LabelledItem
from apps.fusion.statistics import upper_bound

DELTA = 0.05
"""The chance that a bound on the head-room is wrong."""
LEAST_GAIN = 0.01
"""The gain of head-room for which a further member is worth its calls: one point of a hundred."""
MOST_MEMBERS = 5


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A panel on labelled items: ``all_wrong`` of ``n`` got no right answer, ``best_right`` the best member alone."""

    n: int
    all_wrong: int
    best: str
    best_right: int

    @property
    def share(self) -> float:
        """Return the share of items with a right answer among the members', which no way of counting can exceed."""
        return 1 - self.all_wrong / self.n

    @property
    def headroom(self) -> float:
        """Return the gap between the ceiling and the best member, on these items."""
        return self.share - self.best_right / self.n

    @property
    def headroom_bound(self) -> float:
        """Return what may be gained on the best member at most, wrong with a chance of 5 %.

        It is the exact bound of the share of items that the best member got wrong and another right. The bound of the
        ceiling less the best member's share on these items would take that share for the truth.
        """
        return upper_bound(self.n - self.all_wrong - self.best_right, self.n, DELTA)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A panel in the order in which its members were added, with its ceiling and what a question costs (USD)."""

    panel: tuple[str, ...]
    ceiling: Ceiling
    cost: Decimal
    pool: tuple[str, ...] = ()
    """The models among which it was chosen, all of them known on its items."""


class Labels:
    """Items with labels: of which models it is known whether they are right, and of which they are.

    Both are bit sets over the items, one a model, so that hundreds of panels are counted in a millisecond.
    """

    def __init__(self, items: Iterable[Mapping[str, bool]]) -> None:
        """Read items as models with whether their answer is right; a model that is not named is unknown there."""
        self._known: dict[str, int] = {}
        self._right: dict[str, int] = {}
        for at, item in enumerate(items):
            for model, is_right in item.items():
                self._known[model] = self._known.get(model, 0) | 1 << at
                self._right[model] = self._right.get(model, 0) | is_right << at

    @property
    def models(self) -> list[str]:
        """The models of which anything is known, those with most items first."""
        return sorted(self._known, key=lambda model: (-self._known[model].bit_count(), model))

    def shared(self, models: Iterable[str]) -> int:
        """Return the number of items on which all of these models are known."""
        return self._items(models).bit_count()

    def ceiling(self, panel: Sequence[str], with_others: Sequence[str] = ()) -> Ceiling:
        """Return the ceiling of a panel on the items on which it, and these other models, are known.

        Raises ``ValueError`` without members or such items.
        """
        on = self._items([*panel, *with_others])
        if not panel or not on:
            raise ValueError("A ceiling needs labelled items and a panel.")
        right = {model: (self._right[model] & on).bit_count() for model in panel}
        best, any_right = max(panel, key=lambda model: right[model]), 0
        for model in panel:
            any_right |= self._right[model] & on
        n = on.bit_count()
        return Ceiling(n, n - any_right.bit_count(), best, right[best])

    def _items(self, models: Iterable[str]) -> int:
        known = [self._known.get(model, 0) for model in models]
        shared = known[0] if known else 0
        for items in known[1:]:
            shared &= items
        return shared


def ceiling_of(items: Sequence[LabelledItem], panel: Sequence[str]) -> Ceiling:
    """Return the ceiling of a panel; raises ``ValueError`` without items or members."""
    return Labels({model: model in item.right for model in panel} for item in items).ceiling(panel)


def advise(
    items: Sequence[LabelledItem],
    models: Sequence[str],
    costs: Mapping[str, Decimal],
    most: int = MOST_MEMBERS,
    budget: Decimal | None = None,
) -> list[Proposal]:
    """Return what :func:`grow` does on items of which all these models are known."""
    return grow(Labels({model: model in item.right for model in models} for item in items), models, costs, most, budget)


def grow(
    labels: Labels,
    models: Sequence[str],
    costs: Mapping[str, Decimal],
    most: int = MOST_MEMBERS,
    budget: Decimal | None = None,
) -> list[Proposal]:
    """Return panels that grow from the best single model, each by the member that adds most head-room per dollar.

    ``costs`` are USD for a question; a model without one is taken for as dear as the dearest. It stops at ``most``
    members, at the ``budget`` (USD for a question), or where another member adds less than a point. All panels are
    held against the items on which all ``models`` are known. Greedy, as in Mixture of Complementary Agents
    (arXiv 2605.24048).
    """
    price = prices_of(models, costs)
    affordable = [model for model in models if budget is None or price[model] <= budget]
    if not affordable:
        return []
    panel = [labels.ceiling(affordable, models).best]
    proposals = [_proposal(labels, panel, models, price)]
    while len(panel) < most:
        spent, before = proposals[-1].cost, proposals[-1].ceiling.share
        gains = {
            model: labels.ceiling([*panel, model], models).share - before
            for model in affordable
            if model not in panel and (budget is None or spent + price[model] <= budget)
        }
        worth = {model: gain for model, gain in gains.items() if gain >= LEAST_GAIN}
        if not worth:
            break
        panel.append(max(worth, key=lambda model: (worth[model] / float(price[model]), worth[model])))
        proposals.append(_proposal(labels, panel, models, price))
    return proposals


def prices_of(models: Iterable[str], costs: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return what a question costs each model (USD), for ranks per dollar: above 0, unknown ones as the dearest."""
    dearest = max(costs.values(), default=Decimal(0))
    return {model: max(costs.get(model, dearest), Decimal("0.000001")) for model in models}


def _proposal(labels: Labels, panel: Sequence[str], models: Sequence[str], price: Mapping[str, Decimal]) -> Proposal:
    cost = sum((price[model] for model in panel), Decimal(0))
    return Proposal(tuple(panel), labels.ceiling(panel, models), cost, tuple(models))
