"""Messages of a chat request, and how they become turns of a conversation."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from apps.api.images import images_of
from apps.api.options import Strict
from apps.fusion.values import Message

MOST_MESSAGES = 1_000
MOST_PARTS = 1_000
"""Of one turn's content, or its tool calls."""


class ImageUrl(Strict):
    """A picture as a data URL; addresses on the web are not fetched."""

    url: str = Field(examples=["data:image/png;base64,iVBORw0KGgo="])
    """The data URL."""
    detail: Literal["auto", "low", "high"] | None = Field(None, description="Accepted; each vendor decides itself.")


class TextPart(Strict):
    """A piece of text."""

    type: Literal["text"]
    text: str
    """The text."""


class ImagePart(Strict):
    """A picture that goes with the text of a user's turn."""

    type: Literal["image_url"]
    image_url: ImageUrl
    """The picture."""


class FunctionCall(Strict):
    """A tool that an assistant called."""

    name: str
    """Its name."""
    arguments: str
    """What it was given, as JSON."""


class ToolCall(Strict):
    """A tool call in an earlier turn; models are shown it as text."""

    id: str
    """What its result refers to."""
    type: Literal["function"]
    function: FunctionCall
    """What was called."""


Part = Annotated[TextPart | ImagePart, Field(discriminator="type")]
Content = str | Annotated[list[Part], Field(max_length=MOST_PARTS)]
Text = str | Annotated[list[TextPart], Field(max_length=MOST_PARTS)]


class SystemTurn(Strict):
    """Instructions."""

    role: Literal["system", "developer"]
    """Either means the same."""
    content: Text
    """What models are to do."""
    name: str | None = None
    """Accepted; models are not told."""


class UserTurn(Strict):
    """What the user says, perhaps with pictures."""

    role: Literal["user"]
    content: Content
    """Text, or parts with pictures."""
    name: str | None = None
    """Accepted; models are not told."""


class AssistantTurn(Strict):
    """What a model said before."""

    role: Literal["assistant"]
    content: Text | None = None
    """What it said."""
    refusal: str | None = None
    """Stands for the content if there is none."""
    name: str | None = None
    """Accepted; models are not told."""
    tool_calls: list[ToolCall] | None = Field(None, max_length=MOST_PARTS)
    """What it called; shown to models as text."""


class ToolTurn(Strict):
    """What a tool returned; models are shown it as text of the user."""

    role: Literal["tool"]
    content: Text
    """What it returned."""
    tool_call_id: str
    """Which call it answers."""


Turn = Annotated[SystemTurn | UserTurn | AssistantTurn | ToolTurn, Field(discriminator="role")]
Turns = Annotated[list[Turn], Field(min_length=1, max_length=MOST_MESSAGES)]


def conversation(turns: Sequence[Turn]) -> tuple[Message, ...]:
    """The turns as our messages; raises :class:`ApiError` for pictures that would have to be fetched."""
    return tuple(_message(turn, index) for index, turn in enumerate(turns))


def _message(turn: Turn, index: int) -> Message:
    match turn:
        case SystemTurn():
            return Message(role="system", text=_text(turn.content))
        case UserTurn():
            return Message(role="user", text=_text(turn.content), images=_images(turn.content, f"messages.{index}"))
        case AssistantTurn():
            calls = [f"[Called {call.function.name}({call.function.arguments})]" for call in turn.tool_calls or ()]
            said = _text(turn.content or turn.refusal or "")
            return Message(role="assistant", text="\n".join([*([said] if said else []), *calls]))
        case ToolTurn():
            return Message(role="user", text=f"[Result of the tool call {turn.tool_call_id}]\n{_text(turn.content)}")


def _text(content: str | Sequence[Any]) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(part.text for part in content if isinstance(part, TextPart))


def _images(content: Content, turn: str) -> tuple[str, ...]:
    parts = enumerate(content if isinstance(content, list) else [])
    urls = {f"{turn}.content.{at}.image_url.url": part.image_url.url for at, part in parts if part.type == "image_url"}
    return images_of(urls, f"{turn}.content")
