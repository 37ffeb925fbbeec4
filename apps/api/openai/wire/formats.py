"""Parts that several of OpenAI's requests share: the form of the answer, and our own options beside a request."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

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

LIMIT = "Of the answer; the panel's are not cut. 0 and -1 mean none."


class FreeText(Strict):
    """An answer in any form."""

    type: Literal["text"]


class AnyObject(Strict):
    """An answer that is a JSON object."""

    type: Literal["json_object"]


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
