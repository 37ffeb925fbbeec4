"""The versions in which models answer now, by their vendors' words on the newest answers.

A vendor that echoes the name tells a fingerprint instead, and fingerprints differ between its machines: one answer in
another version says nothing yet.
"""

from apps.fusion.calibration import MemberRecord
from apps.fusion.values import Recipe
from apps.fusion.vocabulary import Role, Status
from apps.fusion.weights import recipe_under_versions
from apps.runs.models import Call

SEVERAL, NEWEST = 5, 20
"""The answers of a model, of the newest that are read, that all have to come in versions other than the measured."""


def with_versions(recipe: Recipe) -> Recipe:
    """Return a recipe whose calibration is void if one of its models has changed behind its name since.

    A query for each model that was measured in a version that its vendor named, and none for other recipes.
    """
    calibration = getattr(recipe.settings, "calibration", None)
    named = [record for record in calibration.members if record.versions] if calibration else []
    return recipe_under_versions(recipe, {record.model: _new_version(record) for record in named})


def _new_version(record: MemberRecord) -> str:
    """Return the version in which a model answers, '' for one that it was measured in or that nobody knows."""
    answers = Call.objects.filter(
        model=record.model, role=Role.PANEL, status=Status.DONE, is_copy=False, answered_by=""
    )
    newest = answers.order_by("-pk").values_list("model_version", flat=True)[:NEWEST]
    told = [version for version in newest if version][:SEVERAL]
    return "" if not told or set(told) & {*record.versions} else told[0]
