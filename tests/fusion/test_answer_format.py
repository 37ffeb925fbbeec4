"""The form that an answer is asked for in, and whether it keeps to it."""

import time
from typing import Any

import pytest

from apps.fusion.answer_format import BadAnswer, BadSchema, check_schema, checked, instruction, strict_schema
from apps.fusion.values import AnswerFormat

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["city", "people"],
    "additionalProperties": False,
}
ANY_OBJECT = AnswerFormat(type="json_object")


def of_schema(schema: dict[str, Any]) -> AnswerFormat:
    return AnswerFormat(type="json_schema", name="city", json_schema=schema)


def test_free_text_asks_for_nothing() -> None:
    assert instruction(None) == ""


def test_a_model_is_told_the_schema() -> None:
    assert '"additionalProperties": false' in instruction(of_schema(CITY))
    assert "one JSON object" in instruction(ANY_OBJECT)


@pytest.mark.parametrize(
    "text",
    ['{"city": "Oslo", "people": 7}', '```json\n{"city": "Oslo", "people": 7}\n```', ' {"city":"","people":0}\n'],
)
def test_an_answer_that_keeps_to_the_schema_is_returned_without_its_fence(text: str) -> None:
    answer = checked(text, of_schema(CITY))

    assert answer.startswith('{"city"')
    assert answer.endswith("}")


@pytest.mark.parametrize(
    "text, reason",
    [
        ("Oslo.", "It is no JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"city": "Oslo"}', "At $: 'people' is a required property"),
        ('{"city": "Oslo", "people": "many"}', "At $.people: 'many' is not of type 'integer'"),
        ('{"city": "Oslo", "people": 7, "mayor": "x"}', "At $: Unexpected keys: 'mayor'"),
    ],
)
def test_an_answer_that_does_not_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadAnswer) as error:
        checked(text, of_schema(CITY))

    assert str(error.value) == reason


def test_any_object_is_no_list() -> None:
    assert checked("{}", ANY_OBJECT) == "{}"
    with pytest.raises(BadAnswer):
        checked("[]", ANY_OBJECT)


@pytest.mark.parametrize(
    "schema, is_strict",
    [
        (CITY, True),
        ({**CITY, "required": ["city"]}, False),
        ({**CITY, "additionalProperties": True}, False),
        ({"type": "array", "items": CITY}, False),
        ({**CITY, "properties": {**CITY["properties"], "people": {"type": "object"}}}, False),
    ],
)
def test_only_a_closed_schema_goes_to_vendors(schema: dict[str, Any], is_strict: bool) -> None:
    assert strict_schema(of_schema(schema)) == (schema if is_strict else None)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "thing"},
        {"$ref": "#"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"type": "string", "pattern": "("},
        {"type": "string", "pattern": "(?=a)b"},
    ],
)
def test_a_schema_that_cannot_be_checked_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(BadSchema):
        check_schema(schema)


def test_a_hostile_pattern_takes_no_time() -> None:
    schema = {"type": "object", "patternProperties": {"^(a+)+$": {"type": "string", "pattern": "^(a+)+$"}}}
    check_schema(schema)
    started = time.monotonic()

    with pytest.raises(BadAnswer):
        checked('{"aaa": "' + "a" * 40_000 + '!"}', of_schema(schema))

    assert time.monotonic() - started < 2
