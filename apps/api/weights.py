"""Weights of votes in requests: what was measured of the members, their prices, or the caller's own word."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from apps.api.errors import ApiError
from apps.catalogue.models import Model
from apps.catalogue.recipes.resolve import weights_of_prices
from apps.fusion.values import Calibration, EarlyExitSettings, Recipe, StrategySettings, VoteSettings, WeighedSettings
from apps.fusion.vocabulary import WeightBasis

ONLY = {
    True: "Only the strategy “early_exit” ends at a certificate.",
    False: "Only the strategies “weighted” and “early_exit” weigh votes.",
}


def weighed_settings(
    recipe: Recipe, calibration: Calibration | None, said: Mapping[str, Any], models: Mapping[str, Model]
) -> StrategySettings:
    """Return the settings of a recipe with the calibration of a request and what it ``said`` of weights.

    ``models`` are those of the recipe by reference. Raises :class:`ApiError` where its strategy has no use for them.
    """
    own = recipe.settings
    changes = {name: value for name, value in said.items() if value is not None}
    if calibration is None and not changes:
        return own
    if calibration is not None and not isinstance(own, VoteSettings | WeighedSettings):
        sentence = "Only the strategies “vote”, “weighted” and “early_exit” have a use for measured accuracies."
        raise ApiError(400, "invalid_parameter", sentence, "fusion.calibration")
    for name in changes:
        if not isinstance(own, EarlyExitSettings if name == "at_certificate" else WeighedSettings):
            raise ApiError(400, "invalid_parameter", ONLY[name == "at_certificate"], f"fusion.{name}")
    if "weights" in changes:
        changes.setdefault("weigh_by", WeightBasis.HAND)
    elif changes.get("weigh_by") is WeightBasis.COST:
        changes["weights"] = weights_of_prices(recipe.panel, models)
    if calibration is not None:
        changes["calibration"] = calibration
        if isinstance(own, EarlyExitSettings):
            changes.setdefault("weigh_by", WeightBasis.ACCURACY)
    try:
        checked = Recipe(settings=type(own)(**{**dict(own), **changes}), panel=recipe.panel)
    except ValidationError as error:
        reason = str(error.errors()[0].get("ctx", {}).get("error", "The weights do not fit the panel."))
        raise ApiError(400, "invalid_parameter", reason, "fusion.weights") from None
    return checked.settings
