"""Votes on answers in JSON field by field: when the winners make the answer, and when the judge is asked."""

import json
from dataclasses import replace

import pytest

from apps.fusion.calibration import Calibration, MemberRecord
from apps.fusion.state import CallState
from apps.fusion.strategies import STRATEGIES
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.strategies.vote import VOTE, ballot_of
from apps.fusion.values import AnswerFormat, JsonFields, NoMajority, WeightedSettings
from apps.fusion.vocabulary import AnswerKind, Builtin, FinishReason, Role, Status, StrategyName, VoteResult
from tests.fusion.strategies.test_vote import START, panel_call, state_of

BY_FIELDS = {"json_fields": JsonFields.WINNER}
JUDGED = {**BY_FIELDS, "no_majority": NoMajority.JUDGE}
NUMBERS = AnswerFormat(
    type="json_schema",
    json_schema={
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    },
)


def texts(*answers):
    return [one if isinstance(one, str) else json.dumps(one) for one in answers]


def told(step):
    """Return the role and model of the call that a step starts, and what its ballot says."""
    ballot = step.ballot
    composed = ballot.composed if ballot else None
    call = step.calls[0] if isinstance(step, Start) else None
    return (
        (call.role, call.model) if call else (step.kind, step.answer),
        ballot.result,
        json.loads(composed.text) if composed and composed.text else None,
        bool(composed and composed.problem),
    )


FIELDS, JUDGE = (Role.SYNTHESIS, Builtin.FIELDS), (Role.JUDGE, "x/judge")
TABLE = {
    "winners of different members": (
        ([{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 9, "b": 3}], BY_FIELDS, None),
        (FIELDS, VoteResult.FIELDS, {"a": 1, "b": 3}, False),
    ),
    "all alike": (
        ([{"a": 1}, {"a": 1}], BY_FIELDS, None),
        (FIELDS, VoteResult.FIELDS, {"a": 1}, False),
    ),
    "null without a majority": (
        ([{"a": 1, "b": 2}, {"a": 1, "b": 3}], BY_FIELDS, None),
        (FIELDS, VoteResult.FIELDS, {"a": 1, "b": None}, False),
    ),
    "the judge without a majority": (
        ([{"a": 1, "b": 2}, {"a": 1, "b": 3}], JUDGED, None),
        (JUDGE, VoteResult.NO_MAJORITY, {"a": 1, "b": None}, False),
    ),
    "every field has one, so nobody judges": (
        ([{"a": 1}, {"a": 1}, {"a": 2}], JUDGED, None),
        (FIELDS, VoteResult.FIELDS, {"a": 1}, False),
    ),
    "a schema that is kept": (
        ([{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 9, "b": 3}], BY_FIELDS, NUMBERS),
        (FIELDS, VoteResult.FIELDS, {"a": 1, "b": 3}, False),
    ),
    "a schema that null breaks: whole answers": (
        ([{"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 5, "b": 3}, {"a": 6, "b": 4}], BY_FIELDS, NUMBERS),
        ((AnswerKind.VOTED, 1), VoteResult.PLURALITY, None, True),
    ),
    "a schema that null breaks, and no whole answer twice": (
        ([{"a": 1, "b": 2}, {"a": 1, "b": 3}], BY_FIELDS, NUMBERS),
        (JUDGE, VoteResult.TIE, None, True),
    ),
    "no JSON: as in vote": (
        (["7", "7", "8"], BY_FIELDS, None),
        ((AnswerKind.VOTED, 1), VoteResult.MAJORITY, None, True),
    ),
    "whole answers by default": (
        ([{"a": 1, "b": 2}, {"a": 1, "b": 2}], {"answer_kind": "json"}, None),
        ((AnswerKind.VOTED, 1), VoteResult.MAJORITY, None, False),
    ),
}


def voting(answers, settings, answer_format=None):
    state = state_of(*texts(*answers), settings=settings)
    return replace(state, recipe=state.recipe.model_copy(update={"answer_format": answer_format}))


@pytest.mark.parametrize("case", TABLE)
def test_step_after_the_panel(case):
    arguments, expected = TABLE[case]

    assert told(VOTE.next_step(voting(*arguments))) == expected


def composing(state, **changes):
    """Return the state with the built-in call that hands in the winners."""
    step = VOTE.next_step(state)
    call = CallState(
        id=9, role=Role.SYNTHESIS, slot="", take=1, model=Builtin.FIELDS, stage="synthesis", status=Status.RUNNING
    )
    return replace(state, calls=(*state.calls, replace(call, inputs=step.calls[0].inputs, **changes)))


DONE = {"status": Status.DONE, "text": "{}", "finish_reason": FinishReason.STOP}


def test_run_ends_with_what_the_builtin_hands_in():
    state = voting([{"a": 1}, {"a": 1}, {"a": 2}], BY_FIELDS)

    assert isinstance(VOTE.next_step(composing(state)), Wait)
    end = VOTE.next_step(composing(state, **DONE))
    assert (end.status, end.answer, end.kind, end.ballot.result) == (
        Status.DONE,
        9,
        AnswerKind.VOTED,
        VoteResult.FIELDS,
    )


def test_builtin_that_fails_is_followed_by_the_judge():
    failed = composing(voting([{"a": 1}, {"a": 1}], BY_FIELDS), status=Status.FAILED)

    assert told(VOTE.next_step(failed))[0] == JUDGE


def test_run_that_is_stopped_meanwhile_ends_stopped():
    state = replace(composing(voting([{"a": 1}, {"a": 1}], BY_FIELDS)), cancel_requested=True)

    assert VOTE.next_step(state) == Start(cut=(9,))


def test_start_over_counts_the_fields_anew():
    state = voting([{"a": 1, "b": 2}, {"a": 2, "b": 2}, {"a": 2, "b": 3}], BY_FIELDS)

    assert told(VOTE.start_over(state, (1, 2, 3))) == (FIELDS, VoteResult.FIELDS, {"a": 2, "b": 2}, False)


def test_judge_after_an_earlier_vote_by_fields_goes_on_as_a_fusion():
    done = composing(voting([{"a": 1}, {"a": 1}], BY_FIELDS), **DONE)
    judge = CallState(id=10, role=Role.JUDGE, slot="", take=1, model="x/judge", stage="judge", status=Status.RUNNING)

    assert isinstance(VOTE.next_step(replace(done, calls=(*done.calls, judge))), Wait)


def test_late_answers_are_cut_with_the_step_that_composes():
    calls = tuple(panel_call(at, text) for at, text in enumerate([*texts({"a": 1}, {"a": 1}), "running"]))
    state = replace(state_of(*texts({"a": 1}, {"a": 1}, {"a": 1}), settings=BY_FIELDS), calls=calls, now=START + 60)

    step = VOTE.next_step(state)

    assert (step.calls[0].model, step.cut) == (Builtin.FIELDS, (3,))


def test_weights_decide_each_field():
    state = voting([{"a": 1, "b": 2}, {"a": 2, "b": 2}, {"a": 2, "b": 3}], {})
    members = (("x/A", 95), ("x/B", 60), ("x/C", 60))
    calibration = Calibration(members=tuple(MemberRecord(model=one, correct=n, items=100) for one, n in members))
    settings = WeightedSettings(judge="x/judge", writer="x/writer", calibration=calibration, **BY_FIELDS)
    state = replace(state, recipe=state.recipe.model_copy(update={"settings": settings}))

    step = STRATEGIES[StrategyName.WEIGHTED].next_step(state)

    assert told(step) == (FIELDS, VoteResult.FIELDS, {"a": 1, "b": 2}, False)
    assert [one.winner for one in step.ballot.fields] == ["1", "2"]


def test_answers_made_of_fields_have_no_certificate():
    state = voting([{"a": 1}, {"a": 1}], BY_FIELDS)

    ballot = ballot_of(state, (1, 2))

    assert (ballot.winning, ballot.answer) == (None, None)
    assert not isinstance(VOTE.next_step(state), End)
