"""The items of an input of responses, as clients send them: messages, calls of tools and their results, and others."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from apps.api.openai.wire.formats import TEXT_OR_LIST
from apps.api.openai.wire.messages import MOST_MESSAGES, MOST_PARTS
from apps.api.options import Lenient


class TextItem(Lenient):
    """A piece of text."""

    type: Literal["input_text", "output_text", "text", "summary_text", "reasoning_text"]
    """Its kind."""
    text: str
    """The text."""


class RefusalItem(Lenient):
    """A refusal in an earlier answer."""

    type: Literal["refusal"]
    refusal: str
    """The text of the refusal."""


class InputImage(Lenient):
    """A picture as a data URL; addresses on the web are not fetched. Each vendor decides on the detail."""

    type: Literal["input_image"]
    image_url: str
    """The data URL."""


class InputFile(Lenient):
    """A text, Markdown, CSV or PDF file; it is read here, and every model is sent its text."""

    type: Literal["input_file"]
    filename: str | None = None
    """Its name."""
    file_data: str | None = None
    """The file as a data URL, or in base64. Addresses are not fetched, and ids of uploaded files are not known."""


InputPart = Annotated[TextItem | RefusalItem | InputImage | InputFile, Field(discriminator="type")]
InputContent = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[InputPart], Field(max_length=MOST_PARTS), Tag("list")], TEXT_OR_LIST
]


class InputMessage(Lenient):
    """One turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    """The speaker; `developer` is the same as `system`."""
    content: InputContent | None
    """Text, or parts; `null` of an assistant that said nothing."""

    @model_validator(mode="after")
    def _check_content(self) -> Self:
        if self.content is None and self.role != "assistant":
            raise ValueError("Only an assistant's message may be null.")
        return self


class ItemReference(Lenient):
    """An item of an earlier response, by its id: a message or a call is taken from the run, others are skipped."""

    id: str
    """As in the response's output."""


class FunctionCallItem(Lenient):
    """A tool call of an earlier turn. Where no tools are sent, models are shown it as text."""

    call_id: str = ""
    """Repeated in its result."""
    name: str
    """The name of the tool."""
    arguments: Any = ""
    """Its arguments, as JSON in a text."""
    input: str = ""
    """The input of a custom tool."""


class FunctionCallOutput(Lenient):
    """The result of a tool. Where no tools are sent, models are shown it as text of the user."""

    call_id: str = ""
    """The id of the call."""
    output: InputContent
    """The result."""


class AdditionalTools(Lenient):
    """Tools that are offered from this item on: as the answer comes behind all items, they join those of `tools`."""

    type: Literal["additional_tools"]
    tools: list[Any]
    """As in `tools`."""


class CompactionTrigger(Lenient):
    """OpenAI's wish to have the conversation compacted instead of answered, which is refused."""

    type: Literal["compaction_trigger"]


class SkippedItem(Lenient):
    """An item of another vendor's response, such as its reasoning; models are not shown it."""

    type: str
    """Its kind."""


CALLS = ("function_call", "custom_tool_call")
OUTPUTS = ("function_call_output", "custom_tool_call_output")
SKIPPED = (
    *("reasoning", "compaction", "web_search_call", "file_search_call", "code_interpreter_call", "computer_call"),
    *("computer_call_output", "image_generation_call", "local_shell_call", "local_shell_call_output", "shell_call"),
    *("shell_call_output", "apply_patch_call", "apply_patch_call_output", "mcp_list_tools", "mcp_call"),
    *("mcp_approval_request", "mcp_approval_response", "tool_search_call", "tool_search_output", "program"),
    *("program_output",),
)


def _item_tag(value: Any) -> str | None:
    """Return the kind of an item, so that an error is about that kind alone."""
    # OpenAI lets a message leave its type out.
    kind = value.get("type") or "message" if isinstance(value, dict) else getattr(value, "type", None)
    if kind in CALLS:
        return CALLS[0]
    if kind in OUTPUTS:
        return OUTPUTS[0]
    # OpenRouter names the calls of its own tools in this way, that of its fusion too.
    is_foreign = isinstance(kind, str) and kind.startswith("openrouter:")
    return SKIPPED[0] if is_foreign or kind in SKIPPED else kind


InputItem = Annotated[
    Annotated[InputMessage, Tag("message")]
    | Annotated[ItemReference, Tag("item_reference")]
    | Annotated[FunctionCallItem, Tag("function_call")]
    | Annotated[FunctionCallOutput, Tag("function_call_output")]
    | Annotated[AdditionalTools, Tag("additional_tools")]
    | Annotated[CompactionTrigger, Tag("compaction_trigger")]
    | Annotated[SkippedItem, Tag("reasoning")],
    Discriminator(_item_tag),
]
Input = Annotated[
    Annotated[str, Tag("text")]
    | Annotated[list[InputItem], Field(min_length=1, max_length=MOST_MESSAGES), Tag("list")],
    TEXT_OR_LIST,
]


def additional_tools(given: Input) -> list[tuple[str, Any]]:
    """Return the tools among the items of an input, of any kind, each with its path."""
    items = enumerate([] if isinstance(given, str) else given)
    found = ((at, item.tools) for at, item in items if isinstance(item, AdditionalTools))
    return [(f"input.{at}.tools.{place}", tool) for at, tools in found for place, tool in enumerate(tools)]
