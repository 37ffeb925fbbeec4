"""Advice on a person's presets by what they rated, voted on, ruled or checked in their own runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset
from apps.catalogue.recipes.builtin_presets import CHEAP_TIER, PANEL_SIZE
from apps.catalogue.recipes.strength import REASONABLE_PRICE, price_tier
from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.ceiling import Ceiling, Labels, Proposal
from apps.fusion.panel_advice import PanelAdvice, advise_panel, propose_panel
from apps.fusion.vocabulary import CostSource, Role, Status
from apps.runs.models import Call
from apps.runs.reading.good_answers import good_members

PROPOSED = ("quality", "budget")
"""The site's presets in whose place another panel is proposed."""


@dataclass(frozen=True, slots=True)
class PresetAdvice:
    """A preset with the advice on its panel; those of ``PROPOSED`` with a panel in its place, if another is better.

    ``today`` is the preset's panel on the items of the proposal; ``None`` where too few of them have its labels.
    """

    preset: Preset
    advice: PanelAdvice
    proposal: Proposal | None = None
    today: Ceiling | None = None
    proposed_cost: Decimal | None = None
    """USD for a question to the proposed panel; ``None`` is unknown."""


@dataclass(frozen=True, slots=True)
class PresetAdvices:
    """The advice on each preset of two members or more. ``items`` are the runs with a label of two models or more."""

    items: int
    presets: tuple[PresetAdvice, ...]

    @property
    def missing(self) -> int:
        return max(0, ENOUGH_ITEMS - self.items)


def preset_advices(user: User, presets: Sequence[Preset], models: Sequence[Model]) -> PresetAdvices:
    """Return the advice on presets; ``models`` are those that the person may ask. Eight queries."""
    good = good_members(user)
    labels, costs = Labels(good.values()), _costs(good)
    named = {model.reference: model for model in models}
    advices = [
        _advice(preset, labels, named, costs) for preset in presets if len({spec.model for spec in preset.panel}) > 1
    ]
    return PresetAdvices(sum(len(told) > 1 for told in good.values()), tuple(advices))


def _advice(preset: Preset, labels: Labels, models: Mapping[str, Model], costs: Mapping[str, Decimal]) -> PresetAdvice:
    panel = [spec.model for spec in preset.panel]
    advice = advise_panel(labels, panel, models, costs)
    if preset.owner_id is not None or preset.slug not in PROPOSED:
        return PresetAdvice(preset, advice)
    allowed, budget = [name for name, model in models.items() if _may_propose(model)], None
    if preset.slug == "budget":
        # No dearer than today's; where that is not known, the tier that the site itself would take.
        budget = advice.cost
        allowed = allowed if budget else [name for name in allowed if price_tier(models[name]) <= CHEAP_TIER]
    proposal = propose_panel(labels, panel, allowed, costs, PANEL_SIZE, budget)
    if proposal is None or set(proposal.panel) == set(panel):
        return PresetAdvice(preset, advice)
    cost = proposal.cost if set(proposal.panel) <= costs.keys() else None
    if labels.shared([*panel, *proposal.pool]) < ENOUGH_ITEMS:
        return PresetAdvice(preset, advice, proposal, None, cost)
    today = labels.ceiling(panel, proposal.pool)
    is_cheaper = cost is not None and advice.cost is not None and cost < advice.cost
    # A tie is broken by the price: what reaches as much for more is no advice.
    if (proposal.ceiling.share, is_cheaper) <= (today.share, False):
        return PresetAdvice(preset, advice)
    return PresetAdvice(preset, advice, proposal, today, cost)


def _may_propose(model: Model) -> bool:
    return model.price_output is not None and model.price_output <= REASONABLE_PRICE


def _costs(good: Mapping[int, Mapping[str, bool]]) -> dict[str, Decimal]:
    """Return the mean cost of a model's answer in these runs (USD), for models whose cost is known there."""
    panel = Call.objects.filter(run__in=list(good), role=Role.PANEL, status=Status.DONE, cost__isnull=False)
    panel = panel.exclude(cost_source=CostSource.UNKNOWN)  # which is that of a part of its attempts
    return dict(panel.order_by().values("model").annotate(mean=Avg("cost")).values_list("model", "mean"))
