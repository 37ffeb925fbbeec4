"""The request of chat completions."""

from typing import Annotated, Any, Literal

from pydantic import Field

from apps.api.errors import ApiError
from apps.api.openai.wire.formats import AnyObject, FreeText, answer_format
from apps.api.openai.wire.messages import Turns, conversation
from apps.api.openai.wire.neutral import NeutralOfChat
from apps.api.openai.wire.request import ModelRequest
from apps.api.options import Sampling, Strict
from apps.api.run_requests import RunRequest
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import ReasoningEffort

Stop = Annotated[str, Field(min_length=1, max_length=200)]


class JsonSchemaSpec(Strict):
    """A JSON Schema (2020-12) with a name."""

    name: str = Field(max_length=64)
    """What models are told that it is called."""
    description: str | None = Field(None, max_length=10_000)
    """What models are told of it."""
    json_schema: dict[str, Any] | None = Field(None, alias="schema")
    """The schema."""
    strict: bool | None = Field(None, description="The answer is validated in any case.")


class OfJsonSchema(Strict):
    """An answer that is JSON of a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchemaSpec
    """The schema, with its name."""


class StreamOptions(Strict):
    """What a stream carries besides the answer."""

    include_usage: bool | None = None
    """A last chunk with the tokens of all calls."""
    include_fusion: bool | None = Field(None, description="Our events, in chunks with empty `choices`.")
    include_obfuscation: Literal[False] | None = None
    """Nothing is added."""


class ChatRequest(ModelRequest, NeutralOfChat):
    """A conversation to be answered by a panel, or by one model."""

    messages: Turns = Field(description="The conversation; the last turn is the user's.")
    max_tokens: int | None = Field(None, gt=0, le=10_000_000, description="Of the answer. The panel's are not cut.")
    max_completion_tokens: int | None = Field(
        None, gt=0, le=10_000_000, description="As `max_tokens`; of two the smaller counts."
    )
    stop: Stop | list[Stop] | None = Field(None, description="Up to four texts at which the answer ends.")
    seed: int | None = Field(None, ge=-(2**63), lt=2**63, description="For panel and writer.")
    reasoning_effort: ReasoningEffort | None = Field(None, description="For panel and writer.")
    response_format: Annotated[FreeText | AnyObject | OfJsonSchema, Field(discriminator="type")] | None = Field(
        None, description="The form of the answer; it is checked."
    )
    stream_options: StreamOptions | None = Field(None, description="For streams alone.")


def run_request_of(request: ChatRequest) -> RunRequest:
    """The request as a run request; raises :class:`ApiError`."""
    return request.run_request(conversation(request.messages), _sampling(request), _format(request))


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
    if isinstance(wanted, OfJsonSchema):
        spec = wanted.json_schema
        return answer_format("json_schema", spec.name, spec.json_schema, spec.description)
    return answer_format(wanted.type, "", None, None)
