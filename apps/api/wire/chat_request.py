"""The request of chat completions."""

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
from apps.api.wire.messages import Turns, conversation
from apps.api.wire.neutral import NeutralOfChat
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import ReasoningEffort

Stop = Annotated[str, Field(min_length=1, max_length=200)]


class JsonSchemaSpec(Strict):
    """A JSON Schema (2020-12) with a name."""

    name: str = Field(max_length=64)
    description: str | None = Field(None, max_length=10_000)
    json_schema: dict[str, Any] | None = Field(None, alias="schema")
    strict: bool | None = Field(None, description="The answer is validated in any case.")


class OfSchema(Strict):
    """An answer that is JSON of a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchemaSpec


class StreamOptions(Strict):
    """What a stream carries besides the answer."""

    include_usage: bool | None = None
    include_fusion: bool | None = Field(None, description="Our events, in chunks with empty `choices`.")
    include_obfuscation: Literal[False] | None = None


class ChatRequest(NeutralOfChat):
    """A conversation to be answered by a panel, or by one model."""

    model: str = Field(min_length=1, max_length=255, examples=["fusion"])
    messages: Turns
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int | None = Field(None, gt=0, le=10_000_000)
    max_completion_tokens: int | None = Field(None, gt=0, le=10_000_000)
    stop: Stop | list[Stop] | None = Field(None)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    reasoning_effort: ReasoningEffort | None = None
    response_format: Annotated[FreeText | AnyObject | OfSchema, Field(discriminator="type")] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = Field(None, max_length=512)
    safety_identifier: str | None = Field(None, max_length=512)
    metadata: Metadata | None = None
    plugins: list[FusionPlugin] | None = Field(None, max_length=8)
    fusion: FusionOfRequest | None = None

    @property
    def is_detached(self) -> bool:
        return bool(self.fusion and self.fusion.detach)


def order_of(request: ChatRequest) -> Order:
    """The request as an order; raises :class:`ApiError`."""
    if request.stream_options and not request.stream:
        raise ApiError(400, "invalid_parameter", "stream_options are for streams only.", "stream_options")
    model, options = options_of(request.model, request.fusion, request.plugins)
    return Order(
        messages=conversation(request.messages),
        model=model,
        options=options,
        sampling=_sampling(request),
        answer_format=_format(request),
        metadata=_metadata(request),
    )


def _sampling(request: ChatRequest) -> Sampling:
    stops = [request.stop] if isinstance(request.stop, str) else request.stop
    if stops and len(stops) > 4:
        raise ApiError(400, "invalid_parameter", "At most four stops can be given.", "stop")
    limits = [limit for limit in (request.max_tokens, request.max_completion_tokens) if limit is not None]
    return Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=min(limits, default=None),
        seed=request.seed,
        reasoning_effort=request.reasoning_effort,
        stop=stops or None,
    )


def _format(request: ChatRequest) -> AnswerFormat | None:
    wanted = request.response_format
    if wanted is None:
        return None
    if isinstance(wanted, OfSchema):
        spec = wanted.json_schema
        return answer_format("json_schema", spec.name, spec.json_schema, spec.description)
    return answer_format(wanted.type, "", None, None)


def _metadata(request: ChatRequest) -> dict[str, str]:
    named = {"user": request.user, "safety_identifier": request.safety_identifier}
    return {**{name: value for name, value in named.items() if value}, **(request.metadata or {})}
