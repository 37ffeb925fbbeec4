"""Deleting runs: with all that belongs to them, but for what they cost."""

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.runs.event_log import writer as event_log
from apps.runs.models import UNFINISHED, Run, Share
from apps.runs.spending import ledger

UNKEPT_S = 60
"""Seconds after its end for which a run that is not kept stays: its client reads the answer, or asks once more."""
BIN_DAYS = 30
"""Days that a deleted run stays in the bin."""
BATCH = 200


def erase_run(run_id: int) -> None:
    """Delete a run whose calls have ended, or were told to; its cost stays. Raises ``Run.DoesNotExist``."""
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).get(pk=run_id)
        ledger.remember(run)
        # A link to a thread shows every turn before its run too.
        Share.objects.exclude(thread="").filter(run__owner=run.owner_id, run__ancestors__contains=[run.pk]).delete()
        Run.objects.filter(forked_from=run.pk).update(needs_indexing=True)
        run.delete()
        transaction.on_commit(lambda: event_log.forget(run.public_id))


def delete_unkept_runs() -> None:
    """Delete the runs that were not to be kept, once they have been over for long enough and nothing is live."""
    _erase(unkept_runs())


def unkept_runs() -> QuerySet[Run]:
    """Return those that :func:`delete_unkept_runs` deletes."""
    due = Run.objects.filter(is_kept=False, ended_at__lt=timezone.now() - timedelta(seconds=UNKEPT_S))
    return due.exclude(calls__status__in=UNFINISHED)


def empty_bins() -> None:
    """Delete the runs that have been in the bin for long enough."""
    _erase(runs_to_delete())


def runs_to_delete() -> QuerySet[Run]:
    """Return those that :func:`empty_bins` deletes."""
    due = Run.objects.filter(binned_at__lt=timezone.now() - timedelta(days=BIN_DAYS))
    return due.exclude(calls__status__in=UNFINISHED)


def _erase(due: QuerySet[Run]) -> None:
    for run_id in due.values_list("pk", flat=True)[:BATCH]:
        with suppress(Run.DoesNotExist):
            erase_run(run_id)
