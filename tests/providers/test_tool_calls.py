"""Calls of tools in the three dialects: whole, in pieces, and in the odd forms of vendors."""

import json
from typing import Any

import pytest

from apps.fusion.tools import Tool, ToolCall, ToolSet, VendorData
from apps.fusion.values import Message, Usage
from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.providers.base import CallPiece, End, Request
from apps.providers.dialects import STREAM, Dialect
from apps.providers.errors import ProviderError
from apps.providers.event_stream import MAX_OUTPUT_CHARS
from apps.providers.tool_calls import MOST_CALLS, arguments_object
from tests.providers.asking import Answer, Bytes, ask, client_for, endpoint_at, splits

ENDPOINT = endpoint_at("http://vendor.test/v1")
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool(name="weather", description="The weather of a city", parameters=SCHEMA)
TIME = Tool(name="time")
TOOLS = ToolSet(tools=(WEATHER, TIME))
USER = Message(role="user", text="How is Paris?")
MODEL = {Dialect.OPENAI: "elm", Dialect.ANTHROPIC: "claude-opus-4-1", Dialect.GEMINI: "gemini-2.5-pro"}

OPENAI = (
    'data: {"id":"c1","choices":[{"delta":{"role":"assistant","content":null}}]}\n\n'
    'data: {"choices":[{"delta":{"content":"Grüße 🗼"}}]}\n\n'
    'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","type":"function",'
    '"function":{"name":"weather","arguments":""}}]}}]}\n\n'
    'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"city\\": \\"東"}}]}}]}\n\n'
    'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"京\\"}"}},'
    '{"index":1,"id":"b","function":{"name":"time","arguments":"{}"}}]}}]}\n\n'
    'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\n'
    'data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":17}}\n\n'
    "data: [DONE]\n\n"
).encode()
ANTHROPIC = (
    'event: message_start\ndata: {"type":"message_start","message":{"id":"c1","usage":{"input_tokens":11}}}\n\n'
    'data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}\n\n'
    'data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Höhe?"}}\n\n'
    'data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}\n\n'
    'data: {"type":"content_block_stop","index":0}\n\n'
    'data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}\n\n'
    'data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüße 🗼"}}\n\n'
    'data: {"type":"content_block_stop","index":1}\n\n'
    'data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"a","name":"weather",'
    '"input":{}}}\n\n'
    'data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}\n\n'
    'data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":'
    '"{\\"city\\": \\"東"}}\n\n'
    'data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":'
    '"京\\"}"}}\n\n'
    'data: {"type":"content_block_stop","index":2}\n\n'
    'data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"b","name":"time",'
    '"input":{}}}\n\ndata: {"type":"content_block_stop","index":3}\n\n'
    'data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":17}}\n\n'
    'data: {"type":"message_stop"}\n\n'
).encode()
GEMINI = (
    'data: {"responseId":"c1","candidates":[{"content":{"parts":[{"text":"Grüße 🗼"}]}}]}\r\n\r\n'
    'data: {"candidates":[{"content":{"parts":[{"functionCall":{"id":"a","name":"weather","args":{"city":"東京"}},'
    '"thoughtSignature":"Sig="},{"functionCall":{"id":"b","name":"time","args":{}}}]},"finishReason":"STOP"}],'
    '"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":17,"totalTokenCount":28}}\r\n\r\n'
).encode()
CALLS = (ToolCall(id="a", name="weather", arguments='{"city": "東京"}'), ToolCall(id="b", name="time"))
THOUGHT = {"type": "thinking", "thinking": "Höhe?", "signature": "EqQB"}


def request(dialect: Dialect = Dialect.OPENAI, *messages: Message, **more: Any) -> Request:
    return Request(model=MODEL[dialect], messages=messages or (USER,), **{"tools": TOOLS, **more})


async def answer_to(dialect: Dialect, *pieces: bytes, content_type: str = "text/event-stream", **more: Any) -> Answer:
    client = client_for(Bytes(list(pieces)), content_type=content_type)
    return await ask(client, ENDPOINT, request(dialect, **more), dialect=dialect)


def expected(dialect: Dialect, reasoning: str = "", data: tuple[dict[str, Any], ...] = ()) -> Answer:
    kept = VendorData(dialect=dialect, model=MODEL[dialect], content=data) if data else None
    usage = Usage(input_tokens=11, output_tokens=17)
    end = End(FinishReason.TOOL_CALLS, usage, None, "c1", tool_calls=CALLS, vendor_data=kept)
    return Answer("Grüße 🗼", reasoning, end)


@pytest.mark.parametrize(
    "dialect, recorded, answer",
    [
        (Dialect.OPENAI, OPENAI, expected(Dialect.OPENAI)),
        (Dialect.ANTHROPIC, ANTHROPIC, expected(Dialect.ANTHROPIC, "Höhe?", (THOUGHT,))),
        (Dialect.GEMINI, GEMINI, expected(Dialect.GEMINI, data=({"call": 0, "thoughtSignature": "Sig="},))),
    ],
)
async def test_a_stream_with_calls_may_be_split_anywhere(dialect: Dialect, recorded: bytes, answer: Answer) -> None:
    for pieces in splits(recorded):
        found = await answer_to(dialect, *pieces)
        assert found.end
        assert answer.end
        same_arguments = [json.loads(call.arguments) for call in found.end.tool_calls]
        assert same_arguments == [json.loads(call.arguments) for call in answer.end.tool_calls]
        # Gemini's arguments come as an object, so how they are spaced is ours.
        assert (found.text, found.reasoning, found.end.finish_reason) == (answer.text, answer.reasoning, "tool_calls")
        assert (found.end.vendor_data, found.end.usage) == (answer.end.vendor_data, answer.end.usage)
        assert [call.id for call in found.end.tool_calls] == ["a", "b"], len(pieces[0])
        assert tuple(found.calls) == found.end.tool_calls


@pytest.mark.parametrize(
    "dialect, recorded", [(Dialect.OPENAI, OPENAI), (Dialect.ANTHROPIC, ANTHROPIC), (Dialect.GEMINI, GEMINI)]
)
async def test_a_stream_that_ends_anywhere_gives_whole_calls_or_none(dialect: Dialect, recorded: bytes) -> None:
    whole = [(call.name, json.loads(call.arguments)) for call in CALLS]
    for end in range(len(recorded)):
        try:
            found = await answer_to(dialect, recorded[:end])
        except ProviderError:
            continue
        calls = found.end.tool_calls if found.end else ()
        assert [(call.name, json.loads(call.arguments)) for call in calls] in ([], whole), end


@pytest.mark.parametrize("dialect, recorded", [(Dialect.OPENAI, OPENAI), (Dialect.ANTHROPIC, ANTHROPIC)])
async def test_calls_that_were_not_asked_for_are_no_answer(dialect: Dialect, recorded: bytes) -> None:
    found = await answer_to(dialect, recorded, tools=None)

    assert found.end
    assert found.end.tool_calls == ()
    assert (found.text, found.end.vendor_data) == ("Grüße 🗼", None)


def chunk(*calls: dict[str, Any], **more: Any) -> bytes:
    choice = {"delta": {"tool_calls": list(calls)}, **more}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def called(name: str, arguments: Any = "{}", **more: Any) -> dict[str, Any]:
    return {**more, "function": {"name": name, "arguments": arguments}}


def more(arguments: Any, **rest: Any) -> dict[str, Any]:
    return {**rest, "function": {"arguments": arguments}}


STOP = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
ODD = {
    "no index": [chunk(called("f", '{"a":', id="x")), chunk(more("1}")), chunk(called("g", "{}", id="y"))],
    "no index, ids in every piece": [
        chunk(called("f", '{"a":', id="x")),
        chunk(more("1}", id="x"), called("g", id="y")),
    ],
    "one index for all": [chunk(called("f", '{"a":1}', index=0, id="x")), chunk(called("g", index=0, id="y"))],
    "name in every piece": [
        chunk(called("f", '{"a"', index=0, id="x")),
        chunk(called("f", ":1}", index=0, id="x"), called("g", "", index=1, id="y")),
    ],
    "in turns": [
        chunk(called("f", "", index=0, id="x"), called("g", "", index=1, id="y")),
        chunk(more('{"a":', index=0)),
        chunk(more("{}", index=1)),
        chunk(more("1}", index=0)),
    ],
    "empty arguments": [chunk(called("f", '{"a":1}', index=0, id="x"), called("g", "", index=1, id="y"))],
    "null arguments": [chunk(called("f", '{"a":1}', index=0, id="x"), called("g", None, index=1, id="y"))],
    "encoded twice": [chunk(called("f", json.dumps('{"a":1}'), index=0, id="x"), called("g", '"{}"', index=1, id="y"))],
    "an object": [chunk(called("f", {"a": 1}, index=0, id="x"), called("g", {}, index=1, id="y"))],
}


@pytest.mark.parametrize("pieces", ODD.values(), ids=ODD.keys())
async def test_odd_calls_are_gathered_all_the_same(pieces: list[bytes]) -> None:
    found = await answer_to(Dialect.OPENAI, *pieces, STOP)

    assert found.end
    assert found.end.finish_reason is FinishReason.TOOL_CALLS
    assert [(call.id, call.name, json.loads(call.arguments)) for call in found.end.tool_calls] == [
        ("x", "f", {"a": 1}),
        ("y", "g", {}),
    ]
    assert_begun_by(found)


def assert_begun_by(found: Answer) -> None:
    """Assert that what was told in pieces is the beginning of the whole calls."""
    assert found.end
    whole = {call.id: call for call in found.end.tool_calls}
    for told in found.calls:
        assert whole[told.id].name == told.name
        assert whole[told.id].arguments.startswith(told.arguments)


async def told_pieces(*pieces: bytes) -> list[CallPiece]:
    """The pieces of calls that can be told, as they come."""
    client = client_for(Bytes(list(pieces)))
    chunks = [chunk async for chunk in STREAM[Dialect.OPENAI](client, ENDPOINT, request())]
    return [one for one in chunks if isinstance(one, CallPiece) and one.id]


async def test_arguments_are_told_as_they_come() -> None:
    found = await told_pieces(
        chunk(called("f", "", index=0, id="x")), chunk(more(' {"a": ', index=0)), chunk(more("1} \n", index=0)),
        chunk(called("g", "{}", index=1, id="y")), STOP,
    )  # fmt: skip

    assert found == [
        *(CallPiece(0, "x", "f", text) for text in ("", '{"a":', " 1}")),
        *(CallPiece(1, "y", "g", text) for text in ("", "{}")),
    ]


NO_MORE = (CallPiece(0, "x", "f", "{}"), CallPiece(1, "y", "g", "{}"))
"""Told at the end: an object of nothing may stand for one that is yet to come."""
UNTOLD = {
    "a name that comes late": (
        [chunk({"index": 0, "id": "x", "function": {"arguments": '{"a":'}}), chunk(called("f", "1}", index=0))],
        [CallPiece(0, "x", "f", '{"a":1}')],
    ),
    "a name that comes behind another call": (
        [chunk({"index": 0, "id": "x"}, called("g", index=1, id="y")), chunk(called("f", index=0))],
        [CallPiece(0, "x", "f"), CallPiece(1, "y", "g"), *NO_MORE],
    ),
    "gaps between indices": (
        [chunk(called("f", index=3, id="x")), chunk(called("g", index=9, id="y"))],
        [CallPiece(0, "x", "f"), CallPiece(1, "y", "g"), *NO_MORE],
    ),
    "encoded twice": ([chunk(called("f", '"{}"', index=0, id="x"))], [CallPiece(0, "x", "f", "")]),
    "no object": ([chunk(called("f", " [1]", index=0, id="x"))], [CallPiece(0, "x", "f", "")]),
    "blanks alone": ([chunk(called("f", " \n", index=0, id="x"))], [CallPiece(0, "x", "f", "")]),
    "half a character": (
        [chunk(called("f", '{"a": "\ud83d', index=0, id="x")), chunk(more('\ude00"}', index=0))],
        [CallPiece(0, "x", "f", '{"a": "'), CallPiece(0, "x", "f", '\U0001f600"}')],
    ),
}


@pytest.mark.parametrize("pieces, told", UNTOLD.values(), ids=UNTOLD.keys())
async def test_what_may_yet_change_is_not_told(pieces: list[bytes], told: list[CallPiece]) -> None:
    assert await told_pieces(*pieces, STOP) == told
    assert_begun_by(await answer_to(Dialect.OPENAI, *pieces, STOP))


async def test_calls_of_one_id_get_ids_of_their_own() -> None:
    calls = [called("f", '{"a":', index=0, id="x"), called("f", '{"a":', index=1, id="x")]
    found = await answer_to(
        Dialect.OPENAI, chunk(*calls), chunk(more("1}", index=1), more("2}", index=0)), STOP
    )  # fmt: skip

    assert found.end
    assert tuple(found.calls) == found.end.tool_calls
    assert [call.arguments for call in found.calls] == ['{"a":2}', '{"a":1}']
    assert found.calls[0].id == "x"
    assert found.calls[1].id.startswith("call_")


async def test_long_arguments_are_told_in_pieces_and_5_mb_are_too_large() -> None:
    for size in (900_000, 5_000_000):
        text = json.dumps({"text": "x" * size})
        pieces = [chunk(more(text[at : at + 4_000], index=0)) for at in range(0, len(text), 4_000)]
        answer = answer_to(Dialect.OPENAI, chunk(called("f", "", index=0, id="x")), *pieces, STOP)
        if size > MAX_OUTPUT_CHARS:
            with pytest.raises(ProviderError, match="more than an answer may hold"):
                await answer
        else:
            found = await answer
            assert found.end
            assert found.end.tool_calls == (ToolCall(id="x", name="f", arguments=text),) == tuple(found.calls)


async def test_an_answer_that_never_stops_calling_is_too_large() -> None:
    endless = [chunk(called("f", index=at, id=f"x{at}")) for at in range(MOST_CALLS + 1)]

    with pytest.raises(ProviderError) as caught:
        await answer_to(Dialect.OPENAI, *endless, STOP)

    assert caught.value.code is FailureCode.TOO_LARGE
    assert (await answer_to(Dialect.OPENAI, *endless[:-1], STOP)).end


async def test_input_that_an_imitator_says_twice_is_taken_once() -> None:
    block = {"type": "tool_use", "id": "a", "name": "f", "input": {"a": 1}}
    said = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"a":1}'}}
    ]
    for again in ([], said):
        events = [
            {"type": "content_block_start", "index": 0, "content_block": block}, *again,
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"},
        ]  # fmt: skip
        found = await answer_to(Dialect.ANTHROPIC, *(b"data: " + json.dumps(one).encode() + b"\n\n" for one in events))

        assert found.end
        assert [json.loads(call.arguments) for call in found.end.tool_calls] == [{"a": 1}]
        assert tuple(found.calls) == found.end.tool_calls


async def test_a_call_without_an_id_gets_one_of_its_own() -> None:
    found = await answer_to(Dialect.OPENAI, chunk(called("f", index=0), called("f", index=1)), STOP)

    assert found.end
    ids = [call.id for call in found.end.tool_calls]
    assert len({*ids}) == 2
    assert all(len(one) > 10 for one in ids)


@pytest.mark.parametrize(
    "reason, arguments, kept, ends",
    [
        ("length", '{"city": "Par', 0, FinishReason.LENGTH),
        ("length", '{"city": "Paris"}', 1, FinishReason.LENGTH),
        ("tool_calls", '{"city": "Par', 1, FinishReason.TOOL_CALLS),
        ("content_filter", "{}", 1, FinishReason.CONTENT_FILTER),
    ],
)
async def test_a_call_that_was_cut_is_left_out(reason: str, arguments: str, kept: int, ends: FinishReason) -> None:
    body = chunk(called("weather", arguments, index=0, id="x"), finish_reason=reason)

    found = await answer_to(Dialect.OPENAI, body, b"data: [DONE]\n\n")

    assert found.end
    assert (len(found.end.tool_calls), found.end.finish_reason) == (kept, ends)


WHOLE = {
    Dialect.OPENAI: {
        "choices": [{"message": {"content": None, "tool_calls": [called("weather", '{"city":"P"}', id="a")]}}]
    },
    Dialect.ANTHROPIC: {
        "type": "message",
        "content": [{"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "P"}}],
        "stop_reason": "tool_use",
    },
    Dialect.GEMINI: {
        "candidates": [
            {
                "content": {"parts": [{"functionCall": {"name": "weather", "args": {"city": "P"}}}]},
                "finishReason": "STOP",
            }
        ]
    },
}


async def test_a_call_that_the_vendor_could_not_read_is_an_empty_answer_with_its_reason() -> None:
    body = b'data: {"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL"}]}\n\n'

    for tools, why in ((TOOLS, "its call of a tool cannot be read"), (None, "and has none here")):
        with pytest.raises(ProviderError, match=why) as caught:
            await answer_to(Dialect.GEMINI, body, tools=tools)
        assert (caught.value.code, caught.value.requests) == (FailureCode.EMPTY, 2)


@pytest.mark.parametrize("dialect", WHOLE)
async def test_a_whole_document_may_call(dialect: Dialect) -> None:
    found = await answer_to(dialect, json.dumps(WHOLE[dialect]).encode(), content_type="application/json")

    assert found.end
    assert found.end.finish_reason is FinishReason.TOOL_CALLS
    (call,) = found.end.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "P"})
    assert call.id


async def test_a_message_at_the_end_of_a_stream_does_not_call_again() -> None:
    body = chunk(called("f", index=0, id="x"))
    again = {"choices": [{"delta": {}, "message": {"tool_calls": [called("f", id="x")]}, "finish_reason": "stop"}]}

    found = await answer_to(Dialect.OPENAI, body, b"data: " + json.dumps(again).encode() + b"\n\n", b"data: [DONE]\n\n")

    assert found.end
    assert [call.id for call in found.end.tool_calls] == ["x"]


async def test_the_older_form_of_a_call_is_read() -> None:
    delta = {"function_call": {"name": "weather", "arguments": '{"city":"P"}'}}
    body = b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": "function_call"}]}).encode() + b"\n\n"

    found = await answer_to(Dialect.OPENAI, body, b"data: [DONE]\n\n")

    assert found.end
    assert [(call.name, call.arguments) for call in found.end.tool_calls] == [("weather", '{"city":"P"}')]


def test_arguments_that_are_nested_too_deep_are_a_text() -> None:
    deep = '{"a":' * 5_000 + "1" + "}" * 5_000

    assert arguments_object(deep) == {"arguments": deep}
