"""The single strategy: one model answers, and its answer is returned as it is. Nobody judges or writes.

    panel ── an answer ──► done, the only answer
      └ nothing usable, or the hard limit ──► failed, with the reason

Its one call sits on the panel, so that a retry, a fallback and a cap mean the same as in other strategies.
"""

from apps.fusion.state import RunState
from apps.fusion.strategies.endings import end_capped, no_answer, recipe_of, start_panel, stop
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import Stage, Strategy
from apps.fusion.values import PlannedCall, Recipe
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
    if call.is_final:
        return no_answer(panel)
    # A run that goes on after a cap gets its time anew.
    limit = (state.resumed_at or state.started_at) + recipe.hard_limit_s
    if state.now < limit:
        return Wait(until=limit)
    return Wait() if call.cancel_requested else Start(cut=(call.id,))


def start_over(_state: RunState, answers: tuple[int, ...]) -> End:
    """Return the newest of the answers, which a retry may have brought."""
    return End(Status.DONE, answers[-1], AnswerKind.ONLY)


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the one call there is."""
    return tuple(PlannedCall(stage=PANEL.name, role=PANEL.role, **dict(slot)) for slot in recipe.panel)


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
)
