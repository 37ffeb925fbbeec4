"""Verify as tables: claims, their support, a writer; what happens where one cannot be read; and that it ends."""

from dataclasses import replace
from itertools import product

import pytest

from apps.fusion.opinions import Claim, ClaimSource, Opinion
from apps.fusion.state import RunState
from apps.fusion.strategies import planned_calls
from apps.fusion.strategies.steps import End, Start
from apps.fusion.strategies.verify import VERIFY
from apps.fusion.values import Failure, PlainSettings, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnalysisStatus, AnswerKind, Builtin, FailureCode, Role, Status, StrategyName
from tests.fusion.strategies.states import call_of
from tests.fusion.strategies.test_vote import START

BAD = Failure(code=FailureCode.BAD_REPLY, sentence="The claims could not be read.")
CAPPED = Failure(code=FailureCode.CAPPED, sentence="A cap on spending was reached.")
CLAIM = Claim(text="It is 330 m.", sources=(ClaimSource(slot="A", quote="330 m", span=(0, 5)),))


def recipe(size=2, **settings):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in SLOTS[:size])
    own = PlainSettings(**{"strategy": StrategyName.VERIFY, "judge": "x/judge", "writer": "x/writer"} | settings)
    return Recipe(settings=own, panel=panel, hard_limit_s=60)


def ended(number, spec, is_good):
    """Return a call as it ended: well, or with a failure of its own; support has its claims either way."""
    text = "An answer." if spec.role in (Role.PANEL, Role.SYNTHESIS) else "{}"
    status = AnalysisStatus.OK if spec.role is Role.JUDGE and is_good else None
    has_opinion = spec.role is Role.SUPPORT or (spec.role is Role.CLAIMS and is_good)
    values = {"verdict": Opinion(claims=(CLAIM,)) if has_opinion else None, "analysis_status": status}
    if not is_good and spec.model not in list(Builtin):
        return call_of(number, spec, status=Status.FAILED, failure=BAD, text="", **values)
    return call_of(number, spec, text=text, **values)


def play(good, size=2, **settings):
    """Return the last step, and each step's calls as (role, model, inputs); ``good`` are roles whose calls end well."""
    state, asked = RunState(id="r", started_at=START, now=START + 1, recipe=recipe(size, **settings)), []
    for _ in range(14):
        step = VERIFY.next_step(state)
        if isinstance(step, End):
            return step, asked
        assert isinstance(step, Start), step
        asked += [(spec.role, spec.model, spec.inputs) for spec in step.calls if spec.role is not Role.PANEL]
        new = [ended(number, spec, spec.role in good) for number, spec in enumerate(step.calls, len(state.calls) + 1)]
        state = replace(state, calls=(*state.calls, *new))
    raise AssertionError("does not end")


ALL = frozenset({Role.PANEL, Role.CLAIMS, Role.SUPPORT, Role.JUDGE, Role.SYNTHESIS})
TABLE = {
    "claims, support, writer": (
        ALL,
        AnswerKind.FUSED,
        [
            (Role.CLAIMS, "x/judge", (1, 2)),
            (Role.SUPPORT, "x/judge", (1, 2, 3)),
            (Role.SYNTHESIS, "x/writer", (1, 2, 4)),
        ],
    ),
    "support that cannot be read is found by words": (
        ALL - {Role.SUPPORT},
        AnswerKind.FUSED,
        [
            (Role.CLAIMS, "x/judge", (1, 2)),
            (Role.SUPPORT, "x/judge", (1, 2, 3)),
            (Role.SYNTHESIS, "x/writer", (1, 2, 4)),
        ],
    ),
    "claims that cannot be read are judged instead": (
        ALL - {Role.CLAIMS},
        AnswerKind.FUSED,
        [(Role.CLAIMS, "x/judge", (1, 2)), (Role.JUDGE, "x/judge", (1, 2)), (Role.SYNTHESIS, "x/writer", (1, 2, 4))],
    ),
    "a writer that fails is replaced by the closest answer": (
        ALL - {Role.SYNTHESIS},
        AnswerKind.CLOSEST,
        [
            (Role.CLAIMS, "x/judge", (1, 2)),
            (Role.SUPPORT, "x/judge", (1, 2, 3)),
            (Role.SYNTHESIS, "x/writer", (1, 2, 4)),
            (Role.SYNTHESIS, Builtin.CLOSEST, (1, 2, 4)),
        ],
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_calls_and_their_end(case):
    good, kind, expected = TABLE[case]

    end, asked = play(good)

    assert (end.status, end.kind, asked) == (Status.DONE, kind, expected)


def test_arbiter_is_the_writer_where_words_are_compared():
    _, asked = play(ALL, judge=Builtin.OVERLAP)

    assert [model for _, model, _ in asked] == ["x/writer"] * 3


@pytest.mark.parametrize("role", [Role.CLAIMS, Role.SUPPORT])
def test_call_that_a_cap_stopped_is_asked_again(role):
    state = RunState(id="r", started_at=START, now=START + 1, recipe=recipe())
    while True:
        step = VERIFY.next_step(state)
        (spec, *more) = step.calls
        if spec.role is role:
            break
        new = [ended(number, one, True) for number, one in enumerate(step.calls, len(state.calls) + 1)]
        state = replace(state, calls=(*state.calls, *new))
    capped = call_of(len(state.calls) + 1, spec, status=Status.CANCELLED, failure=CAPPED, text="")
    stopped = replace(state, calls=(*state.calls, capped))

    (again,) = VERIFY.next_step(stopped).calls

    assert (more, again.role, again.inputs, again.take) == ([], role, spec.inputs, 2)
    assert VERIFY.next_step(replace(stopped, cap_reached=True)).failure.code is FailureCode.CAPPED


@pytest.mark.parametrize("is_written", [False, True])
def test_support_that_brought_nothing_is_judged_in_its_place_unless_it_was_written_from(is_written):
    """A call that could not be sent, was stopped in the queue, or was lost with its workers has no opinion."""
    state = RunState(id="r", started_at=START, now=START + 1, recipe=recipe())
    while (step := VERIFY.next_step(state)).calls[0].role is not Role.SUPPORT:
        new = [ended(number, one, True) for number, one in enumerate(step.calls, len(state.calls) + 1)]
        state = replace(state, calls=(*state.calls, *new))
    support = call_of(4, step.calls[0], status=Status.FAILED, failure=BAD, text="", verdict=None)
    writer = call_of(
        5, VERIFY.next_step(replace(state, calls=(*state.calls, replace(support, verdict=Opinion())))).calls[0]
    )

    after = VERIFY.next_step(replace(state, calls=(*state.calls, support, *([writer] if is_written else []))))

    if is_written:
        assert (after.answer, after.kind) == (5, AnswerKind.FUSED)
    else:
        assert [(one.role, one.inputs) for one in after.calls] == [(Role.JUDGE, (1, 2))]


def test_starting_over_splits_the_chosen_answers_anew():
    state = RunState(id="r", started_at=START, now=START + 1, recipe=recipe(3))

    (spec,) = VERIFY.start_over(state, (1, 3)).calls

    assert (spec.role, spec.inputs) == (Role.CLAIMS, (1, 3))
    assert VERIFY.start_over(state, (2,)).kind is AnswerKind.ONLY


def test_plan_has_the_arbiters_two_calls():
    assert [(one.stage, one.model, one.reads, one.most) for one in planned_calls(recipe())][2:] == [
        ("claims", "x/judge", ("panel",), 1),
        ("support", "x/judge", ("panel", "claims"), 1),
        ("judge", "x/judge", ("panel",), 0),
        ("synthesis", "x/writer", ("panel", "support"), 1),
    ]


def test_run_ends_for_every_combination_of_failures():
    for failing in product((False, True), repeat=len(ALL)):
        good = {role for role, fails in zip(sorted(ALL), failing, strict=True) if not fails}

        end, _ = play(good)

        assert (end.status is Status.DONE) == (Role.PANEL in good), good
