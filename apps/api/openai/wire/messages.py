"""Messages of a chat request, and the turns of a conversation that they become.

Keys that are not known inside a message are ignored, as OpenAI does: clients send answers back with whatever their
own type, or another vendor, added to them.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, Tag

from apps.api.errors import ApiError
from apps.api.files import check_counts, data_file
from apps.api.images import images_of
from apps.api.openai.wire.formats import TEXT_OR_LIST
from apps.api.options import Lenient
from apps.fusion.files import PromptFile
from apps.fusion.tools import ToolCall, ToolResult, VendorData
from apps.fusion.values import Message

MOST_MESSAGES = 1_000
MOST_PARTS = 1_000
"""Parts of one turn's content, or its tool calls."""
ONLY_THE_USER = "Only a user's turn or a tool's result can have pictures or files."


class ImageUrl(Lenient):
    """A picture as a data URL; addresses on the web are not fetched. Each vendor decides on the detail."""

    url: str = Field(examples=["data:image/png;base64,iVBORw0KGgo="])
    """The data URL."""


class TextPart(Lenient):
    """A piece of text."""

    type: Literal["text"]
    text: str
    """The text."""


class RefusalPart(Lenient):
    """A refusal in an earlier answer; models are shown it as text."""

    type: Literal["refusal"]
    refusal: str
    """The text of the refusal."""


class ThoughtPart(Lenient):
    """The thoughts of an earlier answer; models are not shown them."""

    type: Literal["thinking", "redacted_thinking", "reasoning"]
    """Its kind."""


class ImagePart(Lenient):
    """A picture that goes with the text of a user's turn or a tool's result."""

    type: Literal["image_url"]
    image_url: ImageUrl
    """The picture."""


class FileOfPart(Lenient):
    """A text, Markdown, CSV or PDF file; it is read here, and every model is sent its text."""

    filename: str | None = Field(None, examples=["report.pdf"])
    """Its name."""
    file_data: str | None = Field(None, examples=["data:application/pdf;base64,JVBERi0xLjQK"])
    """The file as a data URL, or in base64. An id of an uploaded file is not known here."""


class FilePart(Lenient):
    """A file that goes with the text of a user's turn or a tool's result."""

    type: Literal["file"]
    file: FileOfPart
    """The file."""


class FunctionCall(Lenient):
    """The function that an assistant called."""

    name: str
    """Its name."""
    arguments: Any = ""
    """Its arguments, as JSON in a text."""


class CustomCall(Lenient):
    """The custom tool that an assistant called."""

    name: str
    """Its name."""
    input: str = ""
    """Its input."""


class EarlierCall(Lenient):
    """A tool call in an earlier turn."""

    id: str | None = None
    """Repeated in its result."""
    function: FunctionCall | None = None
    """The call of a function."""
    custom: CustomCall | None = None
    """The call of a custom tool."""
    extra_content: dict[str, Any] | None = None
    """Data that its vendor wants back with it."""


Part = Annotated[TextPart | RefusalPart | ThoughtPart | ImagePart | FilePart, Field(discriminator="type")]


Content = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[Part], Field(max_length=MOST_PARTS), Tag("list")], TEXT_OR_LIST
]


class SystemTurn(Lenient):
    """Instructions."""

    role: Literal["system", "developer"]
    """Either means the same."""
    content: Content
    """The instructions."""


class UserTurn(Lenient):
    """The user's turn, perhaps with pictures."""

    role: Literal["user"]
    content: Content
    """Text, or parts with pictures."""


class AssistantTurn(Lenient):
    """An earlier answer."""

    role: Literal["assistant"]
    content: Content | None = None
    """The text of the answer."""
    refusal: str | None = None
    """Stands for the content if there is none."""
    tool_calls: list[EarlierCall] | None = Field(None, max_length=MOST_PARTS)
    """The tools it called. Where no tools are sent, models are shown them as text."""
    function_call: FunctionCall | None = None
    """The older form of a tool call."""
    reasoning_content: str | None = None
    """Thoughts that their vendor wants back with the calls."""
    reasoning_details: list[dict[str, Any]] | None = Field(None, max_length=MOST_PARTS)
    """The same, in OpenRouter's form."""


class ToolTurn(Lenient):
    """The result of a tool. Where no tools are sent, models are shown it as text of the user."""

    role: Literal["tool"]
    content: Content
    """The result."""
    tool_call_id: str = ""
    """The id of the call."""
    name: str = ""
    """The name of the tool."""


class FunctionTurn(Lenient):
    """The result of a function, in the older form."""

    role: Literal["function"]
    content: Content | None = None
    """The result."""
    name: str = ""
    """The name of the function."""


Turn = Annotated[SystemTurn | UserTurn | AssistantTurn | ToolTurn | FunctionTurn, Field(discriminator="role")]
Turns = Annotated[list[Turn], Field(min_length=1, max_length=MOST_MESSAGES)]


def conversation(turns: Sequence[Turn]) -> tuple[Message, ...]:
    """Return the turns as our messages; raise :class:`ApiError` for pictures in the wrong place or on the web."""
    paths = [f"messages.{index}.content" for index in range(len(turns))]
    check_counts({path: _count_files(turn) for path, turn in zip(paths, turns, strict=True)})
    return tuple(_message(turn, path) for path, turn in zip(paths, turns, strict=True))


def _count_files(turn: Turn) -> int:
    return sum(isinstance(part, FilePart) for part in turn.content) if isinstance(turn.content, list) else 0


def places_of(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return the parameter to name where a turn's calls, or the call that it is the result of, are wrong."""
    ends = {"tool": ".tool_call_id", "assistant": ".tool_calls", "function": ".name"}
    return tuple(f"messages.{index}{ends.get(turn.role, '')}" for index, turn in enumerate(turns))


def _message(turn: Turn, path: str) -> Message:
    match turn:
        case SystemTurn():
            return Message(role="system", text=text_of(turn.content, path))
        case UserTurn():
            images, files = _images(turn.content, path), _files(turn.content, path)
            return Message(role="user", text=text_of(turn.content), images=images, files=files)
        case AssistantTurn():
            said = text_of(turn.content or turn.refusal or "", path)
            calls = _calls_of(turn)
            data = _vendor_data(turn) if calls else None
            return Message(role="assistant", text=said, calls=calls, vendor_data=data)
        case ToolTurn():
            result = ToolResult(id=turn.tool_call_id, name=turn.name)
            images, files = _images(turn.content, path), _files(turn.content, path)
            return Message(role="user", text=text_of(turn.content), images=images, files=files, result=result)
        case FunctionTurn():
            text = text_of(turn.content or "", path)
            return Message(role="user", text=text, result=ToolResult(id="", name=turn.name))


def _calls_of(turn: AssistantTurn) -> tuple[ToolCall, ...]:
    named = [(call.id or "", call.function or call.custom) for call in turn.tool_calls or ()]
    called = [*named, ("", turn.function_call)]
    return tuple(ToolCall(id=call_id, name=one.name, arguments=_given(one)) for call_id, one in called if one)


def _vendor_data(turn: AssistantTurn) -> VendorData | None:
    """Return the thoughts that came back with the calls of a turn."""
    thoughts = {"reasoning_content": turn.reasoning_content, "reasoning_details": turn.reasoning_details}
    content: list[dict[str, Any]] = [{name: value} for name, value in thoughts.items() if value]
    extras = [call.extra_content for call in turn.tool_calls or ()]
    content += [{"call": at, "extra_content": extra} for at, extra in enumerate(extras) if extra]
    return VendorData(dialect="openai", content=tuple(content)) if content else None


def _given(call: FunctionCall | CustomCall) -> str:
    given = call.arguments if isinstance(call, FunctionCall) else call.input
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def text_of(content: str | Sequence[Any], path: str = "") -> str:
    """Return the text of a turn's content; with a ``path`` raise :class:`ApiError` for a picture or file in it."""
    if isinstance(content, str):
        return content
    others = [(at, part) for at, part in enumerate(content) if isinstance(part, ImagePart | FilePart)]
    if path and others:
        at, part = others[0]
        code = "unsupported_image" if isinstance(part, ImagePart) else "unsupported_file"
        raise ApiError(400, code, ONLY_THE_USER, f"{path}.{at}")
    said = [part.refusal if isinstance(part, RefusalPart) else getattr(part, "text", "") for part in content]
    return "\n\n".join(text for text in said if text)


def _images(content: Content, path: str) -> tuple[str, ...]:
    parts = enumerate(content if isinstance(content, list) else [])
    urls = {f"{path}.{at}.image_url.url": part.image_url.url for at, part in parts if isinstance(part, ImagePart)}
    return images_of(urls, path)


def _files(content: Content, path: str) -> tuple[PromptFile, ...]:
    parts = enumerate(content if isinstance(content, list) else [])
    return tuple(
        data_file(part.file.filename or "", part.file.file_data or "", f"{path}.{at}.file.file_data")
        for at, part in parts
        if isinstance(part, FilePart)
    )
