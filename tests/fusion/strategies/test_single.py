"""The single strategy as a table: one model answers, and nobody judges or writes."""

from dataclasses import replace

import pytest

from apps.fusion.state import RunState
from apps.fusion.strategies import first_calls, single
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import CallSpec, Failure, Parameters, Recipe, SingleSettings, SlotSpec
from apps.fusion.vocabulary import AnswerKind, FailureCode, Role, Status
from tests.fusion.strategies.test_fuse import START, end, panel_call

SPEC = SlotSpec(slot="A", model="x/A", parameters=Parameters(temperature=0.3), fallback="x/B")
RECIPE = Recipe(settings=SingleSettings(), panel=(SPEC,), hard_limit_s=60)
CAPPED = Failure(code=FailureCode.CAPPED, sentence="Your daily cap is $1.00.")
FAILED = "No panel model gave a usable answer. A: It broke."
EMPTY = "No panel model gave a usable answer. A: The answer is empty or a refusal."


def state_of(outcome, now=START + 1, **changes):
    return RunState(id="r", calls=(panel_call(0, outcome),), started_at=START, now=now, recipe=RECIPE, **changes)


def failed(code, sentence):
    status = Status.CANCELLED if code is FailureCode.CANCELLED else Status.FAILED
    return End(status, failure=Failure(code=code, sentence=sentence))


@pytest.mark.parametrize(
    ("outcome", "now", "expected"),
    [
        ("running", START + 1, Wait(until=START + 60)),
        ("running", START + 60, Start(cut=(1,))),
        ("good", START + 1, End(Status.DONE, 1, AnswerKind.ONLY)),
        ("good", START + 99, End(Status.DONE, 1, AnswerKind.ONLY)),
        ("loop", START + 1, End(Status.DONE, 1, AnswerKind.ONLY)),
        ("failed", START + 1, failed(FailureCode.ALL_PANELS_FAILED, FAILED)),
        ("empty", START + 1, failed(FailureCode.ALL_PANELS_FAILED, EMPTY)),
        ("refused", START + 1, failed(FailureCode.ALL_PANELS_FAILED, EMPTY)),
        ("cancelled", START + 1, failed(FailureCode.CANCELLED, "Every panel call was stopped.")),
    ],
)
def test_next_step_after_the_only_call(outcome, now, expected):
    assert single.next_step(state_of(outcome, now)) == expected


def test_next_step_after_a_text_that_misses_its_form_asks_once_more():
    spec = {"slot": "A", "model": "x/A", "parameters": SPEC.parameters, "fallback": "x/B"}

    step = single.next_step(state_of("bad reply"))

    assert step == Start((CallSpec(role=Role.PANEL, stage="panel", take=2, inputs=(1,), **spec),))


@pytest.mark.parametrize(
    ("repair", "kept"),
    [("good", 2), ("bad reply", 2), ("failed", 1), ("empty", 1), ("cancelled", 1), ("refused", 1)],
)
def test_next_step_after_a_repair_keeps_the_newest_text(repair, kept):
    state = state_of("bad reply")
    call = end(replace(panel_call(0), id=2, take=2, inputs=(1,)), repair)

    step = single.next_step(replace(state, calls=(*state.calls, call)))

    assert step == End(Status.DONE, kept, AnswerKind.ONLY)


def test_next_step_of_a_run_without_calls_asks_its_one_model():
    spec = {"slot": "A", "model": "x/A", "parameters": SPEC.parameters, "fallback": "x/B"}

    assert first_calls(RECIPE) == (CallSpec(role=Role.PANEL, stage="panel", **spec),)


def test_next_step_past_the_hard_limit_cuts_once():
    state = state_of("running", START + 60)
    cut = replace(state, calls=(replace(state.calls[0], cancel_requested=True),))

    assert single.next_step(cut) == Wait()


def test_next_step_of_a_stopped_run_cuts_then_ends():
    state = state_of("running", cancel_requested=True)
    stopped = state_of("cancelled", cancel_requested=True)

    assert single.next_step(state) == Start(cut=(1,))
    assert single.next_step(stopped) == failed(FailureCode.CANCELLED, "The run was stopped.")


def test_next_step_of_a_final_run_ignores_a_new_take():
    state = replace(state_of("good"), status=Status.DONE, answer=1)
    retake = replace(panel_call(0), id=2, take=2)

    assert single.next_step(replace(state, calls=(*state.calls, retake))) == Wait()


def test_next_step_at_a_cap_ends_as_capped_and_goes_on_with_a_new_take():
    state = state_of("running", cap_reached=True)
    call = replace(panel_call(0), status=Status.CANCELLED, failure=CAPPED)
    capped = replace(state, calls=(call,))
    again = replace(panel_call(0), id=2, take=2)
    resumed = replace(capped, cap_reached=False, calls=(call, again), now=START + 500, resumed_at=START + 490)

    assert single.next_step(state) == Wait()
    assert single.next_step(capped) == End(Status.CANCELLED, failure=CAPPED)
    assert single.next_step(resumed) == Wait(until=START + 490 + 60)


def test_start_over_returns_the_newest_take():
    assert single.start_over(state_of("good"), (7,)) == End(Status.DONE, 7, AnswerKind.ONLY)
