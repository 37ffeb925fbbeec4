"""The critique as tables: who drafts, who reviews, when it stops; and exhaustively, that it ends."""

from dataclasses import replace
from itertools import product

import pytest

from apps.fusion.opinions import Issue, Opinion
from apps.fusion.state import RunState
from apps.fusion.strategies import planned_calls
from apps.fusion.strategies.critique import CRITIQUE
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import Failure, PlainSettings, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnswerKind, FailureCode, Role, Status, StrategyName
from tests.fusion.strategies.states import call_of
from tests.fusion.strategies.test_vote import START

BROKE = Failure(code=FailureCode.UPSTREAM_ERROR, sentence="It broke.")
CAPPED = Failure(code=FailureCode.CAPPED, sentence="A cap on spending was reached.")
DRAFT = "The Eiffel Tower is 330 metres high and was opened in 1889 for the fair in Paris."


def recipe(size=3):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}", fallback="x/z") for slot in SLOTS[:size])
    return Recipe(
        settings=PlainSettings(strategy=StrategyName.CRITIQUE, judge="x/judge", writer="x/writer"),
        panel=panel,
        hard_limit_s=60,
    )


def found(*severities):
    issues = tuple(Issue(quote="330", problem="It is wrong.", severity=one, span=(20, 23)) for one in severities)
    return Opinion(issues=issues)


def ended(number, spec, outcome, text=""):
    """Return a call as it ended: with a text, with an opinion, or failed (``None``)."""
    if outcome is None:
        return call_of(number, spec, status=Status.FAILED, failure=BROKE, text=text)
    if isinstance(outcome, Opinion):
        return call_of(number, spec, verdict=outcome)
    return call_of(number, spec, text=outcome)


def play(outcomes, size=3):
    """Return the last step, and every call as (role, slot, inputs); ``outcomes`` are those of each role in turn."""
    turns = {role: iter(given) for role, given in outcomes.items()}
    state = RunState(id="r", started_at=START, now=START + 1, recipe=recipe(size))
    for _ in range(20):
        step = CRITIQUE.next_step(state)
        if isinstance(step, End):
            return step, [(call.role, call.slot, call.inputs) for call in state.calls]
        assert isinstance(step, Start), step
        (spec,) = step.calls
        state = replace(state, calls=(*state.calls, ended(len(state.calls) + 1, spec, next(turns[spec.role]))))
    raise AssertionError("does not end")


D, R, V = Role.PANEL, Role.REVIEW, Role.REVISION
NEW, NEWER = "It is 324 metres high, as measured in 1990, and much visited.", "Nobody knows how high it is by now."
TABLE = {
    "nothing found": (
        {D: [DRAFT], R: [found()]},
        (AnswerKind.AS_IS, 1),
        [(D, "A", ()), (R, "B", (1,))],
    ),
    "wording alone is no reason to revise": (
        {D: [DRAFT], R: [found(1, 1)]},
        (AnswerKind.AS_IS, 1),
        [(D, "A", ()), (R, "B", (1,))],
    ),
    "revised once, and the second reviewer finds nothing": (
        {D: [DRAFT], R: [found(2), found()], V: [NEW]},
        (AnswerKind.REVISED, 3),
        [(D, "A", ()), (R, "B", (1,)), (V, "A", (1, 2)), (R, "C", (3,))],
    ),
    "two rounds are the most": (
        {D: [DRAFT], R: [found(3), found(3)], V: [NEW, NEWER]},
        (AnswerKind.REVISED, 5),
        [(D, "A", ()), (R, "B", (1,)), (V, "A", (1, 2)), (R, "C", (3,)), (V, "A", (3, 4))],
    ),
    "a revision that changes next to nothing is not reviewed": (
        {D: [DRAFT * 5], R: [found(3)], V: [DRAFT * 5 + " So."]},
        (AnswerKind.REVISED, 3),
        [(D, "A", ()), (R, "B", (1,)), (V, "A", (1, 2))],
    ),
    "a review that fails is the next one's": (
        {D: [DRAFT], R: [None, found()]},
        (AnswerKind.AS_IS, 1),
        [(D, "A", ()), (R, "B", (1,)), (R, "C", (1,))],
    ),
    "no review at all leaves the draft": (
        {D: [DRAFT], R: [None, None]},
        (AnswerKind.ONLY, 1),
        [(D, "A", ()), (R, "B", (1,)), (R, "C", (1,))],
    ),
    "a revision that fails leaves the draft": (
        {D: [DRAFT], R: [found(3)], V: [None]},
        (AnswerKind.AS_IS, 1),
        [(D, "A", ()), (R, "B", (1,)), (V, "A", (1, 2))],
    ),
    "an author that fails is followed by the next": (
        {D: [None, DRAFT], R: [found()]},
        (AnswerKind.AS_IS, 2),
        [(D, "A", ()), (D, "B", ()), (R, "A", (2,))],
    ),
    "nobody drafts": (
        {D: [None, None, None]},
        (None, None),
        [(D, "A", ()), (D, "B", ()), (D, "C", ())],
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_rounds_and_their_end(case):
    outcomes, (kind, answer), calls = TABLE[case]

    end, made = play(outcomes)

    assert (end.kind, end.answer, made) == (kind, answer, calls)
    assert end.status is (Status.DONE if answer else Status.FAILED)


def test_reviewer_is_asked_coolly_with_its_own_fallback():
    state = RunState(id="r", started_at=START, now=START, recipe=recipe())
    draft = call_of(1, CRITIQUE.next_step(state).calls[0], text=DRAFT)

    (spec,) = CRITIQUE.next_step(replace(state, calls=(draft,))).calls

    assert (spec.model, spec.fallback, spec.parameters.temperature) == ("x/B", "x/z", 0)


def test_draft_is_waited_for_and_cut_at_the_hard_limit():
    state = RunState(id="r", started_at=START, now=START + 1, recipe=recipe())
    draft = call_of(1, CRITIQUE.next_step(state).calls[0], status=Status.RUNNING, text="", ended_at=None)
    running = replace(state, calls=(draft,))

    assert CRITIQUE.next_step(running) == Wait(until=START + 60)
    assert CRITIQUE.next_step(replace(running, now=START + 60)).cut == (1,)


@pytest.mark.parametrize("role", [Role.REVIEW, Role.REVISION])
def test_call_that_a_cap_stopped_is_asked_again_of_the_same(role):
    state = RunState(id="r", started_at=START, now=START + 1, recipe=recipe())
    for number, outcome in enumerate([DRAFT, found(3), NEW], 1):
        (spec,) = CRITIQUE.next_step(state).calls
        if spec.role is role:
            capped = call_of(number, spec, status=Status.CANCELLED, failure=CAPPED, text="")
            stopped = replace(state, calls=(*state.calls, capped))
            (again,) = CRITIQUE.next_step(stopped).calls
            assert (again.role, again.slot, again.inputs, again.take) == (role, spec.slot, spec.inputs, 2)
            assert CRITIQUE.next_step(replace(stopped, cap_reached=True)).status is Status.CANCELLED
            return
        state = replace(state, calls=(*state.calls, ended(number, spec, outcome)))


def test_starting_over_has_the_chosen_draft_reviewed_anew():
    state = RunState(id="r", started_at=START, now=START + 1, recipe=recipe())
    draft = call_of(1, CRITIQUE.next_step(state).calls[0], text=DRAFT)
    first = replace(state, calls=(draft,))
    review = ended(2, CRITIQUE.next_step(first).calls[0], found())

    step = CRITIQUE.start_over(replace(first, calls=(draft, review), status=Status.DONE), (1,))

    assert [(spec.role, spec.slot, spec.take, spec.inputs) for spec in step.calls] == [(Role.REVIEW, "C", 2, (1,))]


def test_starting_over_asks_the_only_other_member_once_more():
    state = RunState(id="r", started_at=START, now=START + 1, recipe=recipe(2))
    first = replace(state, calls=(call_of(1, CRITIQUE.next_step(state).calls[0], text=DRAFT),))
    review = ended(2, CRITIQUE.next_step(first).calls[0], found())

    (spec,) = CRITIQUE.start_over(replace(first, calls=(*first.calls, review)), (1,)).calls

    assert (spec.slot, spec.take) == ("B", 2)


def test_plan_has_the_most_calls_that_two_rounds_can_make():
    planned = [(one.role, one.slot, one.fewest, one.most) for one in planned_calls(recipe(4))]

    assert planned == [
        (Role.PANEL, "A", 1, 1),
        (Role.REVIEW, "B", 1, 1),
        (Role.REVIEW, "C", 0, 1),
        (Role.REVIEW, "D", 0, 0),
        (Role.REVISION, "A", 0, 2),
        (Role.JUDGE, "", 0, 0),
        (Role.SYNTHESIS, "", 0, 0),
    ]


@pytest.mark.parametrize("size", [2, 3])
def test_run_ends_for_every_combination_of_outcomes(size):
    drafts, reviews, revisions = (DRAFT, None), (found(), found(3), None), (NEW, NEWER, None)
    for draft, first, second, one, other in product(drafts, reviews, reviews, revisions, revisions):
        outcomes = {D: [draft, DRAFT, DRAFT], R: [first, second, first, second, None], V: [one, other]}

        end, _ = play(outcomes, size)

        assert (end.status, end.answer is not None) == (Status.DONE, True)
