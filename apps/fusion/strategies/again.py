"""Calls that a person asks for beside a run that has ended: one more judge, or up to three more writers.

The strategy takes no step after them: what they bring stands beside what was there, and counts if it is usable.
"""

from collections.abc import Sequence

from apps.fusion.state import RunState
from apps.fusion.strategies.endings import recipe_of
from apps.fusion.strategies.strategy import Strategy
from apps.fusion.values import CallSpec, Guidance, JudgedSettings, Parameters
from apps.fusion.vocabulary import AnswerOrder, Builtin, Role

MOST_WRITERS = 3


def judge_again(
    strategy: Strategy, state: RunState, answers: Sequence[int], model: str, guidance: Guidance
) -> CallSpec:
    """Return the call of a judge that reads these answers (ids of panel calls) and after which nobody writes."""
    take = _next_take(state, Role.JUDGE)
    return CallSpec(
        role=Role.JUDGE,
        stage=_stage(strategy, Role.JUDGE),
        take=take,
        model=model,
        parameters=Parameters() if model == Builtin.OVERLAP else _settings(state).judge_parameters,
        inputs=tuple(answers),
        guidance=guidance.model_copy(update={"batch": take}),
    )


def judge_in_orders(
    strategy: Strategy,
    state: RunState,
    answers: Sequence[int],
    model: str,
    guidance: Guidance,
    orders: Sequence[AnswerOrder],
) -> tuple[CallSpec, ...]:
    """Return a call of a judge for each order of these answers, all asked for together."""
    first = judge_again(strategy, state, answers, model, guidance)
    batch = first.guidance or guidance
    return tuple(
        first.model_copy(update={"take": take, "guidance": batch.model_copy(update={"order": order})})
        for take, order in enumerate(orders, first.take)
    )


def write_again(
    strategy: Strategy, state: RunState, inputs: Sequence[int], models: Sequence[str], guidance: Guidance
) -> tuple[CallSpec, ...]:
    """Return a call for each writer, all of which read the same answers and analysis (``inputs``, ids of calls)."""
    first = _next_take(state, Role.SYNTHESIS)
    return tuple(
        CallSpec(
            role=Role.SYNTHESIS,
            stage=_stage(strategy, Role.SYNTHESIS),
            take=take,
            model=model,
            parameters=_settings(state).writer_parameters,
            inputs=tuple(inputs),
            guidance=guidance.model_copy(update={"batch": first}),
        )
        for take, model in enumerate(models, first)
    )


def inputs_of_writer(state: RunState) -> tuple[int, ...]:
    """Return what one more writer reads: the analysis that counts after the answers that its judge read.

    Without an analysis these are the answers of the writer whose text counts, else the newest usable ones; () for none.
    """
    judge = state.call(state.analysis) if state.analysis is not None else None
    if judge and (panel := _panel_of(state, judge.inputs)):
        return (*panel, judge.id)
    answer = state.call(state.answer) if state.answer is not None else None
    if answer and (panel := _panel_of(state, answer.inputs)):
        return panel
    return tuple(call.id for call in state.answers_to_fuse({call.slot for call in state.panel()}))


def _panel_of(state: RunState, inputs: Sequence[int]) -> tuple[int, ...]:
    return tuple(one for one in inputs if (call := state.call(one)) and call.role is Role.PANEL)


def _next_take(state: RunState, role: Role) -> int:
    return max((call.take for call in state.takes(role)), default=0) + 1


def _stage(strategy: Strategy, role: Role) -> str:
    return next(stage.name for stage in strategy.stages if stage.role is role)


def _settings(state: RunState) -> JudgedSettings:
    settings = recipe_of(state).settings
    if not isinstance(settings, JudgedSettings):
        raise TypeError(f"The strategy {recipe_of(state).strategy} has neither judge nor writer.")
    return settings
