"""Presets and choices to recipes, and what can be said of a recipe before it runs: warnings, receivers, cost."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from apps.catalogue.models import Model, Preset
from apps.catalogue.queries import find_model
from apps.fusion import cost
from apps.fusion.values import Parameters, Price, Recipe, SlotSpec
from apps.fusion.vocabulary import Builtin

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


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run is likely to cost in USD before it starts; ``None`` and incomplete where a price is unknown."""

    calls: int
    low: Decimal | None
    high: Decimal | None
    is_complete: bool


def recipe_from_preset(preset: Preset, criteria: str = "") -> Recipe:
    """The recipe of a preset; raises :class:`UnknownModel` if one of its models is gone."""
    return build_recipe(
        preset.slots,
        preset.judge,
        preset.writer,
        preset=preset.slug,
        criteria=criteria,
        writer_parameters=preset.parameters_of_writer,
    )


def build_recipe(
    panel: Sequence[SlotSpec],
    judge: str,
    writer: str,
    preset: str = "",
    criteria: str = "",
    writer_parameters: Parameters | None = None,
) -> Recipe:
    """A resolved recipe with a fresh seed; raises :class:`UnknownModel`, and ``ValidationError`` for a bad panel."""
    recipe = Recipe(
        preset=preset,
        panel=tuple(panel),
        judge=judge,
        writer=writer,
        writer_parameters=writer_parameters or Parameters(),
        criteria=criteria,
        seed=secrets.randbits(31),
    )
    for reference in _references(recipe):
        _find(reference)
    return recipe


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


def estimate(recipe: Recipe, prompt: str) -> Estimate:
    """The likely cost of a recipe for a prompt, in USD."""
    panel = [_expected(spec.model, spec.parameters) for spec in recipe.panel]
    judge = _expected(recipe.judge, recipe.judge_parameters)
    writer = _expected(recipe.writer, recipe.writer_parameters)
    likely = cost.estimate(cost.tokens_estimate(prompt), panel, judge, writer)
    is_unknown = not likely.complete and not likely.high
    referees = (ref for ref in (recipe.judge, recipe.writer) if ref not in list(Builtin))
    calls = len(panel) + (len(list(referees)) if len(panel) > 1 else 0)
    return Estimate(calls, None if is_unknown else likely.low, None if is_unknown else likely.high, likely.complete)


def _expected(reference: str, parameters: Parameters) -> cost.Expected:
    if reference == Builtin.OVERLAP:
        return cost.Expected(price=Price(input=Decimal(0), output=Decimal(0)))
    return cost.Expected(price=_find(reference).price, max_tokens=parameters.max_tokens)


def _references(recipe: Recipe) -> list[str]:
    named = [*(spec.model for spec in recipe.panel), recipe.judge, recipe.writer]
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
