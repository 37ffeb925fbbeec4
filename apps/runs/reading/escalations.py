"""The share of a person's own cascades that asked their last model: what may be expected of the next such run."""

from dataclasses import dataclass

from apps.accounts.models import User
from apps.fusion.values import Recipe
from apps.fusion.vocabulary import AnswerKind, Status, StrategyName
from apps.runs.reading import access

NEWEST, ENOUGH = 500, 20
"""The newest runs of a person that are looked at, and the cascades below which their share says nothing."""


@dataclass(frozen=True, slots=True)
class Escalations:
    """The ``share`` (0 to 1) of ``n`` runs that were escalated."""

    share: float
    n: int


def escalations_of(user: User, recipe: Recipe) -> Escalations | None:
    """Return how often a person's newest runs of this cascade were escalated, ``None`` below :data:`ENOUGH` runs.

    Models and stages have to be the same. Reused answers are left out: nothing was asked for them.
    """
    own = access.counting_for(user).filter(owner=user, status=Status.DONE, cache_hit__isnull=True)
    rows = own.order_by("-created_at", "-id").values_list(
        "answer_kind", "recipe__strategy", "recipe__panel", "recipe__stages"
    )[:NEWEST]
    written = recipe.model_dump(mode="json")
    models = [slot.model for slot in recipe.panel]
    ends = [
        kind
        for kind, strategy, panel, stages in rows
        if strategy == StrategyName.CASCADE
        and stages == written["stages"]
        and [one["model"] for one in panel] == models
    ]
    if len(ends) < ENOUGH:
        return None
    return Escalations(sum(kind is not AnswerKind.VOTED for kind in ends) / len(ends), len(ends))
