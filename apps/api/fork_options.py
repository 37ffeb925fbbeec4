"""The recipe of a fork that names another panel, judge or writer; all else is as it was in its origin."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from apps.accounts.models import User
from apps.api.errors import ApiError
from apps.catalogue.queries import find_models
from apps.catalogue.recipes.resolve import build_recipe, default_stages, weights_of_prices
from apps.catalogue.recipes.warnings import references_of
from apps.fusion.values import CascadeSettings, JudgedSettings, Recipe, SlotSpec, StrategySettings, WeighedSettings
from apps.fusion.vocabulary import AUTO, WeightBasis
from apps.runs.again import check_models

OF_MODELS = ("judge", "judge_is_auto", "writer", "writer_is_auto")


def recipe_of_fork(
    user: User, origin: Recipe, panel: Sequence[SlotSpec] | None, judge: str | None, writer: str | None
) -> Recipe:
    """Return the recipe of a run with this panel, judge and writer, ``None`` for its own; Auto chooses anew.

    Stages and weights that name columns follow the new panel. Raise ``UnknownModel`` for a model that ``user`` cannot
    ask, and :class:`ApiError` where the strategy does not fit the panel.
    """
    if panel is None and judge is None and writer is None:
        check_models(references_of(origin), user)
        return origin
    own, panel = origin.settings, tuple(panel or origin.panel)
    if isinstance(own, JudgedSettings):
        judge = judge or (AUTO if own.judge_is_auto else own.judge)
        writer = writer or (AUTO if own.writer_is_auto else own.writer)
    built = build_recipe(panel, judge or AUTO, writer or AUTO, user=user)
    settings: StrategySettings = built.settings
    try:
        if isinstance(own, JudgedSettings) and isinstance(built.settings, JudgedSettings):
            chosen = {name: getattr(built.settings, name) for name in OF_MODELS}
            settings = type(own).model_validate({**dict(own), **chosen, **_by_slot(user, own, origin.panel, panel)})
        changes = {"settings": settings, "panel": panel, "preset": "", "preset_version": None}
        return Recipe.model_validate({**dict(origin), **changes})
    except ValidationError as error:
        reason = str(error.errors()[0].get("ctx", {}).get("error", "The strategy does not fit the panel."))
        raise ApiError(400, "invalid_parameter", f"{reason} Name a strategy as well.", "panel") from None


def _by_slot(user: User, own: JudgedSettings, before: Sequence[SlotSpec], panel: Sequence[SlotSpec]) -> dict[str, Any]:
    """Return the settings that name columns, for another panel."""
    if isinstance(own, CascadeSettings) and len(panel) != len(before):
        return {"stages": default_stages(panel)}
    if not isinstance(own, WeighedSettings) or not own.weights:
        return {}
    if own.weigh_by is WeightBasis.COST:
        return {"weights": weights_of_prices(panel, find_models({spec.model for spec in panel}, user))}
    slots = {spec.slot for spec in panel}
    return {"weights": {slot: weight for slot, weight in own.weights.items() if slot in slots}}
