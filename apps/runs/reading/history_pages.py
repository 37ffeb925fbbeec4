"""A page of a list of runs: its cursor, and what its rows say beside the columns of their runs."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from apps.catalogue.queries import labels_called
from apps.fusion.vocabulary import AnalysisStatus, Role, Status
from apps.runs.models import Call, Run, RunQuerySet

LARGEST_ID = 2**63 - 1


@dataclass(slots=True)
class HistoryPage:
    """Some runs in their order, and the cursor of the next page ('' at the end)."""

    runs: list[Run]
    next_cursor: str


class BadCursor(ValueError):
    """A cursor that no page gave."""


def in_lists(runs: RunQuerySet) -> RunQuerySet:
    """Leave out what no list shows and what may be large: conversations, answers, tools."""
    return runs.defer("messages", "own_answers", "prompt", "tools", "ballot")


def cursor_of(run: Run) -> str:
    """Return the place of a run in the lists, as it stands in addresses."""
    return encode_cursor(f"{run.created_at.isoformat()} {run.pk}")


def encode_cursor(place: str) -> str:
    """Return a place in a list as it stands in addresses."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """Return the place of a cursor, '' for nonsense."""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, binascii.Error):
        return ""


def read_cursor(cursor: str) -> tuple[datetime, int] | None:
    """Return the place that a cursor names; ``None`` for none and for nonsense, which shows the first page."""
    try:
        moment, pk = decode_cursor(cursor).split(" ")
        return datetime.fromisoformat(moment).astimezone(UTC), min(int(pk), LARGEST_ID)
    except (ValueError, OverflowError):
        return None


def after(cursor: str) -> Q:
    """Return the condition on runs to be older than a cursor; none for none."""
    moment = read_cursor(cursor)
    if moment is None:
        return Q()
    created_at, pk = moment
    # The first condition says nothing new; by it PostgreSQL begins in the index where the page does.
    return Q(created_at__lte=created_at) & (Q(created_at__lt=created_at) | Q(pk__lt=pk))


def attach_facts(runs: Sequence[Run]) -> None:
    """Give each run what its row says of it beside its columns: labels, turns, flaws. The runs are one person's."""
    attach_labels(runs)
    attach_turns(runs)
    attach_flaws(runs)


def attach_turns(runs: Sequence[Run]) -> None:
    """Give each run ``turns``, how many its thread has, and ``thread_title``, that of the first of them."""
    names = {run.thread for run in runs if run.thread}
    keys = {key for run in runs for key in run.ancestors}
    turns = (
        Run.objects.filter(Q(pk__in=keys) | Q(thread__in=names), binned_at=None).order_by("pk")
        if names
        else Run.objects.none()
    )
    found = list(turns.values_list("pk", "thread", "title"))
    for run in runs:
        before = set(run.ancestors)
        titles = [title for key, thread, title in found if thread == run.thread or key in before]
        run.turns, run.thread_title = len(titles) if run.thread else 1, titles[0] if run.thread else run.title


def attach_labels(runs: Sequence[Run]) -> None:
    """Give each run ``panel_labels``: the names of its panel's models. The runs are one person's."""
    references = {slot.model for run in runs for slot in run.recipe.panel}
    labels = labels_called(references)
    imported = next((run for run in runs if run.imported_at), None)
    seen = labels_called(references, imported.owner) if imported else labels
    for run in runs:
        known = seen if run.imported_at else labels
        run.panel_labels = [known.get(slot.model, slot.model) for slot in run.recipe.panel]


def attach_flaws(runs: Sequence[Run]) -> None:
    """Give each run that is done ``lost_columns``, how those ended that gave no answer, and ``is_degraded``."""
    done = {run.pk: run for run in runs if run.status is Status.DONE}
    read = [run.analysis_call_id for run in done.values() if run.analysis_call_id]
    calls = (
        Call.objects.filter(run__in=done).filter(Q(role=Role.PANEL) | Q(pk__in=read)).order_by("stage", "slot", "take")
    )
    fields = "run", "role", "stage", "slot", "status", "failure_code", "output__analysis__status"
    newest = {tuple(row[:4]): row for row in calls.values_list(*fields)} if done else {}
    for pk, role, _, _, status, code, analysis in newest.values():
        run = done[pk]
        if role != Role.PANEL:
            run.is_degraded = analysis == AnalysisStatus.DEGRADED
        elif status != Status.DONE:
            run.lost_columns = [*run.lost_columns, (status, code)]
