"""Checking values by JSON Schemas of strangers: nothing is fetched, patterns take linear time, work is counted. Pure.

The library's own keywords are used where they are harmless; what makes it leave this checker for another, walk a
whole schema for one reference, or match with a backtracking engine is refused or replaced here.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, extend
from jsonschema_specifications import REGISTRY
from pydantic_core import SchemaError as BadPattern
from pydantic_core import SchemaValidator, core_schema
from referencing import Registry

from apps.fusion.prompting.schema_drafts import UnknownDialect, modernised

LARGEST_SCHEMA = 64_000
"""Characters of its JSON."""
MOST_STEPS = 50_000
"""A step is about a keyword applied to a small value; a large value, and a pattern to prepare, cost more."""

_ONLY_AT_ROOT = ("$schema", "$id")
_REFUSED = ("unevaluatedProperties", "unevaluatedItems", "$dynamicRef")
_VOCABULARIES = ("core", "applicator", "validation", "meta-data", "content")
_REPEAT = re.compile(r"(\)?)\{(\d{0,6})(?:,(\d{0,6}))?\}")
_WIDE = re.compile(r"\\[wWdDsSpP]|\.|[^\x00-\x7f]")


class Refused(Exception):
    """A schema that is not taken; the message says why."""


class TooMuchWork(Exception):
    """A check that takes more than :data:`MOST_STEPS`."""


def plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema as one of 2020-12 without its names; raise :class:`Refused`."""
    if len(json.dumps(schema)) > LARGEST_SCHEMA:
        raise Refused(f"The schema is longer than {LARGEST_SCHEMA:,} characters.")
    try:
        modern = modernised(dict(schema))
    except UnknownDialect:
        raise Refused("The $schema is none of the JSON Schema drafts 4, 6, 7, 2019-09 and 2020-12.") from None
    root = {key: value for key, value in modern.items() if key not in _ONLY_AT_ROOT}
    _refuse(root)
    return root


def errors_of(schema: Mapping[str, Any], *values: Any) -> Iterator[ValidationError]:
    """Yield the violations of a :func:`plain` schema. Raise :class:`TooMuchWork` for all values together."""
    checker = _Steps().checker(schema)
    for value in values:
        yield from checker.iter_errors(value)


def check_form(schema: Mapping[str, Any]) -> None:
    """Check the form of a schema. Raise :class:`Refused` unless it is one of 2020-12 with linear-time patterns."""
    for error in _Steps().checker(_META, formats=True).iter_errors(schema):
        raise Refused(f"At {error.json_path}: {error.message[:300]}.")


def matches_pattern(pattern: str, text: str) -> bool:
    """Return whether a text has a match of a stranger's regular expression, in linear time.

    Raise ``BadPattern`` for one that the engine does not know, :class:`TooMuchWork` where either is too large.
    """
    return _Steps().matches(pattern, text)


def _refuse(part: Any) -> None:
    if isinstance(part, list):
        for item in part:
            _refuse(item)
    if not isinstance(part, dict):
        return
    for key, value in part.items():
        if key in _REFUSED or (key in _ONLY_AT_ROOT and isinstance(value, str)):
            raise Refused(f"The keyword {key} is not taken{' below the root' if key in _ONLY_AT_ROOT else ''}.")
        if key == "$ref" and isinstance(value, str) and value != "#" and not value.startswith("#/"):
            raise Refused(f"The reference {value[:200]} is not taken: only those that begin with #/ are followed.")
        _refuse(value)


def _meta() -> dict[str, Any]:
    """Return the meta-schema in one piece, so that nothing in it names a dialect or has to be searched for."""
    parts = [REGISTRY.contents(f"https://json-schema.org/draft/2020-12/meta/{name}") for name in _VOCABULARIES]
    whole: dict[str, Any] = {"type": ["object", "boolean"], "properties": {}, "$defs": {}}
    for part in parts:
        whole["properties"] |= part["properties"]
        whole["$defs"] |= part.get("$defs", {})
    # The parts refer to each other dynamically, which the counted checker does not follow; in one piece "#" is enough.
    one: dict[str, Any] = json.loads(json.dumps(whole).replace('"$dynamicRef": "#meta"', '"$ref": "#"'))
    return one


class _Steps:
    """The work of one check, and the keywords that are counted as it."""

    def __init__(self) -> None:
        self.left = MOST_STEPS
        self.sizes: dict[int, int] = {}
        self.engines: dict[str, SchemaValidator] = {}

    def checker(self, schema: Mapping[str, Any], *, formats: bool = False) -> Validator:
        own: dict[str, Any] = {
            "pattern": self.pattern,
            "patternProperties": self.pattern_properties,
            "additionalProperties": self.closed,
            "uniqueItems": _unique,
        }
        if formats:
            own["format"] = self.format
        keywords = dict(Draft202012Validator.VALIDATORS) | own
        for name in _REFUSED:
            del keywords[name]
        kind: Any = extend(Draft202012Validator, {name: self.counted(apply) for name, apply in keywords.items()})
        # With an empty registry no reference is ever fetched from the network.
        checker: Validator = kind(schema, registry=Registry())
        return checker

    def counted(self, apply: Callable[..., Any]) -> Callable[..., Any]:
        def keyword(validator: Validator, value: Any, instance: Any, schema: Any) -> Any:
            self.spend(1 + (_breadth(value) + _breadth(instance)) // 4 + self.size(instance) // 1000)
            return apply(validator, value, instance, schema)

        return keyword

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooMuchWork

    def size(self, value: Any) -> int:
        """Return the approximate number of characters of a value; those of lists and objects are remembered."""
        if not isinstance(value, dict | list):
            return len(value) if isinstance(value, str) else 1
        if id(value) not in self.sizes:
            parts = [*value, *value.values()] if isinstance(value, dict) else value
            self.sizes[id(value)] = 2 + sum(map(self.size, parts))
        return self.sizes[id(value)]

    def matches(self, pattern: str, text: str) -> bool:
        # Charged before the pattern is compiled: "(a{1000}){1000}" costs most there.
        cost = _cost(pattern)
        if pattern not in self.engines:
            self.spend(cost)
            self.engines[pattern] = SchemaValidator(core_schema.str_schema(pattern=pattern))
        self.spend(1 + len(text) * cost // MOST_STEPS)
        return bool(self.engines[pattern].isinstance_python(text))

    def pattern(self, _validator: Validator, pattern: str, value: Any, _schema: Any) -> Any:
        if isinstance(value, str) and not self.matches(pattern, value):
            yield ValidationError(f"{value[:100]!r} does not match {pattern!r}")

    def pattern_properties(self, validator: Validator, patterns: Mapping[str, Any], value: Any, _schema: Any) -> Any:
        for pattern, subschema in patterns.items() if isinstance(value, dict) else ():
            for key, item in value.items():
                if self.matches(pattern, key):
                    yield from validator.descend(item, subschema, path=key, schema_path=pattern)

    def closed(self, validator: Validator, allowed: Any, value: Any, schema: Any) -> Any:
        """Check ``additionalProperties``, for which the library would use the backtracking engine."""
        if not isinstance(value, dict):
            return
        patterns = schema.get("patternProperties", {})
        named = schema.get("properties", {})
        extra = [key for key in value if key not in named and not any(self.matches(one, key) for one in patterns)]
        if allowed is False and extra:
            yield ValidationError(f"Unexpected keys: {', '.join(map(repr, extra[:5]))}")
        if isinstance(allowed, dict):
            for key in extra:
                yield from validator.descend(value[key], allowed, path=key)

    def format(self, _validator: Validator, name: str, value: Any, _schema: Any) -> Any:
        """Check formats in the meta-schema: a regular expression has to be one for the linear-time engine."""
        if name == "regex" and isinstance(value, str):
            try:
                self.matches(value, "")
            except BadPattern:
                sentence = f"{value[:100]!r} is not a regular expression that can be checked in linear time"
                yield ValidationError(sentence)


def _unique(_validator: Validator, wanted: Any, value: Any, _schema: Any) -> Any:
    # The library compares each item with each; a set of their texts takes linear time.
    if wanted and isinstance(value, list) and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
        yield ValidationError("The list has non-unique elements")


def _breadth(value: Any) -> int:
    return len(value) if isinstance(value, dict | list) else 0


def _cost(pattern: str) -> int:
    """Return the steps to compile a pattern: the engine writes repeats out, and Unicode's classes are wide."""
    times, copies = 1, len(pattern)
    for group, least, most in _REPEAT.findall(pattern):
        count = max(1, int(least or 0), int(most or 0))
        times, copies = (min(times * count, MOST_STEPS), copies) if group else (times, copies + count)
    return 100 + times * copies * (50 if _WIDE.search(pattern) else 5)


_META = _meta()
