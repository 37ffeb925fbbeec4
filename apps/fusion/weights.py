"""Weights of votes: by measured accuracy, by price, or by hand, and what the votes for one answer weigh together.

A calibration is applied to the panel, the prompt and the kind of answers that it was measured on. On any other it is
void: then all votes weigh the same, and a sentence says why.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from math import log
from typing import NamedTuple

from apps.fusion.calibration import ENOUGH_ITEMS, LONGEST_VOID, CountingRule
from apps.fusion.values import (
    Calibration,
    CascadeSettings,
    CountedSettings,
    MemberRecord,
    Price,
    Recipe,
    SlotSpec,
    VoteSettings,
    WeighedSettings,
)
from apps.fusion.vocabulary import CountedKind, FinalKind, WeightBasis

FEW_ITEMS = 50
"""Items of a kind of task below which a model's overall rate counts too."""
PRIOR_ITEMS = 20
"""The number of items that the overall rate is worth then; our choice."""


class Weighing(NamedTuple):
    """The counting of a recipe's votes, by slot: their ``weights`` (``None``: one each) and the measured ``accuracy``.

    Members of one of the ``families`` err alike. The weights were measured on answers of a ``kind`` (``None``: any);
    a vote of another kind weighs ``unmeasured``. ``basis`` is the one that was applied, ``doubt`` a sentence on it.
    """

    weights: Mapping[str, float] | None = None
    families: Mapping[str, str] = {}
    accuracy: Mapping[str, float] = {}
    kind: FinalKind | None = None
    unmeasured: float = 1.0
    basis: WeightBasis = WeightBasis.EQUAL
    doubt: str = ""

    def of(self, slot: str, kind: FinalKind) -> float:
        """Return the weight of a slot's vote for an answer of a kind."""
        if self.weights is None:
            return 1.0
        if self.kind is not None and kind is not self.kind:
            return self.unmeasured
        return self.weights.get(slot, 0.0)

    def most(self, slot: str) -> float:
        """Return the most that a slot's vote can weigh, whatever it says."""
        if self.weights is None:
            return 1.0
        return max(self.weights.get(slot, 0.0), self.unmeasured if self.kind is not None else 0.0)

    def among(self, slots: Collection[str]) -> "Weighing":
        """Return the counting of these slots alone; families all of one are no families."""
        families = {slot: self.families.get(slot) or slot for slot in slots}
        return self._replace(families=_apart(families))

    def together(self, votes: Mapping[str, float]) -> float:
        """Return what votes (weights by slot) for one answer weigh: a family as much as the heaviest of them."""
        heaviest: dict[str, float] = {}
        for slot, weight in votes.items():
            family = self.families.get(slot) or slot
            heaviest[family] = max(heaviest.get(family, 0.0), weight)
        return sum(heaviest.values())


def rate_of(record: MemberRecord) -> float:
    """Return the chance that a member is right, strictly between 0 and 1: Laplace's rule, drawn to its overall rate."""
    laplace = (record.correct + 1) / (record.items + 2)
    if record.items >= FEW_ITEMS or not record.overall_items:
        return laplace
    overall = (record.overall_correct + 1) / (record.overall_items + 2)
    return (record.correct + PRIOR_ITEMS * overall) / (record.items + PRIOR_ITEMS)


def log_odds(rate: float) -> float:
    """Return the weight of a vote that is right at this rate, 0 at or below a half (Nitzan & Paroush 1982)."""
    return max(0.0, log(rate / (1 - rate)))


def weights_of(calibration: Calibration) -> dict[str, float]:
    """Return the weight of each measured model under the calibration's rule; all alike if none is above a half.

    Under ``single`` the best member outweighs all others together, so that they decide only where it has no answer.
    """
    weights = {record.model: log_odds(rate_of(record)) for record in calibration.members}
    if calibration.rule is CountingRule.MAJORITY or not any(weights.values()):
        return dict.fromkeys(weights, 1.0)
    if calibration.rule is CountingRule.SINGLE:
        weights[best_member(calibration)] = 1 + sum(weights.values())
    return weights


def best_member(calibration: Calibration) -> str:
    """Return the model with the highest rate, of equals the first; raises ``ValueError`` without members."""
    return max(calibration.members, key=rate_of).model


def weights_by_cost(prices: Mapping[str, Price]) -> dict[str, float]:
    """Return weights by slot in the ratio of what a token of output costs, the dearest 1; all 1 without any price.

    A slot whose price is unknown, or zero, weighs as little as the cheapest that has one.
    """
    known = {slot: price.output for slot, price in prices.items() if price.output}
    if not known:
        return dict.fromkeys(prices, 1.0)
    lowest, highest = min(known.values()), max(known.values())
    return {slot: round(float(known.get(slot, lowest) / Decimal(highest)), 6) for slot in prices}


def is_dictated(weights: Mapping[str, float]) -> bool:
    """Return whether one vote outweighs all others together, so that they are asked for nothing."""
    heaviest = max(weights.values(), default=0)
    return len(weights) > 1 and heaviest > sum(weights.values()) - heaviest


def weighing_of(recipe: Recipe) -> Weighing:
    """Return how the votes of a recipe are counted. A calibration that is void leaves all votes alike."""
    settings = recipe.settings
    if isinstance(settings, VoteSettings):
        calibration, basis = settings.calibration, WeightBasis.EQUAL
    elif isinstance(settings, WeighedSettings):
        calibration, basis = settings.calibration, settings.weigh_by
    elif isinstance(settings, CascadeSettings) and settings.calibration:
        calibration, basis = settings.calibration, WeightBasis.ACCURACY
    else:
        return Weighing()
    void = void_reason(calibration, recipe) if calibration else ""
    is_applied = calibration is not None and not void
    accuracy = _accuracy(calibration, recipe) if calibration and is_applied else {}
    if isinstance(settings, WeighedSettings) and basis in (WeightBasis.COST, WeightBasis.HAND):
        return Weighing(weights=settings.weights, accuracy=accuracy, basis=basis, doubt=void)
    if basis is WeightBasis.EQUAL:
        return Weighing(accuracy=accuracy, doubt=void)
    if calibration is None or not is_applied:
        return Weighing(doubt=void or "No accuracy was measured for this panel, so all votes weigh the same.")
    by_model = weights_of(calibration)
    weights = {spec.slot: by_model.get(spec.model, 0.0) for spec in recipe.panel}
    records = {spec.slot: calibration.record_of(spec.model) for spec in recipe.panel}
    is_capped = calibration.rule is CountingRule.WEIGHTED
    # Whoever weighs most is not asked where the stage before agrees.
    heard = {} if isinstance(settings, CascadeSettings) else weights
    return Weighing(
        weights=weights,
        families=_apart(
            {spec.slot: _family(records[spec.slot], spec.model) for spec in recipe.panel} if is_capped else {}
        ),
        accuracy=accuracy,
        kind=calibration.kind,
        unmeasured=min((weight for weight in weights.values() if weight), default=1.0),
        basis=basis,
        doubt=_doubt(calibration, heard),
    )


def panel_fingerprint(panel: Iterable[SlotSpec]) -> str:
    """Return a fingerprint of the models of a panel with their parameters and own prompts, whatever their order."""
    members = sorted(
        json.dumps(
            [
                *(spec.model, spec.parameters.model_dump(mode="json")),
                *([spec.variant.model_dump(mode="json", exclude={"name"})] if spec.variant else []),
            ]
        )
        for spec in panel
    )
    return hashlib.sha256("\n".join(members).encode()).hexdigest()[:16]


def prompt_fingerprint(system: str) -> str:
    """Return a fingerprint of a system prompt, '' for none."""
    return hashlib.sha256(system.strip().encode()).hexdigest()[:16] if system.strip() else ""


def void_reason(calibration: Calibration, recipe: Recipe) -> str:
    """Say why a calibration does not hold for a recipe, in a sentence; '' if it holds."""
    if calibration.void:
        return calibration.void
    name = f" “{calibration.name}”" if calibration.name else ""
    alike = "so it is not applied"
    if calibration.panel and calibration.panel != panel_fingerprint(recipe.panel):
        return f"The calibration{name} was made for other models, parameters or prompts than this panel’s, {alike}."
    if not _counts_alike(calibration, recipe):
        return f"The calibration{name} was made with other answers that count than these, {alike}."
    if not any(calibration.record_of(spec.model) for spec in recipe.panel):
        return f"The calibration{name} measured no model of this panel, {alike}."
    return ""


def _counts_alike(calibration: Calibration, recipe: Recipe) -> bool:
    """Return whether the final answers that count are those of a calibration; one for every kind holds for each.

    Texts by their meaning are none of these kinds.
    """
    own = recipe.settings
    if not isinstance(own, CountedSettings):
        return True
    labels = [{label.casefold() for label in one.labels} for one in (calibration, own)]
    is_same_kind = calibration.counts is own.answer_kind or (
        calibration.counts is CountedKind.AUTO and own.answer_kind.is_lasting
    )
    # Figures by hand are tied to nothing but their task.
    return not calibration.panel or (is_same_kind and labels[0] == labels[1])


def under_prompt(calibration: Calibration, system: str) -> Calibration:
    """Return a calibration as it holds under a system prompt: void if it was made under another one."""
    name = f" “{calibration.name}”" if calibration.name else ""
    is_same = not calibration.panel or calibration.prompt == prompt_fingerprint(system)
    void = "" if is_same else f"The calibration{name} was made under another system prompt, so it is not applied."
    return calibration.model_copy(update={"void": void})


def under_versions(calibration: Calibration, newest: Mapping[str, Collection[str]]) -> Calibration:
    """Return a calibration as it holds now: void if none of a model's newest answers is in a version that it measured.

    ``newest`` are the versions of those answers by model, the newest first, as far as their vendors say them.
    """
    name = f" “{calibration.name}”" if calibration.name else ""
    for record in calibration.members:
        told = tuple(newest.get(record.model, ()))
        if not record.versions or not told or calibration.void or not set(told).isdisjoint(record.versions):
            continue
        void = (
            f"The calibration{name} measured {record.model} as {record.versions[-1]}; it answers as {told[0]} now, "
            "so it is not applied."
        )
        return calibration.model_copy(update={"void": void[:LONGEST_VOID]})
    return calibration


def calibration_in(recipe: Recipe) -> Calibration | None:
    """Return the calibration that a recipe has, whether it holds for it or not."""
    own = recipe.settings
    return own.calibration if isinstance(own, VoteSettings | WeighedSettings | CascadeSettings) else None


def with_calibration(recipe: Recipe, calibration: Calibration) -> Recipe:
    """Return a recipe that has a calibration with another one in its place."""
    settings = recipe.settings.model_copy(update={"calibration": calibration})
    return recipe.model_copy(update={"settings": settings})


def recipe_under_prompt(recipe: Recipe, system: str) -> Recipe:
    """Return a recipe whose calibration, if it has one, is void where it was made under another system prompt."""
    own = calibration_in(recipe)
    return with_calibration(recipe, under_prompt(own, system)) if own else recipe


def blocs_of(calibration: Calibration) -> dict[str, str]:
    """Return the family of each measured model where votes are weighed by it; none if all are of one."""
    is_capped = calibration.rule is CountingRule.WEIGHTED
    return _apart({one.model: _family(one, one.model) for one in calibration.members} if is_capped else {})


def _family(record: MemberRecord | None, model: str) -> str:
    """Return the family of a member; without one it is its model's, which may sit on a panel twice."""
    return record.family or model if record else model


def _apart(families: dict[str, str]) -> dict[str, str]:
    """Return the families of members, or none where all are of one: held to one vote, they could decide nothing."""
    return families if len(set(families.values())) > 1 else {}


def _accuracy(calibration: Calibration, recipe: Recipe) -> dict[str, float]:
    records = {spec.slot: calibration.record_of(spec.model) for spec in recipe.panel}
    return {slot: rate_of(record) for slot, record in records.items() if record and record.items}


def _doubt(calibration: Calibration, weights: Mapping[str, float]) -> str:
    """Say on how little a calibration rests, or that one member decides alone; '' if neither is so."""
    sentences: Sequence[str] = (
        f"The weights rest on {calibration.fewest_items} labelled items; fewer than {ENOUGH_ITEMS} say little."
        if calibration.fewest_items < ENOUGH_ITEMS
        else "",
        f"{max(weights, key=lambda slot: weights[slot])} weighs more than all the others together, so its answer wins."
        if is_dictated(weights)
        else "",
    )
    return " ".join(sentence for sentence in sentences if sentence)
