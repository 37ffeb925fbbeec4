"""The critique strategy: one member drafts, another reviews, and the author revises what it accepts.

    draft ──► review by the next member ── an issue of severity 2 or 3 ──► revision ──► review by the one after, …
      │           │                                                          └ fails ──► the draft stands
      │           ├ no such issue ──► done, the draft or the revision as it is
      │           └ cannot be read ──► the next member reviews; after the last of them as it is
      └ fails ──► the next member drafts

The first member of the panel is the author. A review counts only as far as its quotes stand in what it reviews: a
reviewer that invents them changes nothing. It ends after two rounds, or when a revision changes next to nothing.
"""

from collections.abc import Iterable

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.endings import missed_form, no_answer, recipe_of
from apps.fusion.strategies.fuse import unasked
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import FormOption, Stage, Strategy, WaitingRule
from apps.fusion.text_diff import changed_share
from apps.fusion.values import CallSpec, Parameters, PlannedCall, Recipe, SlotSpec
from apps.fusion.vocabulary import AnswerKind, Role, Status, StrategyName

DRAFT = Stage(fuse.PANEL.name, Role.PANEL, "Draft")
REVIEW = Stage("review", Role.REVIEW, "Review")
REVISION = Stage("revision", Role.REVISION, "Revision")

ROUNDS = 2
"""Revisions of a draft at most."""
SEVERE = 2
"""The severity from which an issue is worth a revision."""
LEAST_CHANGE = 0.02
"""The share of words below which a revision is not reviewed again."""
EXPECTED = 0.8
"""The share of reviews that are expected to find something: our guess, nothing measured."""


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    if state.cancel_requested or state.status.is_final or state.cap_reached:
        return fuse.next_step(state)
    reviews = state.takes(Role.REVIEW)
    if not reviews:
        return _after_draft(state)
    review = reviews[-1]
    version = state.call(review.inputs[0])
    if version is None:
        raise ValueError("A review reads a call that the run does not have.")
    if not review.is_final:
        return Wait()
    if review.verdict is None:
        return _review_again(state, version, review)
    if not any(issue.severity >= SEVERE for issue in review.verdict.issues):
        return _end(state, version)
    return _after_review(state, version, review)


def start_over(state: RunState, answers: tuple[int, ...]) -> Start | End:
    """Review the first of these answers anew."""
    draft = state.call(answers[0])
    if draft is None:
        raise ValueError("There is no such answer to review.")
    others = [spec for spec in recipe_of(state).panel if spec.slot != draft.slot]
    return Start((_review(state, draft, next(iter(_critics(state, draft) or others))),))


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the draft, and a review and a revision for each round; further members stand in where one fails."""
    author, *others = recipe.panel
    stages = (DRAFT.name, REVIEW.name)
    calls = [PlannedCall(stage=DRAFT.name, role=DRAFT.role, **author.call_fields)]
    for number in range(ROUNDS):
        critic = others[number % len(others)]
        first = number == 0
        calls.append(
            PlannedCall(
                stage=REVIEW.name,
                role=REVIEW.role,
                **{**critic.call_fields, "parameters": _of_reviewer(critic)},
                reads=(DRAFT.name,),
                fewest=1 if first else 0,
                expected=1 if first else EXPECTED**2,
            )
        )
    for spec in others[ROUNDS:]:
        nothing = {"fewest": 0, "expected": 0, "most": 0}
        calls.append(
            PlannedCall(stage=REVIEW.name, role=REVIEW.role, reads=(DRAFT.name,), **spec.call_fields, **nothing)
        )
    expected = EXPECTED + EXPECTED**3
    revision = PlannedCall(
        stage=REVISION.name,
        role=REVISION.role,
        **author.call_fields,
        reads=stages,
        fewest=0,
        expected=expected,
        most=ROUNDS,
    )
    return (*calls, revision, *unasked(recipe))


def waiting_rule(recipe: Recipe) -> WaitingRule:
    """Return the hard limit of the draft."""
    return WaitingRule(1, None, recipe.hard_limit_s)


def rounds_of(calls: Iterable[CallState], version: CallState) -> int:
    """Return how many revisions led to a version, 0 for a draft."""
    by_id, count = {call.id: call for call in calls}, 0
    while version.role is Role.REVISION and version.inputs[0] in by_id:
        version, count = by_id[version.inputs[0]], count + 1
    return count


def _after_draft(state: RunState) -> Step:
    recipe, drafts = recipe_of(state), state.panel()
    draft = next((call for call in drafts if call.is_usable), None)
    if draft:
        critics = _critics(state, draft)
        return Start((_review(state, draft, critics[0]),)) if critics else _end(state, draft)
    open_calls = tuple(call for call in drafts if not call.is_final)
    if open_calls:
        begun = [state.resumed_at or state.started_at, *(call.ended_at or 0.0 for call in drafts)]
        limit = max(begun) + recipe.hard_limit_s
        if state.now < limit:
            return Wait(until=limit)
        uncut = tuple(call.id for call in open_calls if not call.cancel_requested)
        return Start(cut=uncut) if uncut else Wait()
    tried = {call.slot for call in drafts}
    if author := next((spec for spec in recipe.panel if spec.slot not in tried), None):
        return Start((CallSpec(role=DRAFT.role, stage=DRAFT.name, **author.call_fields),))
    # A text that misses its form was paid for, and a person may read it.
    kept = next((call for call in drafts if missed_form(call)), None)
    return End(Status.DONE, kept.id, AnswerKind.ONLY) if kept else no_answer(drafts)


def _after_review(state: RunState, version: CallState, review: CallState) -> Step:
    revision = next((one for one in reversed(state.takes(Role.REVISION)) if review.id in one.inputs), None)
    if revision is None or revision.is_capped:
        return Start((_revision(state, version, review),))
    if not revision.is_final:
        return Wait()
    if not revision.is_usable:
        return _end(state, version)
    is_over = rounds_of(state.calls, revision) >= ROUNDS or changed_share(version.text, revision.text) < LEAST_CHANGE
    critics = _critics(state, revision)
    return _end(state, revision) if is_over or not critics else Start((_review(state, revision, critics[0]),))


def _review_again(state: RunState, version: CallState, review: CallState) -> Step:
    """Ask the next reviewer in place of one that failed, the same one if a cap stopped it."""
    if review.is_capped:
        spec = next(spec for spec in recipe_of(state).panel if spec.slot == review.slot)
        return Start((_review(state, version, spec),))
    critics = _critics(state, version)
    return Start((_review(state, version, critics[0]),)) if critics else _end(state, version)


def _critics(state: RunState, version: CallState) -> list[SlotSpec]:
    """Return who may review a version and has not, the next one first: everybody but its author."""
    others = [spec for spec in recipe_of(state).panel if spec.slot != version.slot]
    start = rounds_of(state.calls, version) % len(others)
    tried = {one.slot for one in state.takes(Role.REVIEW) if one.inputs[:1] == (version.id,) and not one.is_capped}
    return [spec for spec in (*others[start:], *others[:start]) if spec.slot not in tried]


def _review(state: RunState, version: CallState, critic: SlotSpec) -> CallSpec:
    take = max((call.take for call in state.takes(Role.REVIEW)), default=0) + 1
    values = {**critic.call_fields, "parameters": _of_reviewer(critic)}
    return CallSpec(role=REVIEW.role, stage=REVIEW.name, take=take, inputs=(version.id,), **values)


def _revision(state: RunState, version: CallState, review: CallState) -> CallSpec:
    author = next((spec for spec in recipe_of(state).panel if spec.slot == version.slot), recipe_of(state).panel[0])
    take = max((call.take for call in state.takes(Role.REVISION)), default=0) + 1
    inputs = (version.id, review.id)
    return CallSpec(role=REVISION.role, stage=REVISION.name, take=take, inputs=inputs, **author.call_fields)


def _of_reviewer(critic: SlotSpec) -> Parameters:
    return Parameters(temperature=0, reasoning_effort=critic.parameters.reasoning_effort)


def _end(state: RunState, version: CallState) -> Step:
    # Calls that were cut hand in their text before the run ends.
    if any(call.cancel_requested and not call.is_final for call in state.calls):
        return Wait()
    if version.role is Role.REVISION:
        return End(Status.DONE, version.id, AnswerKind.REVISED)
    is_reviewed = any(one.verdict and version.id in one.inputs for one in state.takes(Role.REVIEW))
    return End(Status.DONE, version.id, AnswerKind.AS_IS if is_reviewed else AnswerKind.ONLY)


CRITIQUE = Strategy(
    name=StrategyName.CRITIQUE,
    stages=(DRAFT, REVIEW, REVISION, fuse.JUDGE, fuse.SYNTHESIS),
    beside=fuse.FUSE.beside,
    answer_kind=AnswerKind.REVISED,
    next_step=next_step,
    start_over=start_over,
    planned_calls=planned_calls,
    waiting_rule=waiting_rule,
    answer_roles=(Role.PANEL, Role.REVISION, Role.SYNTHESIS),
    when_more="the reviews find something",
    unanalysed="One model writes a draft, another reviews it, and the author revises it.",
    option=FormOption(
        "Critique: one drafts, another reviews, the first revises",
        "For texts that gain from a second reader. The first model is the author, the others review in "
        "turn; put one from another maker second. Issues count only if their quotes are in the draft, and "
        "the author may reject them.",
        asks_writer=False,
        asks_judge=False,
    ),
)
