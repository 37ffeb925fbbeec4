"""The grace of a run that follows the measured times of its models."""

from apps.fusion.strategies.fuse import GRACE_S, QUORUM
from apps.fusion.strategies.grace import measured_grace
from apps.fusion.values import JudgedSettings, Recipe
from apps.runs.reading.model_health import answer_times


def with_measured_grace(recipe: Recipe) -> Recipe:
    """Return the recipe with the grace that its models' measured times give it, where it is Auto."""
    settings = recipe.settings
    if not isinstance(settings, JudgedSettings) or not settings.grace_is_auto:
        return recipe
    quorum = min(settings.quorum or QUORUM, len(recipe.panel))
    measured = answer_times([spec.model for spec in recipe.panel])
    times = [measured.get(spec.model) for spec in recipe.panel]
    grace_s = measured_grace(times, quorum, GRACE_S, recipe.hard_limit_s)
    return recipe.model_copy(update={"settings": settings.model_copy(update={"grace_s": grace_s})})
