"""The vote strategy: the final answers of a panel are counted, and a member's answer wins as it is.

    panel ── as in fuse ─► 2+ answers ──► vote ── decided ──► done, voted
                                            ├ by fields ──► fields, no model ──► done, voted
                                            └ a tie, or no final answers ──► judge ──► writer ──► done, fused

Where nothing is decided it goes on as ``fuse`` does, whose steps it takes otherwise: for the waiting, for one answer or
none, for a cap. The vote itself is no call: it reads the texts by rules, costs nothing, and stands in the step that it
led to as a ballot. Where the answer is made of each field's winner, no member wrote it: a built-in writer hands it in.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial

from apps.fusion.answers.counting import Counted
from apps.fusion.comparing.meaning import grouping
from apps.fusion.prompting.answer_format import BadAnswer, UncheckedAnswer, checked
from apps.fusion.state import CallState, HasAnswer, RunState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.endings import judge_inputs, recipe_of
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import FormOption, Strategy
from apps.fusion.values import CallSpec, CountedSettings, FieldwiseSettings, JsonFields, PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, Builtin, Role, Status, StrategyName, VoteResult
from apps.fusion.voting import Ballot, by_fields, votable_texts, vote
from apps.fusion.weights import weighing_of

UNDECIDED = 0.15
"""The share of votes that are expected to decide nothing: of recorded panels 2 to 7 % on maths, 12 to 38 % on facts."""


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    step, composer = fuse.next_step(state), _composer(state)
    if composer and not (state.cancel_requested or state.status.is_final or state.cap_reached):
        if not composer.is_final or any(call.cancel_requested and not call.is_final for call in state.calls):
            return Wait()
        if composer.is_usable:
            ballot = ballot_of(state, composer.inputs)
            return End(Status.DONE, composer.id, AnswerKind.VOTED, ballot=ballot)
    judge = judge_inputs(step)
    if not isinstance(step, Start) or not judge or state.takes(Role.JUDGE):
        return step
    ballot = ballot_of(state, judge)
    # What could not be handed in once is not tried again: the answers are judged.
    if not ballot.result.is_decided or composer:
        return replace(step, ballot=ballot)
    if ballot.result is VoteResult.FIELDS:
        return Start((_composing(state, judge),), step.cut, ballot=ballot)
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
    if ballot.result is VoteResult.FIELDS:
        return Start((_composing(state, answers),), ballot=ballot)
    return _voted(ballot) if ballot.result.is_decided else replace(step, ballot=ballot)


def _composing(state: RunState, answers: tuple[int, ...]) -> CallSpec:
    """Return the call that hands in the answer of each field's winner."""
    take = max((call.take for call in state.takes(Role.SYNTHESIS)), default=0) + 1
    return CallSpec(role=Role.SYNTHESIS, stage=fuse.SYNTHESIS.name, take=take, model=Builtin.FIELDS, inputs=answers)


def _composer(state: RunState) -> CallState | None:
    """Return the newest call that hands in the fields' winners, ``None`` if answers were judged or written since."""
    newest = max(
        (call for call in state.calls if call.role in (Role.JUDGE, Role.SYNTHESIS)),
        key=lambda call: call.id,
        default=None,
    )
    return newest if newest and newest.model == Builtin.FIELDS else None


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
    told: dict[str, HasAnswer | None] = {**members, **counted}
    weighing, own = weighing_of(recipe), recipe.settings
    counted_finals = what_counts(state)
    ballot = vote(told, weighing, waived, counted_finals, state.files, grouping(counted_finals.kind))
    if isinstance(own, FieldwiseSettings) and own.json_fields is JsonFields.WINNER:
        texts = votable_texts(told, state.files)
        ballot = by_fields(ballot, texts, members, weighing, own.no_majority, partial(_fault_of, recipe))
    return ballot.model_copy(update={"calls": {slot: call.id for slot, call in sorted(counted.items())}})


def _fault_of(recipe: Recipe, text: str) -> str:
    """Return why a text has not the form that the recipe asks for, '' if it has, or if that cannot be told."""
    try:
        if recipe.answer_format is not None:
            checked(text, recipe.answer_format)
    except UncheckedAnswer:
        return ""
    except BadAnswer as error:
        return f"The winners together do not keep to the form asked for. {error}"
    return ""


def what_counts(state: RunState) -> Counted:
    """Return the final answers that a run's vote counts: as its recipe says, else by the form of its question.

    Where the answers have a form that was asked for, what they hold decides, and not the question.
    """
    recipe = recipe_of(state)
    own = recipe.settings
    chosen = Counted(own.answer_kind, own.labels) if isinstance(own, CountedSettings) else Counted()
    return chosen.among(state.options if recipe.answer_format is None else {})


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
    is_replayed=True,
    option=FormOption(
        "Vote: take the final answer that most agree on",
        "For questions with one checkable answer. Judge and writer are asked only if the vote decides "
        "nothing: a tie, or texts without a final answer.",
    ),
)
