"""The seam to the outside models: `Endpoint` and `Request` go out, a closed set of chunks comes back.

A dialect is one async generator function of the shape `Stream`. It yields `Text` and `Reasoning` as they arrive, a
`CallPiece` for each part of a call of a tool, at most one `TextWasReasoning` among them, a `Paused` wherever the answer
goes on in a further request, and ends with exactly one `End`, or raises
`apps.providers.errors.ProviderError`; what was yielded before stays with the consumer. Cancelling the consuming task,
or closing the generator (`contextlib.aclosing`), closes the upstream connection at once: closing the browser tab is not
cancel, and a connection left open goes on costing money.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from apps.fusion.native_search import NativeSearch
from apps.fusion.tools import ToolCall, ToolSet, VendorData
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
class TextWasReasoning:
    """All text so far was reasoning: the model closed a thought whose opening mark was never sent."""


@dataclass(frozen=True, slots=True)
class CallPiece:
    """More of a call of a tool, the answer's ``place``-th from 0; the `End` has all calls whole once more.

    The ``arguments`` of a call's pieces are the beginning of the whole's, in JSON. Without an ``id`` nothing of the
    call can be told yet.
    """

    place: int = 0
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Paused:
    """The answer goes on in a further request: the ``usage`` of the one that ended, and the searches of all so far."""

    usage: Usage
    search: NativeSearch | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The last chunk. ``cost`` is what the vendor reported, in USD; ``None`` if it did not.

    Of an answer in several requests, ``usage`` and ``cost`` are the last one's; all else is of all of them.

    ``dropped`` names the parameters that the vendor refused, and that were then left out. ``vendor_data`` has to go
    back with the ``tool_calls``. ``search`` is what the vendor searched for itself. ``version`` is the vendor's word
    for the version of the model that answered, '' if it said none.
    """

    finish_reason: FinishReason
    usage: Usage
    cost: Decimal | None
    upstream_id: str
    dropped: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    vendor_data: VendorData | None = None
    search: NativeSearch | None = None
    version: str = ""


Content = Text | Reasoning | TextWasReasoning | CallPiece
"""The chunks that carry words, or say that something is being written."""
Chunk = Text | Reasoning | TextWasReasoning | CallPiece | Paused | End


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a provider and its name in sentences. Neither key nor headers show in its ``repr``.

    ``base_url`` includes the version, as in ``https://api.openai.com/v1``; an empty key sends no header for it. With
    ``only_public`` no request leads to an address inside this network.
    """

    name: str
    base_url: str
    api_key: SecretStr = field(default_factory=lambda: SecretStr(""))
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    only_public: bool = False

    def url(self, path: str) -> str:
        """Return the address of ``path`` (which begins with a slash) below the base URL."""
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
    it. ``depth`` counts how many FusionWebs a question has passed through, and travels as a header. With
    ``tries_schema`` nobody knows whether the model takes the ``json_schema``: it is sent where a refusal costs little.
    With ``searches_natively`` the vendor is asked to search the web itself.
    """

    model: str
    messages: tuple[Message, ...]
    parameters: Parameters = field(default_factory=Parameters)
    style: PromptStyle = PromptStyle.CHAT
    json_schema: dict[str, Any] | None = None
    tries_schema: bool = False
    tools: ToolSet | None = None
    searches_natively: bool = False
    timeouts: Timeouts = Timeouts()
    max_output: int | None = None
    depth: int = 1

    @property
    def known_schema(self) -> dict[str, Any] | None:
        """The schema, if the model is known to take it."""
        return None if self.tries_schema else self.json_schema


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model in a vendor's list; ``None`` where the list is silent.

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
    supports_tools: bool | None = None


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


MAX_ID = 200
"""Characters of a vendor's name for an answer."""

SURROGATES = re.compile("[\ud800-\udfff]")
RAW_BYTES = re.compile("(?<![\ud800-\udbff])[\udc80-\udcff]+")
CUT_BYTES = re.compile(
    "(?<![\ud800-\udbff])(?:[\udcc2-\udcdf]|[\udce0-\udcef][\udc80-\udcbf]?|[\udcf0-\udcf4][\udc80-\udcbf]{0,2})\\Z"
)
"""Bytes that are no character by themselves, as they are decoded (``surrogateescape``), and the beginning of one."""
LONE_HALF = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")
LONGEST_CUT = 3
"""Bytes of a character that lacks some."""
HIGH_SURROGATES = ("\ud800", "\udbff")


def clean(text: str) -> str:
    """Return ``text`` as a database can hold it: without NUL, and U+FFFD for part of a character.

    JSON may carry NUL and half of a surrogate pair, escaped; a stream, some bytes of a character.
    """
    if text.isascii():
        return text.replace("\0", "")
    return _paired(text).replace("\0", "")


def _paired(text: str) -> str:
    """Return ``text`` with the parts of characters joined; U+FFFD for one without the others."""
    if SURROGATES.search(text) is None:
        return text
    text = RAW_BYTES.sub(lambda found: found[0].encode("ascii", "surrogateescape").decode("utf-8", "replace"), text)
    return LONE_HALF.sub("\ufffd", text).encode("utf-16-le", "surrogatepass").decode("utf-16-le")


class HalfJoiner:
    """Join characters that come in two pieces of one channel: halves of a surrogate pair, escaped in JSON, or bytes."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """Return the clean text that is complete after ``piece``; part of a character at its end waits for the next."""
        # Nearly every piece is ASCII, and costs no more than this look.
        if self._half or not piece.isascii():
            piece, self._half = self._half + piece, ""
            if HIGH_SURROGATES[0] <= piece[-1:] <= HIGH_SURROGATES[1]:
                piece, self._half = piece[:-1], piece[-1]
            elif cut := CUT_BYTES.search(piece, max(0, len(piece) - LONGEST_CUT)):
                piece, self._half = piece[: cut.start()], cut[0]
        return clean(piece)

    def flush(self) -> str:
        """Return what still waits: part of a character is U+FFFD, never nothing."""
        half, self._half = self._half, ""
        return clean(half)
