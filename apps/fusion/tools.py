"""Tools of a client as values: what a model may call, what it called, and what came of it. Nothing is called here.

A tool is the client's: it carries out the call and sends the result with the next request. How turns with calls are
shown to models that get no tools: ``prompting/tool_turns.py``.
"""

import json
from enum import StrEnum
from typing import Any

from pydantic import Field

from apps.fusion.frozen import Value


class ToolMode(StrEnum):
    """The models of a fusion that are told of the tools: the writer alone, or the panel first, in words."""

    WRITER = "writer"
    PANEL_FIRST = "panel_first"


class ToolChoice(StrEnum):
    """Whether a model may, must or must not call a tool."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"


class Tool(Value):
    """A function of the client. ``parameters`` is the JSON Schema of its arguments, ``None`` for one without any.

    ``strict``: the client wants the arguments held to that schema; ``None`` leaves it to the vendor.
    """

    name: str
    description: str = ""
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ToolSet(Value):
    """The tools of a request, and how they may be called.

    ``only`` names the one tool that has to be called, '' for any. ``parallel`` is whether several calls may come in one
    answer, ``None`` for the vendor's own way. ``mode`` counts for fusions. ``skips_panel``: the fusion's writer was
    asked alone, as the request wanted it after the result of a tool.
    """

    tools: tuple[Tool, ...] = ()
    choice: ToolChoice = ToolChoice.AUTO
    only: str = ""
    parallel: bool | None = None
    mode: ToolMode = ToolMode.WRITER
    skips_panel: bool = False


class ToolCall(Value):
    """A call that a model asks for. ``arguments`` is JSON in a text, as the model wrote it, which may be no JSON."""

    id: str
    name: str
    arguments: str = "{}"


class ToolResult(Value):
    """Marks a turn as the result of the call ``id``; its text is what the tool returned. ``name`` is the tool's."""

    id: str
    name: str = ""
    is_error: bool = False


def is_json(text: str) -> bool:
    """Return whether a text is JSON: the arguments of a call that is whole are."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class VendorData(Value):
    """Parts of an assistant's turn that only its vendor can read, and wants back unchanged: signed thoughts.

    ``model`` is the vendor's name of the model that they are of, '' where a client brought them.
    """

    dialect: str
    model: str = ""
    content: tuple[dict[str, Any], ...] = Field(min_length=1)
