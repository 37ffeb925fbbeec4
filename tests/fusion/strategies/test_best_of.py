"""Best of n as tables, and exhaustively: who is compared with whom, what a flip means, and that it always ends."""

from dataclasses import replace
from itertools import product

import pytest

from apps.fusion.contests import contest, order_of
from apps.fusion.opinions import Opinion
from apps.fusion.state import RunState
from apps.fusion.strategies import planned_calls
from apps.fusion.strategies.best_of import BEST_OF
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import CallSpec, Failure, PlainSettings, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnswerKind, Builtin, FailureCode, Role, Status, StrategyName
from tests.fusion.strategies.states import call_of
from tests.fusion.strategies.test_vote import START, panel_call

BAD = Failure(code=FailureCode.BAD_REPLY, sentence="It gave no preference that could be read.")
CAPPED = Failure(code=FailureCode.CAPPED, sentence="A cap on spending was reached.")


def recipe(size=3, **settings):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in SLOTS[:size])
    return Recipe(
        settings=PlainSettings(
            **{"strategy": StrategyName.BEST_OF, "judge": "x/judge", "writer": "x/writer"} | settings
        ),
        panel=panel,
        hard_limit_s=60,
    )


def state_of(*texts, **changes):
    calls = tuple(panel_call(index, text) for index, text in enumerate(texts))
    given = {"started_at": START, "now": START + 1, "recipe": recipe(max(len(texts), 2)), **changes}
    return RunState(id="r", calls=calls, **given)


def compare(state, step, prefer):
    """Return the state once the comparisons of a step have ended; ``prefer(first, second)`` is the reply of each."""
    calls = []
    for number, spec in enumerate(step.calls, len(state.calls) + 1):
        better = prefer(*spec.inputs[:2])
        verdict = Opinion(better=better) if better else None
        status, failure = (Status.DONE, None) if better else (Status.FAILED, BAD)
        calls.append(call_of(number, spec, status=status, failure=failure, verdict=verdict))
    return replace(state, calls=(*state.calls, *calls))


def play(state, prefer):
    """Return the last step of a contest, and the pairs that were compared, in the order of their calls."""
    asked = []
    for _ in range(20):
        step = BEST_OF.next_step(state)
        if isinstance(step, End):
            return step, asked
        assert isinstance(step, Start), step
        asked += [spec.inputs[:2] for spec in step.calls]
        state = compare(state, step, prefer)
    raise AssertionError("does not end")


def highest(first, second):
    return max(first, second)


def first_shown(first, _second):
    return first


def unreadable(_first, _second):
    return None


@pytest.mark.parametrize(
    ("texts", "prefer", "best", "asked"),
    [
        # The better one is named whichever is shown first.
        (["a", "b", "c"], highest, 3, [(1, 2), (2, 1), (2, 3), (3, 2)]),
        # Whoever prefers what it reads first prefers nothing: who was drawn first stays.
        (["a", "b", "c"], first_shown, 1, [(1, 2), (2, 1), (1, 3), (3, 1)]),
        (["a", "b", "c"], unreadable, 1, [(1, 2), (2, 1), (1, 3), (3, 1)]),
        # Equal texts, and failures, are compared with nobody.
        (["a", "a ", "b"], highest, 3, [(1, 3), (3, 1)]),
        (["same", "same", "same"], highest, 1, []),
        (["a", "failed", "c"], highest, 3, [(1, 3), (3, 1)]),
        (["failed", "refused", "c"], highest, 3, []),
    ],
)
def test_best_answer_and_the_pairs_that_are_compared(texts, prefer, best, asked):
    end, compared = play(state_of(*texts), prefer)

    kind = AnswerKind.ONLY if texts[:2] == ["failed", "refused"] else AnswerKind.BEST
    assert (end.status, end.kind, end.answer, compared) == (Status.DONE, kind, best, asked)


def test_seed_decides_who_is_drawn_first():
    started = [order_of((5, 7, 9), seed)[0] for seed in range(6)]

    assert started == [5, 7, 9, 5, 7, 9]


def test_comparison_is_of_two_and_names_the_whole_contest():
    step = BEST_OF.next_step(state_of("a", "b", "c"))

    assert [(spec.role, spec.model, spec.inputs) for spec in step.calls] == [
        (Role.COMPARISON, "x/judge", (1, 2, 3)),
        (Role.COMPARISON, "x/judge", (2, 1, 3)),
    ]


@pytest.mark.parametrize("judge", ["x/judge", Builtin.OVERLAP])
def test_evaluator_is_the_judge_or_else_the_writer(judge):
    state = state_of("a", "b", recipe=recipe(2, judge=judge))

    assert {spec.model for spec in BEST_OF.next_step(state).calls} == {"x/judge" if judge == "x/judge" else "x/writer"}


def test_both_orders_are_waited_for():
    state = state_of("a", "b")
    one, other = compare(state, BEST_OF.next_step(state), highest).calls[2:]
    half = replace(state, calls=(*state.calls, one, replace(other, status=Status.RUNNING, verdict=None)))

    assert isinstance(BEST_OF.next_step(half), Wait)


def test_comparison_that_a_cap_stopped_is_asked_again_once_the_run_goes_on():
    state = state_of("a", "b")
    one, other = compare(state, BEST_OF.next_step(state), highest).calls[2:]
    capped = replace(other, status=Status.CANCELLED, failure=CAPPED, verdict=None)
    stopped = replace(state, calls=(*state.calls, one, capped))

    ended = BEST_OF.next_step(replace(stopped, cap_reached=True))
    again = BEST_OF.next_step(stopped)

    assert (ended.status, ended.failure.code) == (Status.CANCELLED, FailureCode.CAPPED)
    assert [(spec.inputs[:2], spec.take) for spec in again.calls] == [((2, 1), 3)]


def test_stopped_run_cuts_what_is_open_and_has_no_answer():
    state = state_of("a", "b")
    open_calls = tuple(
        replace(one, status=Status.RUNNING, verdict=None)
        for one in compare(state, BEST_OF.next_step(state), highest).calls[2:]
    )
    state = replace(state, calls=(*state.calls, *open_calls), cancel_requested=True)
    ended = replace(state, calls=(*state.calls[:2], *(replace(one, status=Status.CANCELLED) for one in open_calls)))

    assert BEST_OF.next_step(state).cut == (3, 4)
    assert BEST_OF.next_step(ended).status is Status.CANCELLED


def test_starting_over_is_a_contest_of_its_own():
    state = state_of("a", "b", "c")
    first = compare(state, BEST_OF.next_step(state), highest)
    step = BEST_OF.start_over(first, (1, 2))
    second = compare(first, step, lambda *_: 1)

    end = BEST_OF.next_step(second)

    assert [spec.inputs for spec in step.calls] == [(1, 2), (2, 1)]
    assert (end.answer, end.kind) == (1, AnswerKind.BEST)
    assert BEST_OF.start_over(state, (2,)).kind is AnswerKind.AS_IS


def test_late_answers_go_on_beside_the_comparisons_and_are_cut_at_their_limit():
    changes = {"keeps_late": True, "recipe": recipe(3, grace_s=5, quorum=2)}
    state = state_of("a", "b", "running", now=START + 10, **changes)
    step = BEST_OF.next_step(state)
    open_calls = tuple(call_of(number, spec, status=Status.RUNNING) for number, spec in enumerate(step.calls, 4))
    over = replace(state, calls=(*state.calls, *open_calls), now=START + 60)

    assert ([spec.inputs for spec in step.calls], step.cut) == ([(1, 2), (2, 1)], ())
    assert BEST_OF.next_step(over).cut == (3,)


@pytest.mark.parametrize(("size", "comparisons"), [(2, 2), (3, 4), (8, 14)])
def test_plan_has_two_comparisons_for_each_further_answer(size, comparisons):
    *panel, planned, judge, writer = planned_calls(recipe(size))

    assert [call.role for call in panel] == [Role.PANEL] * size
    assert (planned.role, planned.model, planned.reads) == (Role.COMPARISON, "x/judge", ("panel",))
    assert (planned.fewest, planned.expected, planned.most) == (comparisons,) * 3
    assert (judge.most, writer.most) == (0, 0)
    assert len(play(state_of(*map(str, range(size)), recipe=recipe(size)), highest)[1]) == comparisons


@pytest.mark.parametrize("size", [2, 3])
def test_run_ends_for_every_combination_of_outcomes(size):
    replies = (highest, first_shown, unreadable)
    for texts in product(("a", "b", "failed"), repeat=size):
        for choices in product(replies, repeat=max(size - 1, 1)):
            turns = iter(choices * 3)
            state = state_of(*texts, recipe=recipe(size))
            for _ in range(10):
                step = BEST_OF.next_step(state)
                if isinstance(step, End):
                    break
                state = compare(state, step, next(turns))
            assert isinstance(step, End), (texts, choices)
            usable = {number for number, text in enumerate(texts, 1) if text != "failed"}
            assert step.answer in (usable or {None})


def test_contest_without_replies_says_what_is_asked_next():
    spec = CallSpec(role=Role.COMPARISON, model="x/judge", inputs=(1, 2, 3))
    half = call_of(9, spec, verdict=Opinion(better=2))

    found = contest((1, 2, 3), {1: "a", 2: "b", 3: "c"}, [half])

    assert (found.best, found.to_ask, found.is_decided) == (1, ((2, 1),), False)
