"""JSON schemas as strict vendors want them."""

import pytest

from apps.fusion.judging.analysis import judge_schema
from apps.providers.schemas import closed, is_strict

TEXT = {"type": "string"}
STRICT = {"type": "object", "properties": {"a": TEXT}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (STRICT, True),
        (judge_schema(["A", "B"], []), True),
        ({"type": "array", "items": STRICT}, True),
        ({"type": "array", "items": {"type": "object"}}, False),
        (STRICT | {"required": []}, False),
        (STRICT | {"additionalProperties": True}, False),
        ({"anyOf": [TEXT, {"type": "object", "properties": {}}]}, False),
    ],
)
def test_strict_schema_names_every_key(schema, strict):
    assert is_strict(schema) == strict


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 5}, {"type": "integer"}),
        ({"type": "array", "items": {"type": "string", "maxLength": 3}}, {"type": "array", "items": TEXT}),
        (
            {"type": "object", "properties": {"maximum": TEXT}, "required": ["maximum"]},
            {"type": "object", "properties": {"maximum": TEXT}, "required": ["maximum"], "additionalProperties": False},
        ),
        ({"enum": [{"minimum": 1}]}, {"enum": [{"minimum": 1}]}),
    ],
)
def test_closed_schema_keeps_what_it_is_about(schema, expected):
    assert closed(schema) == expected
