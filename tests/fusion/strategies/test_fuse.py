"""The fuse strategy as tables, and exhaustively: it ends for every combination of outcomes."""

from dataclasses import replace
from functools import cache
from itertools import product

import pytest

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import Failure, Recipe, SlotSpec
from apps.fusion.vocabulary import (
    SLOTS,
    AnalysisStatus,
    AnswerKind,
    Builtin,
    FailureCode,
    FinishReason,
    Role,
    Status,
)

START = 1000.0


def recipe(size, **changes):
    return cached_recipe(size, tuple(changes.items()))


@cache
def cached_recipe(size, changes):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in SLOTS[:size])
    return Recipe(
        **{"panel": panel, "judge": "x/judge", "writer": "x/writer", "grace_s": 10, "hard_limit_s": 60} | dict(changes)
    )


def panel_call(index, outcome="running", at=START + 1):
    call = CallState(id=index + 1, role=Role.PANEL, slot=SLOTS[index], take=1, model="x/y", status=Status.RUNNING)
    return end(call, outcome, at)


def end(call, outcome, at=START + 1):
    """Return a call after one of the outcomes that the tables name."""
    failed = Failure(code=FailureCode.UPSTREAM_ERROR, sentence="It broke.")
    match outcome:
        case "running":
            return call
        case "good":
            return replace(call, status=Status.DONE, text="An answer.", ended_at=at)
        case "analysis":
            return replace(call, status=Status.DONE, text="{}", analysis_status=AnalysisStatus.OK, ended_at=at)
        case "empty":
            return replace(call, status=Status.DONE, text=" \n", ended_at=at)
        case "refused":
            return replace(call, status=Status.DONE, text="No.", finish_reason=FinishReason.REFUSAL, ended_at=at)
        case "loop":
            return replace(call, status=Status.DONE, text="a a", finish_reason=FinishReason.LOOP, ended_at=at)
        case "failed":
            return replace(call, status=Status.FAILED, failure=failed, ended_at=at)
        case "bad reply":
            failure = Failure(code=FailureCode.BAD_REPLY, sentence="Prose.")
            return replace(call, status=Status.FAILED, text="Prose", failure=failure, ended_at=at)
        case "cancelled":
            failure = Failure(code=FailureCode.CANCELLED, sentence="Stopped.")
            return replace(call, status=Status.CANCELLED, failure=failure, ended_at=at)
    raise AssertionError(outcome)


def state_of(*outcomes, now=START + 1, **changes):
    calls = tuple(panel_call(index, outcome) for index, outcome in enumerate(outcomes))
    recipe_changes = changes.pop("recipe", {})
    return RunState(
        id="r", calls=calls, started_at=START, now=now, recipe=recipe(len(outcomes), **recipe_changes), **changes
    )


def judged(*outcomes, judge="analysis", judge_model="x/judge", **changes):
    state = state_of(*outcomes, **changes)
    inputs = tuple(call.id for call in state.panel() if call.is_usable)
    call = CallState(id=50, role=Role.JUDGE, slot="", take=1, model=judge_model, status=Status.RUNNING, inputs=inputs)
    return replace(state, calls=(*state.calls, end(call, judge)))


def roles(step):
    return [(spec.role, spec.take, spec.model, spec.inputs) for spec in step.calls]


@pytest.mark.parametrize(
    ("outcomes", "now", "expected"),
    [
        (("running", "running", "running"), START + 1, Wait(until=START + 60)),
        (("good", "running", "running"), START + 1, Wait(until=START + 60)),
        (("good", "good", "running"), START + 1, Wait(until=START + 11)),
        (("good", "empty", "running"), START + 1, Wait(until=START + 60)),
        (("good", "refused", "running"), START + 1, Wait(until=START + 60)),
        (("running", "running", "running"), START + 60, Start(cut=(1, 2, 3))),
        (("good", "failed", "running"), START + 60, Start(cut=(3,))),
        (("good", "failed", "empty"), START + 1, End(Status.DONE, 1, AnswerKind.ONLY)),
        (("loop", "failed"), START + 1, End(Status.DONE, 1, AnswerKind.ONLY)),
    ],
)
def test_next_step_in_the_panel(outcomes, now, expected):
    assert fuse.next_step(state_of(*outcomes, now=now)) == expected


@pytest.mark.parametrize(
    ("outcomes", "now", "inputs", "cut"),
    [
        (("good", "good", "good"), START + 1, (1, 2, 3), ()),
        (("good", "failed", "good"), START + 1, (1, 3), ()),
        (("good", "good", "running"), START + 11, (1, 2), (3,)),
        (("running", "good", "good"), START + 60, (2, 3), (1,)),
    ],
)
def test_next_step_starts_the_judge_on_the_usable_answers(outcomes, now, inputs, cut):
    step = fuse.next_step(state_of(*outcomes, now=now))

    assert roles(step) == [(Role.JUDGE, 1, "x/judge", inputs)]
    assert step.cut == cut
    assert step.calls[0].parameters.temperature == 0


def test_next_step_quorum_of_all_waits_for_all():
    state = state_of("good", "good", "running", now=START + 30, recipe={"quorum": 8})

    assert fuse.next_step(state) == Wait(until=START + 60)


def test_next_step_fuse_now_goes_on_with_what_is_ready():
    step = fuse.next_step(state_of("good", "good", "running", fuse_now=True, recipe={"quorum": 3}))

    assert (roles(step), step.cut) == ([(Role.JUDGE, 1, "x/judge", (1, 2))], (3,))


def test_next_step_fuse_now_without_any_answer_waits():
    assert fuse.next_step(state_of("running", "failed", fuse_now=True)) == Wait(until=START + 60)


def test_next_step_nothing_usable_fails_with_the_reason_of_each():
    step = fuse.next_step(state_of("failed", "empty"))

    assert step == End(
        Status.FAILED,
        failure=Failure(
            code=FailureCode.ALL_PANELS_FAILED,
            sentence="No panel model gave a usable answer. A: It broke. B: The answer is empty or a refusal.",
        ),
    )


def test_next_step_every_column_stopped_is_a_cancelled_run():
    step = fuse.next_step(state_of("cancelled", "cancelled"))

    assert (step.status, step.failure.code) == (Status.CANCELLED, FailureCode.CANCELLED)


@pytest.mark.parametrize(
    ("judge", "model", "expected"),
    [
        ("running", "x/judge", None),
        ("analysis", "x/judge", (Role.SYNTHESIS, 1, "x/writer", (1, 2, 50))),
        ("bad reply", "x/judge", (Role.JUDGE, 2, "x/judge", (1, 2, 50))),
        ("failed", "x/judge", (Role.JUDGE, 2, Builtin.OVERLAP, (1, 2))),
        ("cancelled", "x/judge", (Role.JUDGE, 2, Builtin.OVERLAP, (1, 2))),
        ("failed", Builtin.OVERLAP, (Role.SYNTHESIS, 1, "x/writer", (1, 2, 50))),
    ],
)
def test_next_step_after_the_judge(judge, model, expected):
    step = fuse.next_step(judged("good", "good", judge=judge, judge_model=model))

    assert step == Wait() if expected is None else roles(step) == [expected]


def test_next_step_after_a_bad_repair_takes_the_overlap():
    state = judged("good", "good", judge="bad reply")
    repair = CallState(51, Role.JUDGE, "", 2, "x/judge", Status.RUNNING, inputs=(1, 2, 50))

    step = fuse.next_step(replace(state, calls=(*state.calls, end(repair, "bad reply"))))

    assert roles(step) == [(Role.JUDGE, 3, Builtin.OVERLAP, (1, 2))]


@pytest.mark.parametrize(
    ("second", "read", "analysis"),
    [("running", 50, 50), ("bad reply", 50, 50), ("analysis", 51, 51), ("analysis", 50, 50)],
    ids="newer-without-one newer-unreadable newer-read newer-unread".split(),
)
def test_analysis_that_counts_is_that_of_the_answer(second, read, analysis):
    """A run that was fused again keeps the analysis that its answer rests on, whatever a newer judge said."""
    state = judged("good", "good")
    judge = CallState(id=51, role=Role.JUDGE, slot="", take=2, model="x/judge", status=Status.RUNNING, inputs=(1, 2))
    writer = CallState(id=60, role=Role.SYNTHESIS, slot="", take=1, model="x/writer", inputs=(1, 2, read))
    calls = (*state.calls, end(judge, second), end(writer, "good"))
    stopped = replace(state, calls=calls, answer=60, answer_kind=AnswerKind.FUSED, cancel_requested=True)

    step = fuse.next_step(stopped)

    assert step.analysis == analysis


@pytest.mark.parametrize(
    ("writer", "model", "expected"),
    [
        ("good", "x/writer", End(Status.DONE, 60, AnswerKind.FUSED, analysis=50)),
        ("running", "x/writer", Wait(analysis=50)),
        ("good", Builtin.CLOSEST, End(Status.DONE, 60, AnswerKind.CLOSEST, analysis=50)),
    ],
)
def test_next_step_after_the_writer(writer, model, expected):
    state = judged("good", "good")
    call = CallState(60, Role.SYNTHESIS, "", 1, model, Status.RUNNING, inputs=(1, 2, 50))

    assert fuse.next_step(replace(state, calls=(*state.calls, end(call, writer)))) == expected


@pytest.mark.parametrize("writer", ["empty", "loop", "failed", "cancelled", "refused"])
def test_next_step_after_a_writer_without_a_text_takes_the_closest_answer(writer):
    state = judged("good", "good")
    call = CallState(60, Role.SYNTHESIS, "", 1, "x/writer", Status.RUNNING, inputs=(1, 2, 50))

    step = fuse.next_step(replace(state, calls=(*state.calls, end(call, writer))))

    assert roles(step) == [(Role.SYNTHESIS, 2, Builtin.CLOSEST, (1, 2, 50))]


def written(*outcomes):
    """Return a judged run whose writer, and then its repair, ended so."""
    state, inputs = judged("good", "good"), (1, 2, 50)
    for take, outcome in enumerate(outcomes, start=1):
        call = CallState(59 + take, Role.SYNTHESIS, "", take, "x/writer", Status.RUNNING, inputs=inputs)
        state, inputs = replace(state, calls=(*state.calls, end(call, outcome))), (1, 2, 50, 60)
    return state


def test_next_step_after_a_text_that_misses_its_form_asks_its_writer_once_more():
    step = fuse.next_step(written("bad reply"))

    assert roles(step) == [(Role.SYNTHESIS, 2, "x/writer", (1, 2, 50, 60))]


@pytest.mark.parametrize(
    ("repair", "kept"),
    [("good", 61), ("bad reply", 61), ("failed", 60), ("empty", 60), ("loop", 60), ("cancelled", 60), ("refused", 60)],
)
def test_next_step_after_a_repair_keeps_the_newest_text(repair, kept):
    assert fuse.next_step(written("bad reply", repair)) == End(Status.DONE, kept, AnswerKind.FUSED, analysis=50)


def test_next_step_after_a_cap_asks_for_the_same_repair_again():
    capped = Failure(code=FailureCode.CAPPED, sentence="Your daily cap is $1.00.")
    state = written("bad reply", "cancelled")
    repair = replace(state.calls[-1], failure=capped)

    step = fuse.next_step(replace(state, calls=(*state.calls[:-1], repair)))

    assert roles(step) == [(Role.SYNTHESIS, 3, "x/writer", (1, 2, 50, 60))]


def test_next_step_of_a_stopped_run_cuts_then_ends():
    state = state_of("good", "running", cancel_requested=True)
    cut = replace(state, calls=tuple(replace(call, cancel_requested=True) for call in state.calls))
    stopped = state_of("good", "cancelled", cancel_requested=True)

    assert fuse.next_step(state) == Start(cut=(2,))
    assert fuse.next_step(cut) == Wait()
    assert fuse.next_step(stopped).status is Status.CANCELLED


def test_next_step_of_a_final_run_ignores_a_new_take():
    state = replace(judged("good", "good"), status=Status.DONE, answer=60)
    writer = end(CallState(60, Role.SYNTHESIS, "", 1, "x/writer", inputs=(1, 2, 50)), "good")
    retake = CallState(70, Role.PANEL, "A", 2, "x/A", Status.RUNNING)

    step = fuse.next_step(replace(state, calls=(*state.calls, writer, retake)))

    assert step == Wait()


OUTCOMES = ("good", "empty", "loop", "failed", "cancelled")
WRITERS = (*OUTCOMES, "bad reply")


def outcomes_of(spec):
    """Return all ways in which a call of this kind can end."""
    if spec.model in list(Builtin):
        return ("analysis" if spec.role is Role.JUDGE else "good", "failed")
    if spec.role is Role.JUDGE:
        return ("analysis", "bad reply", "failed", "cancelled")
    return WRITERS if spec.role is Role.SYNTHESIS else OUTCOMES


def every_end(state, depth=0):
    """Yield all ends that a run can come to, whatever its calls do."""
    assert depth < 10, "does not end"
    step = fuse.next_step(state)
    assert not isinstance(step, Wait), "waits although nothing is open"
    if isinstance(step, End):
        return [step]
    (spec,) = step.calls
    call = CallState(100 + depth, spec.role, spec.slot, spec.take, spec.model, inputs=spec.inputs)
    return [
        last
        for outcome in outcomes_of(spec)
        for last in every_end(replace(state, calls=(*state.calls, end(call, outcome))), depth + 1)
    ]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_next_step_ends_for_every_combination_of_outcomes(size):
    for panel in product(OUTCOMES, repeat=size):
        ends = every_end(state_of(*panel))

        usable = sum(outcome in ("good", "loop") for outcome in panel)
        kinds = {step.kind for step in ends}
        if usable == 0:
            assert kinds == {None}
        elif usable == 1:
            assert kinds == {AnswerKind.ONLY}
        else:
            assert kinds == {AnswerKind.FUSED, AnswerKind.CLOSEST, None}


@pytest.mark.parametrize("outcomes", list(product((*OUTCOMES, "running"), repeat=2)))
def test_next_step_asks_the_same_of_the_same_state(outcomes):
    state = state_of(*outcomes)

    assert fuse.next_step(state) == fuse.next_step(state)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_next_step_with_open_calls_always_names_a_moment_or_cuts(size):
    for panel in product((*OUTCOMES, "running"), repeat=size):
        if "running" not in panel:
            continue
        step = fuse.next_step(state_of(*panel))
        late = fuse.next_step(state_of(*panel, now=START + 100))

        assert getattr(step, "until", None) is not None
        assert getattr(late, "cut", ()) != ()


@pytest.mark.parametrize("size", [2, 8])
def test_next_step_of_a_run_without_calls_asks_the_whole_panel(size):
    step = fuse.next_step(RunState(id="r", recipe=recipe(size)))

    assert [(spec.stage, spec.role, spec.slot, spec.model) for spec in step.calls] == [
        ("panel", Role.PANEL, slot, f"x/{slot}") for slot in SLOTS[:size]
    ]


def test_every_call_stands_in_the_stage_of_its_role():
    judge = fuse.next_step(state_of("good", "good")).calls
    repair = fuse.next_step(judged("good", "good", judge="bad reply")).calls
    overlap = fuse.next_step(judged("good", "good", judge="failed")).calls
    writer = fuse.next_step(judged("good", "good")).calls

    assert [spec.stage for spec in (*judge, *repair, *overlap, *writer)] == ["judge", "judge", "judge", "synthesis"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [((2,), End(Status.DONE, 2, AnswerKind.AS_IS)), ((1, 2), [(Role.JUDGE, 2, "x/judge", (1, 2))])],
)
def test_start_over_judges_two_answers_and_returns_one(answers, expected):
    step = fuse.start_over(judged("good", "good"), answers)

    assert (step if isinstance(step, End) else roles(step)) == expected


def test_start_over_from_the_one_answer_there_is_chooses_nothing():
    state = replace(state_of("good", "failed"), status=Status.DONE)

    assert fuse.start_over(state, (1,)) == End(Status.DONE, 1, AnswerKind.ONLY)
