"""The forms of answers for the OpenAPI document: our own documents, and OpenAI's as far as clients read them."""

from typing import Any

from pydantic import ConfigDict, Field

from apps.api.described import Described

ERROR_STATUSES = (400, 401, 402, 403, 404, 409, 413, 429, 500, 502, 503, 504)
EVENTS = {"text/event-stream": {"schema": {"type": "string"}, "example": "data: {…}\n\ndata: [DONE]\n"}}
STREAM: dict[str, Any] = {"responses": {200: {"content": EVENTS}}}


class Document(Described):
    """An answer, or a part of one."""


class Open(Document):
    """An answer that may grow more keys."""

    model_config = ConfigDict(extra="allow")


class ErrorBody(Open):
    """The reason: `code` is stable and for programs, `message` says what to do, `param` names the parameter."""

    message: str
    """The fault and its remedy, for a person."""
    type: str
    """The kind of refusal, which follows from the status."""
    param: str | None
    """The parameter that it is about, as a path."""
    code: str
    """Stable, for programs."""


class Error(Open):
    """The envelope of every refusal."""

    error: ErrorBody
    """The reason of the refusal."""


class Answered(Open):
    """The part of an answer that both of OpenAI's forms share."""

    model: str
    """As it was asked for."""
    usage: dict[str, Any] | None = None
    """Tokens of all calls, and their cost; absent while there is no answer."""
    fusion: dict[str, Any] | None = None
    """The run, its analysis and its bill; absent while there is no answer."""


class Completion(Answered):
    """A chat completion. `usage` is the sum over all calls; `fusion` holds the run, its analysis and its bill."""

    id: str = Field(examples=["chatcmpl-k3Xw9Qp2LmZa"])
    """Made of the run's."""
    object: str = "chat.completion"
    """Always `chat.completion`."""
    created: int
    """Seconds since 1970."""
    choices: list[dict[str, Any]]
    """One, with the answer."""


class TextCompletion(Answered):
    """A completion of a prompt."""

    id: str = Field(examples=["cmpl-k3Xw9Qp2LmZa"])
    """Made of the run's."""
    object: str = "text_completion"
    """Always `text_completion`."""
    created: int
    """Seconds since 1970."""
    choices: list[dict[str, Any]]
    """One, with the answer as `text`."""


class ResponseObject(Answered):
    """A response with one message of text. `usage` is the sum over all calls; `fusion` holds the run and its bill."""

    id: str = Field(examples=["resp_k3Xw9Qp2LmZa"])
    """Made of the run's."""
    object: str = "response"
    """Always `response`."""
    created_at: int
    """Seconds since 1970."""
    status: str
    """`queued`, `in_progress`, `completed`, `incomplete`, `failed` or `cancelled`."""
    output: list[dict[str, Any]]
    """Reasoning if it was asked for, one message with the answer, and calls of tools."""


class AnthropicMessage(Open):
    """A message in Anthropic's form. `usage` is the sum over all calls; `fusion` holds the run and its bill."""

    id: str = Field(examples=["msg_k3Xw9Qp2LmZa"])
    """Made of the run's."""
    type: str = "message"
    """Always `message`."""
    role: str = "assistant"
    """Always `assistant`."""
    model: str
    """As it was asked for."""
    content: list[dict[str, Any]]
    """The text, and the calls of tools."""
    stop_reason: str | None
    """`end_turn`, `tool_use`, `max_tokens` or `refusal`."""
    stop_sequence: str | None
    """Always `null`: which text ended an answer is not known."""
    usage: dict[str, Any]
    """Tokens of all calls, and their cost."""


class CountedTokens(Document):
    """The tokens of a conversation."""

    input_tokens: int
    """About so many."""


class CountedInput(CountedTokens):
    """The tokens of a response's input."""

    object: str = "response.input_tokens"
    """Always `response.input_tokens`."""


class InputItems(Document):
    """A page of the items that a response answers."""

    object: str = "list"
    """Always `list`."""
    data: list[dict[str, Any]]
    """Messages, calls of tools and their results."""
    first_id: str
    """The id of the first item of the page, empty for a page without any."""
    last_id: str
    """The id of the last one; send it as `after` for the next page."""
    has_more: bool
    """True if more follow."""


class DeletedResponse(Document):
    """A response that is no more."""

    id: str
    """Its id."""
    object: str = "response"
    """Always `response`."""
    deleted: bool
    """Always true."""


class ListedModel(Open):
    """A name that requests can ask for."""

    id: str = Field(examples=["fusion"])
    """The value of `model` in a request."""
    object: str = "model"
    """Always `model`."""
    created: int
    """Seconds since 1970."""
    owned_by: str
    """Its maker, or its provider."""


class ModelList(Document):
    """All names that requests can ask for."""

    object: str = "list"
    """Always `list`."""
    data: list[ListedModel]
    """The default first."""


def with_errors(responses: dict[int, Any]) -> dict[int, Any]:
    """Return the responses of an operation, and of refusals those with the envelope, which only the first status names.

    A class is made for each status that names it: a thousand, a fifth of what the API takes to load. The document names
    it for all.
    """
    return responses | dict.fromkeys(ERROR_STATUSES) | {ERROR_STATUSES[0]: Error}
