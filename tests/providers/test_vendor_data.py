"""The parts of an answer that its vendor wants back with its calls: whole, and fit to be stored and sent."""

import json
from typing import Any

import pytest

from apps.providers.dialects import Dialect
from tests.providers.test_tool_calls import STOP, answer_to, called, chunk


def part(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


THOUGHT_PARTS = {
    "a signature for all": (
        "reasoning_details",
        [
            [part("reasoning.text", text="Let ", index=0, id=None)],
            [part("reasoning.text", text="me \ud83d", index=0)],
            [part("reasoning.text", text="\ude00", index=0), part("reasoning.text", signature="S", index=0)],
        ],
        [part("reasoning.text", text="Let me 😀", index=0, id=None, signature="S")],
    ),
    "several": (
        "reasoning_details",
        [
            [part("reasoning.summary", summary="a", index=0), part("reasoning.text", text="b", index=1)],
            [part("reasoning.summary", summary="c", index=0, id="x"), part("reasoning.text", text="d", index=1)],
            [part("reasoning.summary", summary="e", index=0, id="y"), "f"],
        ],
        [
            part("reasoning.summary", summary="ac", index=0, id="x"),
            part("reasoning.text", text="bd", index=1),
            part("reasoning.summary", summary="e", index=0, id="y"),
            "f",
        ],
    ),
    "locked": (
        "reasoning_details",
        [[part("reasoning.encrypted", data="a", index=0)], [part("reasoning.encrypted", data="b", index=0)]],
        [part("reasoning.encrypted", data="a", index=0), part("reasoning.encrypted", data="b", index=0)],
    ),
    "of LiteLLM": (
        "thinking_blocks",
        [
            [part("thinking", thinking="Let ", signature="")],
            [part("thinking", thinking="me", signature=None)],
            [part("thinking", thinking="", signature="S")],
            [part("thinking", thinking="More", signature="T")],
        ],
        [part("thinking", thinking="Let me", signature="S"), part("thinking", thinking="More", signature="T")],
    ),
}


@pytest.mark.parametrize("name, pieces, whole", THOUGHT_PARTS.values(), ids=THOUGHT_PARTS.keys())
async def test_parts_of_thoughts_go_back_whole(name: str, pieces: list[Any], whole: list[Any]) -> None:
    deltas = [{"choices": [{"delta": {name: one}}]} for one in pieces]
    sent = [b"data: " + json.dumps(one).encode() + b"\n\n" for one in deltas]

    found = await answer_to(Dialect.OPENAI, *sent, chunk(called("f", index=0, id="x")), STOP)

    assert found.end
    assert found.end.vendor_data
    assert found.end.vendor_data.content == ({name: whole},)


@pytest.mark.parametrize("value", ['"\\ud83d"', '"a\\u0000"', "[" * 900 + "]" * 900])
async def test_thoughts_that_cannot_be_stored_cost_no_answer(value: str) -> None:
    details = f'data: {{"choices":[{{"delta":{{"reasoning_details":[{{"data":{value}}}]}}}}]}}\n\n'.encode()

    found = await answer_to(Dialect.OPENAI, details, chunk(called("f", index=0, id="x")), STOP)

    assert found.end
    assert [call.id for call in found.end.tool_calls] == ["x"]
    if data := found.end.vendor_data:
        assert data.content == ({"reasoning_details": [{"data": "\ufffd" if "ud83d" in value else "a"}]},)
