"""The request of responses: text in, text out."""

from typing import Annotated, Any, Literal

from pydantic import Field

from apps.api.errors import ApiError
from apps.api.options import Sampling, Strict
from apps.api.orders import Order
from apps.api.wire.formats import (
    AnyObject,
    FreeText,
    FusionOfRequest,
    FusionPlugin,
    Metadata,
    answer_format,
    options_of,
)
from apps.api.wire.messages import MOST_MESSAGES, MOST_PARTS, images_of
from apps.api.wire.neutral import NeutralOfResponses
from apps.fusion.values import AnswerFormat, Message
from apps.fusion.vocabulary import ReasoningEffort


class InputText(Strict):
    """A piece of text."""

    type: Literal["input_text"]
    text: str


class OutputText(Strict):
    """A piece of an earlier answer."""

    type: Literal["output_text"]
    text: str
    annotations: list[Any] | None = Field(None, max_length=MOST_PARTS)
    logprobs: list[Any] | None = Field(None, max_length=MOST_PARTS)


class InputImage(Strict):
    """A picture as a data URL; addresses on the web are not fetched."""

    type: Literal["input_image"]
    image_url: str
    detail: Literal["auto", "low", "high"] | None = None


InputPart = Annotated[InputText | OutputText | InputImage, Field(discriminator="type")]


class InputMessage(Strict):
    """One turn of the conversation."""

    type: Literal["message"] = "message"
    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[InputPart], Field(max_length=MOST_PARTS)]
    id: str | None = None
    status: str | None = None
    phase: str | None = None


class OfSchema(Strict):
    """An answer that is JSON of a schema."""

    type: Literal["json_schema"]
    name: str = Field(max_length=64)
    description: str | None = Field(None, max_length=10_000)
    json_schema: dict[str, Any] = Field(alias="schema")
    strict: bool | None = Field(None, description="The answer is validated in any case.")


class TextOptions(Strict):
    """The form of the answer."""

    format: Annotated[FreeText | AnyObject | OfSchema, Field(discriminator="type")] | None = None
    verbosity: Literal["medium"] | None = None


class Reasoning(Strict):
    """How long to think."""

    effort: ReasoningEffort | None = None


class ResponseStreamOptions(Strict):
    """What a stream carries besides the answer."""

    include_fusion: bool | None = Field(None, description="Our events, as `response.fusion_event`.")
    include_obfuscation: Literal[False] | None = None


class ResponsesRequest(NeutralOfResponses):
    """Input to be answered by a panel, or by one model."""

    model: str = Field(min_length=1, max_length=255, examples=["fusion"])
    input: str | Annotated[list[InputMessage], Field(min_length=1, max_length=MOST_MESSAGES)]
    instructions: str | None = None
    max_output_tokens: int | None = Field(None, gt=0, le=10_000_000)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    text: TextOptions | None = None
    reasoning: Reasoning | None = None
    stream: bool | None = None
    stream_options: ResponseStreamOptions | None = None
    user: str | None = Field(None, max_length=512)
    safety_identifier: str | None = Field(None, max_length=512)
    metadata: Metadata | None = None
    plugins: list[FusionPlugin] | None = Field(None, max_length=8)
    fusion: FusionOfRequest | None = None

    @property
    def is_detached(self) -> bool:
        return bool(self.fusion and self.fusion.detach)


def order_of(request: ResponsesRequest) -> Order:
    """The request as an order; raises :class:`ApiError`."""
    if request.stream_options and not request.stream:
        raise ApiError(400, "invalid_parameter", "stream_options are for streams only.", "stream_options")
    model, options = options_of(request.model, request.fusion, request.plugins)
    sampling = Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_output_tokens,
        reasoning_effort=request.reasoning.effort if request.reasoning else None,
    )
    named = {"user": request.user, "safety_identifier": request.safety_identifier}
    metadata = {name: value for name, value in named.items() if value} | (request.metadata or {})
    return Order(_conversation(request), model, options, sampling, _format(request.text), metadata)


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
