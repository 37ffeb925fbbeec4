"""Parts that several of OpenAI's requests share: the form of the answer, and our own options beside a request."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from apps.api.errors import ApiError
from apps.api.options import Strict
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import ReasoningEffort

NEAREST_EFFORT = {"none": "minimal", "xhigh": "high", "max": "high"}

Effort = Annotated[
    ReasoningEffort,
    BeforeValidator(lambda value: NEAREST_EFFORT.get(value, value) if isinstance(value, str) else value),
]
"""OpenAI's efforts; those that we have no word for become the nearest that we have."""

TokenLimit = Annotated[
    Annotated[int, Field(gt=0, le=10_000_000)] | None,
    BeforeValidator(lambda value: None if value in (0, -1) and not isinstance(value, bool) else value),
]
"""A limit of output tokens; clients of other servers write 0 and -1 for none."""

STOPS = "Up to four texts at which the answer ends."
LIMIT = "Of the answer; the panel's are not cut. 0 and -1 mean none."


def text_or_list(value: Any) -> str | None:
    """Return the tag of a value that may be a text or a list, for one error instead of one for each form."""
    return "text" if isinstance(value, str) else "list" if isinstance(value, list | tuple) else None


TEXT_OR_LIST = Discriminator(
    text_or_list, custom_error_type="form", custom_error_message="Send a text, or a list of objects."
)
Stop = Annotated[str, Field(min_length=1, max_length=200)]
Stops = Annotated[
    Annotated[Annotated[Stop, Tag("text")] | Annotated[list[Stop], Tag("list")], TEXT_OR_LIST] | None,
    BeforeValidator(lambda value: None if value == "" else value),  # clients send it for no stop
]


class FreeText(Strict):
    """An answer in any form."""

    type: Literal["text"]


class AnyObject(Strict):
    """An answer that is a JSON object."""

    type: Literal["json_object"]


def stops_of(given: str | list[str] | None) -> list[str] | None:
    """Return the stops of a request as a list, ``None`` for none; raise :class:`ApiError` for too many."""
    stops = [given] if isinstance(given, str) else given
    if stops and len(stops) > 4:
        raise ApiError(400, "invalid_parameter", "At most four stops can be given.", "stop")
    return stops or None


def answer_format(kind: str, name: str, schema: dict[str, Any] | None, description: str | None) -> AnswerFormat | None:
    """Return the form of the answer, ``None`` for free text."""
    if kind == "text":
        return None
    if kind == "json_object":
        return AnswerFormat(type="json_object")
    whole = {} if schema is None else schema
    if description and "description" not in whole:
        whole = whole | {"description": description}
    return AnswerFormat(type="json_schema", name=name, json_schema=whole)
