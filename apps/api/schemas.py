"""The forms of answers for the OpenAPI document: our own documents, and OpenAI's as far as clients read them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

ERROR_STATUSES = (400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504)
EVENTS = {"text/event-stream": {"schema": {"type": "string"}, "example": "data: {…}\n\ndata: [DONE]\n"}}
STREAM: dict[str, Any] = {"responses": {200: {"content": EVENTS}}}


class Open(BaseModel):
    """An answer that may grow more keys."""

    model_config = ConfigDict(extra="allow")


class ErrorBody(Open):
    """What went wrong: `code` is stable and for programs, `message` says what to do, `param` names the parameter."""

    message: str
    type: str
    param: str | None
    code: str


class Error(Open):
    """The envelope of every refusal."""

    error: ErrorBody


class Completion(Open):
    """A chat completion. `usage` is the sum over all calls; `fusion` holds the run, its analysis and its bill."""

    id: str = Field(examples=["chatcmpl-k3Xw9Qp2LmZa"])
    object: str = "chat.completion"
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, Any]
    fusion: dict[str, Any]


class ResponseObject(Open):
    """A response with one message of text. `usage` is the sum over all calls; `fusion` holds the run and its bill."""

    id: str = Field(examples=["resp_k3Xw9Qp2LmZa"])
    object: str = "response"
    created_at: int
    status: str
    model: str
    output: list[dict[str, Any]]
    usage: dict[str, Any]
    fusion: dict[str, Any]


class ListedModel(Open):
    """A name that requests can ask for."""

    id: str = Field(examples=["fusion"])
    object: str = "model"
    created: int
    owned_by: str


class ModelList(BaseModel):
    """All names that requests can ask for."""

    object: str = "list"
    data: list[ListedModel]


def with_errors(responses: dict[int, Any]) -> dict[int, Any]:
    """The responses of an operation, and the envelope for every refusal."""
    return responses | dict.fromkeys(ERROR_STATUSES, Error)
