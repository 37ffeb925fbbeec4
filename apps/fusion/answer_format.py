"""The form that a program wants the answer in: how it is asked for, and whether an answer keeps to it. Pure."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, extend
from pydantic_core import SchemaError as BadPattern
from pydantic_core import SchemaValidator, core_schema
from referencing import Registry
from referencing.exceptions import Unresolvable

from apps.fusion.values import AnswerFormat

_ASK = "Reply with one JSON {what} and nothing else: no text before or after it, and no fence around it."
_SCHEMA = "It must be valid by this JSON Schema:\n{schema}"


class BadSchema(Exception):
    """A schema that nothing can be checked with; the message says why."""


class BadAnswer(Exception):
    """An answer that does not keep to its format; the message says why."""


def instruction(answer_format: AnswerFormat | None) -> str:
    """What a model is told about the form of its answer; '' for free text."""
    if answer_format is None:
        return ""
    if answer_format.json_schema is None:
        return _ASK.format(what="object")
    schema = json.dumps(answer_format.json_schema, ensure_ascii=False)
    return f"{_ASK.format(what='value')} {_SCHEMA.format(schema=schema)}"


def strict_schema(answer_format: AnswerFormat | None) -> dict[str, Any] | None:
    """The schema, if vendors can hold a model to it: strict output wants every object closed and every key required."""
    schema = answer_format.json_schema if answer_format else None
    return schema if schema and schema.get("type") == "object" and _is_strict(schema) else None


def check_schema(schema: dict[str, Any]) -> None:
    """Raises :class:`BadSchema` for what is no JSON Schema (2020-12), refers to another document, or never ends."""
    try:
        Draft202012Validator.check_schema(schema)
        probes: tuple[Any, ...] = ({}, [], "", 0, None)
        for probe in probes:
            list(_validator(schema).iter_errors(probe))
    except SchemaError as error:
        raise BadSchema(error.message) from None
    except BadPattern:
        raise BadSchema("A pattern is not a regular expression that can be checked in linear time.") from None
    except Unresolvable as error:
        raise BadSchema(
            f"The reference {error.ref} leads nowhere; references to other documents are not followed."
        ) from None
    except RecursionError:
        raise BadSchema("The schema refers to itself without end.") from None


def checked(text: str, answer_format: AnswerFormat) -> str:
    """The JSON of an answer without a fence around it; raises :class:`BadAnswer`."""
    body = _unfenced(text.strip())
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"It is no JSON: {error}") from None
    if answer_format.json_schema is None:
        if not isinstance(value, dict):
            raise BadAnswer("It is no JSON object.")
        return body
    try:
        _validator(answer_format.json_schema).validate(value)
    except ValidationError as error:
        raise BadAnswer(f"At {error.json_path}: {error.message[:300]}") from None
    except (BadPattern, Unresolvable, RecursionError):
        raise BadAnswer("It cannot be checked: the schema does not hold together.") from None
    return body


def _unfenced(text: str) -> str:
    """Models like to set JSON in a fence, whatever they are told."""
    lines = text.splitlines()
    if len(lines) > 2 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1]).strip()
    return text


def _is_strict(schema: Any) -> bool:
    if isinstance(schema, list):
        return all(_is_strict(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        keys = set(schema.get("properties", {}))
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != keys:
            return False
    return all(_is_strict(part) for part in schema.values())


def _pattern(_validator: Validator, pattern: str, value: Any, _schema: Any) -> Any:
    """``pattern`` with an engine of linear time: schemas come from strangers."""
    if isinstance(value, str) and not _matches(pattern, value):
        yield ValidationError(f"{value[:100]!r} does not match {pattern!r}")


def _pattern_properties(validator: Validator, patterns: Mapping[str, Any], value: Any, _schema: Any) -> Any:
    for pattern, subschema in patterns.items() if isinstance(value, dict) else ():
        for key, item in value.items():
            if _matches(pattern, key):
                yield from validator.descend(item, subschema, path=key, schema_path=pattern)


def _matches(pattern: str, text: str) -> bool:
    engine = SchemaValidator(core_schema.str_schema(pattern=pattern))
    return bool(engine.isinstance_python(text))


def _closed(_validator: Validator, allowed: Any, value: Any, schema: Any) -> Any:
    """``additionalProperties``, which the library decides with the backtracking engine where patterns are given."""
    if not isinstance(value, dict):
        return
    patterns = schema.get("patternProperties", {})
    named = schema.get("properties", {})
    extra = [key for key in value if key not in named and not any(_matches(one, key) for one in patterns)]
    if allowed is False and extra:
        yield ValidationError(f"Unexpected keys: {', '.join(map(repr, extra[:5]))}")
    if isinstance(allowed, dict):
        for key in extra:
            yield from _validator.descend(value[key], allowed, path=key)


_Checker: Any = extend(
    Draft202012Validator,
    {"pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _closed},
)


def _validator(schema: dict[str, Any]) -> Validator:
    """A validator that fetches nothing."""
    checker: jsonschema.protocols.Validator = _Checker(schema, registry=Registry())
    return checker
