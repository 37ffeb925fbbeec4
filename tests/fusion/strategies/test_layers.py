"""Layers as tables: who is asked when with whose answers, what is waited for, and that it ends as fuse does."""

from dataclasses import replace
from itertools import product

import pytest

from apps.fusion.state import RunState
from apps.fusion.strategies import planned_calls
from apps.fusion.strategies.layers import LAYERS
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import Failure, LayersSettings, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnalysisStatus, AnswerKind, FailureCode, Role, Status
from tests.fusion.strategies.states import call_of
from tests.fusion.strategies.test_vote import START

BROKE = Failure(code=FailureCode.UPSTREAM_ERROR, sentence="It broke.")


def recipe(layers=2, size=3, **settings):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}", fallback="x/z") for slot in SLOTS[:size])
    own = LayersSettings(judge="x/judge", writer="x/writer", layers=layers, **settings)
    return Recipe(settings=own, panel=panel, hard_limit_s=60)


def new(**values):
    return RunState(**{"id": "r", "started_at": START, "now": START + 1, "recipe": recipe(), **values})


def answered(state, step, outcomes):
    """Return the state after the calls of a step; an outcome is "ok", "failed" or "running", by slot, else "ok"."""
    calls = []
    for number, spec in enumerate(step.calls, len(state.calls) + 1):
        match outcomes.get(spec.slot, "ok"):
            case "failed":
                calls.append(call_of(number, spec, status=Status.FAILED, failure=BROKE, text=""))
            case "running":
                calls.append(call_of(number, spec, status=Status.RUNNING, text="", ended_at=None))
            case _:
                status = AnalysisStatus.OK if spec.role is Role.JUDGE else None
                calls.append(call_of(number, spec, text="An answer.", analysis_status=status))
    return replace(state, calls=(*state.calls, *calls))


def play(layers, *outcomes, size=3):
    """Return the last step of a run, and what each step asked for: stage, slots and inputs."""
    state, asked, turns = new(recipe=recipe(layers, size)), [], iter(outcomes)
    for _ in range(12):
        step = LAYERS.next_step(state)
        if isinstance(step, End):
            return step, asked
        assert isinstance(step, Start), step
        asked.append((step.calls[0].stage, "".join(spec.slot for spec in step.calls), step.calls[0].inputs))
        state = answered(state, step, next(turns, {}))
    raise AssertionError("does not end")


FIRST = ("panel", "ABC", ())
TABLE = {
    "one layer is fuse": (1, [], [FIRST, ("judge", "", (1, 2, 3)), ("synthesis", "", (1, 2, 3, 4))]),
    "two layers": (
        2,
        [],
        [FIRST, ("layer-2", "ABC", (1, 2, 3)), ("judge", "", (4, 5, 6)), ("synthesis", "", (4, 5, 6, 7))],
    ),
    "three layers": (
        3,
        [],
        [
            FIRST,
            ("layer-2", "ABC", (1, 2, 3)),
            ("layer-3", "ABC", (4, 5, 6)),
            ("judge", "", (7, 8, 9)),
            ("synthesis", "", (7, 8, 9, 10)),
        ],
    ),
    "one that failed is asked again with the others' answers": (
        2,
        [{"B": "failed"}],
        [FIRST, ("layer-2", "ABC", (1, 3)), ("judge", "", (4, 5, 6)), ("synthesis", "", (4, 5, 6, 7))],
    ),
    "a layer in which all fail is passed over": (
        2,
        [{}, dict.fromkeys("ABC", "failed")],
        [FIRST, ("layer-2", "ABC", (1, 2, 3)), ("judge", "", (1, 2, 3)), ("synthesis", "", (1, 2, 3, 7))],
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_layers_and_who_reads_whom(case):
    layers, outcomes, expected = TABLE[case]

    end, asked = play(layers, *outcomes)

    assert (end.kind, asked) == (AnswerKind.FUSED, expected)


def test_single_answer_of_a_layer_ends_the_run():
    end, asked = play(3, {"A": "failed", "C": "failed"})

    assert (end.kind, end.answer, asked) == (AnswerKind.ONLY, 2, [FIRST])


def test_second_answers_are_second_takes_of_their_slots():
    state = new()
    state = answered(state, LAYERS.next_step(state), {})

    step = LAYERS.next_step(state)

    assert [(spec.slot, spec.take, spec.model, spec.fallback) for spec in step.calls] == [
        ("A", 2, "x/A", "x/z"),
        ("B", 2, "x/B", "x/z"),
        ("C", 2, "x/C", "x/z"),
    ]


def test_late_answer_is_cut_when_the_next_layer_starts():
    state = new(now=START + 12, recipe=recipe(quorum=2, grace_s=10), keeps_late=True)
    state = answered(state, LAYERS.next_step(state), {"C": "running"})

    step = LAYERS.next_step(state)

    assert ([spec.stage for spec in step.calls], step.cut) == (["layer-2"] * 3, (3,))


def test_each_layer_is_waited_for_from_its_own_beginning():
    state = new()
    state = answered(state, LAYERS.next_step(state), {})
    late = tuple(replace(call, ended_at=START + 50) for call in state.calls)
    state = replace(state, calls=late, now=START + 51)
    state = answered(state, LAYERS.next_step(state), {"B": "running"})

    assert LAYERS.next_step(replace(state, now=START + 100)) == Wait(until=START + 110)
    assert LAYERS.next_step(replace(state, now=START + 110)).cut == (5,)


def test_stopped_and_capped_runs_end_between_layers():
    state = new()
    state = answered(state, LAYERS.next_step(state), {})

    assert LAYERS.next_step(replace(state, cancel_requested=True)).status is Status.CANCELLED
    assert LAYERS.next_step(replace(state, cap_reached=True)).failure.code is FailureCode.CAPPED


@pytest.mark.parametrize(("layers", "calls"), [(1, 5), (2, 8), (3, 11)])
def test_plan_has_the_panel_once_for_each_layer(layers, calls):
    planned = planned_calls(recipe(layers))
    stages = ["panel", "layer-2", "layer-3"][:layers]

    assert len(planned) == calls
    assert [call.stage for call in planned] == [*(stage for stage in stages for _ in "ABC"), "judge", "synthesis"]
    assert [call.reads for call in planned[3::3]][: layers - 1] == [(stage,) for stage in stages[:-1]]
    assert planned[-1].reads == (stages[-1], "judge")


@pytest.mark.parametrize("layers", [2, 3])
def test_run_ends_for_every_combination_of_failures(layers):
    for failed in product(("", "A", "AB"), repeat=layers):
        outcomes = [dict.fromkeys(slots, "failed") for slots in failed]

        end, _ = play(layers, *outcomes, size=2)

        assert (end.status is Status.DONE) == (failed[0] != "AB")


@pytest.mark.parametrize("layers", [0, 4])
def test_other_numbers_of_layers_are_refused(layers):
    with pytest.raises(ValueError, match="layers"):
        recipe(layers)
