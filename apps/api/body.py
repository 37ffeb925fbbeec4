"""Reading request bodies: JSON that is not too large or too deep, and holds only what a database can store."""

import re
from typing import Any

import orjson
from django.http import HttpRequest
from ninja.parser import Parser

from apps.api.errors import ApiError

DEEPEST = 64
"""Levels of lists and objects."""
MOST_PARTS = 50_000
"""Values and keys of a body: whoever reads it makes an object, and perhaps an error, of each."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # a string without an end is one too: no second try


class StrictParser(Parser):
    """Raises :class:`ApiError` for what is no JSON of ours; ``RequestDataTooBig`` comes from Django."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)


def read_json(data: bytes, name: str = "The body") -> Any:
    """Return the value in some bytes, which a refusal calls by a name. Raise :class:`ApiError`."""
    _count(data, name)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "invalid_json", f"{name} is no valid JSON in UTF-8: {error}.") from None
    _check(value, DEEPEST, name)
    return value


def _count(data: bytes, name: str) -> None:
    """Refuse JSON with too many values before it is parsed: a comma, colon or bracket precedes each value."""
    bare = _STRING.sub(b"", data)
    if sum(map(bare.count, (b",", b":", b"[", b"{"))) > MOST_PARTS:
        sentence = f"{name} has more than {MOST_PARTS:,} values. Send fewer, longer pieces of text."
        raise ApiError(413, "request_too_large", sentence)


def _check(value: Any, levels: int, name: str) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise ApiError(400, "invalid_json", f"{name} contains a NUL character. Remove it.")
    elif isinstance(value, dict | list):
        if not levels:
            raise ApiError(400, "invalid_json", f"{name} is nested deeper than {DEEPEST} levels.")
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            _check(part, levels - 1, name)
