"""The panel's calls, and the ends that strategies share: a run is stopped, capped, or without a usable answer."""

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.values import CallSpec, Failure, Recipe
from apps.fusion.vocabulary import AnswerKind, FailureCode, Role, Status


def recipe_of(state: RunState) -> Recipe:
    """Return the recipe; raises ``ValueError`` for a state that was folded by a reader."""
    if state.recipe is None:
        raise ValueError("A strategy needs the recipe; this state was folded by a reader that has none.")
    return state.recipe


def most_answers(recipe: Recipe) -> int:
    """Return how often the model that answers is asked at most: once more if its text misses the form asked for."""
    return 1 if recipe.answer_format is None else 2


def missed_form(call: CallState) -> bool:
    """Return whether a call that may write the answer wrote one that has not the form asked for."""
    is_bad = call.failure is not None and call.failure.code is FailureCode.BAD_REPLY
    return is_bad and bool(call.text.strip())


def repaired_by(state: RunState, call: CallState) -> CallState | None:
    """Return the call of the same role whose text this one is to repair, ``None`` if it is no repair."""
    inputs = (state.call(call_id) for call_id in call.inputs)
    return next((one for one in inputs if one and one.role is call.role), None)


def judge_inputs(step: Step) -> tuple[int, ...]:
    """Return the answers (ids of panel calls) that a step would have judged, () if it asks no judge."""
    calls = step.calls if isinstance(step, Start) else ()
    return next((call.inputs for call in calls if call.role is Role.JUDGE), ())


def start_panel(recipe: Recipe, stage: str) -> Start:
    """Ask every slot of the panel for its first take."""
    return Start(tuple(CallSpec(role=Role.PANEL, stage=stage, **slot.call_fields) for slot in recipe.panel))


def stop(state: RunState) -> Step:
    """Cut what is still open, then end; a run that already has its answer keeps it."""
    uncut = tuple(call.id for call in state.calls if not call.is_final and not call.cancel_requested)
    if uncut:
        return Start(cut=uncut)
    if state.status.is_final or any(not call.is_final for call in state.calls):
        return Wait()
    if state.answer is not None:
        return End(Status.DONE, state.answer, state.answer_kind)
    return End(Status.CANCELLED, failure=Failure(code=FailureCode.CANCELLED, sentence="The run was stopped."))


def break_off(state: RunState) -> Step:
    """Cut what is still open, then fail: the strategy itself broke on what the calls brought, which is kept."""
    uncut = tuple(call.id for call in state.calls if not call.is_final and not call.cancel_requested)
    if state.status.is_final:
        return Wait()
    if uncut:
        return Start(cut=uncut)
    if any(not call.is_final for call in state.calls):
        return Wait()
    sentence = "Something went wrong inside FusionWeb when the answers were read; the log has the details."
    return End(Status.FAILED, failure=Failure(code=FailureCode.UNEXPECTED_ERROR, sentence=sentence))


def end_capped(state: RunState, written: CallState | None = None) -> Step:
    """End as capped once nothing runs: with what a capped writer got to, or the answer that was there before."""
    if any(not call.is_final for call in state.calls):
        return Wait()
    failure = next((call.failure for call in reversed(state.calls) if call.is_capped), None)
    failure = failure or Failure(code=FailureCode.CAPPED, sentence="A cap on spending was reached.")
    if written and written.is_capped and written.text.strip():
        return End(Status.CANCELLED, written.id, AnswerKind.FUSED, failure)
    return End(Status.CANCELLED, state.answer, state.answer_kind, failure)


def no_answer(panel: tuple[CallState, ...]) -> End:
    """Fail with the reason of every slot; a run whose every call was stopped is cancelled."""
    if all(call.failure and call.failure.code is FailureCode.CANCELLED for call in panel):
        failure = Failure(code=FailureCode.CANCELLED, sentence="Every panel call was stopped.")
        return End(Status.CANCELLED, failure=failure)
    reasons = " ".join(f"{call.slot}: {_reason(call)}" for call in panel)
    sentence = f"No panel model gave a usable answer. {reasons}"
    return End(Status.FAILED, failure=Failure(code=FailureCode.ALL_PANELS_FAILED, sentence=sentence))


def _reason(call: CallState) -> str:
    return call.failure.sentence if call.failure else "The answer is empty or a refusal."
