"""Advice on a panel from labelled items: its ceiling, whom to add or to drop per dollar, and another panel. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.ceiling import LEAST_GAIN, Ceiling, Labels, Proposal, grow, prices_of


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member that is added to a panel, or dropped from it.

    ``before`` and ``after`` are the panel's ceilings without and with the change, on the same items. ``cost`` is what a
    question costs more, or less, by it (USD, above 0); ``None`` is unknown.
    """

    model: str
    before: Ceiling
    after: Ceiling
    cost: Decimal | None

    @property
    def gain(self) -> float:
        """The rise of the ceiling, a share; below 0 where it falls."""
        return self.after.share - self.before.share


@dataclass(frozen=True, slots=True)
class PanelAdvice:
    """A panel on the ``items`` with a label of all its members; ``missing`` of them lack before anything is said.

    ``cost`` is USD for a question, ``None`` while a member's is unknown. ``additions`` are the models that raise the
    ceiling by a point or more, the most per dollar first; ``removals`` the members without which it falls by less than
    a point, the dearest first.
    """

    panel: tuple[str, ...]
    items: int
    ceiling: Ceiling | None = None
    cost: Decimal | None = None
    additions: tuple[MemberChange, ...] = ()
    removals: tuple[MemberChange, ...] = ()

    @property
    def missing(self) -> int:
        return max(0, ENOUGH_ITEMS - self.items)


def advise_panel(
    labels: Labels, panel: Sequence[str], others: Iterable[str], costs: Mapping[str, Decimal]
) -> PanelAdvice:
    """Return the advice on a panel; a model that sits there twice counts once, as its second label is not known.

    ``others`` are the models that might be added, and ``costs`` USD for a question by model.
    """
    members = tuple(dict.fromkeys(panel))
    items = labels.shared(members)
    if items < ENOUGH_ITEMS:
        return PanelAdvice(members, items)
    before = labels.ceiling(members)
    price = prices_of([*members, *(others := list(others))], costs)
    additions = [
        MemberChange(model, labels.ceiling(members, [model]), labels.ceiling([*members, model]), costs.get(model))
        for model in others
        if model not in members and labels.shared([*members, model]) >= ENOUGH_ITEMS
    ]
    removals = [
        MemberChange(model, before, labels.ceiling([one for one in members if one != model], members), costs.get(model))
        for model in members
        if len(members) > 1
    ]
    worth = [change for change in additions if change.gain >= LEAST_GAIN]
    idle = [change for change in removals if change.gain > -LEAST_GAIN]
    known = [costs[model] for model in members if model in costs]
    return PanelAdvice(
        panel=members,
        items=items,
        ceiling=before,
        cost=sum(known, Decimal(0)) if len(known) == len(members) else None,
        additions=tuple(sorted(worth, key=lambda one: -one.gain / float(price[one.model]))),
        removals=tuple(sorted(idle, key=lambda one: (-price[one.model], one.gain))),
    )


def shared_pool(labels: Labels, panel: Sequence[str], models: Iterable[str]) -> list[str]:
    """Return models that have enough labelled items in common: those of a panel first, then those with most items."""
    allowed, pool = set(models), list[str]()
    for model in dict.fromkeys([*panel, *labels.models]):
        if model in allowed and labels.shared([*pool, model]) >= ENOUGH_ITEMS:
            pool.append(model)
    return pool


def propose_panel(
    labels: Labels,
    panel: Sequence[str],
    models: Iterable[str],
    costs: Mapping[str, Decimal],
    size: int,
    budget: Decimal | None = None,
) -> Proposal | None:
    """Return a panel of 2 to ``size`` members, grown on the items that its rivals share; ``None`` if there is none.

    It is held against today's ``panel`` where that has as many labelled items. ``budget`` is USD for a question.
    """
    pool = shared_pool(labels, panel, models)
    grown = grow(labels, pool, costs, size, budget) if len(pool) > 1 else []
    return grown[-1] if len(grown) > 1 else None
