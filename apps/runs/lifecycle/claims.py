"""A worker's hold on a call: take it, keep it alive, end it, give it back.

A claim is a number on the row. Every write of a worker names its claim and changes nothing once the number is another,
so a call that was taken away from a worker cannot be touched by it any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any, NamedTuple

from django.utils import timezone

from apps.fusion.judging.findings import Analysis
from apps.fusion.values import Attempt, Failure
from apps.fusion.vocabulary import Builtin, FailureCode, FindingKind, Status, WaitReason
from apps.runs.event_log import writer as event_log
from apps.runs.lifecycle.outcomes import Result
from apps.runs.lifecycle.rows_to_events import ended_event, started_event
from apps.runs.lifecycle.transitions import RunChange, cancel_now, cut_sentence, locked_run
from apps.runs.models import CALLS, LONG_AGO, UNFINISHED, Assessment, Call, Evidence, Finding, Run
from apps.runs.spending.metering import (
    carry_over_cost,
    cost_of_failed_attempts,
    failed_attempt,
    possible_cost,
    price_for,
    price_lost_call,
)

MAX_DELIVERIES = 2
LOST_SENTENCE = "The worker that held this call was lost twice. Retry the column."

MAY_BE_CLAIMED = """WHERE id = %s AND claim = %s AND status = %s AND NOT cancel_requested
AND (not_before IS NULL OR not_before <= %s)"""
MINE = "WHERE id = %s AND claim = %s AND status = ANY(%s)"
"""The row while this claim is the newest: also back in the queue, where it was put while the database was away."""

Attempts = Sequence[Attempt]


class Heartbeat(Enum):
    """What a heartbeat finds: the call is still mine, somebody wants it stopped, or it was taken away."""

    CONTINUE = auto()
    STOP = auto()
    LOST = auto()


class Ended(NamedTuple):
    """Whether the end of a call was written, and the id of the call with which its worker goes on."""

    is_mine: bool
    next_call: int | None


def claim(call: Call) -> bool:
    """Take a queued call, which is then as its row is: one UPDATE; False if it is not there to be taken (any more).

    Nobody is told yet: that is the stream's (``Streaming.news``), or :func:`tell_started`.
    """
    now = timezone.now()
    taken: dict[str, Any] = {
        "status": Status.RUNNING,
        "claim": call.claim + 1,
        "deliveries": call.deliveries + 1,
        "heartbeat_at": now,
        "started_at": now,
        "not_before": None,
        "wait_reason": "",
        "text": "",
        "reasoning": "",
    }
    if not CALLS.update(taken, MAY_BE_CLAIMED, [call.pk, call.claim, Status.QUEUED, now]):
        return False
    _adopt(call, taken)
    return True


def tell_started(call: Call) -> None:
    """Tell the readers of a claimed call that it is under way, where no stream does it."""
    if not event_log.append([started_event(call)]):
        Run.objects.filter(pk=call.run_id).update(events_lost=True)


def note_dropped(call: Call, dropped: Sequence[str]) -> None:
    """Store which of a call's parameters are not sent, to be said while it is under way."""
    if dropped:
        CALLS.update({"dropped": list(dropped)}, MINE, _me(call))


def heartbeat(call: Call, text: str, reasoning: str, attempts: Attempts = ()) -> Heartbeat:
    """Say that the call is alive, and store its text and its requests so far."""
    so_far = {
        "status": Status.RUNNING,
        "heartbeat_at": timezone.now(),
        "text": text,
        "reasoning": reasoning,
        "attempts": _dumped(attempts),
        "beyond": cost_of_failed_attempts(attempts),
    }
    if CALLS.update(so_far, f"{MINE} AND NOT cancel_requested", _me(call)):
        return Heartbeat.CONTINUE
    return Heartbeat.STOP if CALLS.update(so_far, MINE, _me(call)) else Heartbeat.LOST


def end(call: Call, result: Result, *, run_next_here: bool = False) -> Ended:
    """Write how a call ended, unless it was taken away meanwhile, and carry its run on.

    With ``run_next_here``, who asks carries out the next call, of which no message is sent.
    """
    with locked_run(call.run_id, with_calls=True, run_next_here=run_next_here) as change:
        row = next((one for one in change.calls if one.pk == call.pk), None)
        ended = _ending(row, result) if row else {}
        is_mine = bool(row and CALLS.update(ended, MINE, _me(call)))
        if row and is_mine:
            _adopt(row, ended)
            if result.analysis:
                _write_findings(row, result.analysis)
            change.run.cap_reached |= row.failure_code == FailureCode.CAPPED
            change.events.append(ended_event(row, with_text=result.outcome.text_changed))
    return Ended(is_mine, change.next_call.pk if change.next_call else None)


def keep_html(call: Call, html: str) -> None:
    """Store the text of a call as it is shown; only for who has ended it."""
    CALLS.update({"html": html}, "WHERE id = %s AND claim = %s", [call.pk, call.claim])


def requeue_on_shutdown(call: Call, attempts: Attempts = ()) -> None:
    """Put a call back into the queue because its worker stops. The sweep sends it: this worker would take it again."""
    _requeue(call, attempts, None, "")


def leave_to_others(call_id: int) -> None:
    """Leave a queued call to another worker: its message is taken and gone, so the sweep sends it anew."""
    Call.objects.filter(pk=call_id, status=Status.QUEUED).update(queued_at=LONG_AGO)


def requeue_after(call: Call, attempts: Attempts, wait_s: float) -> None:
    """Put a call back into the queue because its vendor wants to be left alone for so many seconds."""
    _requeue(call, attempts, timezone.now() + timedelta(seconds=wait_s), WaitReason.RETRY_AFTER)


def requeue_for_fallback(call: Call, attempts: Attempts, turn_of: str) -> None:
    """Put a call back into the queue, to be let in where its fallback is asked from now on."""
    _requeue(call, attempts, None, "", turn_of)


def _requeue(call: Call, attempts: Attempts, not_before: datetime | None, reason: str, turn_of: str = "") -> None:
    with locked_run(call.run_id) as change:
        row = Call.objects.filter(pk=call.pk, claim=call.claim, status__in=UNFINISHED).select_for_update().first()
        if row is None:
            return
        row.run, row.attempts, row.beyond = change.run, _dumped(attempts), cost_of_failed_attempts(attempts)
        if row.cancel_requested:
            cancel_now(change, row)
            return
        carry_over_cost(row)
        row.status, row.deliveries, row.queued_at = Status.QUEUED, row.deliveries - 1, LONG_AGO
        row.not_before, row.wait_reason = not_before, reason
        row.accrued, row.reserved = row.carried or None, Decimal(0)
        row.turn_of = turn_of or row.turn_of
        row.save()
        change.run.events_lost = True  # no event says that a call waits again: its readers draw anew


def _dumped(attempts: Attempts) -> list[dict[str, Any]]:
    return [attempt.model_dump(mode="json", exclude_none=True) for attempt in attempts]


def rescue(change: RunChange, call: Call) -> None:
    """A call whose worker is lost: once more into the queue, then failed; one that was to stop is stopped."""
    call.run = change.run
    call.attempts += _dumped(_lost_attempt(call))
    call.beyond = cost_of_failed_attempts(call.requests)
    if call.cancel_requested:
        cancel_now(change, call)
    elif call.deliveries < MAX_DELIVERIES:
        carry_over_cost(call)
        call.status, call.queued_at, call.reserved = Status.QUEUED, timezone.now(), Decimal(0)
        call.save(update_fields=["status", "queued_at", "reserved", "carried", "attempts", "beyond"])
        change.to_enqueue.append(call)
    else:
        _fail(change, call, Failure(code=FailureCode.WORKER_LOST, sentence=LOST_SENTENCE))


def _lost_attempt(call: Call) -> Attempts:
    """The request that was under way when its worker was lost, as far as that can be known."""
    if call.model in list(Builtin) or call.started_at is None:
        return ()
    failure = Failure(code=FailureCode.WORKER_LOST, sentence="The worker was lost; the call went on elsewhere.")
    attempt = Attempt(model=call.asked, at=call.started_at.timestamp(), failure=failure)
    if call.text or call.reasoning:
        return (attempt,)
    return (failed_attempt(attempt, price_for(call, call.asked), call.run.conversation, may_be_billed=True),)


def _fail(change: RunChange, call: Call, failure: Failure) -> None:
    price_lost_call(call)
    call.status, call.ended_at = Status.FAILED, timezone.now()
    call.failure_code, call.failure_sentence = failure.code, failure.sentence
    call.save()
    change.events.append(ended_event(call, with_text=True))


def _me(call: Call) -> list[Any]:
    """The parameters of :data:`MINE`."""
    return [call.pk, call.claim, UNFINISHED]


def _ending(row: Call, result: Result) -> dict[str, Any]:
    """The columns that are written when a call ends."""
    outcome, reply = result.outcome, result.outcome.reply
    failure = outcome.failure
    if outcome.status is Status.CANCELLED:
        code = FailureCode(row.cancel_code or FailureCode.CANCELLED)
        failure = Failure(code=code, sentence=row.failure_sentence or cut_sentence(code))
    return {
        "status": outcome.status,
        "ended_at": timezone.now(),
        "failure_code": failure.code if failure else "",
        "failure_sentence": failure.sentence if failure else "",
        "text": reply.text,
        "reasoning": reply.reasoning,
        "html": result.html,
        "finish_reason": reply.finish_reason,
        "upstream_id": reply.upstream_id,
        "usage": result.usage.model_dump(mode="json", exclude_none=True),
        "cost": result.cost,
        "cost_source": result.cost_source,
        "coverage": result.coverage,
        "attempts": _dumped(outcome.attempts),
        "beyond": possible_cost(outcome.attempts),
        "answered_by": outcome.answered_by,
        "dropped": list(outcome.dropped),
        "ttft_s": outcome.ttft_s,
        "duration_s": outcome.duration_s,
        "analysis": result.analysis.model_dump(mode="json") if result.analysis else None,
    }


def _adopt(row: Call, written: dict[str, Any]) -> None:
    """Let a row in memory be as it was written."""
    for name, value in written.items():
        setattr(row, name, value)


def _write_findings(call: Call, analysis: Analysis) -> None:
    findings = Finding.objects.bulk_create(
        Finding(call=call, kind=FindingKind(found.kind), ordinal=ordinal, text=found.text)
        for ordinal, found in enumerate(analysis.findings)
    )
    Evidence.objects.bulk_create(
        Evidence(
            finding=finding,
            slot=item.slot,
            stance=item.stance,
            quote=item.quote,
            span_start=item.span[0] if item.span else None,
            span_end=item.span[1] if item.span else None,
            is_verified=item.verified,
        )
        for finding, found in zip(findings, analysis.findings, strict=True)
        for item in found.evidence
    )
    Assessment.objects.bulk_create(
        Assessment(call=call, slot=one.slot, criterion=one.criterion[:200], score=one.score, reason=one.reason)
        for one in analysis.assessments
    )
