"""Runs made from another one exactly as that was. One with changes is started as any other, and names its origin."""

from collections.abc import Mapping

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.catalogue.recipes.resolve import asked_anew
from apps.catalogue.recipes.warnings import references_of
from apps.fusion.values import LayersSettings, Parameters, Recipe
from apps.fusion.vocabulary import Priority
from apps.runs.again import check_models
from apps.runs.models import Run
from apps.runs.starting import ApiClient, Lineage, start_run

HIDDEN = ("frequency_penalty", "presence_penalty")
"""Sampling that no form has."""


def run_again(
    user: User,
    origin: Run,
    client: ApiClient | None = None,
    priority: Priority = Priority.INTERACTIVE,
    models: Mapping[str, Model] | None = None,
) -> Run:
    """Start a run with all that its origin was sent and asked with, the order that its judge reads in included.

    The columns are sent the same earlier answers, whatever became of them. Raise ``InvalidRun``, and ``UnknownModel``
    for a model that ``user`` cannot ask now; ``models`` are the recipe's, where that is known already.
    """
    if models is None:
        check_models(references_of(origin.recipe), user)
    return start_run(
        user,
        origin.messages,
        asked_anew(origin.recipe),
        Lineage(origin.parent, origin.earlier_answers, origin.from_slot, origin, sent_before=origin.own_answers),
        client=client,
        priority=priority,
        models=models,
        tools=origin.tools,
    )


def with_hidden_settings(recipe: Recipe, origin: Recipe) -> Recipe:
    """Return a recipe that a form made from another one, with those settings of that one that no form shows."""
    before = {spec.slot: spec for spec in origin.panel}
    panel = tuple(
        spec.model_copy(update={"parameters": _with_penalties(spec.parameters, before[spec.slot].parameters)})
        if spec.slot in before and before[spec.slot].model == spec.model
        else spec
        for spec in recipe.panel
    )
    changes = {"panel": panel, "seed": origin.seed, "answer_format": origin.answer_format}
    own, old = recipe.settings, origin.settings
    if isinstance(own, LayersSettings) and isinstance(old, LayersSettings):
        changes["settings"] = own.model_copy(update={"layers": old.layers})
    elif own.strategy is old.strategy and len(recipe.panel) == len(origin.panel) and hasattr(old, "stages"):
        changes["settings"] = own.model_copy(update={"stages": old.stages})
    return recipe.model_copy(update=changes)


def _with_penalties(parameters: Parameters, origin: Parameters) -> Parameters:
    return parameters.model_copy(update={name: getattr(origin, name) for name in HIDDEN})
