"""The sweep: once a second, what the database says is due is done. Rescue, timer and outbox in one; nothing else is."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.fusion.vocabulary import Builtin, Status
from apps.runs import files, presence
from apps.runs.event_log import writer as event_log
from apps.runs.lifecycle import claims, deletion, marks, rate_limits
from apps.runs.lifecycle.due import Work, do_what_is_due
from apps.runs.lifecycle.outages import is_outage
from apps.runs.lifecycle.transitions import RunChange, enqueue, locked_run
from apps.runs.models import Call, CallQuerySet, Run

log = logging.getLogger(__name__)

LOCK = 4_771_803
BATCH = 200


@dataclass(slots=True)
class Rounds:
    """The last moment at which the database answered this process, and that at which it did again after a gap.

    In seconds of the wall clock, which goes on while a machine sleeps. While the database is away, or the machine
    sleeps, no heartbeat is written. Afterwards workers have time to write one before their calls count as lost, or
    every call under way would be started, and paid for, again. Nothing is known of the time before a process began.
    ``has_failed`` is whether a round since the last moment found no database.
    """

    last: float = 0.0
    resumed: float | None = None
    has_failed: bool = False

    def note(self) -> None:
        """Take note that the database answers now."""
        now = time.time()
        gap = now - self.last
        is_long = gap > settings.LOST_AFTER_SECONDS - settings.HEARTBEAT_SECONDS
        # Rounds may all be slow. One that failed tells of an outage: of two in a row the first leaves no time either.
        if (is_long and self.resumed is None) or (self.has_failed and gap > settings.HEARTBEAT_SECONDS):
            self.resumed = now
        if self.resumed is not None and now - self.resumed >= 2 * settings.HEARTBEAT_SECONDS:
            self.resumed = None
        self.last, self.has_failed = now, False

    def may_rescue(self) -> bool:
        """Return whether heartbeats that are late now mean lost workers."""
        self.note()
        return self.resumed is None


rounds = Rounds()


def sweep(more: Sequence[Work] = ()) -> None:
    """Do one round, ``more`` at its end; a second sweep at the same time does nothing."""
    try:
        do_what_is_due([*WORKS, *more], LOCK)
    except (OperationalError, InterfaceError):
        rounds.has_failed = True  # a round that the database does not answer is none
        raise
    rounds.note()


def rescue_lost_calls() -> None:
    """Put calls whose worker no longer gives a sign back into the queue; fail them at the third loss."""
    horizon = _horizon()  # and not a later one, for the database may go away behind this
    if not rounds.may_rescue():
        return

    def rescue(change: RunChange) -> None:
        for call in change.run.calls.with_output().select_for_update(of=("self",)).filter(_is_lost(horizon)):
            claims.rescue(change, call)

    _for_each(Call.objects.filter(_is_lost(horizon)).values_list("run_id", flat=True).distinct()[:BATCH], rescue)


def _lost_calls() -> QuerySet[Call]:
    return Call.objects.filter(_is_lost(_horizon()))


def _is_lost(horizon: datetime) -> Q:
    return Q(status=Status.RUNNING, heartbeat_at__lt=horizon)


def _horizon() -> datetime:
    """Return the time before which the last heartbeat of a lost call was."""
    return timezone.now() - timedelta(seconds=settings.LOST_AFTER_SECONDS)


def wake_runs() -> None:
    """Carry on the runs whose grace period or hard limit is over."""
    # Nothing is to change: at the end of every change the strategy is asked, and now it has another answer.
    _for_each(_waking_runs().values_list("pk", flat=True)[:BATCH], lambda _: None)


def _waking_runs() -> QuerySet[Run]:
    return Run.objects.filter(wake_at__lte=timezone.now())


def _for_each(run_ids: Iterable[int], work: Callable[[RunChange], None]) -> None:
    """Change runs one by one; a run that breaks, or is gone, does not keep the sweep from the others."""
    for run_id in run_ids:
        try:
            with locked_run(run_id) as change:
                work(change)
        except Run.DoesNotExist:
            continue
        except Exception as error:  # the boundary of a run
            if is_outage(error):
                raise
            log.exception("Run %s could not be carried on", run_id)


def send_forgotten_calls() -> None:
    """Send queued calls whose message is lost: messages are hints, rows the truth."""
    builtin, forgotten = list(Builtin), _forgotten_calls()
    for queue, calls in (
        ("control", forgotten.filter(model__in=builtin)),
        ("calls", forgotten.exclude(model__in=builtin)),
    ):
        waiting = list(calls.with_priority().order_by("pk")[:BATCH])
        # While the queue holds anything, it may hold these calls: sent again, they would only make it longer.
        if waiting and presence.queue_length(queue) == 0:
            _send(waiting)


def _forgotten_calls() -> CallQuerySet:
    horizon = timezone.now() - timedelta(seconds=settings.REQUEUE_AFTER_SECONDS)
    return _calls_to_send().filter(enqueued_at__lt=horizon)


def send_calls_put_back() -> None:
    """Send calls that a worker gave back, or that were put off until now: no queue, however long, holds them."""
    _send(list(_calls_put_back().with_priority().order_by("pk")[:BATCH]))


def _calls_put_back() -> CallQuerySet:
    return _calls_to_send().filter(enqueued_at=None)


def _calls_to_send() -> CallQuerySet:
    """Return queued calls that may be claimed, but those in line: they are sent when there is room for them."""
    may_be_claimed = Q(not_before__isnull=True) | Q(not_before__lte=timezone.now())
    return Call.objects.filter(may_be_claimed, status=Status.QUEUED).exclude(wait_reason__in=rate_limits.IN_LINE)


def _send(calls: list[Call]) -> None:
    Call.objects.filter(pk__in=[call.pk for call in calls]).update(enqueued_at=timezone.now())
    enqueue(calls)


def tell_of_lost_events() -> None:
    """Tell the readers of runs that changed while Valkey was away to draw anew."""
    for run in _runs_to_resync().only("public_id")[:BATCH]:
        with transaction.atomic():
            # First, and locked: what is lost of the run from here on is another gap.
            Run.objects.filter(pk=run.pk).update(needs_resync=False)
            if not event_log.announce_gap(run.public_id):
                transaction.set_rollback(True)
                return


def _runs_to_resync() -> QuerySet[Run]:
    return Run.objects.filter(needs_resync=True)


WORKS = (
    Work(_lost_calls, rescue_lost_calls),
    Work(_waking_runs, wake_runs),
    Work(_calls_put_back, send_calls_put_back),
    Work(rate_limits.waiting_calls, rate_limits.send_all_waiting),
    Work(_forgotten_calls, send_forgotten_calls),
    Work(_runs_to_resync, tell_of_lost_events),
    Work(deletion.unkept_runs, deletion.delete_unkept_runs),
    Work(deletion.runs_to_delete, deletion.empty_bins),
    Work(files.old_files, files.delete_old_files),
    Work(marks.changes_under_way, marks.carry_on_changes),
)
"""In their order: what is rescued is sent in the same round."""
