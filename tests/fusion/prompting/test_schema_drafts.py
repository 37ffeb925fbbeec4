"""Schemas of older drafts: each is checked as the validator of its own draft would check it."""

import json
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft6Validator, Draft7Validator, Draft201909Validator, Draft202012Validator

from apps.fusion.prompting.answer_format import BadAnswer, BadSchema, check_schema, checked
from apps.fusion.values import AnswerFormat

NAMES = {
    "http://json-schema.org/draft-04/schema#": Draft4Validator,
    "http://json-schema.org/draft-06/schema#": Draft6Validator,
    "http://json-schema.org/draft-07/schema#": Draft7Validator,
    "http://json-schema.org/draft-07/schema": Draft7Validator,
    "https://json-schema.org/draft-07/schema#": Draft7Validator,
    "https://json-schema.org/draft/2019-09/schema": Draft201909Validator,
    "https://json-schema.org/draft/2020-12/schema": Draft202012Validator,
    "https://json-schema.org/draft/2020-12/schema#": Draft202012Validator,
    "http://json-schema.org/schema#": Draft202012Validator,
}
OLD = tuple(NAMES)[:5]
UP_TO_2019 = tuple(NAMES)[:6]
ZOD = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "people": {"type": "integer", "minimum": 0}},
    "required": ["city"],
    "additionalProperties": False,
}
PAIR = {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}
SHARED = {
    "$ref": "#/definitions/A",
    "definitions": {"A": ZOD, "B": {"type": "array", "items": {"$ref": "#/definitions/A"}}},
}
TREE = {
    "type": "object",
    "properties": {"child": {"$recursiveRef": "#"}, "n": {"type": "integer"}},
    "$recursiveAnchor": True,
}
VALUES = (
        '{"city": "Zürich", "people": 4}', '{"city": 5}', '{"city": "x", "extra": 1}', "{}", "[]", "null", '"text"',
        '["a", 1]', '["a", 1, true]', '["a", "b"]', '["a", 1, "c"]', "0", "1", "5", "10", "0.5", '{"a": 1}',
        '{"a": 1, "b": 2}', '{"a": 1, "b": "x"}', '{"child": {"n": 1}}', '{"child": {"n": "one"}}',
        '{"items": ["a"], "dependencies": "x"}', '{"enum": [{"items": [1]}]}',
)  # fmt: skip
CASES: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (tuple(NAMES), ZOD),
    (tuple(NAMES), SHARED),
    (UP_TO_2019, PAIR),
    (UP_TO_2019, {**PAIR, "additionalItems": False}),
    (UP_TO_2019, {**PAIR, "additionalItems": {"type": "boolean"}}),
    (UP_TO_2019, {"additionalItems": False}),
    (OLD, {"dependencies": {"a": ["b"]}}),
    (OLD, {"dependencies": {"a": {"required": ["b"], "properties": {"b": {"type": "integer"}}}}}),
    (OLD[:1], {"type": "number", "minimum": 0, "exclusiveMinimum": True}),
    (OLD[:1], {"type": "number", "maximum": 5, "exclusiveMaximum": True}),
    (OLD[:1], {"type": "number", "minimum": 0, "exclusiveMinimum": False}),
    (OLD[1:], {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 10}),
    (OLD, {"properties": {"a": {"$ref": "#/definitions/x", "type": "string"}}, "definitions": {"x": {"minimum": 2}}}),
    (OLD[1:], {"contains": {"type": "integer"}, "propertyNames": {"maxLength": 1}}),
    (OLD[2:], {"if": {"type": "object"}, "then": {"required": ["a"]}, "else": {"type": "string"}}),
    (("https://json-schema.org/draft/2019-09/schema",), TREE),
    (UP_TO_2019, {"properties": {"items": PAIR, "dependencies": {"type": "string"}, "enum": PAIR}}),
    (UP_TO_2019, {"enum": [{"items": ["a"], "dependencies": {"a": ["b"]}}, {"a": 1}, 5]}),
]  # fmt: skip


def fits(schema: dict[str, Any], text: str) -> bool:
    try:
        checked(text, AnswerFormat(type="json_schema", json_schema=check_schema(schema)))
    except BadAnswer:
        return False
    return True


@pytest.mark.parametrize(
    "name, schema", [(name, schema) for names, schema in CASES for name in names], ids=lambda value: str(value)[:60]
)
def test_an_older_schema_means_what_it_meant(name: str, schema: dict[str, Any]) -> None:
    whole = {"$schema": name, **schema}
    own = NAMES[name](whole)

    for text in VALUES:
        assert fits(whole, text) == own.is_valid(json.loads(text)), text


@pytest.mark.parametrize("schema", [PAIR, {"dependencies": {"a": ["b"]}}, {"minimum": 0, "exclusiveMinimum": True}])
def test_a_schema_without_a_draft_may_be_of_any(schema: dict[str, Any]) -> None:
    draft = Draft4Validator(schema)

    for text in VALUES:
        assert fits(schema, text) == draft.is_valid(json.loads(text)), text


@pytest.mark.parametrize("name", ["http://json-schema.org/draft-03/schema#", "https://example.com/schema", 7])
def test_another_dialect_is_refused_by_name(name: Any) -> None:
    with pytest.raises(BadSchema) as error:
        check_schema({"$schema": name})

    assert str(error.value) == "The $schema is none of the JSON Schema drafts 4, 6, 7, 2019-09 and 2020-12."


def test_a_schema_of_the_newest_draft_keeps_its_keywords() -> None:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [{"type": "string"}]}

    with pytest.raises(BadSchema) as error:
        check_schema(schema)

    assert str(error.value).startswith("At $.items")


def test_the_name_of_a_draft_4_schema_is_left_out() -> None:
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "id": "https://city.example/schema", **ZOD}

    assert check_schema(schema) == ZOD
