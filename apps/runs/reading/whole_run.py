"""The rows of a run that a snapshot is made of: calls with their outputs, attempts, and models."""

from collections.abc import Collection

from django.conf import settings

from apps.catalogue.queries import models_called
from apps.runs import hot_rows
from apps.runs.hot_rows import WholeRun
from apps.runs.models import Attempt, Call


def load_whole_run(run_id: int, planned: Collection[str]) -> WholeRun:
    """Return the rows of a run, and the models of its calls and of the ``planned`` references."""
    if settings.HOT_ROWS:
        return hot_rows.whole_run(run_id, planned)
    calls = list(Call.objects.filter(run=run_id).select_related("output").order_by("pk"))
    attempts = list(Attempt.objects.filter(call__run=run_id).order_by("call_id", "ordinal"))
    asked = (reference for call in calls for reference in (call.model, call.next_model, call.answered_by))
    return WholeRun(calls, attempts, models_called({*planned, *asked}))
