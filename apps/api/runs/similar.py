"""Runs like another one, by programs."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from apps.api.auth import may_read, owner_of
from apps.api.numbers import IN_DIGITS
from apps.api.runs.routes import RunId, find, summary_of
from apps.api.runs.schemas import RunSummary
from apps.api.schemas import Document, with_errors
from apps.runs.reading.similar_runs import similar_runs

router = Router(tags=["Runs"])


class SimilarRun(Document):
    """A run whose prompt is like that of another."""

    likeness: float
    """The cosine of the vectors of both prompts, -1 to 1: near 1 for prompts about the same."""
    run: RunSummary
    """The run."""


class SimilarRunList(Document):
    """Runs like another one, the most alike first."""

    data: list[SimilarRun]
    """The runs."""
    compared: int
    """The runs that it was compared with: the newest 20,000 at most."""
    is_partial: bool
    """True while other runs are not ready to be compared; ask again."""


@router.get(
    "/runs/{run_id}/similar", auth=may_read, response=with_errors({200: SimilarRunList}), summary="List runs like a run"
)
def list_similar(
    request: HttpRequest, run_id: RunId, limit: Annotated[int, Query(ge=1, le=100), IN_DIGITS] = 20
) -> Any:
    """Find your runs whose prompts are about the same, without asking a model."""
    found = similar_runs(owner_of(request), find(request, run_id), limit)
    data = [{"likeness": round(likeness, 4), "run": summary_of(request, run)} for run, likeness in found.runs]
    return {"data": data, "compared": found.compared, "is_partial": found.is_partial}
