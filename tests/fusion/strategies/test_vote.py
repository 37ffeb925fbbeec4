"""The vote strategy as tables, and exhaustively: it ends for every combination of outcomes."""

from dataclasses import replace
from itertools import product

import pytest

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import planned_calls
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.strategies.vote import VOTE
from apps.fusion.values import AnswerFormat, Calibration, Failure, MemberRecord, Recipe, SlotSpec, VoteSettings
from apps.fusion.vocabulary import (
    SLOTS,
    AnalysisStatus,
    AnswerKind,
    FailureCode,
    FinishReason,
    Role,
    Status,
    VoteResult,
)

START = 1000.0
ESSAY = "Rivers meander because the outer bank erodes faster than the inner one. Sediment settles where it is slow."


def recipe(size, **settings):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in SLOTS[:size])
    settings = VoteSettings(**{"judge": "x/judge", "writer": "x/writer"} | settings)
    return Recipe(settings=settings, panel=panel, hard_limit_s=60)


def panel_call(index, text):
    call = CallState(id=index + 1, role=Role.PANEL, slot=SLOTS[index], take=1, model="x/y", stage="panel")
    running = replace(call, status=Status.RUNNING, started_at=START)
    failure = Failure(code=FailureCode.UPSTREAM_ERROR, sentence="It broke.")
    match text:
        case "running":
            return running
        case "failed":
            return replace(running, status=Status.FAILED, failure=failure, ended_at=START + 1)
        case "refused":
            ended = replace(running, status=Status.DONE, text="7", ended_at=START + 1)
            return replace(ended, finish_reason=FinishReason.REFUSAL)
        case "cut":
            ended = replace(running, status=Status.DONE, text="The answer is 7", ended_at=START + 1)
            return replace(ended, finish_reason=FinishReason.LENGTH)
    return replace(running, status=Status.DONE, text=text, ended_at=START + 1)


def state_of(*texts, now=START + 1, settings=None, **changes):
    calls = tuple(panel_call(index, text) for index, text in enumerate(texts))
    return RunState(
        id="r", calls=calls, started_at=START, now=now, recipe=recipe(len(texts), **settings or {}), **changes
    )


def told(step):
    """Return a step as the tables name it."""
    match step:
        case End():
            return step.status, step.kind, step.answer, step.ballot and step.ballot.result
        case Start():
            return [call.role for call in step.calls], step.cut, step.ballot and step.ballot.result
        case Wait():
            return "wait"


def voted(answer, result):
    return Status.DONE, AnswerKind.VOTED, answer, result


JUDGE = [Role.JUDGE]
TABLE = {
    "all agree": (["7", "7", "7"], voted(1, "majority")),
    "two of three": (["7", "8", "The answer is 8."], voted(2, "majority")),
    "one failed": (["failed", "8", "8"], voted(2, "majority")),
    "two of five": (["7", "8", "9", "6", "8"], voted(2, "plurality")),
    "a tie is judged": (["7", "8"], (JUDGE, (), "tie")),
    "all differ": (["7", "8", "9"], (JUDGE, (), "tie")),
    "essays are judged": ([ESSAY, ESSAY, ESSAY], (JUDGE, (), "not_applicable")),
    "one final answer among essays": ([ESSAY, "7", ESSAY], (JUDGE, (), "not_applicable")),
    "a text that was cut off is no vote": (["cut", "7", "8"], (JUDGE, (), "tie")),
    "a refusal is no vote": (["refused", "7", "8"], (JUDGE, (), "tie")),
    "one usable answer is the only one": (["failed", "8", "failed"], (Status.DONE, AnswerKind.ONLY, 2, None)),
    "nothing usable": (["failed", "failed"], (Status.FAILED, None, None, None)),
    "one is waited for": (["7", "7", "running"], "wait"),
}
CHOICE = {"options": {"A": "Paris", "B": "Rome", "C": "7"}}


@pytest.mark.parametrize("case", TABLE)
def test_step_after_the_panel(case):
    texts, expected = TABLE[case]

    assert told(VOTE.next_step(state_of(*texts))) == expected


@pytest.mark.parametrize(
    ("texts", "changes", "expected"),
    [
        (["8", "The answer is (B).", "Rome"], CHOICE, (voted(2, "majority"), "choice", ("A",))),
        (["8", "8", "The answer is (C)."], CHOICE, ((JUDGE, (), "not_applicable"), "choice", ("A", "B"))),
        (["7", "C", "8"], CHOICE, (voted(1, "majority"), "choice", ("C",))),
        (["7", "C", "8"], {}, ((JUDGE, (), "tie"), "auto", ())),
        # What was asked for goes before the form of the question.
        (["8", "8", "C"], {**CHOICE, "settings": {"answer_kind": "number"}}, (voted(1, "majority"), "number", ("C",))),
    ],
)
def test_letters_count_where_the_question_has_options(texts, changes, expected):
    step = VOTE.next_step(state_of(*texts, **changes))

    assert (told(step), step.ballot.counts, step.ballot.nulls) == expected


def test_form_that_was_asked_for_goes_before_the_options_of_the_question():
    state = state_of('{"n": 8}', '{"n": 8}', '{"n": 9}', **CHOICE)
    formed = replace(state, recipe=state.recipe.model_copy(update={"answer_format": AnswerFormat(type="json_object")}))

    assert told(VOTE.next_step(formed)) == voted(1, "majority")


def test_step_of_a_new_run_asks_the_panel():
    assert told(VOTE.next_step(RunState(id="r", recipe=recipe(2)))) == ([Role.PANEL] * 2, (), None)


def test_ballot_says_which_calls_were_counted():
    step = VOTE.next_step(state_of("7", "failed", "7"))

    assert (step.ballot.calls, step.ballot.nulls, step.ballot.members) == ({"A": 1, "C": 3}, ("B",), 3)


MEASURED = Calibration(
    task="sums",
    members=(MemberRecord(model="x/A", correct=80, items=100), MemberRecord(model="x/B", correct=90, items=100)),
)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["7", "8"], voted(2, "tie_broken")),
        # The answer that stands for a class is that of its best member.
        (["7", "7"], voted(2, "majority")),
        # Of a member that nobody measured, nothing is known.
        (["failed", "8", "7"], (JUDGE, (), "tie")),
    ],
)
def test_measured_accuracy_breaks_a_tie(texts, expected):
    assert told(VOTE.next_step(state_of(*texts, settings={"calibration": MEASURED}))) == expected


def test_late_answers_are_cut_before_a_program_run_ends():
    state = state_of("7", "7", "running", now=START + 60)

    first = VOTE.next_step(state)
    cut = replace(state.calls[2], cancel_requested=True)
    waiting = replace(state, calls=(*state.calls[:2], cut))
    ended = replace(waiting, calls=(*state.calls[:2], replace(cut, status=Status.CANCELLED, text="8")))

    assert told(first) == ([], (3,), None)
    assert told(VOTE.next_step(waiting)) == "wait"
    assert told(VOTE.next_step(ended)) == voted(1, "majority")


def test_late_answers_of_a_person_go_on_after_the_vote():
    state = state_of("7", "7", "running", now=START + 12, settings={"grace_s": 10}, keeps_late=True)

    assert told(VOTE.next_step(state)) == voted(1, "majority")


@pytest.mark.parametrize(
    ("texts", "answers", "expected"),
    [
        (["7", "8", "7"], (1, 3), voted(1, "majority")),
        (["7", "8", "7"], (1, 2), (JUDGE, (), "tie")),
        (["7", "8", "7"], (2,), (Status.DONE, AnswerKind.AS_IS, 2, None)),
    ],
)
def test_start_over_votes_on_the_answers_that_were_chosen(texts, answers, expected):
    state = replace(state_of(*texts), status=Status.DONE)

    step = VOTE.start_over(state, answers)

    assert told(step) == expected
    # What was not chosen is no vote, but a member all the same.
    assert step.ballot is None or step.ballot.members == 3


def after(state, step, judge_is_good, writer_is_good):
    """Return the state after a step whose calls have ended."""
    if isinstance(step, End):
        return replace(state, status=step.status, answer=step.answer, answer_kind=step.kind)
    calls = [replace(call, status=Status.CANCELLED) if call.id in step.cut else call for call in state.calls]
    for spec in step.calls:
        new = CallState(
            id=len(calls) + 1, role=spec.role, slot=spec.slot, take=spec.take, model=spec.model, inputs=spec.inputs
        )
        is_good = judge_is_good if spec.role is Role.JUDGE else writer_is_good
        is_good |= spec.model.startswith("builtin/")
        analysis = AnalysisStatus.OK if spec.role is Role.JUDGE and is_good else None
        failure = None if is_good else Failure(code=FailureCode.UPSTREAM_ERROR, sentence="It broke.")
        calls.append(
            replace(
                new,
                status=Status.DONE if is_good else Status.FAILED,
                text="7" if is_good else "",
                analysis_status=analysis,
                failure=failure,
            )
        )
    return replace(state, calls=tuple(calls))


@pytest.mark.parametrize("size", [2, 3, 4])
def test_run_ends_for_every_combination_of_outcomes(size):
    for texts in product(("7", "8", ESSAY, "failed", "running"), repeat=size):
        for judge, writer in ((True, True), (False, True), (True, False)):
            state = state_of(*texts, now=START + 60)
            for _ in range(8):
                step = VOTE.next_step(state)
                if state.status.is_final:
                    break
                assert not isinstance(step, Wait), texts
                state = after(state, step, judge, writer)
            assert state.status.is_final, texts
            usable = [text for text in texts if text not in ("failed", "running")]
            sevens, eights = usable.count("7"), usable.count("8")
            is_decided = sevens != eights and max(sevens, eights) > 1
            if state.answer_kind is AnswerKind.VOTED:
                assert is_decided, texts
                assert state.call(state.answer).text == ("7" if sevens > eights else "8")
            else:
                assert not is_decided, texts


def test_panel_is_asked_for_the_form_of_the_answer():
    assert VOTE.answer_roles == (Role.PANEL, Role.SYNTHESIS)
    planned = planned_calls(recipe(2).model_copy(update={"answer_format": AnswerFormat(type="json_object")}))

    assert [(call.role, call.fewest, call.most) for call in planned] == [
        (Role.PANEL, 1, 1),
        (Role.PANEL, 1, 1),
        (Role.JUDGE, 0, 1),
        (Role.SYNTHESIS, 0, 2),
    ]


def test_every_result_is_decided_or_judged():
    decided = [result for result in VoteResult if result.is_decided]

    assert set(VoteResult) - set(decided) == {VoteResult.TIE, VoteResult.NOT_APPLICABLE, VoteResult.NO_MAJORITY}
