"""Calls of tools while they are written: each door streams the arguments as the vendor does, in its own order."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from tests.api.openai.test_tools import CALL, FLAT, QUESTION, USER, WEATHER

CLAUDE_TOOL = {"name": "weather", "input_schema": WEATHER["function"]["parameters"]}
FIRST, SECOND = '{"city": "Paris"', ', "days": 3}'
CALLS = [{**CALL, "arguments": FIRST + SECOND}, {**CALL, "id": "call_2", "arguments": '{"city": "Rome"}'}]
ASKED: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": [USER], "tools": [WEATHER]},
    "/v1/responses": {"input": QUESTION, "tools": [FLAT]},
    "/v1/messages": {"messages": [USER], "tools": [CLAUDE_TOOL], "max_tokens": 500},
}


def events_of(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in answer.iter_lines():
        if line.startswith("data: {"):
            yield json.loads(line[6:])


def piece_of(event: dict[str, Any]) -> tuple[int, str] | None:
    """The place of a call in the answer, and more of its arguments, whatever the door."""
    for choice in event.get("choices") or ():
        for call in choice["delta"].get("tool_calls") or ():
            return call["index"], call["function"]["arguments"]
    if event.get("type") == "response.function_call_arguments.delta":
        return event["output_index"], event["delta"]
    if event.get("type") == "content_block_delta" and "partial_json" in event["delta"]:
        return event["index"], event["delta"]["partial_json"]
    return None


@pytest.mark.parametrize("model", ["up/caller", "fusion"])
@pytest.mark.parametrize("door", ASKED)
def test_arguments_reach_the_client_while_they_are_written(
    panel: Any, http: httpx.Client, bench: Any, door: str, model: str
) -> None:
    name = "caller" if model == "up/caller" else "writer"
    held = {"before": "Let me look.", "calls": CALLS, "held_after": 2}
    bench.model(name, "calls", **held)
    if door.endswith("messages") and model == "fusion":
        model = "claude-fusion"
    pieces: list[tuple[int, str]] = []
    events: list[dict[str, Any]] = []

    with http.stream("POST", door, json={"model": model, "stream": True, **ASKED[door]}, timeout=60) as answer:
        for event in events_of(answer):
            events.append(event)
            if piece := piece_of(event):
                pieces.append(piece)
                if "".join(text for _, text in pieces) and not any(SECOND in text for _, text in pieces):
                    bench.upstream.release(name)

    told = [text for _, text in pieces if text]
    assert "".join(told) == FIRST + SECOND + '{"city": "Rome"}'
    assert len(told) > 2
    places = [place for place, _ in pieces]
    assert places == sorted(places)
    assert len({*places}) == 2
    if door.endswith("messages"):
        kinds = [event["type"] for event in events if event["type"] not in ("ping", "content_block_delta")]
        block = ["content_block_start", "content_block_stop"]
        assert kinds == ["message_start", *block * 3, "message_delta", "message_stop"]
        assert events[-2]["delta"]["stop_reason"] == "tool_use"
    elif door.endswith("responses"):
        assert_in_openais_order(events)
        items = events[-1]["response"]["output"]
        assert [item["type"] for item in items] == ["message", "function_call", "function_call"]
        assert [item["arguments"] for item in items[1:]] == [call["arguments"] for call in CALLS]
    else:
        assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def assert_in_openais_order(events: list[dict[str, Any]]) -> None:
    """Every event is of OpenAI's types, each item is over before the next begins, and its end has what was told."""
    adapter: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    open_items: list[int] = []
    for event in events:
        adapter.validate_python(event)
        if event["type"] == "response.output_item.added":
            assert open_items == []
            open_items.append(event["output_index"])
        elif event["type"] == "response.output_item.done":
            assert open_items.pop() == event["output_index"]
            told = "".join(
                one["delta"] for one in events if one.get("item_id") == event["item"]["id"] and "delta" in one
            )
            said = event["item"].get("arguments") or event["item"]["content"][0]["text"]
            assert said == told
    assert open_items == []
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


@pytest.mark.parametrize("door", ASKED)
def test_a_call_that_is_cut_at_the_limit_ends_as_the_vendors_does(
    panel: Any, http: httpx.Client, bench: Any, door: str
) -> None:
    cut = {"before": "Let me look.", "calls": [{**CALL, "arguments": '{"city": "Par'}]}
    bench.model("caller", "calls", **cut, finish="length")

    with http.stream("POST", door, json={"model": "up/caller", "stream": True, **ASKED[door]}, timeout=60) as answer:
        events = list(events_of(answer))

    assert "".join(text for _, text in filter(None, map(piece_of, events))) == '{"city": "Par'
    if door.endswith("messages"):
        assert events[-2]["delta"]["stop_reason"] == "max_tokens"
    elif door.endswith("responses"):
        assert events[-1]["type"] == "response.incomplete"
        assert events[-1]["response"]["output"][-1]["status"] == "incomplete"
    else:
        assert events[-1]["choices"][0]["finish_reason"] == "length"
