"""The request of responses: text in, text out."""

from typing import Annotated, Any, Literal

from pydantic import Field

from apps.api.errors import ApiError
from apps.api.images import images_of
from apps.api.openai.wire.formats import AnyObject, FreeText, answer_format
from apps.api.openai.wire.messages import MOST_MESSAGES, MOST_PARTS
from apps.api.openai.wire.neutral import NeutralOfResponses
from apps.api.openai.wire.request import ModelRequest
from apps.api.options import Sampling, Strict
from apps.api.run_requests import RunRequest
from apps.fusion.values import AnswerFormat, Message
from apps.fusion.vocabulary import ReasoningEffort


class InputText(Strict):
    """A piece of text."""

    type: Literal["input_text"]
    text: str
    """The text."""


class OutputText(Strict):
    """A piece of an earlier answer."""

    type: Literal["output_text"]
    text: str
    """The text."""
    annotations: list[Any] | None = Field(None, max_length=MOST_PARTS)
    """Accepted; models are not told."""
    logprobs: list[Any] | None = Field(None, max_length=MOST_PARTS)
    """Accepted; models are not told."""


class InputImage(Strict):
    """A picture as a data URL; addresses on the web are not fetched."""

    type: Literal["input_image"]
    image_url: str
    """The data URL."""
    detail: Literal["auto", "low", "high"] | None = None
    """Accepted; each vendor decides itself."""


InputPart = Annotated[InputText | OutputText | InputImage, Field(discriminator="type")]


class InputMessage(Strict):
    """One turn of the conversation."""

    type: Literal["message"] = "message"
    role: Literal["system", "developer", "user", "assistant"]
    """Who speaks; `developer` is the same as `system`."""
    content: str | Annotated[list[InputPart], Field(max_length=MOST_PARTS)]
    """Text, or parts."""
    id: str | None = None
    """Accepted; it means nothing here."""
    status: str | None = None
    """Accepted; it means nothing here."""
    phase: str | None = None
    """Accepted; it means nothing here."""


class OfSchema(Strict):
    """An answer that is JSON of a schema."""

    type: Literal["json_schema"]
    name: str = Field(max_length=64)
    """What models are told that it is called."""
    description: str | None = Field(None, max_length=10_000)
    """What models are told of it."""
    json_schema: dict[str, Any] = Field(alias="schema")
    """The schema."""
    strict: bool | None = Field(None, description="The answer is validated in any case.")


class TextOptions(Strict):
    """The form of the answer."""

    format: Annotated[FreeText | AnyObject | OfSchema, Field(discriminator="type")] | None = None
    """Free text, any JSON object, or JSON of a schema."""
    verbosity: Literal["medium"] | None = None
    """Only the ordinary one."""


class Reasoning(Strict):
    """How long to think."""

    effort: ReasoningEffort | None = None
    """How long to think, where a model can."""


class ResponseStreamOptions(Strict):
    """What a stream carries besides the answer."""

    include_fusion: bool | None = Field(None, description="Our events, as `response.fusion_event`.")
    include_obfuscation: Literal[False] | None = None
    """Nothing is added."""


class ResponsesRequest(ModelRequest, NeutralOfResponses):
    """Input to be answered by a panel, or by one model."""

    input: str | Annotated[list[InputMessage], Field(min_length=1, max_length=MOST_MESSAGES)] = Field(
        description="A text, or the turns of a conversation."
    )
    instructions: str | None = Field(None, description="What the system says before the input.")
    max_output_tokens: int | None = Field(
        None, gt=0, le=10_000_000, description="Of the answer. The panel's are not cut."
    )
    text: TextOptions | None = Field(None, description="The form of the answer; it is checked.")
    reasoning: Reasoning | None = Field(None, description="For panel and writer.")
    stream_options: ResponseStreamOptions | None = Field(None, description="For streams alone.")


def run_request_of(request: ResponsesRequest) -> RunRequest:
    """The request as a run request; raises :class:`ApiError`."""
    sampling = Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_output_tokens,
        reasoning_effort=request.reasoning.effort if request.reasoning else None,
    )
    return request.run_request(_conversation(request), sampling, _format(request.text))


def _conversation(request: ResponsesRequest) -> tuple[Message, ...]:
    told = [Message(role="system", text=request.instructions)] if request.instructions else []
    if isinstance(request.input, str):
        return (*told, Message(role="user", text=request.input))
    return (*told, *(_message(item, f"input.{at}.content") for at, item in enumerate(request.input)))


def _message(item: InputMessage, path: str) -> Message:
    role = "system" if item.role == "developer" else item.role
    if isinstance(item.content, str):
        return Message(role=role, text=item.content)
    text = "\n\n".join(part.text for part in item.content if not isinstance(part, InputImage))
    urls = {
        f"{path}.{at}.image_url": part.image_url for at, part in enumerate(item.content) if isinstance(part, InputImage)
    }
    if urls and role != "user":
        raise ApiError(400, "unsupported_image", "Only a user's turn can have pictures.", path)
    return Message(role=role, text=text, images=images_of(urls, path))


def _format(text: TextOptions | None) -> AnswerFormat | None:
    wanted = text.format if text else None
    if wanted is None:
        return None
    if isinstance(wanted, OfSchema):
        return answer_format("json_schema", wanted.name, wanted.json_schema, wanted.description)
    return answer_format(wanted.type, "", None, None)
