"""The names and schemas of a client's tools as the vendors take them."""

import json
import re
from typing import Any

import pytest

from apps.fusion.tools import ToolCall, ToolResult, ToolSet
from apps.fusion.values import Message
from apps.providers import anthropic, gemini, openai_compatible
from apps.providers.dialects import Dialect
from tests.providers.asking import endpoint_at
from tests.providers.test_tool_calls import ENDPOINT, SCHEMA, USER, WEATHER, answer_to, request


@pytest.mark.parametrize("name", ["1c_reload", "ä b", "-x", "x" * 128])
async def test_gemini_is_told_names_that_it_takes_and_calls_by_the_tools_own(name: str) -> None:
    tools = ToolSet(tools=(WEATHER.model_copy(update={"name": name}),), only=name)
    call = ToolCall(id="a", name=name)
    asked = (USER, Message(role="assistant", text="", calls=(call,)))
    asked += (Message(role="user", text="1", result=ToolResult(id="a")),)

    body = gemini.body_of(ENDPOINT, request(Dialect.GEMINI, *asked, tools=tools))
    own = body["tools"][0]["functionDeclarations"][0]["name"]
    sent = {"functionCall": {"name": own, "args": {}}}
    event = json.dumps({"candidates": [{"content": {"parts": [sent]}, "finishReason": "STOP"}]})
    found = await answer_to(Dialect.GEMINI, b"data: " + event.encode() + b"\n\n", tools=tools)

    assert re.fullmatch("[A-Za-z_][A-Za-z0-9_.:-]{0,63}", own)
    assert body["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"] == [own]
    parts = [part for turn in body["contents"] for part in turn["parts"]]
    assert [part["functionCall"]["name"] for part in parts if "functionCall" in part] == [own]
    assert [part["functionResponse"]["name"] for part in parts if "functionResponse" in part] == [own]
    assert found.end
    assert [call.name for call in found.end.tool_calls] == [name]


EITHER = {
    "oneOf": [
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        {"$ref": "#/$defs/Place"},
    ],
    "$defs": {"Place": {"type": "object", "properties": {"lat": {"type": "number"}}}},
}
AT_LEAST_ONE = {**SCHEMA, "anyOf": [{"required": ["city"]}]}


@pytest.mark.parametrize(
    "schema, plain",
    [
        (SCHEMA, SCHEMA),
        (AT_LEAST_ONE, SCHEMA),
        (
            EITHER,
            {
                "type": "object",
                "properties": {"city": {"type": "string"}, "lat": {"type": "number"}},
                "$defs": EITHER["$defs"],
            },
        ),
        ({"type": ["object", "null"]}, {"type": "object", "properties": {}}),
        (
            {"anyOf": 7, "$defs": [], "allOf": [None, {"properties": 7}]},
            {"type": "object", "properties": {}, "$defs": []},
        ),
    ],
)
def test_choices_at_the_head_of_a_tools_schema_are_laid_together(schema: dict[str, Any], plain: dict[str, Any]) -> None:
    tools = ToolSet(tools=(WEATHER.model_copy(update={"parameters": schema}),))

    claude = anthropic.body_of(ENDPOINT, request(Dialect.ANTHROPIC, tools=tools))
    openai, other = (
        openai_compatible.body_of(endpoint_at(url), request(tools=tools))["tools"][0]["function"]["parameters"]
        for url in ("https://api.openai.com/v1", "http://vendor.test/v1")
    )

    assert claude["tools"][0]["input_schema"] == plain
    assert openai == plain
    assert other == schema
