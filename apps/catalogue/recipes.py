"""Presets and choices to recipes, and what can be said of a recipe before it runs: warnings, receivers."""

import secrets
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any, TypedDict, Unpack, cast

from apps.catalogue.models import Model, Preset
from apps.catalogue.queries import available_models, find_model, find_models
from apps.catalogue.strength import maker_of_model, strongest
from apps.fusion.values import AnswerFormat, Parameters, Recipe, SlotSpec
from apps.fusion.vocabulary import AUTO, Builtin

LOCAL_PROVIDER = "local"
THIS_MACHINE = "this machine"
EXAMPLE_PROMPTS = (
    "In what year was the Statue of Liberty opened?",
    "In what year was the Golden Gate Bridge opened?",
    "How many people live in Iceland?",
)
"""Questions on which the tiny local models contradict each other in a number: in 10, 9 and 9 of 10 measured runs."""


class UnknownModel(Exception):
    """A recipe names a model that is not connected."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        self.sentence = f"The model “{reference}” is not connected. Choose one from the list."
        super().__init__(self.sentence)


class Choices(TypedDict, total=False):
    """What else a recipe may be given; what is missing or ``None`` is the recipe's own default."""

    preset: str
    preset_version: int | None
    judge_parameters: Parameters | None
    writer_parameters: Parameters | None
    answer_format: AnswerFormat | None
    criteria: str
    quorum: int | None
    grace_s: float | None
    hard_limit_s: float | None
    max_cost: Decimal | None


def recipe_of_preset(preset: Preset, /, **choices: Unpack[Choices]) -> Recipe:
    """The recipe of a preset, with ``choices`` in place of what the preset says (``None``: the recipe's default).

    Raises :class:`UnknownModel` if one of its models is gone.
    """
    whole: Choices = {
        "preset": preset.slug,
        "preset_version": preset.version,
        "judge_parameters": preset.parameters_of_judge,
        "writer_parameters": preset.parameters_of_writer,
        "criteria": preset.criteria,
        "quorum": preset.quorum,
        "grace_s": preset.grace_s,
        "hard_limit_s": preset.hard_limit_s,
        "max_cost": preset.max_cost,
    }
    return build_recipe(preset.slots, preset.judge, preset.writer, **cast(Choices, {**whole, **choices}))


def build_recipe(
    panel: Sequence[SlotSpec], judge: str = AUTO, writer: str = AUTO, **choices: Unpack[Choices]
) -> Recipe:
    """A resolved recipe with a fresh seed; a judge or writer ``auto`` becomes the model that Auto stands for now.

    Raises :class:`UnknownModel`, and ``ValidationError`` for a bad panel or bad choices.
    """
    models = available_models() if AUTO in (judge, writer) else []
    given: dict[str, Any] = {key: value for key, value in choices.items() if value is not None}
    recipe = Recipe(
        panel=tuple(panel),
        judge=auto_judge(panel, models) if judge == AUTO else judge,
        judge_is_auto=judge == AUTO,
        writer=auto_writer(panel, models) if writer == AUTO else writer,
        writer_is_auto=writer == AUTO,
        seed=secrets.randbits(31),
        **given,
    )
    known = find_models(_references(recipe))
    for reference in _references(recipe):
        if reference not in known:
            raise UnknownModel(reference)
    return recipe


def auto_judge(panel: Sequence[SlotSpec], models: Sequence[Model]) -> str:
    """The judge that Auto stands for beside this panel: word overlap where none of the ``models`` can judge."""
    judge = strongest(models, _makers(panel, models), judging=True)
    return judge.reference if judge else Builtin.OVERLAP


def auto_writer(panel: Sequence[SlotSpec], models: Sequence[Model]) -> str:
    """The writer that Auto stands for beside this panel; '' if there are no ``models``."""
    writer = strongest(models, _makers(panel, models))
    return writer.reference if writer else ""


def _makers(panel: Sequence[SlotSpec], models: Sequence[Model]) -> set[str]:
    seated = {spec.model for spec in panel}
    return {maker_of_model(model) for model in models if model.reference in seated}


def warnings(recipe: Recipe) -> list[str]:
    """Quiet remarks on a recipe, a sentence each; none of them forbids the run."""
    panel = [(spec.slot, _find(spec.model)) for spec in recipe.panel]
    return [
        *_referee_warnings("judge", recipe.judge, panel),
        *_referee_warnings("writer", recipe.writer, panel),
        *_family_warnings(panel),
    ]


def receivers(recipe: Recipe) -> list[str]:
    """The companies that will receive the prompt, or "this machine"; each once, in order of appearance."""
    models = [_find(reference) for reference in _references(recipe)]
    names = (THIS_MACHINE if m.provider.slug in (LOCAL_PROVIDER, "ollama") else _company(m) for m in models)
    return list(dict.fromkeys(names))


def _references(recipe: Recipe) -> list[str]:
    fallbacks = (spec.fallback for spec in recipe.panel if spec.fallback)
    named = [*(spec.model for spec in recipe.panel), recipe.judge, recipe.writer, *fallbacks]
    return [reference for reference in named if reference != Builtin.OVERLAP]


def _find(reference: str) -> Model:
    try:
        return find_model(reference)
    except Model.DoesNotExist:
        raise UnknownModel(reference) from None


def _company(model: Model) -> str:
    """The provider, and the maker behind it where they differ: a router passes the prompt on."""
    if model.maker and model.maker != model.provider.name:
        return f"{model.maker} (through {model.provider.name})"
    return model.provider.name


def _referee_warnings(role: str, reference: str, panel: Iterable[tuple[str, Model]]) -> list[str]:
    if reference == Builtin.OVERLAP:
        return []
    referee = _find(reference)
    same_model = [slot for slot, model in panel if model.reference == reference]
    same_maker = [slot for slot, model in panel if model.maker and model.maker == referee.maker]
    if same_model:
        return [f"The {role} also sits on the panel ({', '.join(same_model)})."]
    if same_maker:
        return [f"The {role} and {', '.join(same_maker)} come from the same maker, {referee.maker}."]
    return []


def _family_warnings(panel: Sequence[tuple[str, Model]]) -> list[str]:
    pairs = [
        (a, b, one.family) for (a, one), (b, two) in combinations(panel, 2) if one.family and one.family == two.family
    ]
    return [f"{a} and {b} are of one family ({family}): they may share mistakes." for a, b, family in pairs]
