"""The form that an answer is asked for in, and whether it keeps to it."""

import json
import time
from typing import Any

import pytest

from apps.fusion.prompting.answer_format import (
    BadAnswer,
    BadSchema,
    UncheckedAnswer,
    check_schema,
    checked,
    instruction,
    object_schema,
)
from apps.fusion.values import AnswerFormat

DIALECT = "https://json-schema.org/draft/2020-12/schema"
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


def test_model_is_told_the_schema() -> None:
    assert '"additionalProperties": false' in instruction(of_schema(CITY))
    assert "one JSON object" in instruction(ANY_OBJECT)


@pytest.mark.parametrize(
    "text",
    ['{"city": "Oslo", "people": 7}', '```json\n{"city": "Oslo", "people": 7}\n```', ' {"city":"","people":0}\n'],
)
def test_answer_that_keeps_to_the_schema_is_returned_without_its_fence(text: str) -> None:
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
        (
            '{"city": 1, "people": "x"}',
            "At $.city: 1 is not of type 'string'; At $.people: 'x' is not of type 'integer'",
        ),
    ],
)
def test_answer_that_does_not_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadAnswer) as error:
        checked(text, of_schema(CITY))

    assert str(error.value) == reason


@pytest.mark.parametrize(
    "text, value",
    [
        ('Here it is:\n```json\n{"a": 1}\n```', '{"a": 1}'),
        ('```json\n{"a": 1}```', '{"a": 1}'),
        ('~~~\n{"a": 1}\n~~~\nHope this helps.', '{"a": 1}'),
        ('\ufeff{"a": 1}', '{"a": 1}'),
        ('Fill in {name}, see [1]: {"a": "}"} and {x', '{"a": "}"}'),
        ('```json\n{"a": "x\u2028y\x85z"}\n```', '{"a": "x\u2028y\x85z"}'),
    ],
)
def test_one_value_among_words_is_taken(text: str, value: str) -> None:
    assert checked(text, ANY_OBJECT) == value


@pytest.mark.parametrize(
    "text", ['{"a": 1}{"a": 2}', 'So: {"a": 1, "b": {"c": 2},}', "[" * 100_000, '{"a":' * 100_000, "{ " * 100_000]
)
def test_of_several_or_damaged_values_none_is_taken(text: str) -> None:
    with pytest.raises(BadAnswer, match=r"^It is no JSON: "):
        checked(text, ANY_OBJECT)


def test_of_several_values_the_one_that_keeps_to_the_schema_is_taken() -> None:
    good = '{"city": "Oslo", "people": 7}'

    assert checked(f'Not {{"city": 1}} but {good}.', of_schema(CITY)) == good
    with pytest.raises(BadAnswer, match="'people' is a required property"):
        checked('So: {"city": "Oslo"}.', of_schema(CITY))


@pytest.mark.parametrize("code, key", [(r"\u0000", "\x00"), (r"\ud800", "\ud800")])
def test_reason_can_be_kept_whatever_the_answer_has(code: str, key: str) -> None:
    with pytest.raises(BadAnswer) as error:
        checked(f'{{"{code}": 1}}', of_schema({"type": "object", "additionalProperties": {"type": "string"}}))

    assert key not in str(error.value)
    assert "1 is not of type 'string'" in str(error.value)


def test_any_object_is_no_list() -> None:
    assert checked("{}", ANY_OBJECT) == "{}"
    with pytest.raises(BadAnswer):
        checked("[]", ANY_OBJECT)


@pytest.mark.parametrize(
    "answer_format, is_sent",
    [
        (of_schema(CITY), True),
        (of_schema({**CITY, "required": ["city"]}), True),
        (of_schema({"type": "array", "items": CITY}), False),
        (of_schema({"anyOf": [CITY]}), False),
        (of_schema({}), False),
        (ANY_OBJECT, True),
        (None, False),
    ],
)
def test_only_the_schema_of_an_object_goes_to_vendors(answer_format: AnswerFormat | None, is_sent: bool) -> None:
    assert (object_schema(answer_format) is not None) == is_sent


def test_answer_that_cannot_be_checked_is_told_from_a_bad_one() -> None:
    wide = {"type": "array", "items": {"allOf": [{"type": "integer"}] * 20}}

    with pytest.raises(UncheckedAnswer):
        checked(json.dumps([1] * 20_000), of_schema(wide))
    with pytest.raises(BadAnswer) as error:
        checked(json.dumps(["x", *[1] * 20_000]), of_schema(wide))
    assert not isinstance(error.value, UncheckedAnswer)


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
def test_schema_that_cannot_be_checked_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(BadSchema):
        check_schema(schema)


def bomb(depth: int) -> dict[str, Any]:
    steps = {f"a{at}": {"allOf": [{"$ref": f"#/$defs/a{at + 1}"}] * 2} for at in range(depth)}
    return {"$ref": "#/$defs/a0", "$defs": {**steps, f"a{depth}": {}}}


@pytest.mark.parametrize(
    "schema, reason",
    [
        ({"$schema": "http://json-schema.org/draft-03/schema#"}, "The $schema is none of the JSON Schema drafts"),
        ({"properties": {"a": {"$schema": DIALECT}}}, "The keyword $schema is not taken below the root."),
        ({"allOf": [{"$id": "http://a.example"}]}, "The keyword $id is not taken below the root."),
        ({"unevaluatedProperties": False}, "The keyword unevaluatedProperties is not taken."),
        ({"allOf": [{"unevaluatedItems": False}]}, "The keyword unevaluatedItems is not taken."),
        ({"$dynamicRef": "#a"}, "The keyword $dynamicRef is not taken."),
        ({"$ref": "#a", "$anchor": "a"}, "The reference #a is not taken: only those that begin with #/ are followed."),
        ({"description": "a" * 64_000}, "The schema is longer than 64,000 characters."),
        (bomb(40), "The schema takes too much work to check."),
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, "At $.properties.a.pattern: '(?=a)b' is not a regular"),
        ({"allOf": [{"pattern": rf"a{at}\w{{20}}"} for at in range(200)]}, "The schema takes too much work to check."),
        ({"$ref": "#/x", "x": {"multipleOf": 0}}, "The schema cannot be checked: ZeroDivisionError."),
        ({"$ref": "#/x", "x": {"type": "thing"}}, "The schema cannot be checked: UnknownType."),
        ({"$ref": "#/x", "x": {"properties": 5}}, "The schema cannot be checked: AttributeError."),
    ],
    ids=lambda value: str(value)[:40],
)
def test_schema_that_would_break_or_block_the_check_is_refused_at_once(schema: dict[str, Any], reason: str) -> None:
    started = time.process_time()

    with pytest.raises(BadSchema) as error:
        check_schema(schema)

    assert str(error.value)[: len(reason)] == reason
    assert time.process_time() - started < 10


def test_schema_that_names_its_dialect_and_itself_is_taken() -> None:
    schema = {"$schema": DIALECT, "$id": "https://city.example/schema", **CITY}

    check_schema(schema)

    assert checked('{"city": "", "people": 1}', of_schema(schema)) == '{"city": "", "people": 1}'


BACKTRACKING = [
    {"properties": {"a": {"$schema": DIALECT, "pattern": "^(a+)+$"}}},
    {"unevaluatedProperties": False, "patternProperties": {"^(a+)+$": {}}},
]


@pytest.mark.parametrize("schema", BACKTRACKING)
def test_answer_is_not_checked_by_a_schema_that_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer) as error:
        checked('{"a": "aaaaaaaaaaaaaaaaaa!", "aaaaaaaaaaaaaaaaaa!": 1}', of_schema(schema))

    assert str(error.value) == "It cannot be checked: the schema does not hold together."


@pytest.mark.parametrize(
    "text, schema, reason",
    [
        ("NaN", {}, "It is no JSON: NaN is no number of JSON"),
        ("[1e400]", {}, "It is no JSON: 1e400 is no number of JSON"),
        ("1" + "0" * 400, {"multipleOf": 0.3}, "It cannot be checked: the schema does not hold together."),
        ("1", {"$ref": "#/x", "x": {"multipleOf": 0}}, "It cannot be checked: the schema does not hold together."),
        ("1", bomb(40), "It takes too much work to check by the schema."),
        ('[{"a": 1, "b": 2}, {"b": 2, "a": 1}]', {"uniqueItems": True}, "At $: The list has non-unique elements"),
    ],
)
def test_answer_that_cannot_be_checked_is_refused(text: str, schema: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadAnswer) as error:
        checked(text, of_schema(schema))

    assert str(error.value) == reason


def test_long_list_of_different_objects_takes_no_time() -> None:
    text = json.dumps([{"a": at} for at in range(3000)])
    started = time.process_time()

    assert checked(text, of_schema({"uniqueItems": True})) == text
    assert time.process_time() - started < 2


def test_hostile_pattern_takes_no_time() -> None:
    schema = {"type": "object", "patternProperties": {"^(a+)+$": {"type": "string", "pattern": "^(a+)+$"}}}
    check_schema(schema)
    started = time.process_time()

    with pytest.raises(BadAnswer):
        checked('{"aaa": "' + "a" * 40_000 + '!"}', of_schema(schema))

    assert time.process_time() - started < 2
