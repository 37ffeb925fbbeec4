"""The text of a call under way, as it is told to readers."""

from dataclasses import replace

from apps.fusion.events import CallArguments, CallDelta, CallStarted
from apps.fusion.vocabulary import Channel, Role
from apps.providers.base import CallPiece
from apps.runs.event_log.writer import serialise
from apps.runs.execution.call_stream import LONGEST_DELTA, Streaming
from apps.runs.execution.routes import Prepared

FRAME_BYTES = 1_048_576
"""The most that a frame of a socket may have."""


def streaming() -> Streaming:
    started = CallStarted(run="r", call=1, claim=1, role=Role.PANEL, slot="A", take=1, model="up/elm", at=0)
    return Streaming(Prepared(started, ()))


def test_text_that_comes_at_once_is_told_in_pieces_that_a_frame_holds() -> None:
    call = streaming()
    call.news()
    texts = {Channel.REASONING: "\x01" * (2 * LONGEST_DELTA + 1), Channel.TEXT: "😀" * (LONGEST_DELTA + 1)}
    for channel, text in texts.items():
        call.add(channel, text)

    news, whole = call.news(), call.whole()[1:]

    for deltas in (news, whole):
        assert [type(delta) for delta in deltas] == [CallDelta] * 5
        assert max(len(serialise(delta)) for delta in deltas) < FRAME_BYTES
        for channel, text in texts.items():
            assert "".join(delta.text for delta in deltas if delta.channel is channel) == text


def test_text_that_comes_in_drops_is_told_in_one_piece_a_channel() -> None:
    call = streaming()
    call.news()
    for word in ("one ", "two ", "three"):
        call.add(Channel.TEXT, word)

    assert [delta.text for delta in call.news()] == ["one two three"]
    assert call.news() == []


def told(events: list[object]) -> list[tuple[int, str]]:
    return [(one.place, one.text) for one in events if isinstance(one, CallArguments)]


def test_tool_calls_are_told_as_they_come_and_anew_behind_a_request_that_failed() -> None:
    call = streaming()
    call.news()
    for piece in (CallPiece(), CallPiece(0, "x", "f"), CallPiece(0, "x", "f", '{"a"'), CallPiece(1, "y", "g", "{}")):
        call.note_call(piece)
    assert told(call.news()) == [(0, '{"a"'), (1, "{}")]
    call.note_call(CallPiece(0, "x", "f", ":1}"))
    assert told(call.news()) == [(0, ":1}")]
    assert told(call.whole()) == [(0, '{"a":1}'), (1, "{}")]

    call.begin_request()

    assert [type(event) for event in call.news()] == [CallStarted]
    call.note_call(CallPiece(0, "z", "f", "1" * (LONGEST_DELTA + 1)))
    assert [len(text) for _, text in told(call.news())] == [LONGEST_DELTA, 1]


def test_calls_that_are_look_ups_are_not_told_as_a_clients() -> None:
    call = streaming()
    call.prepared = replace(call.prepared, lookups=object())  # type: ignore[arg-type] - whatever its plan is
    call.news()

    call.note_call(CallPiece(0, "x", "web_search", "{}"))

    assert call.news() == []
