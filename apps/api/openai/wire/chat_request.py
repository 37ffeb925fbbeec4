"""The request of chat completions."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from apps.api.body import read_json
from apps.api.errors import ApiError
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
from apps.api.openai.wire.messages import Turns, conversation, places_of
from apps.api.openai.wire.request import Conversation, ModelRequest
from apps.api.openai.wire.tools import OfferedTools
from apps.api.openai.wire.unsupported import OF_CHAT, UnsupportedOfChat
from apps.api.options import Lenient, Sampling, Strict
from apps.api.run_requests import RunRequest
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import ReasoningEffort


class JsonSchemaSpec(Strict):
    """A JSON Schema (draft 4 to 2020-12) with a name."""

    name: str = Field(max_length=64)
    """The name, as models are told it."""
    description: str | None = Field(None, max_length=10_000)
    """The description, as models are told it."""
    json_schema: dict[str, Any] | None = Field(None, alias="schema")
    """The schema."""
    strict: bool | None = Field(None, description="The answer is validated in any case.")


class OfJsonSchema(Strict):
    """An answer that is JSON of a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchemaSpec
    """The schema, with its name."""


class StreamOptions(Strict):
    """Parts of a stream besides the answer."""

    include_usage: bool | None = None
    """A last chunk with the tokens of all calls."""
    include_fusion: bool | None = Field(None, description="Our events, in chunks with empty `choices`.")
    include_obfuscation: bool | None = None
    """Accepted; nothing is added."""


class NestedReasoning(Lenient):
    """OpenRouter's form of `reasoning_effort`."""

    effort: Effort | None = None
    """As `reasoning_effort`."""


class ChatRequest(OfferedTools, ModelRequest, UnsupportedOfChat):
    """A conversation to be answered by a panel, or by one model."""

    TABLE: ClassVar = OF_CHAT
    SCHEMA_PARAM: ClassVar = "response_format.json_schema.schema"

    messages: Turns = Field(
        description="The conversation; the last turn is the user's.",
        examples=[[{"role": "user", "content": "How high is the Eiffel Tower?"}]],
    )
    max_tokens: TokenLimit = Field(None, description=LIMIT)
    max_completion_tokens: TokenLimit = Field(None, description="As `max_tokens`; of two the smaller counts.")
    stop: Stops = Field(None, description=STOPS)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63, description="For panel and writer.")
    reasoning_effort: Effort | None = Field(
        None, description="For panel and writer; `none` becomes `minimal`, `xhigh` and `max` become `high`."
    )
    reasoning: NestedReasoning | None = Field(None, description="OpenRouter's form of `reasoning_effort`.")
    response_format: Annotated[FreeText | AnyObject | OfJsonSchema, Field(discriminator="type")] | None = Field(
        None, description="The form of the answer; it is checked."
    )
    functions: list[Any] | None = Field(None, description="The older form of `tools`.")
    function_call: Any = Field(None, description="The older form of `tool_choice`.")
    store: bool | None = Field(None, description="If false, the run is deleted a minute after it has ended.")
    web_search_options: dict[str, Any] | None = Field(None, description="OpenAI's wish for a search of the web.")
    guided_json: dict[str, Any] | str | None = Field(None, description="vLLM's form of a `response_format`.")
    stream_options: StreamOptions | None = Field(None, description="For streams alone.")

    def offered(self) -> list[tuple[str, Any]]:
        return super().offered() or [(f"functions.{at}", one) for at, one in enumerate(self.functions or ())]

    @property
    def choice(self) -> tuple[str, Any]:
        if not self.is_in_older_form:
            return super().choice
        named = isinstance(self.function_call, dict)
        return "function_call", {**self.function_call, "type": "function"} if named else self.function_call

    @property
    def is_in_older_form(self) -> bool:
        """True if calls are answered as ``function_call``."""
        return bool(self.functions) and not super().offered()


def run_request_of(request: ChatRequest) -> RunRequest:
    """Return the request as a run request; raise :class:`ApiError`."""
    turns = Conversation(conversation(request.messages), "messages", places=places_of(request.messages))
    effort = request.reasoning_effort or (request.reasoning.effort if request.reasoning else None)
    limits = [request.max_tokens, request.max_completion_tokens]
    return request.run_request(turns, sampling_of(request, limits, effort), _format(request))


def sampling_of(request: Any, limits: Sequence[int | None], effort: ReasoningEffort | None = None) -> Sampling:
    """Return the sampling of a request with stops and a seed; of its limits of tokens the smallest counts."""
    return Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=min((limit for limit in limits if limit is not None), default=None),
        seed=request.seed,
        reasoning_effort=effort,
        stop=stops_of(request.stop),
        frequency_penalty=request.frequency_penalty,
        presence_penalty=request.presence_penalty,
    )


def _format(request: ChatRequest) -> AnswerFormat | None:
    wanted = request.response_format
    if wanted is None:
        return answer_format("json_schema", "", _guided(request.guided_json), None) if request.guided_json else None
    if isinstance(wanted, OfJsonSchema):
        spec = wanted.json_schema
        return answer_format("json_schema", spec.name, spec.json_schema, spec.description)
    return answer_format(wanted.type, "", None, None)


def _guided(given: dict[str, Any] | str) -> dict[str, Any]:
    """Return the schema of ``guided_json``, which may be JSON in a text."""
    try:
        schema = read_json(given.encode()) if isinstance(given, str) else given
    except ApiError:
        schema = None
    if not isinstance(schema, dict):
        raise ApiError(400, "invalid_parameter", "guided_json: Send a JSON Schema.", "guided_json")
    return schema
