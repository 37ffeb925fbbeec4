"""The fuse strategy waits for its panel for so long, and for no longer; late calls go on, or are cut."""

from dataclasses import replace

import pytest

from apps.fusion.strategies import fuse
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.strategies.strategy import WaitingRule
from apps.fusion.vocabulary import AnswerKind, Role, Status
from tests.fusion.strategies.test_fuse import START, judged, recipe, roles, state_of


@pytest.mark.parametrize("ready", [1, 2, 3])
def test_next_step_waits_for_all_by_default_and_goes_on_at_once_with_all(ready):
    outcomes = ["good"] * ready + ["running"] * (4 - ready)
    waiting = {"grace_s": None, "hard_limit_s": 600}
    late = state_of(*outcomes, now=START + 599, recipe=waiting)

    assert fuse.next_step(late) == Wait(until=START + 600)
    assert roles(fuse.next_step(state_of(*["good"] * 4, recipe=waiting))) == [(Role.JUDGE, 1, "x/judge", (1, 2, 3, 4))]


@pytest.mark.parametrize(
    ("settings", "answers", "grace_s"),
    [
        ({"quorum": None, "grace_s": None}, 3, None),
        ({"quorum": 1, "grace_s": None}, 1, 30),
        ({"quorum": None, "grace_s": 5}, 2, 5),
        ({"quorum": 8, "grace_s": 0}, 3, 0),
    ],
)
def test_waiting_rule_waits_for_all_unless_a_quorum_or_a_grace_is_set(settings, answers, grace_s):
    assert fuse.waiting_rule(recipe(3, **settings)) == WaitingRule(answers, grace_s, 60)


def running_since(state, **since):
    """Return the state with the moments at which calls were started, by slot."""
    calls = tuple(replace(call, started_at=since.get(call.slot)) for call in state.calls)
    return replace(state, calls=calls)


def test_late_call_is_left_at_work_where_somebody_may_include_it():
    state = state_of("good", "good", "running", now=START + 11, keeps_late=True)

    step = fuse.next_step(state)

    assert (roles(step), step.cut) == ([(Role.JUDGE, 1, "x/judge", (1, 2))], ())


def test_late_call_is_cut_at_the_hard_limit_and_where_nobody_looks():
    for state in (
        state_of("good", "good", "running", now=START + 60, keeps_late=True),
        state_of("good", "good", "running", now=START + 11),
    ):
        assert fuse.next_step(state).cut == (3,)


def test_late_call_that_no_worker_has_taken_is_cut():
    state = state_of("good", "good", "running", "running", now=START + 11, keeps_late=True)
    queued = replace(state.calls[2], status=Status.QUEUED)

    step = fuse.next_step(replace(state, calls=(*state.calls[:2], queued, state.calls[3])))

    assert step.cut == (3,)


def test_only_answer_does_not_wait_for_a_late_call():
    state = state_of("good", "running", fuse_now=True, keeps_late=True)

    assert fuse.next_step(state) == End(Status.DONE, 1, AnswerKind.ONLY)


@pytest.mark.parametrize("is_over", [False, True], ids=["judging", "over"])
def test_late_call_is_cut_by_its_own_clock(is_over):
    state = judged("good", "good", "running", judge="running", now=START + 30, keeps_late=True)
    state = running_since(replace(state, status=Status.DONE if is_over else Status.RUNNING), C=START + 5)

    assert fuse.next_step(state) == Wait(until=START + 65)
    assert fuse.next_step(replace(state, now=START + 65)) == Start(cut=(3,))


def test_late_call_that_is_being_cut_is_not_cut_again():
    state = running_since(judged("good", "good", "running", judge="running", now=START + 70), C=START)
    calls = tuple(replace(call, cancel_requested=call.id == 3) for call in state.calls)

    assert fuse.next_step(replace(state, calls=calls)) == Wait()
