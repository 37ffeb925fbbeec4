"""The request of responses: text and pictures in, text out."""

import json
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from apps.api.errors import ApiError
from apps.api.files import check_counts, data_file
from apps.api.images import images_of
from apps.api.openai.wire.formats import (
    LIMIT,
    STOPS,
    AnyObject,
    Effort,
    FreeText,
    Stops,
    TokenLimit,
    answer_format,
    stops_of,
)
from apps.api.openai.wire.messages import ONLY_THE_USER
from apps.api.openai.wire.request import Conversation, ModelRequest
from apps.api.openai.wire.responses_input import (
    AdditionalTools,
    CompactionTrigger,
    FunctionCallItem,
    FunctionCallOutput,
    Input,
    InputContent,
    InputFile,
    InputImage,
    InputItem,
    InputMessage,
    ItemReference,
    RefusalItem,
    SkippedItem,
    additional_tools,
)
from apps.api.openai.wire.tools import OfferedTools
from apps.api.openai.wire.unsupported import OF_RESPONSES, UnsupportedOfResponses
from apps.api.options import FusionOfRequest, Lenient, Sampling, Strict
from apps.api.run_requests import RunRequest, conversation_from
from apps.api.start import FindRun
from apps.fusion.files import PromptFile
from apps.fusion.tools import ToolCall, ToolResult
from apps.fusion.values import AnswerFormat, Message
from apps.runs.models import Run
from apps.runs.reading.threads import answer_of

MESSAGE_PREFIX, RESPONSE_PREFIX = "msg_", "resp_"
CALL_PREFIX, REASONING_PREFIX, LOOKUP_PREFIX = "fc_", "rs_", "ws_"
REFERRED = (MESSAGE_PREFIX, CALL_PREFIX, REASONING_PREFIX, LOOKUP_PREFIX)
"""The beginnings of ids of items that a response consists of."""
NOT_COMPACTED = "A conversation is not compacted here. Send fewer turns, or a summary that you asked for."


class OfSchema(Strict):
    """An answer that is JSON of a schema."""

    type: Literal["json_schema"]
    name: str = Field(max_length=64)
    """The name, as models are told it."""
    description: str | None = Field(None, max_length=10_000)
    """The description, as models are told it."""
    json_schema: dict[str, Any] = Field(alias="schema")
    """The schema."""
    strict: bool | None = Field(None, description="The answer is validated in any case.")


class TextOptions(Strict):
    """The form of the answer."""

    format: Annotated[FreeText | AnyObject | OfSchema, Field(discriminator="type")] | None = None
    """Free text, any JSON object, or JSON of a schema."""
    verbosity: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    """Accepted without effect."""


class Reasoning(Lenient):
    """The effort of thinking, and whether the answer shows what the model thought."""

    effort: Effort | None = None
    """For panel and writer; `none` becomes `minimal`, `xhigh` and `max` become `high`."""
    summary: Literal["auto", "concise", "detailed", "none"] | None = None
    """Any kind makes a reasoning item of the thoughts of the model that answers, as it wrote them."""
    generate_summary: Literal["auto", "concise", "detailed"] | None = None
    """The older name of `summary`."""


class ResponseStreamOptions(Strict):
    """Parts of a stream besides the answer."""

    include_fusion: bool | None = Field(None, description="What panel and judge do, as `response.fusion_call.*`.")
    include_obfuscation: bool | None = None
    """Accepted; nothing is added."""


class ResponsesRequest(OfferedTools, ModelRequest, UnsupportedOfResponses):
    """Input to be answered by a panel, or by one model."""

    TABLE: ClassVar = OF_RESPONSES
    SCHEMA_PARAM: ClassVar = "text.format.schema"

    input: Input = Field(
        description="A text, or the items of a conversation.", examples=["How high is the Eiffel Tower?"]
    )
    instructions: str | None = Field(None, description="What the system says before the input.")
    previous_response_id: str | None = Field(None, max_length=100, description="The response to go on from.")
    max_output_tokens: TokenLimit = Field(None, description=LIMIT)
    stop: Stops = Field(None, description=f"{STOPS} Of OpenRouter's form of this contract.")
    text: TextOptions | None = Field(None, description="The form of the answer; it is checked.")
    store: bool | None = Field(None, description="If false, the run is deleted a minute after it has ended.")
    background: bool | None = Field(None, description="Answer at once, while the run goes on; it can be read again.")
    reasoning: Reasoning | None = Field(None, description="For panel and writer.")
    stream_options: ResponseStreamOptions | None = Field(None, description="For streams alone.")

    def given_tools(self) -> list[tuple[str, Any]]:
        return [*super().given_tools(), *additional_tools(self.input)]

    def _inner_ignored(self) -> list[str]:
        verbosity = self.text.verbosity if self.text else None
        return ["text.verbosity"] if verbosity not in (None, "medium") else []

    @property
    def is_detached(self) -> bool:
        return super().is_detached or bool(self.background)

    @property
    def summary(self) -> str | None:
        """The kind of summary of its thoughts that the client wants, ``None`` for none."""
        wanted = (self.reasoning.summary or self.reasoning.generate_summary) if self.reasoning else None
        return None if wanted == "none" else wanted


class CountRequest(Lenient):
    """Input of which the tokens are counted, with what would go with it."""

    input: Input = Field("", description="A text, or the items of a conversation.", examples=["How high is it?"])
    instructions: str | None = None
    """Instructions before the input."""
    previous_response_id: str | None = Field(None, max_length=100)
    """The response to go on from."""
    tools: list[Any] | None = None
    """Functions that could be called."""
    fusion: FusionOfRequest | None = None
    """Of it only `from_slot` counts here."""


def run_request_of(request: ResponsesRequest, find_run: FindRun) -> RunRequest:
    """Return the request as a run request; raise :class:`ApiError`."""
    if request.background and not request.is_stored:
        sentence = "background: A response that is not stored cannot be read when it is ready. Send one of the two."
        raise ApiError(400, "invalid_parameter", sentence, "background")
    sampling = Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_output_tokens,
        reasoning_effort=request.reasoning.effort if request.reasoning else None,
        frequency_penalty=request.frequency_penalty,
        presence_penalty=request.presence_penalty,
        stop=stops_of(request.stop),
    )
    return request.run_request(conversation(request, find_run), sampling, _format(request.text))


def conversation(request: "ResponsesRequest | CountRequest", find_run: FindRun) -> Conversation:
    """Return the earlier turns and those of the input. Instructions take the place of the earlier response's."""
    earlier: list[Message] = []
    parent = None
    if request.previous_response_id:
        name = request.previous_response_id
        parent = find_run(name.removeprefix(RESPONSE_PREFIX)) if name.startswith(RESPONSE_PREFIX) else None
        if parent is None:
            raise _no_such_item(name, "previous_response_id")
        if request.fusion and request.fusion.from_slot:
            earlier = list(conversation_from(parent, request.fusion))
        else:
            earlier = [*parent.messages, _answer_of(parent, "previous_response_id")]
    if request.instructions:
        while earlier and earlier[0].role == "system":
            earlier.pop(0)
        earlier.insert(0, Message(role="system", text=request.instructions))
    if isinstance(request.input, str):
        given = {"input": Message(role="user", text=request.input)}
    else:
        check_counts({f"input.{at}": _count_files(item) for at, item in enumerate(request.input)})
        found = {f"input.{at}": _message(item, f"input.{at}", find_run) for at, item in enumerate(request.input)}
        given = {path: message for path, message in found.items() if message}
    places = [f"{path}.call_id" if message.calls or message.result else path for path, message in given.items()]
    before = ["previous_response_id"] * len(earlier)
    return Conversation((*earlier, *given.values()), "input", parent, (*before, *places))


def _count_files(item: InputItem) -> int:
    content = getattr(item, "content", None) or getattr(item, "output", None)
    return sum(isinstance(part, InputFile) for part in content) if isinstance(content, list) else 0


def _message(item: InputItem, path: str, find_run: FindRun) -> Message | None:
    match item:
        case InputMessage():
            role: Any = "system" if item.role == "developer" else item.role
            content = item.content or ""
            images, files = _images(content, f"{path}.content"), _files(content, f"{path}.content")
            if (images or files) and role != "user":
                code = "unsupported_image" if images else "unsupported_file"
                raise ApiError(400, code, ONLY_THE_USER, f"{path}.content")
            return Message(role=role, text=_text(content), images=images, files=files)
        case ItemReference():
            return _referred(item.id, find_run, f"{path}.id")
        case FunctionCallItem():
            given = item.arguments or item.input
            arguments = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
            called = ToolCall(id=item.call_id, name=item.name, arguments=arguments)
            return Message(role="assistant", text="", calls=(called,))
        case FunctionCallOutput():
            images, files = _images(item.output, f"{path}.output"), _files(item.output, f"{path}.output")
            result = ToolResult(id=item.call_id)
            return Message(role="user", text=_text(item.output), images=images, files=files, result=result)
        case CompactionTrigger():
            raise ApiError(400, "unsupported_parameter", f"{path}: {NOT_COMPACTED}", path)
        case AdditionalTools() | SkippedItem():
            return None


def _referred(name: str, find_run: FindRun, param: str) -> Message | None:
    """Return an item of an earlier response as a turn, ``None`` for one that models are not shown.

    The message is its text alone: its calls are items of their own, which come beside it. Raise :class:`ApiError`.
    """
    prefix = next((one for one in REFERRED if name.startswith(one)), "")
    run_id, _, place = name.removeprefix(prefix).partition("_")
    run = find_run(run_id) if prefix else None
    if run is None:
        raise _no_such_item(name, param)
    if prefix in (REASONING_PREFIX, LOOKUP_PREFIX):
        return None
    answer = _answer_of(run, param)
    if prefix == MESSAGE_PREFIX:
        # What a model wrote behind its calls is a message too in a stream; the first one here has the whole text.
        return None if place else Message(role="assistant", text=answer.text)
    called = {str(at): call for at, call in enumerate(answer.calls)}
    if place not in called:
        raise _no_such_item(name, param)
    return Message(role="assistant", text="", calls=(called[place],))


def _no_such_item(name: str, param: str) -> ApiError:
    return ApiError(404, "not_found", f"There is no “{name[:100]}” here. Send the turns themselves.", param)


def _answer_of(run: Run, param: str) -> Message:
    if run.answer_call is None:
        raise ApiError(400, "invalid_parameter", "That response has no answer to go on from.", param)
    return answer_of(run.answer_call)


def _text(content: InputContent) -> str:
    if isinstance(content, str):
        return content
    said = [part.refusal if isinstance(part, RefusalItem) else getattr(part, "text", "") for part in content]
    return "\n\n".join(text for text in said if text)


def _images(content: InputContent, path: str) -> tuple[str, ...]:
    parts = enumerate(content if isinstance(content, list) else [])
    urls = {f"{path}.{at}.image_url": part.image_url for at, part in parts if isinstance(part, InputImage)}
    return images_of(urls, path)


def _files(content: InputContent, path: str) -> tuple[PromptFile, ...]:
    parts = enumerate(content if isinstance(content, list) else [])
    return tuple(
        data_file(part.filename or "", part.file_data or "", f"{path}.{at}.file_data")
        for at, part in parts
        if isinstance(part, InputFile)
    )


def _format(text: TextOptions | None) -> AnswerFormat | None:
    wanted = text.format if text else None
    if wanted is None:
        return None
    if isinstance(wanted, OfSchema):
        return answer_format("json_schema", wanted.name, wanted.json_schema, wanted.description)
    return answer_format(wanted.type, "", None, None)
