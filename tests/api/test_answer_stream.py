"""The pieces of an answer that are sent while it is written, above all when its writer is started again."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from apps.api.answer_stream import AnswerFollower
from apps.api.errors import ApiError
from apps.api.outcomes import rest_of_calls
from apps.fusion.tools import ToolCall
from apps.fusion.vocabulary import Builtin, FinishReason, Role
from apps.runs.event_log.follower import Entry

RUN = "k3Xw9Qp2LmZa"


def started(claim: int, role: str = "synthesis", call: int = 1, model: str = "up/writer") -> dict[str, Any]:
    slot = "A" if role == "panel" else ""
    identity = {"role": role, "slot": slot, "take": 1, "model": model}
    return {"type": "call.started", "run": RUN, "call": call, "claim": claim, "at": 1.0, **identity}


def wrote(text: str, claim: int = 1, call: int = 1) -> dict[str, Any]:
    return {"type": "call.delta", "run": RUN, "call": call, "claim": claim, "channel": "text", "text": text}


def heard(events: list[dict[str, Any]], answer_role: Role = Role.SYNTHESIS) -> list[str]:
    """The pieces that are sent when the events come one by one."""
    listener, pieces = AnswerFollower(RUN, answer_role), []
    for ordinal, event in enumerate(events):
        listener.apply_entries([Entry(f"1-{ordinal}", orjson.dumps(event).decode())])
        pieces.append(listener.next_delta())
    return [piece for piece in pieces if piece]


@pytest.mark.parametrize(
    "events, pieces",
    [
        ([started(1), wrote("It is "), wrote("330 m.")], ["It is ", "330 m."]),
        ([started(1), wrote("It is "), started(2), wrote("It ", 2), wrote("is 330 m.", 2)], ["It is ", "330 m."]),
        ([started(1), wrote("It is "), started(2), wrote("They say 330 m.", 2)], ["It is "]),
        ([started(1), wrote("It is "), started(2), wrote("void", 1), wrote("It is 3", 2)], ["It is ", "3"]),
        ([started(1, "panel"), wrote("A panel answer is no answer yet.")], []),
        ([started(1, model=Builtin.CLOSEST), wrote("Chosen, not written.")], []),
    ],
    ids=["plain", "again the same", "again another", "a zombie writes", "panel", "closest"],
)
def test_only_what_continues_the_answer_is_sent(events: list[dict[str, Any]], pieces: list[str]) -> None:
    assert heard(events) == pieces


def test_a_model_that_is_asked_alone_writes_the_answer() -> None:
    assert heard([started(1, "panel"), wrote("It is 330 m.")], answer_role=Role.PANEL) == ["It is 330 m."]


def test_sent_text_stays_sent_when_the_events_are_folded_again() -> None:
    listener = AnswerFollower(RUN, Role.SYNTHESIS)
    story = [Entry(f"1-{n}", orjson.dumps(e).decode()) for n, e in enumerate([started(1), wrote("It is 330 m.")])]

    listener.apply_entries(story)
    first = listener.next_delta()
    listener.forget()
    listener.apply_entries(story)

    assert (first, listener.next_delta(), listener.sent) == ("It is 330 m.", "", "It is 330 m.")


def called(text: str, place: int = 0, claim: int = 1, call_id: str = "") -> dict[str, Any]:
    named = {"place": place, "id": call_id or f"t{place}", "name": "f", "text": text}
    return {"type": "call.arguments", "run": RUN, "call": 1, "claim": claim, **named}


def heard_calls(events: list[dict[str, Any]]) -> tuple[list[str], AnswerFollower]:
    """The pieces of text and of calls that are sent when the events come one by one, the calls with their places."""
    listener, pieces = AnswerFollower(RUN, Role.SYNTHESIS), []
    for ordinal, event in enumerate(events):
        listener.apply_entries([Entry(f"1-{ordinal}", orjson.dumps(event).decode())])
        pieces += filter(None, [listener.next_delta()])
        pieces += [f"{'+' * one.is_first}{one.ordinal}{one.arguments}" for one in listener.next_calls()]
    return pieces, listener


@pytest.mark.parametrize(
    "events, pieces",
    [
        ([called(""), called('{"a"'), called(": 1}")], ["+0", '0{"a"', "0: 1}"]),
        ([called("{}"), called("{}", 1)], ["+0{}", "+1{}"]),
        ([called("{"), called("{", 1), called("}"), called("}", 1)], ["+0{", "0}", "+1{", "1}"]),
        ([called(""), called("{}", 1)], ["+0"]),
        ([wrote("Hm. "), called("{"), wrote("Or"), called("}")], ["Hm. ", "+0{", "0}"]),
        ([called('{"a'), started(2), called('{"a": 1}', claim=2)], ['+0{"a', '0": 1}']),
        ([called('{"a'), started(2), called('{"b": 1}', claim=2)], ['+0{"a']),
        ([called('{"a'), started(2), called('{"a": 1}', claim=2, call_id="other")], ['+0{"a']),
        ([called("{}", 5)], []),
    ],
    ids=[
        "as they come", "one behind the other", "in turns", "the first without arguments", "text behind a call",
        "again the same", "again another", "again with another id", "a gap",
    ],
)  # fmt: skip
def test_tool_calls_are_sent_one_behind_the_other(events: list[dict[str, Any]], pieces: list[str]) -> None:
    assert heard_calls([started(1), *events])[0] == pieces


TOOL = {"id": "t1", "name": "look_up", "arguments": "{}"}


@pytest.mark.parametrize("batches", [1, 2])
def test_call_that_was_cut_is_sent_however_its_events_are_batched(batches: int) -> None:
    cut = {**started(1), "type": "call.ended", "at": 2.0, "status": "done", "finish_reason": "length"}
    story = [started(1), wrote("Hm. "), called("{}"), called('{"a', 1), {**cut, "tool_calls": [TOOL | {"id": "t0"}]}]
    entries = [Entry(f"1-{n}", orjson.dumps(event).decode()) for n, event in enumerate(story)]
    listener, pieces = AnswerFollower(RUN, Role.SYNTHESIS), []

    for batch in [entries] if batches == 1 else [entries[:-1], entries[-1:]]:
        listener.apply_entries(batch)
        pieces += filter(None, [listener.next_delta()])
        pieces += [f"{'+' * one.is_first}{one.ordinal}{one.arguments}" for one in listener.next_calls()]

    assert pieces == ["Hm. ", "+0{}", '+1{"a']


FIRST, SECOND = ToolCall(id="t0", name="f", arguments='{"a": 1}'), ToolCall(id="t1", name="g")
BEGUN = FIRST.model_copy(update={"arguments": '{"a'})


@pytest.mark.parametrize(
    "sent, final, reason, rest",
    [
        ([], [FIRST, SECOND], "tool_calls", ['+0{"a": 1}', "+1{}"]),
        ([BEGUN], [FIRST, SECOND], "tool_calls", ['0": 1}', "+1{}"]),
        ([FIRST, SECOND], [FIRST, SECOND], "tool_calls", []),
        ([FIRST, BEGUN.model_copy(update={"id": "t1"})], [FIRST], "length", []),
        ([BEGUN], [], "length", []),
        ([BEGUN], [], "stop", None),
        ([BEGUN, SECOND], [FIRST, SECOND], "tool_calls", None),
        ([BEGUN], [SECOND], "tool_calls", None),
        ([BEGUN], [FIRST.model_copy(update={"name": "g"})], "tool_calls", None),
    ],
)
def test_rest_of_the_calls_continues_what_was_sent(sent: Any, final: Any, reason: str, rest: list[str] | None) -> None:
    answer = SimpleNamespace(tool_calls=tuple(final), finish_reason=FinishReason(reason))
    run: Any = SimpleNamespace(id=RUN, answer=answer)
    if rest is None:
        with pytest.raises(ApiError, match="replaced"):
            rest_of_calls(run, sent, "url")
    else:
        found = rest_of_calls(run, sent, "url")
        assert [f"{'+' * one.is_first}{one.ordinal}{one.arguments}" for one in found] == rest


def ended(status: str, call: int, kind: str = "fused") -> dict[str, Any]:
    return {"type": "run.ended", "run": RUN, "at": 2.0, "status": status, "answer": call, "answer_kind": kind}


def call_ended(status: str, role: str = "synthesis", call: int = 1, **more: Any) -> dict[str, Any]:
    return {**started(1, role, call), "type": "call.ended", "at": 2.0, "status": status, **more}


@pytest.mark.parametrize(
    "events, is_over",
    [
        ([wrote("It is."), call_ended("done"), ended("done", 1)], False),
        ([wrote("It is."), call_ended("done"), ended("done", 1, "closest")], True),
        ([wrote("It"), call_ended("cancelled"), ended("cancelled", 1)], True),
        ([call_ended("done", tool_calls=[TOOL]), ended("done", 1)], True),
        (
            [
                *[wrote("It is."), call_ended("done"), ended("done", 1)],
                *[started(1, "check", call=2), call_ended("failed", "check", 2)],
            ],
            True,
        ),
    ],
    ids=["to be checked", "not fused", "a cap cut it", "tools alone", "the check has ended"],
)
def test_request_waits_for_a_check_only_where_one_comes(events: list[dict[str, Any]], is_over: bool) -> None:
    listener = AnswerFollower(RUN, Role.SYNTHESIS, awaits_check=True)

    listener.apply_entries(
        [Entry(f"1-{n}", orjson.dumps(event).decode()) for n, event in enumerate([started(1), *events])]
    )

    assert listener.is_over == is_over
