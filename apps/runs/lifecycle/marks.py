"""Marks of runs (tags, star, archive, bin), set on many at once: a part in the request, the rest by the sweep."""

import logging
from collections.abc import Sequence
from typing import Any, assert_never

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import CharField, F, Func, Q, QuerySet, Value
from django.utils import timezone

from apps.fusion.vocabulary import MarkKind
from apps.runs.lifecycle.transitions import locked_run
from apps.runs.models import BulkChange, Run, SearchRow, Share

log = logging.getLogger(__name__)

PART = 500
"""Runs that are changed in one transaction."""
CHANGES = 5
"""Changes that are carried on in one round."""
TEXTS: Any = ArrayField(CharField())


def carry_on(change_id: int) -> BulkChange:
    """Carry out a part of a change, in one transaction with the note of it, so that no run is forgotten or done twice.

    Raises ``BulkChange.DoesNotExist``.
    """
    with transaction.atomic():
        change = BulkChange.objects.select_for_update().get(pk=change_id)
        part, change.waiting = change.waiting[:PART], change.waiting[PART:]
        change.changed += set_marks(change.owner_id, part, change.kind, change.tag)
        if not change.waiting:
            change.ended_at = change.ended_at or timezone.now()
        change.save(update_fields=["waiting", "changed", "ended_at"])
    return change


def carry_on_changes() -> None:
    """Carry out the next part of every change that is not at its end, the oldest first."""
    for change_id in changes_under_way().order_by("pk").values_list("pk", flat=True)[:CHANGES]:
        carry_on(change_id)


def changes_under_way() -> QuerySet[BulkChange]:
    """Return the changes that are not at their end."""
    return BulkChange.objects.filter(ended_at=None)


def set_marks(owner_id: int, run_ids: Sequence[int], kind: MarkKind, tag: str = "") -> list[int]:
    """Set or clear a mark of those runs of an owner that are not so yet. Return the keys of these.

    The runs stay locked until the transaction ends: who writes a search row locks its run first, so both agree.
    """
    not_yet, changes, facet = _mark(kind, tag)
    runs = Run.objects.filter(not_yet, owner=owner_id, pk__in=run_ids)
    keys = sorted(runs.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    if kind is MarkKind.BIN:
        _close(keys)
    Run.objects.filter(pk__in=keys).update(**changes)
    if facet is not None:
        SearchRow.objects.filter(run__in=keys).update(facets=facet)
    return keys


def _mark(kind: MarkKind, tag: str) -> tuple[Q, dict[str, Any], Func | None]:
    """Return the condition on runs that are not so yet, the columns that make them so, and the facets then."""
    match kind:
        case MarkKind.TAG:
            return ~Q(tags__contains=[tag]), {"tags": _with("tags", tag)}, _with("facets", f"tag:{tag}")
        case MarkKind.UNTAG:
            return Q(tags__contains=[tag]), {"tags": _without("tags", tag)}, _without("facets", f"tag:{tag}")
        case MarkKind.STAR:
            return Q(is_starred=False), {"is_starred": True}, _with("facets", "is:starred")
        case MarkKind.UNSTAR:
            return Q(is_starred=True), {"is_starred": False}, _without("facets", "is:starred")
        case MarkKind.ARCHIVE:
            return Q(is_archived=False), {"is_archived": True}, _with("facets", "is:archived")
        case MarkKind.UNARCHIVE:
            return Q(is_archived=True), {"is_archived": False}, _without("facets", "is:archived")
        case MarkKind.BIN:
            return Q(binned_at=None), {"binned_at": timezone.now()}, None
        case MarkKind.RESTORE:
            return Q(binned_at__isnull=False), {"binned_at": None, "needs_indexing": True}, None
        case _:
            assert_never(kind)


def _with(column: str, text: str) -> Func:
    value = Value(text, output_field=CharField())
    return Func(_without(column, text), value, function="array_append", output_field=TEXTS)


def _without(column: str, text: str) -> Func:
    value = Value(text, output_field=CharField())
    return Func(F(column), value, function="array_remove", output_field=TEXTS)


def _close(run_ids: Sequence[int]) -> None:
    """Stop the runs that are about to go into the bin, and close the links to them and to threads that show them."""
    for run_id in Run.objects.live().filter(pk__in=run_ids).values_list("pk", flat=True):
        with locked_run(run_id) as change:
            change.run.cancel_requested = True
    shows = Q(run__in=run_ids) | (~Q(thread="") & Q(run__ancestors__overlap=list(run_ids)))
    Share.objects.filter(shows, revoked_at=None).update(revoked_at=timezone.now(), snapshot={}, shown=None)
    SearchRow.objects.filter(run__in=run_ids).delete()
