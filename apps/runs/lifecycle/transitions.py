"""Carrying a run on: inside the one locked transaction of a status change, ask the strategy and write what it says."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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
from apps.fusion.peers import preferences, replies_of
from apps.fusion.state import REFUSALS, is_live
from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import Attempt as AttemptValue
from apps.fusion.values import CallSpec, Failure
from apps.fusion.vocabulary import AnswerKind, Builtin, FailureCode, FindingKind, FinishReason, Priority, Role, Status
from apps.runs import hot_rows
from apps.runs.event_log import writer as event_log
from apps.runs.lifecycle import cache
from apps.runs.lifecycle.rows_to_events import ended_event, run_ended, run_started, state_of
from apps.runs.lifecycle.stability import store_stability
from apps.runs.lifecycle.steps import step_of
from apps.runs.models import UNFINISHED, Call, CallOutput, Run, ToolUse
from apps.runs.spending.metering import is_partly_unknown, price_lost_call

log = logging.getLogger(__name__)

ONE_RETRY = {"max_retries": 1, "interval_start": 0}
"""A connection that Valkey closed meanwhile is worth a second try; more is the sweep's."""
FIRST_ROLES = (Role.SYNTHESIS, Role.JUDGE, Role.PANEL)
"""Roles by their rank in the queue; others go with one of these (``Role.urgency``)."""
CROWDED_RANK, BULK_RANK = len(FIRST_ROLES), 2 * len(FIRST_ROLES)
CUT_SENTENCES = {
    FailureCode.TOO_SLOW: "The run went on without waiting longer; the text so far is kept.",
    FailureCode.CANCELLED: "Stopped on request; the text so far is kept.",
    FailureCode.CAPPED: "A cap on spending was reached; the text so far is kept.",
}


@dataclass(slots=True)
class RunChange:
    """The work of one transaction on a locked run: its row, its calls, events to tell, calls to send or stop."""

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
            self.loaded = list(self.run.calls.with_output().order_by("pk"))
        return self.loaded

    def forget_calls(self) -> None:
        """Rows of calls were written past :attr:`calls`."""
        self.loaded = None

    def note_end(self, call: Call, attempts: Sequence[AttemptValue], *, with_text: bool) -> None:
        """Take note of a call that has ended: for its readers, for a cap, and for what is unknown of the run's cost.

        Nothing becomes known of an ended call, so a run whose cost has once become incomplete stays so.
        """
        # A call beside the answer holds up nothing: with or without it the run is what it was.
        self.run.cap_reached |= call.failure_code == FailureCode.CAPPED and not call.role.is_beside
        if call.claim and is_partly_unknown(call, attempts):
            self.run.cost_is_complete = False
        if call.may_look_up:  # what it still looked up was stopped with it
            ToolUse.objects.filter(call=call, status=Status.RUNNING).update(status=Status.CANCELLED)
        self.events.append(ended_event(call, with_text=with_text))
        if call.role is Role.PREFERENCE:
            copy_preference(self, call)
        if call.guidance is not None:
            self._take_over(call)

    def _take_over(self, call: Call) -> None:
        """Let an analysis or answer that a person asked for count from now on, if it is one.

        Of several that were asked for together the first that is ready counts, until a person chooses another. A judge
        beside an analysis says something about that one, and never takes its place.
        """
        run = self.run
        if call.guidance and call.guidance.beside is not None:
            if store_stability(call, self.calls) == run.analysis_call_id:
                copy_agreement(self)
        elif call.role == Role.JUDGE and call.output.analysis:
            run.analysis_call_id = call.pk
            copy_agreement(self)
        elif call.role == Role.SYNTHESIS and is_fused(call):
            current = next((one for one in self.calls if one.pk == run.answer_call_id), None)
            if current and current.guidance and call.guidance and current.guidance.batch == call.guidance.batch:
                return
            run.answer_call_id, run.answer_kind = call.pk, AnswerKind.FUSED
            if run.is_final:  # it may have failed, or been stopped, without an answer
                run.status, run.failure = Status.DONE, None
        else:
            return
        if run.is_final:
            self.events.append(run_ended(run))


@contextmanager
def locked_run(run_id: int, *, create_log: bool = False, run_next_here: bool = False) -> Iterator[RunChange]:
    """Lock a run for one short transaction; at its end the strategy is asked and the events are appended.

    The append is the last statement before COMMIT, so the order in the log is the order of commits. Raises
    ``Run.DoesNotExist``.
    """
    with transaction.atomic():
        run, calls = hot_rows.locked_run(run_id) if settings.HOT_ROWS else _locked(run_id)
        change = RunChange(run, _columns(run), calls, run_next_here=run_next_here)
        yield change
        _conclude(change, create_log)


def _locked(run_id: int) -> tuple[Run, None]:
    return Run.objects.defer("messages", "own_answers", "prompt", "tools").select_for_update().get(
        pk=run_id
    ), None  # which may be large


def create(run: Run, specs: Iterable[CallSpec]) -> None:
    """Write a new run and its first calls, and send them, unless its strategy wants to go on at once.

    A run without a team is of its owner's own. Its log begins after COMMIT: until then nobody knows the run.
    """
    calls = [_queued(run, spec) for spec in specs]
    # Asked before anything is written, so that the moment at which the run is looked at again is written with it.
    step = strategy_of(run.recipe).next_step(state_of(run, calls))
    run.wake_at = _wake_at(step) if isinstance(step, Wait) else timezone.now()
    if settings.HOT_ROWS and calls:
        hot_rows.insert_run(run, calls)
    else:
        with transaction.atomic():
            run.team_id = run.team_id or run.owner.personal_team.pk
            run.save(force_insert=True)
            insert_calls(run, calls)
    transaction.on_commit(lambda: _begin(run, calls if isinstance(step, Wait) else []))


def create_or_copy(run: Run, specs: Iterable[CallSpec], check: Callable[[], None]) -> None:
    """Write a new run as :func:`create` does; one that may reuse the answer of an equal run waits for that one's.

    ``check`` raises where models may not be asked. A reused answer asks none; if it is waited for in vain, the caps
    are looked at again before each call.
    """
    if not run.cache_key:
        check()
        create(run, specs)
        return
    with transaction.atomic():
        cache.lock_key(run)
        run.copy_of = cache.source_of(run)
        if run.copy_of is None:
            check()
        create(run, specs if run.copy_of is None else ())


def _begin(run: Run, calls: list[Call]) -> None:
    if not event_log.append([run_started(run)], create=True):
        Run.objects.filter(pk=run.pk).update(needs_resync=True)
    enqueue(calls)
    if not calls:
        # The strategy goes on at once: it is asked at the end of every change.
        with locked_run(run.pk):
            pass


def _conclude(change: RunChange, create_log: bool) -> None:
    _advance(change)
    change.run.needs_indexing |= bool(change.events)
    transaction.on_commit(lambda: _after_commit(change))
    changed = {name: value for name, value in _columns(change.run).items() if value != change.stored.get(name, value)}
    if changed:
        Run.objects.filter(pk=change.run.pk).update(**changed)
    if not event_log.append(change.events, create=create_log):
        Run.objects.filter(pk=change.run.pk).update(needs_resync=True)


def _columns(run: Run) -> dict[str, Any]:
    """Return the columns of a run that were loaded."""
    missing = run.get_deferred_fields()
    names = [column.attname for column in Run._meta.concrete_fields]
    return {name: getattr(run, name) for name in names if name not in missing}


def enqueue(calls: Iterable[Call]) -> None:
    """Send calls to the workers. A broker that is away does not matter: the sweep sends them again."""
    for call in calls:
        queue = "control" if call.model in list(Builtin) else "calls"
        try:
            current_app.send_task(
                "runs.perform_call", args=[call.pk], queue=queue, priority=rank_of(call), retry_policy=ONE_RETRY
            )
        except (OperationalError, OSError) as error:
            # The others would wait for the same broker in vain.
            log.warning("Call %s waits for the sweep: %s", call.pk, error)
            return


def rank_of(call: Call) -> int:
    """Return the Celery priority of a call, 0 to 11.

    Interactive runs go before bulk, in each those of payers that are not crowded, in each synthesis, judge, panel.
    """
    run, role = call.run, call.role.urgency
    return FIRST_ROLES.index(role) + CROWDED_RANK * run.is_crowded + BULK_RANK * (run.priority == Priority.BULK)


def add_calls(change: RunChange, specs: Iterable[CallSpec]) -> list[Call]:
    """Write queued calls, to be sent when the transaction commits."""
    calls = [_queued(change.run, spec) for spec in specs]
    if change.run_next_here and change.run.priority == Priority.INTERACTIVE:
        change.next_call = next((call for call in calls if call.model not in list(Builtin)), None)
    if change.next_call:
        change.next_call.enqueued_at = None  # if the worker is lost before it goes on, the sweep sends it at once
    insert_calls(change.run, calls)
    if change.loaded is not None:
        change.loaded += calls
    change.to_enqueue += calls
    return calls


def insert_calls(run: Run, calls: Sequence[Call]) -> None:
    """Write new calls of a run, each with the row of its output."""
    if settings.HOT_ROWS:
        hot_rows.insert_calls(run, calls)
        return
    Call.objects.bulk_create(calls)
    CallOutput.objects.bulk_create([call.output for call in calls])


def _queued(run: Run, spec: CallSpec) -> Call:
    """Return the call of a specification with its output, neither saved yet."""
    call = Call(
        run=run,
        stage=spec.stage or spec.role,
        role=spec.role,
        slot=spec.slot,
        take=spec.take,
        model=spec.model,
        parameters=spec.parameters,
        fallback=spec.fallback,
        inputs=spec.inputs,
        guidance=spec.guidance,
    )
    CallOutput(call=call)  # which the call knows from now on
    return call


def request_cancel(change: RunChange, call_ids: Collection[int], code: FailureCode) -> None:
    """Ask running calls to stop and end queued ones at once; a call cannot be claimed meanwhile."""
    for call in change.run.calls.for_update().filter(pk__in=call_ids, status__in=UNFINISHED):
        call.cancel_requested, call.cancel_code = True, code
        if call.status == Status.QUEUED:
            cancel_now(change, call)
        else:
            call.save(update_fields=["cancel_requested", "cancel_code"])
            change.to_nudge.append(call.pk)
    change.forget_calls()


def cancel_now(change: RunChange, call: Call, sentence: str = "") -> None:
    """End a call that no worker holds; ``sentence`` says why, if that is neither stored (a cap) nor the usual one."""
    attempts = call.attempt_values
    price_lost_call(call, attempts)
    code = call.cancel_code or FailureCode.CANCELLED
    call.status, call.ended_at = Status.CANCELLED, timezone.now()
    call.failure = Failure(code=code, sentence=sentence or call.failure_sentence or cut_sentence(code))
    call.save()
    change.forget_calls()
    change.note_end(call, attempts, with_text=True)


def cut_sentence(code: FailureCode) -> str:
    """Return the sentence that tells a person why a call was cut off."""
    return CUT_SENTENCES[code]


def _advance(change: RunChange) -> None:
    """Do what the strategy asks for until it waits or ends; each round starts calls or ends some, so it stops."""
    run = change.run
    if cache.wait_or_copy(change):
        return
    while True:
        step = step_of(run, change.calls)
        if step.analysis is not None:
            run.analysis_call_id = step.analysis
        run.ballot = step.ballot or run.ballot
        match step:
            case Wait():
                run.wake_at = _wake_at(step)
                break
            case Start():
                if any(spec.role is Role.PANEL for spec in step.calls):
                    run.fuse_now = False  # the wish to go on was about those who were waited for until now
                add_calls(change, step.calls)
                if step.cut:
                    code = FailureCode.CANCELLED if run.cancel_requested else FailureCode.TOO_SLOW
                    request_cancel(change, step.cut, code)
            case End():
                _end(change, step)  # and round again: what is still at work may have a limit of its own
                if step.beside:
                    add_calls(change, step.beside)
            case _:
                assert_never(step)
    _total(change)


def _wake_at(step: Wait) -> datetime | None:
    return datetime.fromtimestamp(step.until, UTC) if step.until else None


def is_fused(call: Call) -> bool:
    """Return whether a writer's call has a text, or calls of tools, that may be the run's answer."""
    has_answer = bool(call.output.text.strip() or call.output.tool_calls)
    is_whole = call.status == Status.DONE and has_answer and call.finish_reason not in REFUSALS
    return is_whole and call.finish_reason is not FinishReason.LOOP


def _end(change: RunChange, step: End) -> None:
    run = change.run
    run.wake_at = None
    run.status, run.answer_call_id, run.answer_kind = step.status, step.answer, step.kind
    run.failure = step.failure
    run.ended_at = run.ended_at or timezone.now()  # fusing again does not make the run longer
    copy_agreement(change)
    change.events.append(run_ended(run))


def copy_agreement(change: RunChange) -> None:
    """Copy the figures of the analysis that counts to the run, for the history."""
    run = change.run
    judge = next((call for call in change.calls if call.pk == run.analysis_call_id), None)
    analysis = judge.output.analysis if judge else None
    run.agreement = analysis.agreement.score if analysis else None
    run.agreement_items = analysis.agreement.items if analysis else 0
    run.grounding = analysis.grounding.share if analysis else None
    run.stability = analysis.stability.share if analysis and analysis.stability else None
    run.contradictions = sum(found.kind == FindingKind.CONTRADICTION for found in analysis.findings) if analysis else 0


def copy_preference(change: RunChange, ended: Call) -> None:
    """Copy to the run how many reviewers prefer its fused answer, of those that said so in both orders."""
    batch = [call for call in change.calls if call.role is Role.PREFERENCE and call.guidance == ended.guidance]
    found = preferences(replies_of((call.slot, call.take, call.output.verdict) for call in batch))
    change.run.peers_for_fused, change.run.peers_asked = len(found.fused), found.n


def _total(change: RunChange) -> None:
    """Sum what the run cost so far, in USD."""
    run = change.run
    # A call that no worker ever took cost nothing.
    ended = [call for call in change.calls if call.is_final and call.claim]
    known = [call.cost for call in ended if call.cost is not None]
    run.cost = sum(known, Decimal(0)) if known else None


def _after_commit(change: RunChange) -> None:
    enqueue(call for call in change.to_enqueue if call is not change.next_call)
    event_log.nudge(change.to_nudge)
    if not is_live(Status(change.run.status), (Status(call.status) for call in change.calls)):
        event_log.keep(change.run.public_id, settings.EVENTS_EXPIRE_SECONDS)
    if change.run.cache_key and change.run.is_final and change.run.cache_hit is None:
        _wake_copies(change.run)


def _wake_copies(run: Run) -> None:
    """Carry on the runs that wait for this one's answer. One that breaks is the sweep's, and keeps nobody up."""
    for pk in Run.objects.filter(copy_of=run.pk, status=Status.RUNNING).values_list("pk", flat=True):
        try:
            with locked_run(pk):
                pass
        except Exception:  # the boundary of another run
            log.exception("Run %s could not be given the answer of %s", pk, run.pk)
