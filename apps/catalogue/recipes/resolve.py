"""Presets and choices to recipes: resolved against what is connected, with the judge and writer that Auto chooses."""

import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict, Unpack, cast

from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset
from apps.catalogue.queries import available_models, find_models, models_called
from apps.catalogue.recipes.strength import maker_of_model, strongest
from apps.catalogue.recipes.warnings import references_of
from apps.fusion.caching import CacheSettings
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.refusal import Refusal
from apps.fusion.strategy_settings import SETTINGS
from apps.fusion.values import (
    AnswerFormat,
    Calibration,
    JsonFields,
    JudgedSettings,
    NoMajority,
    Parameters,
    PlainSettings,
    Recipe,
    SingleSettings,
    SlotSpec,
    StrategySettings,
)
from apps.fusion.vocabulary import AUTO, Builtin, CountedKind, StrategyName, WeightBasis
from apps.fusion.weights import weights_by_cost

EXAMPLE_PROMPTS = (
    "In what year was the Statue of Liberty opened?",
    "In what year was the Golden Gate Bridge opened?",
    "How many people live in Iceland?",
)
"""Questions on which the tiny local models contradict each other in a number: in 10, 9 and 9 of 10 measured runs."""


JUDGED: Mapping[StrategyName, type[JudgedSettings]] = {
    name: kind for name in StrategyName if issubclass(kind := SETTINGS.get(name, PlainSettings), JudgedSettings)
}
"""The strategies of panels, with their settings."""


OF_FIELDS = ("json_fields", "no_majority")
OF_VOTES = ("threshold", "calibration", "weigh_by", "weights", "at_certificate", "answer_kind", "labels", *OF_FIELDS)
"""Settings of strategies whose members vote."""


class UnknownModel(Refusal):
    """A recipe names a model that is not connected."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"The model “{reference}” is not connected. Choose one from the list.")


class Choices(TypedDict, total=False):
    """Further choices for a recipe; what is missing or ``None`` is the recipe's own default."""

    preset: str
    preset_version: int | None
    strategy: StrategyName | None
    calibration: Calibration | None
    weigh_by: WeightBasis | None
    weights: Mapping[str, float] | None
    at_certificate: bool
    threshold: float | None
    answer_kind: CountedKind
    labels: tuple[str, ...]
    json_fields: JsonFields | None
    no_majority: NoMajority | None
    stages: tuple[tuple[str, ...], ...] | None
    judge_parameters: Parameters | None
    writer_parameters: Parameters | None
    answer_format: AnswerFormat | None
    criteria: str
    judge_instructions: str
    writer_instructions: str
    quorum: int | None
    grace_s: float | None
    grace_is_auto: bool
    hard_limit_s: float | None
    max_cost: Decimal | None
    answer_check: bool
    peer_review: bool
    web: LookupSettings | None
    cache: CacheSettings | None


def recipe_of_preset(preset: Preset, /, user: User | None = None, **choices: Unpack[Choices]) -> Recipe:
    """Return the recipe of a preset, with ``choices`` in place of its settings (``None``: the recipe's default).

    ``user`` is as in :func:`build_recipe`.

    Raise :class:`UnknownModel` if one of its models is gone.
    """
    whole: Choices = {
        "preset": preset.slug,
        "preset_version": preset.version,
        "strategy": preset.strategy,
        "judge_parameters": preset.judge_parameters,
        "writer_parameters": preset.writer_parameters,
        "criteria": preset.criteria,
        "judge_instructions": preset.judge_instructions,
        "writer_instructions": preset.writer_instructions,
        "quorum": preset.quorum,
        "grace_s": preset.grace_s,
        "grace_is_auto": preset.grace_is_auto,
        "hard_limit_s": preset.hard_limit_s,
        "max_cost": preset.max_cost,
        "answer_check": preset.answer_check,
        "peer_review": preset.peer_review,
        "web": preset.web,
        "cache": preset.cache,
    }
    if votes := preset.votes:
        whole |= {
            # A plain vote has no basis that another strategy could take over.
            "weigh_by": None if preset.strategy == StrategyName.VOTE else votes.weigh_by,
            "weights": votes.weights or None,
            "calibration": votes.calibration,
            "at_certificate": votes.at_certificate,
            "threshold": votes.threshold,
            "answer_kind": votes.answer_kind,
            "labels": votes.labels,
            "json_fields": votes.json_fields,
            "no_majority": votes.no_majority,
        }
    return build_recipe(preset.panel, preset.judge, preset.writer, user=user, **cast(Choices, {**whole, **choices}))


def build_recipe(
    panel: Sequence[SlotSpec],
    judge: str = AUTO,
    writer: str = AUTO,
    user: User | None = None,
    **choices: Unpack[Choices],
) -> Recipe:
    """Look up the models that ``user`` may ask, or the site's without one, and return :func:`resolve_recipe`."""
    named = {one for spec in panel for one in (spec.model, spec.fallback)}
    if len(panel) > 1:
        named |= {judge, writer}
    models = available_models(user) if AUTO in named else list(find_models(named, user).values())
    return resolve_recipe(panel, judge, writer, models, **choices)


def resolve_recipe(
    panel: Sequence[SlotSpec], judge: str, writer: str, models: Sequence[Model], **choices: Unpack[Choices]
) -> Recipe:
    """Return a resolved recipe with a fresh seed. Without a ``strategy`` it is ``single`` for one slot, else ``fuse``.

    A judge or writer ``auto`` becomes the model that Auto stands for now among ``models``; ``single`` has neither.
    ``models`` are all that its author may ask; without Auto those that are named will do.
    Raises :class:`UnknownModel`, and ``ValidationError`` for a bad panel or bad choices.
    """
    given: dict[str, Any] = {key: value for key, value in choices.items() if value is not None}
    strategy = given.pop("strategy", StrategyName.SINGLE if len(panel) == 1 else StrategyName.FUSE)
    kind = JUDGED.get(strategy)
    own = {name: given.pop(name) for name in {*JudgedSettings.model_fields, *OF_VOTES, "stages"} if name in given}
    # What a preset says of votes has no meaning for another strategy of its panel.
    own = {name: value for name, value in own.items() if name not in OF_VOTES or (kind and name in kind.model_fields)}
    if own.get("weigh_by") is WeightBasis.COST:
        own["weights"] = weights_of_prices(panel, {model.reference: model for model in models})
    if strategy is StrategyName.CASCADE:
        own.setdefault("stages", default_stages(panel))
    if kind is None:
        settings: StrategySettings = SingleSettings()
    else:
        own["strategy"] = strategy
        made = kind(
            judge=auto_judge(panel, models) if judge == AUTO else judge,
            judge_is_auto=judge == AUTO,
            writer=auto_writer(panel, models) if writer == AUTO else writer,
            writer_is_auto=writer == AUTO,
            **own,
        )
        settings = cast(StrategySettings, made)
    recipe = Recipe(settings=settings, panel=tuple(panel), seed=secrets.randbits(31), **given)
    known = {model.reference for model in models}
    for reference in references_of(recipe):
        if reference not in known:
            raise UnknownModel(reference)
    return recipe


def with_day(recipe: Recipe, tells_day: bool) -> Recipe:
    """Return a recipe whose models are told the day of today: a fusion's alone, where that is wanted."""
    is_told = tells_day and recipe.strategy is not StrategyName.SINGLE
    return recipe.model_copy(update={"today": timezone.localdate().isoformat() if is_told else ""})


def asked_anew(recipe: Recipe, *, may_reuse: bool = False) -> Recipe:
    """Return a recipe of before with which models are asked now: a day that they are told is today's.

    No answer is reused, unless it ``may_reuse`` one.
    """
    recipe = with_day(recipe, bool(recipe.today))
    return recipe if may_reuse else recipe.model_copy(update={"cache": None})


def weights_of_prices(panel: Sequence[SlotSpec], models: Mapping[str, Model]) -> dict[str, float]:
    """Return weights by slot from what the models of a panel cost."""
    return weights_by_cost({spec.slot: models[spec.model].price for spec in panel if spec.model in models})


def default_stages(panel: Sequence[SlotSpec]) -> tuple[tuple[str, ...], ...]:
    """Return the stages of a cascade for a panel: the last member is asked where the others do not agree."""
    slots = tuple(spec.slot for spec in panel)
    return slots[:-1], slots[-1:]


def models_of(recipe: Recipe) -> dict[str, Model]:
    """Return the models that a recipe may ask, by reference, connected or not, with one query."""
    return models_called(references_of(recipe))


def auto_judge(panel: Sequence[SlotSpec], models: Sequence[Model]) -> str:
    """Return the judge that Auto stands for beside this panel: word overlap if none of the ``models`` can judge."""
    judge = strongest(models, _makers(panel, models), judging=True)
    return judge.reference if judge else Builtin.OVERLAP


def auto_writer(panel: Sequence[SlotSpec], models: Sequence[Model]) -> str:
    """Return the writer that Auto stands for beside this panel; '' if there are no ``models``."""
    writer = strongest(models, _makers(panel, models))
    return writer.reference if writer else ""


def _makers(panel: Sequence[SlotSpec], models: Sequence[Model]) -> set[str]:
    chosen = {spec.model for spec in panel}
    return {maker_of_model(model) for model in models if model.reference in chosen}
