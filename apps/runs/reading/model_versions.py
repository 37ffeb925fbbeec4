"""The versions in which models answer now, by their vendors' words on the newest answers."""

from apps.fusion.values import Recipe
from apps.fusion.vocabulary import Role, Status
from apps.fusion.weights import recipe_under_versions
from apps.runs.models import Call


def with_versions(recipe: Recipe) -> Recipe:
    """Return a recipe whose calibration is void if one of its models has changed behind its name since.

    A query for each model that was measured in a version that its vendor named, and none for other recipes.
    """
    calibration = getattr(recipe.settings, "calibration", None)
    named = [record.model for record in calibration.members if record.versions] if calibration else []
    return recipe_under_versions(recipe, {model: _newest_version(model) for model in named})


def _newest_version(model: str) -> str:
    answers = Call.objects.filter(model=model, role=Role.PANEL, status=Status.DONE, is_copy=False, answered_by="")
    return answers.order_by("-pk").values_list("model_version", flat=True).first() or ""
