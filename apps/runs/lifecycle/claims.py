"""A worker's hold on a call: take it, keep it alive, end it, give it back.

A claim is a number on the row. Every write of a worker names its claim and changes nothing once the number is another,
so a call that was taken away from a worker cannot be touched by it any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from apps.fusion.values import Attempt as AttemptValue
from apps.fusion.values import Failure
from apps.fusion.vocabulary import FailureCode, Status, WaitReason
from apps.runs import hot_rows
from apps.runs.event_log import writer as event_log
from apps.runs.lifecycle.outcomes import Result
from apps.runs.lifecycle.result_rows import columns_of, output_of, searched_events, write_citations, write_findings
from apps.runs.lifecycle.rows_to_events import started_event
from apps.runs.lifecycle.transitions import RunChange, cancel_now, locked_run
from apps.runs.models import (
    UNFINISHED,
    Attempt,
    Call,
    CallOutput,
    CallQuerySet,
    Run,
)
from apps.runs.spending.metering import (
    cost_of_failed_attempts,
    lost_attempt,
    price_lost_call,
    with_lost_cost,
)

MAX_DELIVERIES = 3
LOST_SENTENCE = "The worker that held this call was lost three times. Retry the column."

Attempts = Sequence[AttemptValue]


class Heartbeat(Enum):
    """The answer to a heartbeat: the call is still mine, somebody wants it stopped, or it was taken away."""

    CONTINUE = auto()
    STOP = auto()
    LOST = auto()


class Ended(NamedTuple):
    """Whether the end of a call was written, and the id of the call with which its worker goes on."""

    is_mine: bool
    next_call: int | None


def claim(call: Call) -> bool:
    """Claim a queued call with one conditional UPDATE. Return False if it is not there to be claimed (any more).

    The call is then as its row is. No reader is told yet: the stream does it with its first events (``call_stream``),
    or :func:`tell_started`.
    """
    now = timezone.now()
    taken: dict[str, Any] = {
        "status": Status.RUNNING,
        "claim": call.claim + 1,
        "deliveries": call.deliveries + 1,
        "heartbeat_at": now,
        "started_at": now,
        "not_before": None,
        "wait_reason": None,
        "cost_so_far": None,
    }
    is_mine = hot_rows.claim(call, taken, now) if settings.HOT_ROWS else _claim(call, taken, now)
    if is_mine:
        _adopt(call, taken)
    return is_mine


def _claim(call: Call, taken: dict[str, Any], now: datetime) -> bool:
    due = Q(not_before=None) | Q(not_before__lte=now)
    queued = Call.objects.filter(due, pk=call.pk, claim=call.claim, status=Status.QUEUED, cancel_requested=False)
    with transaction.atomic():
        is_mine = bool(queued.update(**taken))
        if is_mine:
            CallOutput.objects.filter(pk=call.pk).update(text="", reasoning="")
    return is_mine


def tell_started(call: Call) -> None:
    """Tell the readers of a claimed call that it is under way, where no stream does it."""
    if not event_log.append([started_event(call)]):
        Run.objects.filter(pk=call.run_id).update(needs_resync=True)


def note_dropped(call: Call, dropped: Sequence[str]) -> None:
    """Store which of a call's parameters are not sent, to be said while it is under way."""
    if dropped:
        _mine(call).update(dropped=tuple(dropped))


def heartbeat(call: Call, text: str, reasoning: str, attempts: Attempts = ()) -> Heartbeat:
    """Say that the call is alive, and store its text and its attempts so far."""
    so_far = {
        # Again, if the sweep put the call back into the queue while the database was away from this worker.
        "status": Status.RUNNING,
        "heartbeat_at": timezone.now(),
        "possible_extra_cost": cost_of_failed_attempts(attempts),
    }
    must_stop = _write(call, so_far, {"text": text, "reasoning": reasoning}, attempts)
    if must_stop is None:
        return Heartbeat.LOST
    return Heartbeat.STOP if must_stop else Heartbeat.CONTINUE


def keep_alive(call: Call) -> None:
    """Say that the call is alive, and nothing else."""
    _mine(call).update(status=Status.RUNNING, heartbeat_at=timezone.now())


def end(call: Call, result: Result, *, run_next_here: bool = False) -> Ended:
    """Write how a call ended, unless it was taken away meanwhile, and carry its run on.

    With ``run_next_here``, who asks carries out the next call, of which no message is sent.
    """
    with locked_run(call.run_id, run_next_here=run_next_here) as change:
        row = next((one for one in change.calls if one.pk == call.pk), None)
        is_mine = row is not None and _write_end(call, row, result)
        if row and is_mine:
            change.events += searched_events(row, result.searched)
            change.note_end(row, result.outcome.attempts, with_text=result.outcome.text_changed)
    return Ended(is_mine, change.next_call.pk if change.next_call else None)


def keep_html(call: Call, html: str) -> None:
    """Store the text of a call as it is shown; only for who has ended it."""
    if settings.HOT_ROWS:
        hot_rows.write_html(call, html)
    else:
        CallOutput.objects.filter(pk=call.pk, call__claim=call.claim).update(html=html)


def requeue_on_shutdown(call: Call, attempts: Attempts = ()) -> None:
    """Put a call back into the queue because its worker stops. The sweep sends it: this worker would take it again."""
    _requeue(call, attempts, None, None)


def leave_to_others(call_id: int) -> None:
    """Leave a queued call to another worker: its message is taken and gone, so the sweep sends it anew."""
    Call.objects.filter(pk=call_id, status=Status.QUEUED).update(enqueued_at=None)


def requeue_after(call: Call, attempts: Attempts, wait_s: float) -> None:
    """Put a call back into the queue because its vendor wants to be left alone for so many seconds."""
    _requeue(call, attempts, timezone.now() + timedelta(seconds=wait_s), WaitReason.RETRY_AFTER)


def requeue_for_fallback(call: Call, attempts: Attempts, fallback: str) -> None:
    """Put a call back into the queue, to be admitted at the provider of its fallback, which is asked from now on."""
    _requeue(call, attempts, None, None, fallback)


def _requeue(
    call: Call, attempts: Attempts, not_before: datetime | None, reason: WaitReason | None, routed_to: str = ""
) -> None:
    with locked_run(call.run_id) as change:
        # Whoever locks both locks the run first, so that no two transactions wait for each other.
        row = _mine(call).for_update().first()
        if row is None:
            return
        row.run = change.run
        attempts = with_lost_cost(row, attempts)
        store_attempts(row, attempts)
        row.possible_extra_cost = cost_of_failed_attempts(attempts)
        if row.cancel_requested:
            cancel_now(change, row)
            return
        # A delivery that ended in good order does not count towards MAX_DELIVERIES.
        row.status, row.deliveries, row.enqueued_at = Status.QUEUED, row.deliveries - 1, None
        row.not_before, row.wait_reason = not_before, reason
        row.cost_so_far, row.reserved_cost = None, Decimal(0)
        row.routed_to = routed_to or row.routed_to
        row.save()
        change.run.needs_resync = True  # no event says that a call waits again: its readers load it anew


def rescue(change: RunChange, call: Call) -> None:
    """Put a call whose worker is lost into the queue twice more, then fail it; stop one that was to stop."""
    call.run = change.run
    lost = lost_attempt(call)
    attempts = (*call.attempt_values, lost) if lost else call.attempt_values
    store_attempts(call, attempts)
    call.possible_extra_cost = cost_of_failed_attempts(attempts)
    if call.cancel_requested:
        cancel_now(change, call)
    elif call.deliveries < MAX_DELIVERIES:
        call.status, call.enqueued_at = Status.QUEUED, timezone.now()
        call.cost_so_far, call.reserved_cost = None, Decimal(0)
        call.save(update_fields=["status", "enqueued_at", "cost_so_far", "reserved_cost", "possible_extra_cost"])
        change.to_enqueue.append(call)
    else:
        _fail(change, call, Failure(code=FailureCode.WORKER_LOST, sentence=LOST_SENTENCE))
    change.forget_calls()


def _fail(change: RunChange, call: Call, failure: Failure) -> None:
    attempts = call.attempt_values
    price_lost_call(call, attempts)
    call.status, call.ended_at, call.failure = Status.FAILED, timezone.now(), failure
    call.save()
    change.note_end(call, attempts, with_text=True)


def store_attempts(call: Call, attempts: Attempts) -> None:
    """Write the attempts of a call over those that are stored: one may have been taken for lost meanwhile."""
    columns = [field.name for field in Attempt._meta.concrete_fields if field.name not in ("id", "call", "ordinal")]
    rows = _rows_of(call, attempts)
    Attempt.objects.bulk_create(rows, update_conflicts=True, unique_fields=["call", "ordinal"], update_fields=columns)


def _write(call: Call, changes: dict[str, Any], output: dict[str, Any], attempts: Attempts) -> bool | None:
    """Write columns of a call that this worker holds, of its output, and its attempts.

    Return whether somebody wants it stopped; ``None``, and nothing is written, if it was taken away.
    """
    if settings.HOT_ROWS:
        return hot_rows.write(call, changes, output, _rows_of(call, attempts))
    with transaction.atomic():
        row = _mine(call).for_update().first()
        if row is None:
            return None
        _mine(call).update(**changes)
        CallOutput.objects.filter(pk=call.pk).update(**output)
        store_attempts(call, attempts)
    return row.cancel_requested


def _rows_of(call: Call, attempts: Attempts) -> list[Attempt]:
    return [Attempt.of(call, ordinal, attempt) for ordinal, attempt in enumerate(attempts)]


def _mine(call: Call) -> CallQuerySet:
    """Return the row while this claim is the newest: also in the queue, where an absent database may have put it."""
    return Call.objects.filter(pk=call.pk, claim=call.claim, status__in=UNFINISHED)


def _write_end(call: Call, row: Call, result: Result) -> bool:
    """Write what a call brought, its attempts and its findings. Return False if it was taken away meanwhile."""
    columns, output = columns_of(row, result), output_of(result)
    is_mine = _write(call, columns, output, result.outcome.attempts) is not None
    if is_mine:
        _adopt(row, columns)
        _adopt(row.output, output)
        if result.analysis:
            write_findings(row, result.analysis)
        if result.citations:
            write_citations(row, result.citations)
    return is_mine


def _adopt(row: Model, written: dict[str, Any]) -> None:
    """Let a row in memory be as it was written."""
    for name, value in written.items():
        setattr(row, name, value)
