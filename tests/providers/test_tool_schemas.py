"""The schemas of a client's tools as the vendors take them."""

from typing import Any

import pytest

from apps.fusion.tools import ToolSet
from apps.providers import anthropic, openai_compatible
from apps.providers.dialects import Dialect
from tests.providers.asking import endpoint_at
from tests.providers.test_tool_calls import ENDPOINT, SCHEMA, WEATHER, request

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
