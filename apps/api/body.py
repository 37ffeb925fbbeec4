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
_TOO_MANY = f"The body has more than {MOST_PARTS:,} values. Send fewer, longer pieces of text."


class StrictParser(Parser):
    """Raises :class:`ApiError` for what is no JSON of ours; ``RequestDataTooBig`` comes from Django."""

    def parse_body(self, request: HttpRequest) -> Any:
        _count(request.body)
        try:
            data = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise ApiError(400, "invalid_json", f"The body is no valid JSON in UTF-8: {error}.") from None
        _check(data, DEEPEST)
        return data


def _count(body: bytes) -> None:
    """Refuse a body with too many values before it is parsed: a comma, colon or bracket precedes each value."""
    bare = _STRING.sub(b"", body)
    if sum(map(bare.count, (b",", b":", b"[", b"{"))) > MOST_PARTS:
        raise ApiError(413, "request_too_large", _TOO_MANY)


def _check(data: Any, levels: int) -> None:
    if isinstance(data, str):
        if "\x00" in data:
            raise ApiError(400, "invalid_json", "The body contains a NUL character. Remove it.")
    elif isinstance(data, dict | list):
        if not levels:
            raise ApiError(400, "invalid_json", f"The body is nested deeper than {DEEPEST} levels.")
        for part in [*data, *data.values()] if isinstance(data, dict) else data:
            _check(part, levels - 1)
