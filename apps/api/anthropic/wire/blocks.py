"""The blocks of Anthropic's messages, and the turns of a conversation that they become.

Keys that are not known inside a block are ignored: clients mark blocks for caches, and send back what they were sent.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from apps.api.errors import ApiError
from apps.api.files import check_counts, data_file, text_file
from apps.api.images import images_of
from apps.api.options import Lenient
from apps.fusion.files import PromptFile
from apps.fusion.tools import ToolCall, ToolResult, VendorData
from apps.fusion.values import Message

MOST_BLOCKS = 1_000
MOST_MESSAGES = 1_000
SKIPPED = (
    *("server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result"),
    *("bash_code_execution_tool_result", "text_editor_code_execution_tool_result", "tool_search_tool_result"),
    *("advisor_tool_result", "mcp_tool_use", "mcp_tool_result", "mcp_tool_listing", "fallback"),
)
"""Blocks of tools that Anthropic's own servers call, and of changes of its models; models are not shown them."""
NO_SUCH_DOCUMENT = "Send a document as base64, as text or as blocks: nothing is fetched, and no file is known by an id."
NO_WEB = "Pictures are taken as base64 data: nothing is fetched from an address."


def _kind(value: Any) -> str | None:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    if kind in SKIPPED:
        return SKIPPED[0]
    return "thinking" if kind == "redacted_thinking" else kind


def _form(value: Any) -> str | None:
    return "text" if isinstance(value, str) else "list" if isinstance(value, list | tuple) else None


FORM = Discriminator(_form, custom_error_type="form", custom_error_message="Send a text, or a list of blocks.")


class TextBlock(Lenient):
    """A piece of text."""

    type: Literal["text"]
    text: str
    """The text."""


class Source(Lenient):
    """The place that a picture or a document comes from."""

    type: str
    """`base64` for a picture or a document, `text` for the text of one, `content` for one of blocks."""
    media_type: str = ""
    """Its kind, such as `image/png`."""
    data: str = ""
    """The data, or the text."""


class ImageBlock(Lenient):
    """A picture."""

    type: Literal["image"]
    source: Source
    """The picture itself."""


DocumentPart = Annotated[Annotated[TextBlock, Tag("text")] | Annotated[ImageBlock, Tag("image")], Discriminator(_kind)]
DocumentContent = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[DocumentPart], Field(max_length=MOST_BLOCKS), Tag("list")], FORM
]


class DocumentSource(Source):
    """The place that a document comes from."""

    content: DocumentContent = ""
    """With `content`: a text, or blocks of text and pictures."""


class DocumentBlock(Lenient):
    """A text, Markdown, CSV or PDF document; it is read here, and every model is sent its text."""

    type: Literal["document"]
    source: DocumentSource
    """The document itself."""
    title: str | None = None
    """Its title, by which it is known."""


class SearchResultBlock(Lenient):
    """A result that a client searched for; models are shown it as text."""

    type: Literal["search_result"]
    title: str = ""
    """Its title."""
    source: str = ""
    """Its address."""
    content: list[TextBlock] = Field(max_length=MOST_BLOCKS)
    """Its text."""


class ThinkingBlock(Lenient):
    """Thoughts of an earlier answer; they go back to Anthropic's models alone, with the calls that they led to."""

    type: Literal["thinking", "redacted_thinking"]
    """Its kind."""
    thinking: str = ""
    """The thoughts."""
    signature: str = ""
    """The signature of their vendor."""
    data: str = ""
    """Thoughts that only their vendor can read."""


class ToolUseBlock(Lenient):
    """A call of a tool in an earlier answer."""

    type: Literal["tool_use"]
    id: str
    """Repeated in its result."""
    name: str
    """The name of the tool."""
    input: dict[str, Any] = Field(default_factory=dict)
    """Its arguments."""


class ToolReferenceBlock(Lenient):
    """A tool that a search of the client found; models are shown its name."""

    type: Literal["tool_reference"]
    tool_name: str
    """The name of the tool."""


class CompactionBlock(Lenient):
    """A summary in place of earlier turns, which Anthropic wrote; models are shown it as text."""

    type: Literal["compaction"]
    content: str | None = None
    """The summary; nothing where none could be made."""


class SkippedBlock(Lenient):
    """A block of a tool of Anthropic's servers; models are not shown it."""

    type: str
    """Its kind."""


ResultPart = Annotated[
    Annotated[TextBlock, Tag("text")]
    | Annotated[ImageBlock, Tag("image")]
    | Annotated[DocumentBlock, Tag("document")]
    | Annotated[SearchResultBlock, Tag("search_result")]
    | Annotated[ToolReferenceBlock, Tag("tool_reference")],
    Discriminator(_kind),
]
ResultContent = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[ResultPart], Field(max_length=MOST_BLOCKS), Tag("list")], FORM
]


class ToolResultBlock(Lenient):
    """The result of a tool."""

    type: Literal["tool_result"]
    tool_use_id: str
    """The id of the call."""
    content: ResultContent | None = None
    """The result."""
    is_error: bool | None = None
    """True if the tool failed."""


Block = Annotated[
    Annotated[TextBlock, Tag("text")]
    | Annotated[ImageBlock, Tag("image")]
    | Annotated[DocumentBlock, Tag("document")]
    | Annotated[SearchResultBlock, Tag("search_result")]
    | Annotated[ThinkingBlock, Tag("thinking")]
    | Annotated[ToolUseBlock, Tag("tool_use")]
    | Annotated[ToolResultBlock, Tag("tool_result")]
    | Annotated[CompactionBlock, Tag("compaction")]
    | Annotated[SkippedBlock, Tag(SKIPPED[0])],
    Discriminator(_kind),
]
Content = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[Block], Field(max_length=MOST_BLOCKS), Tag("list")], FORM
]


class Turn(Lenient):
    """One turn of the conversation."""

    role: Literal["user", "assistant", "system"]
    """The speaker."""
    content: Content
    """Text, or blocks."""


def conversation(turns: Sequence[Turn]) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """Return the turns as our messages, and the parameter of each; raise :class:`ApiError` for what cannot be read.

    A user's turn with results becomes a message for each result, and one for what the user says besides.
    """
    counts = [_count_documents(turn.content, f"messages.{at}.content") for at, turn in enumerate(turns)]
    check_counts({param: count for one in counts for param, count in one.items()})
    found = [
        (message, f"messages.{at}.content")
        for at, turn in enumerate(turns)
        for message in _messages(turn, f"messages.{at}.content")
    ]
    return tuple(message for message, _ in found), tuple(place for _, place in found)


def _count_documents(content: Any, path: str) -> dict[str, int]:
    """Return the number of documents in a content, and in each result of a tool in it, by their parameters."""
    blocks = content if isinstance(content, list) else []
    counts = {path: sum(isinstance(block, DocumentBlock) for block in blocks)}
    for at, block in enumerate(blocks):
        if isinstance(block, ToolResultBlock):
            counts |= _count_documents(block.content, f"{path}.{at}.content")
    return counts


def _messages(turn: Turn, path: str) -> Iterator[Message]:
    if isinstance(turn.content, str):
        yield Message(role=turn.role, text=turn.content)
        return
    blocks = list(enumerate(turn.content))
    results = [(at, block) for at, block in blocks if isinstance(block, ToolResultBlock)]
    for at, block in results if turn.role == "user" else ():
        yield _result(block, f"{path}.{at}.content")
    said = [(at, block) for at, block in blocks if not isinstance(block, ToolResultBlock)]
    if turn.role == "assistant":
        yield _answer([block for _, block in said], path)
    elif said or not results:
        text, images, files = read_parts(said, path)
        yield Message(role=turn.role, text=text, images=images, files=files)


def _answer(blocks: Sequence[Any], path: str) -> Message:
    calls = tuple(
        ToolCall(id=block.id, name=block.name, arguments=json.dumps(block.input, ensure_ascii=False))
        for block in blocks
        if isinstance(block, ToolUseBlock)
    )
    # Thoughts without a signature would be refused by whoever made them.
    signed = [block for block in blocks if isinstance(block, ThinkingBlock) and (block.signature or block.data)]
    data = VendorData(dialect="anthropic", content=tuple(map(_sent_back, signed))) if signed and calls else None
    said = [(at, block) for at, block in enumerate(blocks) if isinstance(block, TextBlock | CompactionBlock)]
    text, _, _ = read_parts(said, path)
    return Message(role="assistant", text=text, calls=calls, vendor_data=data)


def _sent_back(block: ThinkingBlock) -> dict[str, Any]:
    names = ("type", "data") if block.type == "redacted_thinking" else ("type", "thinking", "signature")
    return {name: getattr(block, name) for name in names}


def _result(block: ToolResultBlock, path: str) -> Message:
    content = block.content or ""
    text, images, files = (content, (), ()) if isinstance(content, str) else read_parts(list(enumerate(content)), path)
    result = ToolResult(id=block.tool_use_id, is_error=bool(block.is_error))
    return Message(role="user", text=text, images=images, files=files, result=result)


def read_parts(parts: Sequence[tuple[int, Any]], path: str) -> tuple[str, tuple[str, ...], tuple[PromptFile, ...]]:
    """Return text, pictures and documents of blocks with their places; raise :class:`ApiError` for what is fetched."""
    texts: list[str] = []
    files: list[PromptFile] = []
    pictures: dict[str, str] = {}
    for at, block in parts:
        match block:
            case TextBlock():
                texts.append(block.text)
            case CompactionBlock():
                texts.append(block.content or "")
            case ToolReferenceBlock():
                texts.append(block.tool_name)
            case SearchResultBlock():
                texts.append("\n".join([block.title, block.source, *(one.text for one in block.content)]))
            case DocumentBlock() if block.source.type == "content":
                said, shown = _parts_of(block.source.content, f"{path}.{at}.source.content")
                pictures |= shown
                if said or not shown:
                    files.append(text_file(block.title or "document", said, f"{path}.{at}.source.content"))
            case DocumentBlock():
                files.append(_document(block, f"{path}.{at}.source"))
            case ImageBlock():
                pictures[f"{path}.{at}.source"] = _picture(block.source, f"{path}.{at}")
    return "\n\n".join(text for text in texts if text), images_of(pictures, path), tuple(files)


def _parts_of(content: DocumentContent, path: str) -> tuple[str, dict[str, str]]:
    """Return the text of a document of blocks, and its pictures by their parameters."""
    if isinstance(content, str):
        return content, {}
    said = "\n\n".join(block.text for block in content if isinstance(block, TextBlock) and block.text)
    shown = {at: block.source for at, block in enumerate(content) if isinstance(block, ImageBlock)}
    return said, {f"{path}.{at}.source": _picture(source, f"{path}.{at}") for at, source in shown.items()}


def _picture(source: Source, path: str) -> str:
    if source.type != "base64":
        raise ApiError(400, "unsupported_image", f"{path}: {NO_WEB}", f"{path}.source")
    return f"data:{source.media_type};base64,{source.data}"


def _document(block: DocumentBlock, path: str) -> PromptFile:
    name, source = block.title or "document", block.source
    if source.type == "text":
        return text_file(name, source.data, f"{path}.data")
    if source.type != "base64":
        raise ApiError(400, "unsupported_file", f"{path}: {NO_SUCH_DOCUMENT}", path)
    return data_file(name, source.data, f"{path}.data")
