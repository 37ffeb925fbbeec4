"""Folding events: what they change, what they must not change, and that nothing makes it raise."""

from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.events import (
    AnyEvent,
    CallDelta,
    CallEnded,
    CallStarted,
    Resync,
    RunEnded,
    RunStarted,
    from_wire,
    to_wire,
)
from apps.fusion.state import CallState, RunState, apply
from apps.fusion.values import Failure, Usage
from apps.fusion.vocabulary import AnswerKind, Channel, FailureCode, Role, Status

RUN = "run1"


def started(call=1, claim=1, slot="A"):
    return CallStarted(run=RUN, call=call, claim=claim, role=Role.PANEL, slot=slot, take=1, model="x/y", at=1.0)


def delta(text, call=1, claim=1, channel=Channel.TEXT):
    return CallDelta(run=RUN, call=call, claim=claim, channel=channel, text=text)


def ended(call=1, claim=1, status=Status.DONE, text=None, analysis=None):
    return CallEnded(
        run=RUN,
        call=call,
        claim=claim,
        role=Role.PANEL,
        slot="A",
        take=1,
        model="x/y",
        at=2.0,
        status=status,
        text=text,
        analysis=analysis,
    )


def fold(events, state=None):
    state = state or RunState(id=RUN)
    for event in events:
        state = apply(state, event)
    return state


calls = st.integers(1, 3)
claims = st.integers(0, 3)
texts = st.text(max_size=5)
statuses = st.sampled_from([Status.DONE, Status.FAILED, Status.CANCELLED])
analyses = st.none() | st.dictionaries(st.sampled_from(["status", "x"]), st.sampled_from(["ok", "nonsense", 3, None]))
events = st.one_of(
    st.builds(started, calls, claims, st.sampled_from("ABC")),
    st.builds(delta, texts, calls, claims, st.sampled_from(Channel)),
    st.builds(ended, calls, claims, statuses, st.none() | texts, analyses),
    st.builds(RunStarted, run=st.sampled_from([RUN, "other"]), at=st.floats(0, 10)),
    st.builds(RunEnded, run=st.just(RUN), at=st.floats(0, 10), status=statuses, answer=st.none() | calls),
    st.builds(Resync, run=st.just(RUN)),
)


@given(st.lists(events, max_size=30))
def test_fold_any_history_gives_a_state(history):
    state = fold(history)

    assert len({call.id for call in state.calls}) == len(state.calls)


@given(st.lists(events, max_size=20), events)
def test_apply_after_a_calls_end_changes_that_call_only_by_a_higher_claim(history, event):
    before = fold([*history, started(claim=3), ended(claim=3)])

    after = apply(before, event)

    assert after.call(1) == before.call(1)


@given(st.lists(events, max_size=20), texts, claims, st.sampled_from(Channel))
def test_apply_a_delta_of_another_claim_changes_nothing(history, text, claim, channel):
    state = fold([*history, started(claim=4)])

    assert apply(state, delta(text, claim=claim, channel=channel)) == state


@given(events)
def test_from_wire_reads_what_to_wire_wrote(event: AnyEvent):
    assert from_wire(to_wire(event)) == event


def test_apply_restarted_call_starts_over():
    state = fold([started(), delta("half an ans"), started(claim=2), delta("whole", claim=2)])

    assert state.call(1).text == "whole"
    assert state.call(1).claim == 2


def test_apply_restart_after_an_end_that_was_never_committed_reopens_the_call():
    state = fold([started(), delta("lost"), ended(), started(claim=2), delta("kept", claim=2), ended(claim=2)])

    assert (state.call(1).text, state.call(1).status, state.call(1).claim) == ("kept", Status.DONE, 2)


def test_apply_reasoning_and_text_stay_apart():
    state = fold([started(), delta("hm", channel=Channel.REASONING), delta("yes")])

    assert (state.call(1).reasoning, state.call(1).text) == ("hm", "yes")


def test_apply_end_with_text_replaces_what_was_streamed():
    state = fold([started(), delta("a a a a"), ended(text="a")])

    assert state.call(1).text == "a"


def test_apply_end_of_a_call_that_never_started_makes_it_known():
    state = fold([ended(claim=0, status=Status.CANCELLED)])

    assert state.calls == (CallState(1, Role.PANEL, "A", 1, "x/y", Status.CANCELLED, ended_at=2.0),)


def test_apply_run_ended_sets_answer_and_failure():
    failure = Failure(code=FailureCode.ALL_PANELS_FAILED, sentence="No.")

    state = fold(
        [RunEnded(run=RUN, at=3, status=Status.FAILED, answer=7, answer_kind=AnswerKind.ONLY, failure=failure)]
    )

    assert (state.status, state.answer, state.answer_kind, state.failure) == (
        Status.FAILED,
        7,
        AnswerKind.ONLY,
        failure,
    )


def test_apply_usage_is_kept():
    event = ended().model_copy(update={"usage": Usage(input_tokens=3, output_tokens=5)})

    assert fold([started(), event]).call(1).usage == Usage(input_tokens=3, output_tokens=5)


def test_call_that_was_put_back_into_the_queue_stays_there_until_a_higher_claim():
    put_back = CallState(id=1, role=Role.PANEL, slot="A", take=1, model="x/y", status=Status.QUEUED, claim=1)
    drawn = RunState(id=RUN, calls=(put_back,))

    assert fold([started(), delta("old")], drawn).call(1) == put_back
    assert fold([started(), delta("old"), started(claim=2), delta("new", claim=2)], drawn).call(1).text == "new"
