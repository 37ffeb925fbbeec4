"""The actions of a person or a program on a run: start, stop, go on, retry, fuse again, share, delete; atomically."""

from collections.abc import Collection
from contextlib import suppress
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.queries import find_models
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.cost import MOST
from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.steps import End
from apps.fusion.values import CallSpec
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs.lifecycle.deletion import erase_run
from apps.runs.lifecycle.rows_to_events import run_ended, run_started, state_of, with_sources
from apps.runs.lifecycle.transitions import RunChange, add_calls, locked_run, request_cancel
from apps.runs.models import UNFINISHED, Call, Run
from apps.runs.reading.threads import Thread
from apps.runs.sharing import revoke_share, share_run, share_thread
from apps.runs.spending import caps, ledger
from apps.runs.starting import InvalidRun, start_run

__all__ = ["revoke_share", "share_run", "share_thread", "start_run"]


def cancel_run(run: Run) -> None:
    """Stop everything that a run is doing; text so far is kept."""
    with locked_run(run.pk) as change:
        change.run.cancel_requested = True


def cancel_call(call: Call) -> None:
    """Stop one call; the run goes on with what it has."""
    with locked_run(call.run_id) as change:
        request_cancel(change, [call.pk], FailureCode.CANCELLED)


def retry_call(call: Call, model: str = "", user: User | None = None) -> Call:
    """Ask a panel model again, or another that ``user`` may ask: a new take beside the old one.

    The run's status and answer stay as they are. Raises :class:`InvalidRun`, and ``UnknownModel`` for such a model.
    """
    if call.role != Role.PANEL:
        raise InvalidRun("Only a panel column can be retried. Use “Fuse again” for the judge and the writer.", "call")
    if model and model not in find_models({model}, user):
        raise UnknownModel(model)
    with locked_run(call.run_id) as change:
        _prepare_retry(change.run)
        if _takes_of(change.run, call).filter(status__in=UNFINISHED).exists():
            raise InvalidRun(f"Column {call.slot} is still at work. Stop it before you retry it.", "call")
        # A call of a later stage reads the answers before it, whoever is asked.
        return _new_take(change, call, _answers_read(change.run, call), model)


def retry_failed(run: Run) -> list[Call]:
    """Ask the model of every column again whose newest take failed; raises :class:`InvalidRun` if there is none."""
    with locked_run(run.pk) as change:
        _prepare_retry(change.run)
        # Of a column that was asked in several layers the last one counts: nobody reads a layer before it any more.
        newest = {call.slot: call for call in sorted(_newest_takes(change.run), key=lambda call: (call.take, call.pk))}
        failed = [call for _, call in sorted(newest.items()) if call.status == Status.FAILED]
        if not failed:
            raise InvalidRun("No column has failed.", "run")
        return [_new_take(change, call, _answers_read(change.run, call)) for call in failed]


def _answers_read(run: Run, call: Call) -> tuple[int, ...]:
    """Return the inputs that a new take of a panel call keeps: other columns' answers, and no text that it repairs."""
    others = run.calls.filter(pk__in=call.inputs).exclude(stage=call.stage)
    return tuple(others.order_by("pk").values_list("pk", flat=True)) if call.inputs else ()


def _prepare_retry(run: Run) -> None:
    if run.cancel_requested and not run.is_final:
        raise InvalidRun("The run is being stopped. Retry when it has stopped.", "call")
    run.cancel_requested = False


def continue_run(run: Run, max_cost: Decimal | None = None) -> None:
    """Let a run that a cap stopped go on, with a new cap of its own (USD; ``None`` leaves it as it is).

    Panel calls that were capped are asked again; the strategy does so for the judge or writer. Raises
    :class:`InvalidRun` if there is no room for that.
    """
    with locked_run(run.pk, create_log=True) as change:
        if not change.run.cap_reached or change.run.is_live():
            raise InvalidRun("No cap has stopped this run, or it is still at work.", "run")
        if max_cost is not None:
            _raise_cap(change.run, max_cost)
        cap = caps.used_up_for(change.run)
        if cap:
            raise InvalidRun(f"Nothing is left to spend. {cap.sentence} Raise it to go on.", "max_cost")
        change.run.cap_reached = change.run.cancel_requested = change.run.fuse_now = False
        change.run.resumed_at = timezone.now()
        if change.run.failure_code == FailureCode.CAPPED:
            _reopen(change)
        for call in _newest_takes(change.run):
            if call.failure_code == FailureCode.CAPPED:
                _new_take(change, call, call.inputs)


def fuse_now(run: Run) -> None:
    """Stop waiting for the panel and go on with the answers that are ready; late ones may be included afterwards."""
    with locked_run(run.pk) as change:
        change.run.fuse_now = True


def fuse_again(run: Run, slots: Collection[str], takes: Collection[int] = ()) -> None:
    """Let the strategy start over from an answer of each of these slots; raises :class:`InvalidRun`.

    That is the one among ``takes`` (ids of calls), else the newest usable one, else the newest that broke off.
    """
    with locked_run(run.pk, create_log=True) as change:
        if change.run.is_live():
            raise InvalidRun("The run is still at work. Fuse again when it is done.", "slots")
        state = with_sources(state_of(change.run, change.calls), change.run)
        answers = state.answers_to_fuse(slots, takes)
        if not answers:
            raise InvalidRun("None of the chosen columns has an answer to fuse.", "slots")
        change.run.cancel_requested = change.run.cap_reached = False
        recipe = change.run.recipe
        step = strategy_of(recipe).start_over(state, tuple(call.id for call in answers))
        change.run.ballot = step.ballot
        if isinstance(step, End):
            _answer_with(change, step)
        else:
            _reopen(change)
            add_calls(change, step.calls)


def delete_run(run: Run) -> None:
    """Delete a run with its calls, findings and shares; what still streams is stopped first. Twice is once.

    The links to threads go with each of their turns. Turns after it stay, with what was sent of it.
    """
    with suppress(Run.DoesNotExist), transaction.atomic():
        cancel_run(run)
        erase_run(run.pk)


def delete_thread(thread: Thread) -> None:
    """Delete the turns of a thread that are in no other one, the newest first."""
    for turn in reversed(thread.own_turns):
        delete_run(turn)


def _raise_cap(run: Run, max_cost: Decimal) -> None:
    spent = ledger.spent_on(run)
    if not max_cost.is_finite() or not spent < max_cost <= MOST:
        raise InvalidRun(
            f"{caps.usd(spent)} is spent already. Enter a higher cap, at most {caps.usd(MOST)}.", "max_cost"
        )
    run.recipe = run.recipe.model_copy(update={"max_cost": max_cost.quantize(Decimal("0.000001"))})


def _newest_takes(run: Run) -> list[Call]:
    """Return the newest take of each slot of each stage of the panel."""
    panel = run.calls.filter(role=Role.PANEL).order_by("stage", "slot", "take")
    return list({(call.stage, call.slot): call for call in panel}.values())


def _new_take(change: RunChange, call: Call, inputs: tuple[int, ...] = (), model: str = "") -> Call:
    """Ask a panel model, or another in its place, once more; a repair reads the answer that it repairs (``inputs``)."""
    last = _takes_of(change.run, call).aggregate(last=Max("take"))["last"]
    spec = CallSpec(
        role=Role.PANEL,
        stage=call.stage,
        slot=call.slot,
        take=last + 1,
        model=model or call.model,
        parameters=call.parameters,
        fallback=call.fallback if call.fallback != model else "",
        inputs=inputs,
    )
    return add_calls(change, [spec])[0]


def _takes_of(run: Run, call: Call) -> QuerySet[Call]:
    return run.calls.filter(role=call.role, stage=call.stage, slot=call.slot)


def _reopen(change: RunChange) -> None:
    """A final run goes on; its answer stays until a new one replaces it."""
    run = change.run
    run.status, run.failure = Status.RUNNING, None
    change.events.append(run_started(run))


def _answer_with(change: RunChange, end: End) -> None:
    run = change.run
    run.status, run.answer_call_id, run.answer_kind = end.status, end.answer, end.kind
    run.failure = None
    change.events.append(run_ended(run))
