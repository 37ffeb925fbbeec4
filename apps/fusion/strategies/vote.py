"""The vote strategy: the final answers of a panel are counted, and a member's answer wins as it is.

    panel ── as in fuse ─► 2+ answers ──► vote ── decided ──► done, voted
                                            └ a tie, or no final answers ──► judge ──► writer ──► done, fused

Where nothing is decided it goes on as ``fuse`` does, whose steps it takes otherwise: for the waiting, for one answer or
none, for a cap. The vote itself is no call: it reads the texts by rules, costs nothing, and stands in the step that it
led to as a ballot.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.endings import judge_inputs, recipe_of
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import Strategy
from apps.fusion.values import CountedSettings, PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, CountedKind, Role, Status, StrategyName
from apps.fusion.voting import Ballot, vote
from apps.fusion.weights import weighing_of

UNDECIDED = 0.15
"""The share of votes that are expected to decide nothing: of recorded panels 2 to 7 % on maths, 12 to 38 % on facts."""


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    step = fuse.next_step(state)
    judge = judge_inputs(step)
    if not isinstance(step, Start) or not judge or state.takes(Role.JUDGE):
        return step
    ballot = ballot_of(state, judge)
    if not ballot.result.is_decided:
        return replace(step, ballot=ballot)
    if step.cut:
        return Start(cut=step.cut)
    # Calls that were cut hand in their text before the run ends.
    if any(call.cancel_requested and not call.is_final for call in state.calls):
        return Wait()
    return _voted(ballot)


def start_over(state: RunState, answers: tuple[int, ...]) -> Start | End:
    """Vote on these answers anew, and judge and fuse them if that decides nothing; return a single one as it is."""
    step = fuse.start_over(state, answers)
    if len(answers) == 1:
        return step
    ballot = ballot_of(state, answers)
    return _voted(ballot) if ballot.result.is_decided else replace(step, ballot=ballot)


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the panel, and the judge and the writer for the votes that decide nothing."""
    return tuple(
        call if call.role is Role.PANEL else call.model_copy(update={"fewest": 0, "expected": UNDECIDED})
        for call in fuse.planned_calls(recipe)
    )


def ballot_of(state: RunState, answers: Iterable[int], waived: Collection[str] = ()) -> Ballot:
    """Return the vote on these answers (ids of panel calls); members without one are nulls, unless they are waived."""
    counted = {call.slot: call for call in map(state.call, answers) if call}
    members: dict[str, CallState | None] = {call.slot: None for call in state.panel()}
    recipe = recipe_of(state)
    ballot = vote({**members, **counted}, weighing_of(recipe), waived, *what_counts(recipe), state.files)
    return ballot.model_copy(update={"calls": {slot: call.id for slot, call in sorted(counted.items())}})


def what_counts(recipe: Recipe) -> tuple[CountedKind, tuple[str, ...]]:
    """Return the kind of final answers that a recipe's vote counts, and the labels of which they are one."""
    own = recipe.settings
    return (own.answer_kind, own.labels) if isinstance(own, CountedSettings) else (CountedKind.AUTO, ())


def _voted(ballot: Ballot) -> End:
    return End(Status.DONE, ballot.calls[ballot.winner], AnswerKind.VOTED, ballot=ballot)


VOTE = Strategy(
    name=StrategyName.VOTE,
    stages=fuse.FUSE.stages,
    beside=fuse.FUSE.beside,
    answer_kind=AnswerKind.VOTED,
    next_step=next_step,
    start_over=start_over,
    planned_calls=planned_calls,
    waiting_rule=fuse.waiting_rule,
    answer_roles=(Role.PANEL, Role.SYNTHESIS),
    when_more="the vote decides nothing",
)
