"""The versions in which models answer now, by their vendors' words on the newest answers.

A vendor that echoes the name tells a fingerprint instead, and fingerprints differ between its machines: one answer in
another version says nothing yet.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.fusion.calibration import Calibration
from apps.fusion.values import Recipe
from apps.fusion.vocabulary import Role, Status
from apps.fusion.weights import calibration_in, under_versions, with_calibration
from apps.runs.models import Call

SEVERAL, NEWEST = 5, 20
"""The answers of a model, of the newest that are read, that all have to come in versions other than the measured."""


def with_versions(recipe: Recipe) -> Recipe:
    """Return a recipe whose calibration is void if one of its models has changed behind its name since."""
    own = calibration_in(recipe)
    return with_calibration(recipe, under_versions(own, newest_versions([own]))) if own else recipe


def newest_versions(calibrations: Iterable[Calibration]) -> dict[str, list[str]]:
    """Return the versions of the newest answers of the models that were measured in one, newest first, by model.

    It is one query for all of them, and none where no model was measured in a version that its vendor named.
    """
    models = sorted({record.model for one in calibrations for record in one.members if record.versions})
    if not models:
        return {}
    first, *others = map(_newest_answers, models)
    newest = sorted(first.union(*others, all=True), reverse=True)
    told = {model: [version for _, one, version in newest if one == model and version] for model in models}
    return {model: versions[:SEVERAL] for model, versions in told.items()}


def _newest_answers(model: str) -> QuerySet[Call, tuple[int, str, str]]:
    answers = Call.objects.filter(model=model, role=Role.PANEL, status=Status.DONE, is_copy=False, answered_by="")
    return answers.order_by("-pk").values_list("pk", "model", "model_version")[:NEWEST]
