"""The request of OpenAI's oldest contract, and its answer."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, Tag, field_validator

from apps.api.extension import fingerprint_of
from apps.api.openai.wire.chat_request import StreamOptions, sampling_of
from apps.api.openai.wire.formats import LIMIT, STOPS, TEXT_OR_LIST, Stops, TokenLimit
from apps.api.openai.wire.request import Conversation, ModelRequest
from apps.api.openai.wire.unsupported import OF_COMPLETIONS, refuse, unsupported
from apps.api.run_requests import RunRequest
from apps.fusion.values import Message
from apps.runs.models import Run


class CompletionRequest(ModelRequest):
    """A prompt to be answered by a panel, or by one model."""

    TABLE: ClassVar = OF_COMPLETIONS
    SCHEMA_PARAM: ClassVar = "prompt"

    prompt: Annotated[
        Annotated[str, Tag("text")] | Annotated[list[str], Field(min_length=1, max_length=1), Tag("list")], TEXT_OR_LIST
    ] = Field(description="The prompt; a list may hold one.", examples=["How high is the Eiffel Tower?"])
    max_tokens: TokenLimit = Field(None, description=LIMIT)
    stop: Stops = Field(None, description=STOPS)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63, description="For panel and writer.")
    stream_options: StreamOptions | None = Field(None, description="For streams alone.")
    n: Any = unsupported(OF_COMPLETIONS, "n")
    best_of: Any = unsupported(OF_COMPLETIONS, "best_of")
    echo: Any = unsupported(OF_COMPLETIONS, "echo")
    logprobs: Any = unsupported(OF_COMPLETIONS, "logprobs")
    logit_bias: Any = unsupported(OF_COMPLETIONS, "logit_bias")
    suffix: Any = unsupported(OF_COMPLETIONS, "suffix")

    @field_validator(*OF_COMPLETIONS, mode="before")
    @classmethod
    def _refuse_what_asks_for_more(cls, value: Any, info: Any) -> Any:
        return refuse(OF_COMPLETIONS, info.field_name, value)


def run_request_of(request: CompletionRequest) -> RunRequest:
    """Return the request as a run request; raise :class:`ApiError`."""
    prompt = request.prompt if isinstance(request.prompt, str) else request.prompt[0]
    turns = Conversation((Message(role="user", text=prompt),), "prompt")
    return request.run_request(turns, sampling_of(request, [request.max_tokens]), None)


def text_completion(run: Run, model: str, text: str, finish_reason: str | None) -> dict[str, Any]:
    """Return an answer, or a chunk of one, without usage."""
    return {
        "id": f"cmpl-{run.public_id}",
        "object": "text_completion",
        "created": int(run.created_at.timestamp()),
        "model": model,
        "system_fingerprint": fingerprint_of(run.recipe),
        "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason}],
    }
