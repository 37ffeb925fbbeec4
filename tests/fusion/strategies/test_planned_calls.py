"""The plans of all strategies as tables, and held against the calls that they make when no call fails."""

from collections import Counter
from dataclasses import replace

import pytest

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import STRATEGIES, planned_calls, strategy_of
from apps.fusion.strategies.steps import End
from apps.fusion.values import AnswerFormat, Parameters, PlainSettings, Recipe, SingleSettings, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnalysisStatus, AnswerKind, Builtin, Role, Status, StrategyName

WARM = Parameters(temperature=0.7)


def recipe(size, **settings):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}", parameters=WARM, fallback="x/z") for slot in SLOTS[:size])
    if size == 1:
        return Recipe(settings=SingleSettings(), panel=panel)
    return Recipe(settings=PlainSettings(**{"judge": "x/judge", "writer": "x/writer"} | settings), panel=panel)


def row(call):
    counts = (call.fewest, call.expected, call.most)
    return call.stage, call.role, call.slot, call.model, call.fallback, call.stand_in, call.reads, counts


ONCE = (1, 1, 1)
PANEL_CALLS = [("panel", Role.PANEL, slot, f"x/{slot}", "x/z", "", (), ONCE) for slot in "ABC"]
JUDGE = ("judge", Role.JUDGE, "", "x/judge", "", Builtin.OVERLAP, ("panel",), ONCE)
OVERLAP = ("judge", Role.JUDGE, "", Builtin.OVERLAP, "", Builtin.OVERLAP, ("panel",), ONCE)
WRITER = ("synthesis", Role.SYNTHESIS, "", "x/writer", "", Builtin.CLOSEST, ("panel", "judge"), ONCE)


def check_by(model):
    return "check", Role.CHECK, "", model, "", "", ("panel", "synthesis"), ONCE


def reviews_by(*models, ranks=True):
    found = []
    for model in models:
        compares = ("preference", Role.PREFERENCE, "", model, "", "", ("synthesis", "synthesis"), ONCE)
        ranking = [("ranking", Role.RANKING, "", model, "", "", ("panel",), ONCE)] if ranks else []
        found += [*ranking, compares, compares]
    return found


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (recipe(1), PANEL_CALLS[:1]),
        (recipe(2), [*PANEL_CALLS[:2], JUDGE, WRITER]),
        (recipe(3), [*PANEL_CALLS, JUDGE, WRITER]),
        (recipe(2, judge=Builtin.OVERLAP), [*PANEL_CALLS[:2], OVERLAP, WRITER]),
        (recipe(2, answer_check=True), [*PANEL_CALLS[:2], JUDGE, WRITER, check_by("x/judge")]),
        (
            recipe(2, judge=Builtin.OVERLAP, answer_check=True),
            [*PANEL_CALLS[:2], OVERLAP, WRITER, check_by("x/writer")],
        ),
        (recipe(2, peer_review=True), [*PANEL_CALLS[:2], JUDGE, WRITER, *reviews_by("x/A", "x/B", ranks=False)]),
        (
            recipe(3, peer_review=True, answer_check=True),
            [*PANEL_CALLS, JUDGE, WRITER, check_by("x/judge"), *reviews_by("x/A", "x/B", "x/C")],
        ),
    ],
)
def test_planned_calls_of_a_recipe(asked, expected):
    assert [row(call) for call in planned_calls(asked)] == expected


@pytest.mark.parametrize(("size", "most"), [(1, [2]), (2, [1, 1, 1, 2])])
def test_planned_calls_include_the_repair_of_an_answer_that_has_a_form(size, most):
    asked = recipe(size).model_copy(update={"answer_format": AnswerFormat(type="json_object")})

    planned = planned_calls(asked)

    assert [call.most for call in planned] == most
    assert {(call.fewest, call.expected) for call in planned} == {(1, 1)}


def test_planned_calls_carry_parameters_and_who_chose_the_model():
    *panel, judge, writer = planned_calls(recipe(2, judge_is_auto=True, writer_parameters=WARM))

    assert [call.parameters for call in (*panel, judge, writer)] == [WARM, WARM, Parameters(temperature=0), WARM]
    assert [call.is_auto for call in (*panel, judge, writer)] == [False, False, True, False]


def calls_of_a_run(asked):
    """Return all calls of a run in which none fails: every answer is usable and every analysis can be parsed."""
    strategy, state = strategy_of(asked), RunState(id="r", recipe=asked)
    for _ in range(20):
        step = strategy.next_step(state)
        if isinstance(step, End):
            return step, state.calls
        new = [
            CallState(
                id=len(state.calls) + number,
                role=spec.role,
                slot=spec.slot,
                take=spec.take,
                model=spec.model,
                status=Status.DONE,
                text="An answer.",
                analysis_status=AnalysisStatus.OK if spec.role is Role.JUDGE else None,
                ended_at=1.0,
                inputs=spec.inputs,
            )
            for number, spec in enumerate(step.calls, start=1)
        ]
        state = replace(state, calls=(*state.calls, *new))
    raise AssertionError("does not end")


@pytest.mark.parametrize("size", range(1, 9))
def test_run_without_failures_makes_the_calls_that_were_planned(size):
    asked = recipe(size)
    end, calls = calls_of_a_run(asked)
    made = Counter((call.role, call.slot, call.model) for call in calls)

    for planned in planned_calls(asked):
        assert planned.fewest <= made.pop((planned.role, planned.slot, planned.model), 0) <= planned.most
    assert not made
    assert end.kind is strategy_of(asked).answer_kind


@pytest.mark.parametrize("size", range(1, 9))
def test_planned_calls_stand_in_the_order_of_the_stages_that_they_read(size):
    asked = recipe(size)
    names = [stage.name for stage in strategy_of(asked).stages]

    calls = planned_calls(asked)

    assert [names.index(call.stage) for call in calls] == sorted(names.index(call.stage) for call in calls)
    assert all(names.index(read) < names.index(call.stage) for call in calls for read in call.reads)
    assert calls[-1].stage == strategy_of(asked).answer_stage.name


def test_every_value_has_the_name_that_it_is_found_by():
    assert [strategy.name for strategy in STRATEGIES.values()] == list(StrategyName)


def test_strategies_that_are_after_one_answer_as_it_is_say_why_that_one():
    for strategy in STRATEGIES.values():
        assert bool(strategy.answered) is (strategy.answer_kind is AnswerKind.ONLY)


def test_calls_beside_an_answer_have_their_stages_in_every_strategy_that_fuses():
    for strategy in STRATEGIES.values():
        if strategy.has(Role.JUDGE):
            assert {stage.role for stage in strategy.beside} == {
                *(Role.CHECK, Role.RANKING, Role.PREFERENCE),
                Role.SETTLEMENT,
            }
