"""The ceiling of a panel: on questions that every member gets wrong no way to count them helps. And whom to add.

The share of such questions bounds what votes can reach, and so what may be gained on the best member alone
(arXiv 2606.27288).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.fusion.certificates import LabelledItem
from apps.fusion.statistics import lower_bound

DELTA = 0.05
"""The chance that a bound on the ceiling is wrong."""
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
        """Return what may be gained on the best member at most, wrong with a chance of 5 %."""
        return 1 - lower_bound(self.all_wrong, self.n, DELTA) - self.best_right / self.n


@dataclass(frozen=True, slots=True)
class Proposal:
    """A panel in the order in which its members were added, with its ceiling and what a question costs (USD)."""

    panel: tuple[str, ...]
    ceiling: Ceiling
    cost: Decimal


def ceiling_of(items: Sequence[LabelledItem], panel: Sequence[str]) -> Ceiling:
    """Return the ceiling of a panel; raises ``ValueError`` without items or members."""
    if not items or not panel:
        raise ValueError("A ceiling needs labelled items and a panel.")
    right = {model: sum(model in item.right for item in items) for model in panel}
    best = max(panel, key=lambda model: right[model])
    return Ceiling(len(items), sum(not item.right & set(panel) for item in items), best, right[best])


def advise(
    items: Sequence[LabelledItem],
    models: Sequence[str],
    costs: Mapping[str, Decimal],
    most: int = MOST_MEMBERS,
    budget: Decimal | None = None,
) -> list[Proposal]:
    """Return panels that grow from the best single model, each by the member that adds most head-room per dollar.

    ``costs`` are USD for a question; a model without one is taken for as dear as the dearest. It stops at ``most``
    members, at the ``budget`` (USD for a question), or where another member adds less than a point. Greedy, as in
    Mixture of Complementary Agents (arXiv 2605.24048).
    """
    dearest = max(costs.values(), default=Decimal(0))
    price = {model: max(costs.get(model, dearest), Decimal("0.000001")) for model in models}
    affordable = [model for model in models if budget is None or price[model] <= budget]
    if not affordable:
        return []
    panel = [ceiling_of(items, affordable).best]
    proposals = [_proposal(items, panel, price)]
    while len(panel) < most:
        spent, before = proposals[-1].cost, proposals[-1].ceiling.share
        gains = {
            model: ceiling_of(items, [*panel, model]).share - before
            for model in affordable
            if model not in panel and (budget is None or spent + price[model] <= budget)
        }
        worth = {model: gain for model, gain in gains.items() if gain >= LEAST_GAIN}
        if not worth:
            break
        panel.append(max(worth, key=lambda model: (worth[model] / float(price[model]), worth[model])))
        proposals.append(_proposal(items, panel, price))
    return proposals


def _proposal(items: Sequence[LabelledItem], panel: Sequence[str], price: Mapping[str, Decimal]) -> Proposal:
    cost = sum((price[model] for model in panel), Decimal(0))
    return Proposal(tuple(panel), ceiling_of(items, panel), cost)
