"""JSON as vendors write it, read fast where it is well-formed and patiently where it is not."""

import json
from typing import Any

import orjson


class BadJson(ValueError):
    """A text that is not JSON."""


def loads(text: str) -> Any:
    """Return the value in ``text``; raises `BadJson`.

    The patient reader takes what the fast one refuses: half of a surrogate pair, numbers that are none.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadJson(str(error)[:200]) from None
