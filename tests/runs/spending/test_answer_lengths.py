"""Forecasts learn from how long answers were."""

import pytest

from apps.fusion.cost import Lengths
from apps.fusion.values import Usage
from apps.fusion.vocabulary import Role, Status
from apps.runs.models import Call
from apps.runs.spending.answer_lengths import ENOUGH, NEWEST, habits_of
from tests.factories import GEMMA, SMOL, make_local_models, make_run, make_user


@pytest.fixture
def run(db):
    make_local_models()
    return make_run(make_user("alice"))


def wrote(run, tokens, model=SMOL, role=Role.PANEL, **values):
    """Create ended calls that wrote so many tokens, oldest first."""
    takes = Call.objects.filter(run=run).count()
    Call.objects.bulk_create(
        Call(run=run, take=takes + i, **{"model": model, "role": role, "status": Status.DONE, "slot": "A", **values},
             usage=Usage(output_tokens=count))
        for i, count in enumerate(tokens, 1)
    )  # fmt: skip


def test_habits_are_the_middle_half_of_what_a_model_wrote_in_a_role(run):
    wrote(run, range(100, 1000, 100))
    wrote(run, [5] * ENOUGH, role=Role.JUDGE)
    wrote(run, [7] * ENOUGH, model=GEMMA)

    habits = habits_of([(SMOL, Role.PANEL), (SMOL, Role.JUDGE), (SMOL, Role.SYNTHESIS)])

    assert habits == {(SMOL, Role.PANEL): Lengths(low=300, high=700), (SMOL, Role.JUDGE): Lengths(low=5, high=5)}


@pytest.mark.parametrize(
    "tokens, values",
    [
        ([50] * (ENOUGH - 1), {}),
        ([None] * ENOUGH, {}),
        ([0] * ENOUGH, {}),
        ([50] * ENOUGH, {"status": Status.CANCELLED}),
    ],
)
def test_habits_need_enough_whole_answers(run, tokens, values):
    wrote(run, tokens, **values)

    assert habits_of([(SMOL, Role.PANEL)]) == {}


def test_habits_follow_the_newest_answers(run):
    wrote(run, [9000] * NEWEST + [10] * NEWEST)

    assert habits_of([(SMOL, Role.PANEL)]) == {(SMOL, Role.PANEL): Lengths(low=10, high=10)}


def test_habits_of_nothing_are_none(db):
    assert habits_of([]) == {}
