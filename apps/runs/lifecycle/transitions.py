"""Carrying a run on: inside the one locked transaction of a status change, ask the strategy and write what it says."""

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, assert_never

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.fusion.events import AnyEvent
from apps.fusion.state import is_live
from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import CallSpec
from apps.fusion.vocabulary import Builtin, FailureCode, FindingKind, Priority, Role, Status
from apps.runs.event_log import writer as event_log
from apps.runs.lifecycle.rows_to_events import ended_event, run_ended, run_started, state_of
from apps.runs.models import CALLS, LONG_AGO, RUNS, UNFINISHED, Call, Run
from apps.runs.spending.metering import is_partly_unknown, price_lost_call
from apps.tables import together

log = logging.getLogger(__name__)

ONE_RETRY = {"max_retries": 1, "interval_start": 0}
"""A connection that Valkey closed meanwhile is worth a second try; more is the sweep's."""
OF_RUN = "WHERE run_id = %s ORDER BY id"
FIRST_ROLES = (Role.SYNTHESIS, Role.JUDGE, Role.PANEL)
CUT_SENTENCES = {
    FailureCode.TOO_SLOW: "The run went on without waiting longer; the text so far is kept.",
    FailureCode.CANCELLED: "Stopped on request; the text so far is kept.",
    FailureCode.CAPPED: "A cap on spending was reached; the text so far is kept.",
}


@dataclass(slots=True)
class RunChange:
    """What one transaction does to a locked run: its row, its calls, events to tell, calls to send or stop."""

    run: Run
    stored: dict[str, Any]
    """The columns of the run as they are in the database."""
    loaded: list[Call] | None = None
    events: list[AnyEvent] = field(default_factory=list)
    to_enqueue: list[Call] = field(default_factory=list)
    to_nudge: list[int] = field(default_factory=list)
    run_next_here: bool = False
    """Whether who makes the change carries out the call that it makes possible."""
    next_call: Call | None = None
    """That call, which is not sent: a judge or writer for whom somebody waits; only other writers would go first."""

    @property
    def calls(self) -> list[Call]:
        """All calls of the run, oldest first; loaded once, until :meth:`forget_calls` says that rows have changed."""
        if self.loaded is None:
            self.loaded = _of(self.run, CALLS.select(OF_RUN, [self.run.pk]))
        return self.loaded

    def forget_calls(self) -> None:
        """Rows of calls were written past :attr:`calls`."""
        self.loaded = None


@contextmanager
def locked_run(
    run_id: int, *, create_log: bool = False, with_calls: bool = False, run_next_here: bool = False
) -> Iterator[RunChange]:
    """Lock a run for one short transaction; at its end the strategy is asked and the events are appended.

    The append is the last statement before COMMIT, so the order in the log is the order of commits. ``with_calls``
    loads them at once, for who writes none past :attr:`RunChange.calls`. Raises ``Run.DoesNotExist``.
    """
    with transaction.atomic():
        run, calls = _locked(run_id, with_calls)
        change = RunChange(run, _columns(run), calls, run_next_here=run_next_here)
        yield change
        _conclude(change, create_log)


def create(run: Run, specs: Iterable[CallSpec]) -> None:
    """Write a new run and its first calls, with one statement, and send them, unless its strategy wants to go on.

    Its log begins after COMMIT: until then nobody knows the run.
    """
    calls = [_queued(run, spec) for spec in specs]
    step = strategy_of(run.resolved).next_step(state_of(run, calls))
    run.wake_at = _wake_at(step) if isinstance(step, Wait) else timezone.now()
    RUNS.insert_with(run, CALLS, calls, "run")
    transaction.on_commit(lambda: _begin(run, calls if isinstance(step, Wait) else []))


def _begin(run: Run, calls: list[Call]) -> None:
    if not event_log.append([run_started(run)], create=True):
        RUNS.update({"events_lost": True}, "WHERE id = %s", [run.pk])
    enqueue(calls)
    if not calls:
        with locked_run(run.pk):
            pass


def _conclude(change: RunChange, create_log: bool) -> None:
    _advance(change)
    transaction.on_commit(lambda: _after_commit(change))
    changed = {name: value for name, value in _columns(change.run).items() if value != change.stored[name]}
    if changed:
        RUNS.update(changed, "WHERE id = %s", [change.run.pk])
    if not event_log.append(change.events, create=create_log):
        RUNS.update({"events_lost": True}, "WHERE id = %s", [change.run.pk])


def _locked(run_id: int, with_calls: bool) -> tuple[Run, list[Call] | None]:
    """A run that nobody else changes until the transaction ends, and its calls if wanted."""
    locked = "WHERE id = %s FOR UPDATE"
    calls: list[Call] | None = None
    if with_calls:
        runs, calls = together((RUNS, locked, [run_id]), (CALLS, OF_RUN, [run_id]))
    else:
        runs = RUNS.select(locked, [run_id])
    if not runs:
        raise Run.DoesNotExist
    return runs[0], _of(runs[0], calls) if calls is not None else None


def _of(run: Run, calls: list[Call]) -> list[Call]:
    for call in calls:
        call.run = run
    return calls


def _columns(run: Run) -> dict[str, Any]:
    return {column.attname: getattr(run, column.attname) for column in Run._meta.concrete_fields}


def enqueue(calls: Iterable[Call]) -> None:
    """Send calls to the workers. A broker that is away does not matter: the sweep sends them again."""
    for call in calls:
        queue = "control" if call.model in list(Builtin) else "calls"
        try:
            current_app.send_task(
                "runs.perform_call", args=[call.pk], queue=queue, priority=rank_of(call), retry_policy=ONE_RETRY
            )
        except (OperationalError, OSError) as error:
            log.warning("Call %s waits for the sweep: %s", call.pk, error)
            return


def rank_of(call: Call) -> int:
    """Which calls a worker takes first, 0 to 5: somebody's before bulk, and the end of a run before its beginning."""
    return FIRST_ROLES.index(Role(call.role)) + len(FIRST_ROLES) * (call.run.priority == Priority.BULK)


def add_calls(change: RunChange, specs: Iterable[CallSpec]) -> list[Call]:
    """Write queued calls, to be sent when the transaction commits."""
    calls = [_queued(change.run, spec) for spec in specs]
    if change.run_next_here and change.run.priority == Priority.INTERACTIVE:
        change.next_call = next((call for call in calls if call.model not in list(Builtin)), None)
    if change.next_call:
        change.next_call.queued_at = LONG_AGO  # if the worker is lost before it goes on, the sweep sends it at once
    CALLS.insert(calls)
    if change.loaded is not None:
        change.loaded += calls
    change.to_enqueue += calls
    return calls


def _queued(run: Run, spec: CallSpec) -> Call:
    return Call(
        run=run,
        role=spec.role,
        slot=spec.slot,
        take=spec.take,
        model=spec.model,
        parameters=spec.parameters.model_dump(mode="json"),
        fallback=spec.fallback,
        inputs=list(spec.inputs),
    )


def request_cancel(change: RunChange, call_ids: Collection[int], code: FailureCode) -> None:
    """Ask running calls to stop and end queued ones at once; a call cannot be claimed meanwhile."""
    for call in change.run.calls.select_for_update().filter(pk__in=call_ids, status__in=UNFINISHED):
        call.cancel_requested, call.cancel_code = True, code
        if call.status == Status.QUEUED:
            cancel_now(change, call)
        else:
            call.save(update_fields=["cancel_requested", "cancel_code"])
            change.to_nudge.append(call.pk)
    change.forget_calls()


def cancel_now(change: RunChange, call: Call, sentence: str = "") -> None:
    """End a call that no worker holds; ``sentence`` says why, if that is neither stored (a cap) nor the usual one."""
    price_lost_call(call)
    call.status, call.ended_at = Status.CANCELLED, timezone.now()
    call.failure_code = call.cancel_code or FailureCode.CANCELLED
    call.failure_sentence = sentence or call.failure_sentence or cut_sentence(call.failure_code)
    call.save()
    change.forget_calls()
    change.run.cap_reached |= call.failure_code == FailureCode.CAPPED
    change.events.append(ended_event(call, with_text=True))


def cut_sentence(code: str) -> str:
    """Why a call was cut off, for a person; '' counts as stopped on request."""
    return CUT_SENTENCES[FailureCode(code or FailureCode.CANCELLED)]


def _advance(change: RunChange) -> None:
    """Do what the strategy asks for until it waits or ends; each round starts calls or ends some, so it stops."""
    run = change.run
    while True:
        step = strategy_of(run.resolved).next_step(state_of(run, change.calls))
        match step:
            case Wait():
                run.wake_at = _wake_at(step)
                break
            case Start():
                add_calls(change, step.calls)
                if step.cut:
                    code = FailureCode.CANCELLED if run.cancel_requested else FailureCode.TOO_SLOW
                    request_cancel(change, step.cut, code)
            case End():
                _end(change, step)
                break
            case _:
                assert_never(step)
    _total(change)


def _wake_at(step: Wait) -> datetime | None:
    return datetime.fromtimestamp(step.until, UTC) if step.until else None


def _end(change: RunChange, step: End) -> None:
    run = change.run
    run.wake_at = None
    run.status, run.answer_call_id, run.answer_kind = step.status, step.answer, step.kind or ""
    run.failure_code = step.failure.code if step.failure else ""
    run.failure_sentence = step.failure.sentence if step.failure else ""
    run.ended_at = run.ended_at or timezone.now()  # fusing again does not make the run longer
    _copy_agreement(change)
    change.events.append(run_ended(run))


def _copy_agreement(change: RunChange) -> None:
    """The figures of the analysis that belongs to the answer, for the history."""
    run = change.run
    inputs: list[int] = next((call.inputs for call in change.calls if call.pk == run.answer_call_id), [])
    judges = [call for call in change.calls if call.pk in inputs and call.role == Role.JUDGE]
    analysis = judges[-1].findings_of_judge if judges else None
    run.agreement = analysis.agreement.score if analysis else None
    run.agreement_items = analysis.agreement.items if analysis else 0
    run.contradictions = sum(found.kind == FindingKind.CONTRADICTION for found in analysis.findings) if analysis else 0


def _total(change: RunChange) -> None:
    """What the run cost so far, in USD; incomplete while the cost of a call that was sent is unknown."""
    run = change.run
    ended = [call for call in change.calls if call.is_final and call.claim]
    known = [call.cost for call in ended if call.cost is not None]
    run.cost = sum(known, Decimal(0)) if known else None
    run.cost_is_complete = not any(is_partly_unknown(call) for call in ended)


def _after_commit(change: RunChange) -> None:
    enqueue(call for call in change.to_enqueue if call is not change.next_call)
    event_log.nudge(change.to_nudge)
    if not is_live(Status(change.run.status), (Status(call.status) for call in change.calls)):
        event_log.keep(change.run.public_id, settings.EVENTS_EXPIRE_SECONDS)
