"""The best-of strategy: an evaluator compares the panel's answers in pairs, and the best one is given unchanged.

    panel ── as in fuse ─► 2+ answers ──► a pair, in both orders ──► the next pair ──► … ──► done, the best

The judge is the evaluator, the writer where words are compared without a model. A preference that turns with the order
is a tie, and so is a comparison that fails: the answer that has held its place so far keeps it. Equal texts are
compared without asking. What an answer says of itself is one more text to the evaluator, which reads it blinded.
"""

from dataclasses import replace

from apps.fusion.contests import BATCH, Contest, contest, newest_batch, order_of
from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.endings import judge_inputs, recipe_of
from apps.fusion.strategies.fuse import panel_of, settings_of, unasked
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import FormOption, Stage, Strategy
from apps.fusion.values import CallSpec, PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, Role, Status, StrategyName

COMPARISON = Stage("comparison", Role.COMPARISON, "Comparison")


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    comparisons = newest_batch(state.takes(Role.COMPARISON))
    if not comparisons or state.cancel_requested or state.status.is_final or state.cap_reached:
        step = fuse.next_step(state)
        inputs = judge_inputs(step)
        if not inputs or not isinstance(step, Start):
            return step
        new = _begin(state, inputs)
        if isinstance(new, Start):
            return replace(new, cut=step.cut)
        return Start(cut=step.cut) if step.cut else _end(state, new)
    return fuse.cut_overdue(state, _go_on(state, comparisons))


def start_over(state: RunState, answers: tuple[int, ...]) -> Start | End:
    """Compare these answers anew; a single one is returned as it is."""
    return fuse.start_over(state, answers) if len(answers) == 1 else _begin(state, answers)


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the panel, two comparisons for each further answer, and judge and writer, which only a person asks."""
    settings, pairs = settings_of(recipe), len(recipe.panel) - 1
    is_judge = settings.checker == settings.judge
    comparisons = PlannedCall(
        stage=COMPARISON.name,
        role=COMPARISON.role,
        model=settings.checker,
        parameters=settings.judge_parameters,
        is_auto=settings.judge_is_auto if is_judge else settings.writer_is_auto,
        reads=(fuse.PANEL.name,),
        fewest=2 * pairs,
        expected=2 * pairs,
        most=2 * pairs,
    )
    return (*panel_of(recipe), comparisons, *unasked(recipe))


def contest_of(state: RunState, comparisons: tuple[CallState, ...]) -> Contest:
    """Return the contest that these comparisons belong to; each names all of its answers among its inputs."""
    answers = order_of(comparisons[0].inputs, recipe_of(state).seed)
    return contest(answers, {call.id: call.text for call in state.calls}, comparisons)


def _begin(state: RunState, answers: tuple[int, ...]) -> Start | End:
    earlier = [call.take // BATCH for call in state.takes(Role.COMPARISON)]
    ordered = order_of(answers, recipe_of(state).seed)
    new = contest(ordered, {call.id: call.text for call in state.calls}, ())
    if not new.to_ask:  # all say the same
        return End(Status.DONE, new.best, AnswerKind.BEST)
    return Start(_comparisons(state, new, (max(earlier, default=-1) + 1) * BATCH + 1))


def _go_on(state: RunState, comparisons: tuple[CallState, ...]) -> Step:
    if any(not call.is_final for call in comparisons):
        return Wait()
    current = contest_of(state, comparisons)
    if current.to_ask:
        return Start(_comparisons(state, current, comparisons[-1].take + 1))
    return _end(state, End(Status.DONE, current.best, AnswerKind.BEST))


def _end(state: RunState, end: End) -> Step:
    # Calls that were cut hand in their text before the run ends.
    is_open = any(call.cancel_requested and not call.is_final for call in state.calls)
    return Wait() if is_open else end


def _comparisons(state: RunState, current: Contest, take: int) -> tuple[CallSpec, ...]:
    settings = settings_of(recipe_of(state))
    return tuple(
        CallSpec(
            role=COMPARISON.role,
            stage=COMPARISON.name,
            take=number,
            model=settings.checker,
            parameters=settings.judge_parameters,
            # The two that are shown, in their order, and then the others of the contest.
            inputs=(*shown, *(one for one in current.answers if one not in shown)),
        )
        for number, shown in enumerate(current.to_ask, take)
    )


BEST_OF = Strategy(
    name=StrategyName.BEST_OF,
    stages=(fuse.PANEL, COMPARISON, fuse.JUDGE, fuse.SYNTHESIS),
    beside=fuse.FUSE.beside,
    answer_kind=AnswerKind.BEST,
    next_step=next_step,
    start_over=start_over,
    planned_calls=planned_calls,
    waiting_rule=fuse.waiting_rule,
    answer_roles=(Role.PANEL, Role.SYNTHESIS),
    unanalysed="The answers are compared in pairs, each pair in both orders.",
    is_replayed=True,
    option=FormOption(
        "Best of: compare the answers in pairs and give the best",
        "For texts that should stay as one author wrote them. The judge reads each pair in both orders; a "
        "preference that changes with the order counts as a tie.",
        asks_writer=False,
    ),
)
