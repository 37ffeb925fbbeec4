"""Reading request bodies: JSON that is not too large, not too deep, and holds only what a database can store."""

from typing import Any

import orjson
from django.http import HttpRequest
from ninja.parser import Parser

from apps.api.errors import ApiError

DEEPEST = 64
"""Levels of lists and objects."""


class StrictParser(Parser):
    """Raises :class:`ApiError` for what is no JSON of ours; ``RequestDataTooBig`` comes from Django."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            data = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise ApiError(400, "invalid_json", f"The body is no valid JSON in UTF-8: {error}.") from None
        _check(data, DEEPEST)
        return data


def _check(data: Any, levels: int) -> None:
    if isinstance(data, str):
        if "\x00" in data:
            raise ApiError(400, "invalid_json", "The body contains a NUL character. Remove it.")
    elif isinstance(data, dict | list):
        if not levels:
            raise ApiError(400, "invalid_json", f"The body is nested deeper than {DEEPEST} levels.")
        for part in [*data, *data.values()] if isinstance(data, dict) else data:
            _check(part, levels - 1)
