"""The sweep: once a second, what the database says is due is done. Rescue, timer and outbox in one; nothing else is."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.fusion.vocabulary import Builtin, Status
from apps.runs import claims, event_log
from apps.runs.advance import changing, enqueue
from apps.runs.models import Call, Run

LOCK = 4_771_803
BATCH = 200


def sweep() -> None:
    """One round; a second sweep at the same time does nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return
    try:
        rescue_lost_calls()
        wake_runs()
        send_forgotten_calls()
        tell_of_lost_events()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def rescue_lost_calls() -> None:
    """Calls whose worker no longer gives a sign go back into the queue, or fail at the second time."""
    horizon = timezone.now() - timedelta(seconds=settings.LOST_AFTER_SECONDS)
    lost = Call.objects.filter(status=Status.RUNNING, heartbeat_at__lt=horizon).values_list("run_id", flat=True)
    for run_id in lost.distinct()[:BATCH]:
        with changing(run_id) as change:
            for call in change.run.calls.filter(status=Status.RUNNING, heartbeat_at__lt=horizon):
                claims.rescue(change, call)


def wake_runs() -> None:
    """Runs whose grace period or hard limit is over."""
    for run_id in Run.objects.filter(wake_at__lte=timezone.now()).values_list("pk", flat=True)[:BATCH]:
        with changing(run_id):
            pass


def send_forgotten_calls() -> None:
    """Queued calls whose message is lost: messages are hints, rows the truth."""
    horizon = timezone.now() - timedelta(seconds=settings.REQUEUE_AFTER_SECONDS)
    forgotten = Call.objects.filter(status=Status.QUEUED, queued_at__lt=horizon)
    builtin = list(Builtin)
    for queue, calls in (
        ("control", forgotten.filter(model__in=builtin)),
        ("calls", forgotten.exclude(model__in=builtin)),
    ):
        waiting = list(calls.order_by("pk")[:BATCH])
        if waiting and event_log.queue_length(queue) == 0:
            Call.objects.filter(pk__in=[call.pk for call in waiting]).update(queued_at=timezone.now())
            enqueue(waiting)


def tell_of_lost_events() -> None:
    """Runs that changed while Valkey was away: their readers draw anew."""
    for run in Run.objects.filter(events_lost=True)[:BATCH]:
        if not event_log.announce_gap(run.public_id):
            return
        Run.objects.filter(pk=run.pk).update(events_lost=False)
