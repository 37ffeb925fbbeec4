"""The form that a program wants the answer in: how it is asked for, and whether an answer keeps to it. Pure."""

import json
import re
from collections import deque
from itertools import islice
from math import isfinite
from typing import Any

from jsonschema.exceptions import ValidationError
from pydantic_core import SchemaError as BadPattern
from referencing.exceptions import Unresolvable

from apps.fusion.prompting import json_schema
from apps.fusion.values import AnswerFormat

_ASK = "Reply with one JSON {what} and nothing else: no text before or after it, and no fence around it."
_SCHEMA = "It must be valid by this JSON Schema:\n{schema}"
MOST_FAULTS = 5
"""Violations of a schema that are named."""
PROBES: tuple[Any, ...] = ({}, [], "", 0, None)
"""Values that bring out a schema that refers nowhere or never ends."""
MOST_STARTS = 100
"""Brackets in an answer that are tried as the beginning of its JSON."""
MOST_VALUES = 5
"""Values in an answer of which one may keep to the form."""
START = re.compile(r"[{\[]")


class BadSchema(Exception):
    """A schema that nothing can be checked with; the message says why."""


class BadAnswer(Exception):
    """An answer that does not keep to its format; the message names its first faults."""


class UncheckedAnswer(BadAnswer):
    """An answer of which nobody can say whether it keeps to its format; another one would not be better."""


def instruction(answer_format: AnswerFormat | None) -> str:
    """Return the instruction about the form of the answer; '' for free text."""
    if answer_format is None:
        return ""
    if answer_format.json_schema is None:
        return _ASK.format(what="object")
    schema = json.dumps(answer_format.json_schema, ensure_ascii=False)
    return f"{_ASK.format(what='value')} {_SCHEMA.format(schema=schema)}"


def object_schema(answer_format: AnswerFormat | None) -> dict[str, Any] | None:
    """Return the schema if vendors take it: at the root they want an object, be it any."""
    if answer_format is None:
        return None
    schema = {"type": "object"} if answer_format.json_schema is None else answer_format.json_schema
    return schema if schema and schema.get("type") == "object" else None


def check_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema as one of 2020-12.

    Raises :class:`BadSchema` for one that is no JSON Schema, refers elsewhere, or takes too much work to check.
    """
    try:
        root = json_schema.plain(schema)
        json_schema.check_form(root)
        deque(json_schema.errors_of(root, *PROBES), maxlen=0)
        return root
    except json_schema.Refused as error:
        raise BadSchema(str(error)) from None
    except json_schema.TooMuchWork:
        raise BadSchema("The schema takes too much work to check. Make it smaller, with fewer references.") from None
    except BadPattern:
        raise BadSchema("A pattern is not a regular expression that can be checked in linear time.") from None
    except Unresolvable as error:
        raise BadSchema(f"The reference {error.ref} leads nowhere.") from None
    except RecursionError:
        raise BadSchema("The schema refers to itself without end.") from None
    except Exception as error:  # noqa: BLE001 - a stranger's schema can break the library in more ways than it names
        raise BadSchema(f"The schema cannot be checked: {type(error).__name__}.") from None


def checked(text: str, answer_format: AnswerFormat) -> str:
    """Return the JSON of an answer without what a model wrote around it, whatever it was told: a fence, some words.

    Raise :class:`BadAnswer` if it does not conform, :class:`UncheckedAnswer` if that cannot be told.
    """
    body = _unfenced(text.strip().removeprefix("\ufeff"))
    try:
        _keep_to(answer_format, DECODER.decode(body))
    except (ValueError, RecursionError) as error:
        found = _value_among_words(body, answer_format)
        if found is None:
            raise BadAnswer(f"It is no JSON: {error}") from None
        return found
    return body


def _value_among_words(text: str, answer_format: AnswerFormat) -> str | None:
    """Return the one object or list in a text that keeps to the form, ``None`` if there is none or a second one.

    Raise :class:`BadAnswer` with the faults of the only value that there is. Nothing is taken out of a value that is
    damaged: what is left of it would not be what the model meant.
    """
    values, at = [], 0
    for _ in range(MOST_STARTS):
        start = START.search(text, at)
        if start is None:
            break
        at = start.start()
        try:
            value, end = DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            if text[at + 1 : error.pos].strip(" \t\r\n"):
                return None
            at += 1  # it broke at once: a bracket of the prose
        except (ValueError, RecursionError):
            return None
        else:
            values.append((text[at:end], value))
            at = end
    else:
        return None
    if answer_format.json_schema is None:
        values = [(body, value) for body, value in values if isinstance(value, dict)]
    if len(values) == 1:
        _keep_to(answer_format, values[0][1])
    good = [body for body, value in values[:MOST_VALUES] if len(values) == 1 or _keeps_to(answer_format, value)]
    return good[0] if len(good) == 1 else None


def _keeps_to(answer_format: AnswerFormat, value: Any) -> bool:
    try:
        _keep_to(answer_format, value)
    except BadAnswer:
        return False
    return True


def _keep_to(answer_format: AnswerFormat, value: Any) -> None:
    """Raise :class:`BadAnswer` with the first faults of a value."""
    if answer_format.json_schema is not None:
        _keep_to_schema(answer_format.json_schema, value)
    elif not isinstance(value, dict):
        raise BadAnswer("It is no JSON object.")


def _keep_to_schema(schema: dict[str, Any], value: Any) -> None:
    faults: list[ValidationError] = []
    try:
        # Extended, not built: what was found before the work became too much counts.
        faults.extend(islice(json_schema.errors_of(json_schema.plain(schema), value), MOST_FAULTS))
    except json_schema.TooMuchWork:
        if not faults:
            raise UncheckedAnswer("It takes too much work to check by the schema.") from None
    except Exception:  # noqa: BLE001 - what breaks the library on a stranger's schema must not break the request
        raise UncheckedAnswer("It cannot be checked: the schema does not hold together.") from None
    if faults:
        raise BadAnswer("; ".join(f"At {_shown(fault.json_path)}: {_shown(fault.message)}" for fault in faults))


def _shown(text: str) -> str:
    """Return the beginning of a text with a mark for what no page shows, and no database keeps."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:300])


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _no_number(text[:40])


def _unfenced(text: str) -> str:
    """Return the text inside a code fence, if that is all there is."""
    lines = text.split("\n")  # at no other line end: JSON may hold those of Unicode inside of its texts
    if len(lines) > 2 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1]).strip()
    return text


DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
