"""The fuse strategy at a cap on spending: nothing more starts, text is kept, and the run can be let go on."""

from dataclasses import replace
from itertools import product

import pytest

from apps.fusion.state import CallState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import Failure
from apps.fusion.vocabulary import AnswerKind, Builtin, FailureCode, Role, Status
from tests.fusion.strategies.test_fuse import START, end, judged, panel_call, state_of

CAPPED = Failure(code=FailureCode.CAPPED, sentence="The run's cap of $0.05 was reached.")


def capped(call, text=""):
    return replace(call, status=Status.CANCELLED, failure=CAPPED, text=text, ended_at=START + 2)


def with_capped(state, index, text=""):
    calls = list(state.calls)
    calls[index] = capped(calls[index], text)
    return replace(state, calls=tuple(calls))


def written(state, text=""):
    """Return a judged state with a writer that was capped at ``text``."""
    judge = state.calls[-1]
    writer = CallState(
        id=judge.id + 1, role=Role.SYNTHESIS, slot="", take=1, model="x/writer", inputs=(*judge.inputs, judge.id)
    )
    return replace(state, calls=(*state.calls, capped(writer, text)))


def ended(answer=None, kind=None, analysis=None):
    return End(Status.CANCELLED, answer, kind, CAPPED, analysis)


@pytest.mark.parametrize(
    "state, step",
    [
        (with_capped(state_of("running", "running"), 0), Wait()),
        (with_capped(state_of("good", "running"), 0), Wait()),
        (with_capped(state_of("good", "good", "running"), 2), ended()),
        (with_capped(state_of("running", now=START + 999), 0), ended()),
        (with_capped(judged("good", "good", judge="running"), 2), ended()),
        (written(judged("good", "good")), ended(analysis=50)),
        (written(judged("good", "good"), "It is"), ended(51, AnswerKind.FUSED, analysis=50)),
        (with_capped(replace(state_of("running"), answer=9, answer_kind=AnswerKind.ONLY), 0), ended(9, "only")),
    ],
    ids="live one-live panel panel-of-one judge writer writer-with-text earlier-answer".split(),
)
def test_run_at_its_cap_waits_for_what_runs_and_ends(state, step):
    assert fuse.next_step(replace(state, cap_reached=True)) == step


@pytest.mark.parametrize("outcomes", [*product(["good", "failed", "running", "refused"], repeat=3)])
def test_run_at_its_cap_starts_nothing(outcomes):
    states = [state_of(*outcomes), judged("good", "good", judge="analysis"), judged("good", "good", judge="bad reply")]

    steps = [fuse.next_step(replace(state, cap_reached=True)) for state in states]

    assert [step for step in steps if isinstance(step, Start)] == []


def test_run_at_its_cap_can_be_stopped():
    state = replace(state_of("good", "running"), cap_reached=True, cancel_requested=True)

    assert fuse.next_step(state) == Start(cut=(2,))


def test_run_that_goes_on_asks_a_capped_judge_again():
    (spec,) = fuse.next_step(with_capped(judged("good", "good", judge="running"), 2)).calls

    assert (spec.role, spec.model, spec.take, spec.inputs) == (Role.JUDGE, "x/judge", 2, (1, 2))


def test_run_that_goes_on_asks_a_capped_writer_again():
    (spec,) = fuse.next_step(written(judged("good", "good"), "It is")).calls

    assert (spec.role, spec.model, spec.take, spec.inputs) == (Role.SYNTHESIS, "x/writer", 2, (1, 2, 50))


def test_writer_that_fails_after_it_was_capped_is_replaced():
    state = written(judged("good", "good"))
    again = replace(state.calls[-1], id=52, take=2, status=Status.RUNNING, failure=None)

    (spec,) = fuse.next_step(replace(state, calls=(*state.calls, end(again, "failed")))).calls

    assert (spec.model, spec.take) == (Builtin.CLOSEST, 3)


@pytest.mark.parametrize(
    "now, step",
    [(START + 509, Wait(until=START + 510)), (START + 510, Start)],
)
def test_run_that_goes_on_gets_its_grace_anew(now, step):
    calls = (panel_call(0, "good"), panel_call(1, "good"), panel_call(2))
    state = replace(state_of("good", "good", "running", now=now), calls=calls, resumed_at=START + 500)

    result = fuse.next_step(state)

    assert isinstance(result, step) if step is Start else result == step


def test_run_that_goes_on_gets_its_hard_limit_anew():
    state = state_of("good", "running", now=START + 999, resumed_at=START + 990)

    assert fuse.next_step(state) == Wait(until=START + 990 + 60)
