"""The seam to the outside models: what is asked (`Endpoint`, `Request`) and the closed set of chunks that come back.

A dialect is one async generator function of the shape `Stream`. It yields `Text` and `Reasoning` as they arrive and
ends with exactly one `End`, or raises `apps.providers.errors.ProviderError`; what was yielded before stays with the
consumer. Cancelling the consuming task, or closing the generator (`contextlib.aclosing`), closes the upstream
connection at once: closing the browser tab is not cancel, and a connection left open goes on costing money.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from apps.fusion.values import Message, Parameters, Price, Usage
from apps.fusion.vocabulary import FinishReason, PromptStyle


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the answer, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The next piece of the model's thinking aloud, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class End:
    """The last chunk. ``cost`` is what the vendor reported, in USD; ``None`` if it did not."""

    finish_reason: FinishReason
    usage: Usage
    cost: Decimal | None
    upstream_id: str


Chunk = Text | Reasoning | End


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider listens and what it is called in sentences. Neither key nor headers show in its ``repr``.

    ``base_url`` includes the version, as in ``https://api.openai.com/v1``; an empty key sends no header for it.
    """

    name: str
    base_url: str
    api_key: SecretStr = field(default_factory=lambda: SecretStr(""))
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def url(self, path: str) -> str:
        """The address of ``path`` (which begins with a slash) below the base URL."""
        return self.base_url.rstrip("/") + path


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds. ``idle_s`` starts again with every byte, the others run from the start."""

    connect_s: float = 10
    first_token_s: float = 60
    idle_s: float = 60
    total_s: float = 600


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one model. ``model`` is the id as the vendor knows it.

    ``max_output`` (tokens) is the most that the model can write, where known; a dialect that must name a limit takes
    it. ``depth`` counts how many FusionWebs a question has passed through, and travels as a header.
    """

    model: str
    messages: tuple[Message, ...]
    parameters: Parameters = field(default_factory=Parameters)
    style: PromptStyle = PromptStyle.CHAT
    json_schema: dict[str, Any] | None = None
    timeouts: Timeouts = Timeouts()
    max_output: int | None = None
    depth: int = 1


@dataclass(frozen=True, slots=True)
class ListedModel:
    """What a vendor's list says of one model; ``None`` where it is silent.

    ``context_length`` and ``max_output`` count tokens.
    """

    id: str
    name: str
    context_length: int | None = None
    price: Price | None = None
    supports_json_schema: bool | None = None
    max_output: int | None = None
    supports_vision: bool | None = None
    supports_reasoning: bool | None = None


class Stream(Protocol):
    """Send one request and yield its answer."""

    def __call__(
        self, client: httpx.AsyncClient, endpoint: Endpoint, request: Request
    ) -> AsyncGenerator[Chunk, None]: ...


class ListModels(Protocol):
    """Ask a vendor which models it offers."""

    def __call__(self, client: httpx.AsyncClient, endpoint: Endpoint) -> Awaitable[list[ListedModel]]: ...


class Sent(Protocol):
    """Say what of a request's parameters will be sent: those that the vendor's model does not know are ``None``."""

    def __call__(self, endpoint: Endpoint, request: Request) -> Parameters: ...


def clean(text: str) -> str:
    """``text`` as a database can hold it: no NUL, no half of a surrogate pair (JSON may carry both, escaped)."""
    if text.isascii():
        return text.replace("\0", "")
    return re.sub("[\0\ud800-\udfff]", "", text)
