"""The single strategy: one model answers, and its answer is returned as it is. Nobody judges or writes.

    panel ── an answer ──► done, the only answer
      ├ misses its form ──► one repair ──► done; also with a text that misses it again
      └ nothing usable, or the hard limit ──► failed, with the reason

Its one call sits on the panel, so that a retry, a fallback and a cap mean the same as in other strategies. A repair is
a new take that reads the one before.
"""

from apps.fusion.state import RunState
from apps.fusion.strategies.endings import (
    end_capped,
    missed_form,
    most_answers,
    no_answer,
    recipe_of,
    repaired_by,
    start_panel,
    stop,
)
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import Stage, Strategy
from apps.fusion.values import CallSpec, PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, Role, Status, StrategyName

PANEL = Stage("panel", Role.PANEL, "Panel")


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    if state.cancel_requested:
        return stop(state)
    if state.status.is_final:
        return Wait()
    if state.cap_reached:
        return end_capped(state)
    recipe, panel = recipe_of(state), state.panel()
    if not panel:
        return start_panel(recipe, PANEL.name)
    (call,) = panel
    if call.is_usable:
        return End(Status.DONE, call.id, AnswerKind.ONLY)
    repaired = repaired_by(state, call)
    if missed_form(call) and repaired is None:
        slot = recipe.panel[0]
        spec = CallSpec(role=PANEL.role, stage=PANEL.name, take=call.take + 1, inputs=(call.id,), **slot.call_fields)
        return Start((spec,))
    if call.is_final:
        kept = call if missed_form(call) else repaired
        return End(Status.DONE, kept.id, AnswerKind.ONLY) if kept else no_answer(panel)
    # A run that goes on after a cap gets its time anew.
    limit = (state.resumed_at or state.started_at) + recipe.hard_limit_s
    if state.now < limit:
        return Wait(until=limit)
    return Wait() if call.cancel_requested else Start(cut=(call.id,))


def start_over(_state: RunState, answers: tuple[int, ...]) -> End:
    """Return the newest of the answers, which a retry may have brought."""
    return End(Status.DONE, answers[-1], AnswerKind.ONLY)


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the one call there is, which may have to be asked again for the form of its answer."""
    most = most_answers(recipe)
    return tuple(PlannedCall(stage=PANEL.name, role=PANEL.role, most=most, **slot.call_fields) for slot in recipe.panel)


def waiting_rule(_recipe: Recipe) -> None:
    """Return ``None``: there are no others to wait for."""


SINGLE = Strategy(
    name=StrategyName.SINGLE,
    stages=(PANEL,),
    answer_kind=AnswerKind.ONLY,
    next_step=next_step,
    start_over=start_over,
    planned_calls=planned_calls,
    waiting_rule=waiting_rule,
    answer_roles=(PANEL.role,),
    answered="The one model that was asked answered.",
    is_replayed=True,
)
