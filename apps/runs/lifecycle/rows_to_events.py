"""Rows to the core's values: the events that tell a row's change, and the state of a run."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils import timezone

from apps.fusion.events import CallEnded, CallStarted, RunEnded, RunStarted
from apps.fusion.lookup_steps import Lookup
from apps.fusion.options import options_of
from apps.fusion.state import CallState, RunState
from apps.fusion.vocabulary import Role, StrategyName
from apps.runs.models import Call, Run, Source, ToolUse, seconds

COUNTING = (StrategyName.VOTE, StrategyName.CASCADE, StrategyName.WEIGHTED, StrategyName.EARLY_EXIT)
"""The strategies that count final answers."""


def identity_of(call: Call) -> dict[str, Any]:
    """Return the identity of a call: the same names in every event, in the state and in a snapshot."""
    return {
        "claim": call.claim,
        "stage": call.stage,
        "role": call.role,
        "slot": call.slot,
        "take": call.take,
        "model": call.model,
    }


def ending_of(call: Call) -> dict[str, Any]:
    """Return the end of a call: the same names in its last event, in the state and in a snapshot."""
    return {
        "status": call.status,
        "tool_calls": call.output.tool_calls,
        "failure": call.failure,
        "finish_reason": call.finish_reason,
        "usage": call.usage,
        "cost": call.cost,
        "cost_source": call.cost_source,
    }


def run_started(run: Run) -> RunStarted:
    """Return the event of a run that is new, or open again."""
    return RunStarted(run=run.public_id, at=run.created_at.timestamp())


def run_ended(run: Run) -> RunEnded:
    """Return the event of a run that reached a final status, or another answer."""
    return RunEnded(
        run=run.public_id,
        at=seconds(run.ended_at) or 0,
        status=run.status,
        answer=run.answer_call_id,
        answer_kind=run.answer_kind,
        analysis=run.analysis_call_id,
        failure=run.failure,
    )


def started_event(call: Call) -> CallStarted:
    """Return the event of a call that a worker has taken."""
    return CallStarted(run=call.run.public_id, call=call.pk, at=seconds(call.started_at) or 0, **identity_of(call))


def ended_event(call: Call, *, with_text: bool) -> CallEnded:
    """Return the event of a call that ended; ``with_text`` where its text is not the sum of the deltas."""
    return CallEnded(
        run=call.run.public_id,
        call=call.pk,
        at=seconds(call.ended_at) or 0,
        **identity_of(call),
        **ending_of(call),
        text=call.output.text if with_text else None,
        ttft_s=call.ttft_s,
        duration_s=call.duration_s,
        analysis=call.output.analysis.model_dump(mode="json") if call.output.analysis else None,
    )


def load_state(run: Run) -> RunState:
    """Return the run as the database has it, with the present moment and its recipe."""
    state = state_of(run, run.calls.with_output().order_by("id"))
    if run.recipe.web is not None or state.takes(Role.SETTLEMENT):
        state = _with_lookups(state, run)
    return with_sources(state, run)


def with_sources(state: RunState, run: Run) -> RunState:
    """Return a state that is to be voted on with what its answers may cite or choose: at most two queries, else none.

    The number in "B [1]" would count as an answer without.
    """
    if run.recipe.strategy not in COUNTING:
        return state
    files = Source.objects.filter(run=run, size__isnull=False).values_list("number", flat=True)
    state = replace(state, files=frozenset(files), options=options_of(run.prompt))
    return _with_lookups(state, run) if run.recipe.web is not None else state


def _with_lookups(state: RunState, run: Run) -> RunState:
    lookups = lookups_of(run)
    return replace(state, calls=tuple(replace(call, lookups=lookups.get(call.id, ())) for call in state.calls))


def lookups_of(run: Run) -> dict[int, tuple[Lookup, ...]]:
    """Return the look-ups of a run's calls, in order, by the id of the call."""
    found: dict[int, tuple[Lookup, ...]] = {}
    for use in ToolUse.objects.filter(call__run=run).order_by("call", "step", "ordinal"):
        found[use.call_id] = (*found.get(use.call_id, ()), use.value)
    return found


def state_of(run: Run, calls: Iterable[Call]) -> RunState:
    """Return the same, from calls that were loaded already, oldest first."""
    return RunState(
        id=run.public_id,
        status=run.status,
        calls=tuple(map(_call_state, calls)),
        answer=run.answer_call_id,
        answer_kind=run.answer_kind,
        analysis=run.analysis_call_id,
        failure=run.failure,
        started_at=run.created_at.timestamp(),
        now=timezone.now().timestamp(),
        recipe=run.recipe,
        fuse_now=run.fuse_now,
        cancel_requested=run.cancel_requested,
        cap_reached=run.cap_reached,
        resumed_at=seconds(run.resumed_at),
        keeps_late=run.api_key_id is None,  # nobody looks at a program's run while it ends
    )


def _call_state(call: Call) -> CallState:
    return CallState(
        id=call.pk,
        **identity_of(call),
        **ending_of(call),
        text=call.output.text,
        reasoning=call.output.reasoning,
        ended_at=seconds(call.ended_at),
        analysis_status=call.output.analysis.status if call.output.analysis else None,
        inputs=call.inputs,
        cancel_requested=call.cancel_requested,
        started_at=seconds(call.started_at),
        verdict=call.output.verdict,
        is_beside=call.guidance is not None and call.guidance.beside is not None,
    )
