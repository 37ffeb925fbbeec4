"""The dialect of OpenAI's chat completions, as spoken by OpenAI, OpenRouter, vLLM, llama.cpp, Ollama and many more.

Pure translation: `body_of` builds the request, `ChatTranslator` reads the events, `list_models` reads the list.
Vendors disagree on where usage and reasoning sit and on how a stream ends; all the places seen in the field are read.
"""

import math
from collections.abc import AsyncGenerator, Iterator
from decimal import Decimal
from typing import Any

import httpx

from apps.fusion.values import Message, Parameters, Price, Usage
from apps.fusion.vocabulary import FinishReason, PromptStyle
from apps.providers import errors, small
from apps.providers.base import Chunk, End, Endpoint, ListedModel, Reasoning, Request, Text, Timeouts, clean
from apps.providers.thinking import ThinkSplitter
from apps.providers.transport import Post, bearer, get_json, parsed, stream_chunks
from apps.providers.vendors import Vendor, effort_word, unknown_parameters, vendor_of, without

FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "safety": FinishReason.CONTENT_FILTER,
    "refusal": FinishReason.REFUSAL,
}
"""Vendors' words for why a model stopped; any other word is unknown."""

MAX_TOKENS_BELIEVED = 100_000_000
MAX_COST_BELIEVED = Decimal(10_000)
"""Figures beyond these (tokens; USD) are a vendor's mistake and count as unknown."""

LIST_TIMEOUTS = Timeouts(connect_s=5, first_token_s=20, idle_s=20, total_s=30)


def stream(client: httpx.AsyncClient, endpoint: Endpoint, request: Request) -> AsyncGenerator[Chunk, None]:
    """Send ``request`` and yield its answer, as `apps.providers.base.Stream` promises."""
    path = "/completions" if request.style == PromptStyle.BASE else "/chat/completions"
    translator = ChatTranslator(endpoint, request.model, starts_bare=request.style == PromptStyle.BASE)
    post = Post(path, body_of(endpoint, request), bearer(endpoint))
    return stream_chunks(client, endpoint, request, post, translator)


def sent(endpoint: Endpoint, request: Request) -> Parameters:
    """The request's parameters without those that the model does not know at this vendor."""
    return without(request.parameters, unknown_parameters(vendor_of(endpoint.base_url), request.model))


def body_of(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """The JSON body of the request, with only those parameters that are set."""
    vendor = vendor_of(endpoint.base_url)
    body: dict[str, Any] = {"model": request.model, "stream": True, **vendor.extra}
    if request.style == PromptStyle.BASE:
        body |= {"prompt": small.base_prompt(request.messages)}
    else:
        body["messages"] = [_wire_message(message) for message in request.messages]
    if request.style in (PromptStyle.BASE, PromptStyle.SMALL):
        body |= small.SAMPLING
    if request.json_schema is not None and vendor.has_json_schema:
        schema = {"name": "reply", "strict": True, "schema": request.json_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body | _parameters(vendor, request, sent(endpoint, request))


def _wire_message(message: Message) -> dict[str, Any]:
    """A turn; one with images is a list of parts (OpenAI, "Images and vision")."""
    if not message.images:
        return {"role": message.role, "content": message.text}
    images = [{"type": "image_url", "image_url": {"url": image}} for image in message.images]
    return {"role": message.role, "content": [{"type": "text", "text": message.text}, *images]}


def _parameters(vendor: Vendor, request: Request, parameters: Parameters) -> dict[str, Any]:
    """The sampling parameters in the vendor's words. A base model always has texts at which it must stop."""
    ours = parameters.model_dump(mode="json", exclude_none=True)
    stop = [*ours.pop("stop"), *(small.BASE_STOP if request.style == PromptStyle.BASE else ())]
    effort = ours.pop("reasoning_effort", None)
    body = {vendor.names.get(name, name): value for name, value in ours.items()}
    if stop:
        body["stop"] = stop
    if effort:
        effort = effort_word(vendor, request.model, effort)
        body |= {"reasoning": {"effort": effort}} if vendor.nests_effort else {"reasoning_effort": effort}
    return body


class ChatTranslator:
    """Turns the events of one answer into chunks; see `apps.providers.transport.Translator`.

    ``starts_bare`` drops white space before the first word: a completion begins with the space after "Answer:".
    """

    def __init__(self, endpoint: Endpoint, model: str, starts_bare: bool = False) -> None:
        self.endpoint = endpoint
        self.model = model
        self.is_finished = False
        self.is_done = False
        self.finish_reason = FinishReason.UNKNOWN
        self.usage = Usage()
        self.cost: Decimal | None = None
        self.upstream_id = ""
        self.has_refusal = False
        self.starts_bare = starts_bare
        self.thinking = ThinkSplitter()

    def feed(self, data: str) -> Iterator[Text | Reasoning]:
        """The chunks in one event; raises `ProviderError` for an error object or broken JSON."""
        if data.strip() == "[DONE]":
            self.is_done = True
            yield from self.thinking.flush()
            return
        event = parsed(self.endpoint, data)
        if not isinstance(event, dict):
            raise errors.broken(self.endpoint, data)
        self._raise_for(event)
        self.upstream_id = self.upstream_id or clean(str(event.get("id") or ""))
        choice = _first_choice(event)
        self._raise_for(choice)
        self._note_usage(event, choice)
        for chunk in self._chunks(choice):
            yield from self.thinking.feed(chunk.text) if isinstance(chunk, Text) else [chunk]
        self._note_finish(choice)
        if self.is_finished:
            yield from self.thinking.flush()

    def end(self) -> End:
        reason = FinishReason.REFUSAL if self.has_refusal else self.finish_reason
        return End(reason, self.usage, self.cost, self.upstream_id)

    def _raise_for(self, part: dict[str, Any]) -> None:
        """Raise if the event, or its choice, carries an error; some vendors put a bare message in an error event."""
        error = part.get("error")
        if not error and part.get("object") == "error":
            error = part.get("message") or "unknown"
        if error:
            raise errors.from_error_object(self.endpoint, self.model, error)

    def _chunks(self, choice: dict[str, Any]) -> Iterator[Text | Reasoning]:
        """A choice holds a ``delta``, a whole ``message`` (not streamed) or, for completions, ``text``."""
        part = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
        if not isinstance(part, dict):
            return
        if reasoning := _text_of(part.get("reasoning") or part.get("reasoning_content")):
            yield Reasoning(reasoning)
        content = part.get("content")
        if self.starts_bare and isinstance(content, str):
            content = content.lstrip()
            self.starts_bare = not content
        yield from _content_chunks(content)
        if refusal := _text_of(part.get("refusal")):
            self.has_refusal = True
            yield Text(refusal)

    def _note_usage(self, event: dict[str, Any], choice: dict[str, Any]) -> None:
        """Keep the newest usage: it grows where a vendor sends it with every event."""
        groq = event.get("x_groq")
        nested = groq.get("usage") if isinstance(groq, dict) else None
        found = event.get("usage") or choice.get("usage") or nested
        if isinstance(found, dict):
            self.usage = usage_of(found)
            self.cost = cost_of(found.get("cost"))

    def _note_finish(self, choice: dict[str, Any]) -> None:
        reason = choice.get("finish_reason")
        if reason:
            self.is_finished = True
            self.finish_reason = FINISH_REASONS.get(str(reason).lower(), FinishReason.UNKNOWN)


def _first_choice(event: dict[str, Any]) -> dict[str, Any]:
    return next(iter(_objects(event.get("choices"))), {})


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; none if ``value`` is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text_of(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def _content_chunks(content: Any) -> Iterator[Text | Reasoning]:
    """Content is a string, or a list of typed parts, of which ``thinking`` is reasoning (Mistral)."""
    if text := _text_of(content):
        yield Text(text)
    for part in _objects(content):
        if text := _text_of(part.get("text")):
            yield Text(text)
        for thought in _objects(part.get("thinking")):
            if text := _text_of(thought.get("text")):
                yield Reasoning(text)


def usage_of(found: dict[str, Any]) -> Usage:
    """Tokens from a usage object; what is missing, negative or absurd is unknown."""
    given = tokens_of(found.get("prompt_tokens"))
    cached = tokens_of(_detail(found, "prompt_tokens_details", "cached_tokens", found.get("prompt_cache_hit_tokens")))
    return Usage(
        input_tokens=given,
        cached_tokens=None if cached is not None and given is not None and cached > given else cached,
        output_tokens=tokens_of(found.get("completion_tokens")),
        reasoning_tokens=tokens_of(_detail(found, "completion_tokens_details", "reasoning_tokens", None)),
    )


def _detail(found: dict[str, Any], group: str, name: str, otherwise: Any) -> Any:
    details = found.get(group)
    return details.get(name, otherwise) if isinstance(details, dict) else otherwise


def tokens_of(value: Any) -> int | None:
    """A believable whole number of tokens, or ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if value == int(value) and 0 <= value <= MAX_TOKENS_BELIEVED else None


def cost_of(value: Any) -> Decimal | None:
    """A believable amount in USD, or ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    amount = Decimal(str(value))
    return amount if 0 <= amount <= MAX_COST_BELIEVED else None


async def list_models(client: httpx.AsyncClient, endpoint: Endpoint) -> list[ListedModel]:
    """The vendor's models from ``GET /models``, in its order; raises `ProviderError`."""
    found = await get_json(client, endpoint, "/models", bearer(endpoint), LIST_TIMEOUTS)
    rows = found.get("data") if isinstance(found, dict) else found
    return [_listed(row) for row in _objects(rows) if row.get("id")]


def _listed(row: dict[str, Any]) -> ListedModel:
    supported = row.get("supported_parameters")
    return ListedModel(
        id=clean(str(row["id"])),
        name=clean(str(row.get("name") or row["id"])),
        context_length=_context_length(row),
        price=_price(row.get("pricing")),
        supports_json_schema="structured_outputs" in supported if isinstance(supported, list) else None,
        max_output=_max_output(row),
        supports_vision=_sees(row),
        supports_reasoning="reasoning" in supported if isinstance(supported, list) else None,
    )


def _part(row: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under ``name``, or an empty one."""
    return next(iter(_objects([row.get(name)])), {})


def _max_output(row: dict[str, Any]) -> int | None:
    """Output tokens: Groq names them in the row, OpenRouter in its ``top_provider``."""
    found = (tokens_of(place.get("max_completion_tokens")) for place in (row, _part(row, "top_provider")))
    return next((size for size in found if size), None)


def _sees(row: dict[str, Any]) -> bool | None:
    """Whether the model reads images: OpenRouter lists what goes in, Mistral names a capability."""
    modalities = _part(row, "architecture").get("input_modalities")
    if isinstance(modalities, list):
        return "image" in modalities
    vision = _part(row, "capabilities").get("vision")
    return vision if isinstance(vision, bool) else None


def _context_length(row: dict[str, Any]) -> int | None:
    """Tokens of context: OpenRouter and Together, vLLM, Groq, llama.cpp name it differently."""
    meta = _part(row, "meta")
    names = ("context_length", "max_model_len", "context_window", "max_context_length", "n_ctx", "n_ctx_train")
    candidates = [tokens_of(place.get(name)) for place in (row, meta) for name in names]
    return next((size for size in candidates if size), None)


def _price(pricing: Any) -> Price | None:
    """USD per million tokens from ``pricing``: OpenRouter has strings with USD per token, Together USD per million."""
    if not isinstance(pricing, dict):
        return None
    if "input" in pricing:
        pricing = {"prompt": _per_token(pricing["input"]), "completion": _per_token(pricing.get("output"))}
    price = Price(
        input=_per_million(pricing.get("prompt")),
        output=_per_million(pricing.get("completion")),
        cached=_per_million(pricing.get("input_cache_read")),
    )
    return None if price == Price() else price


def _per_token(per_million: Any) -> Decimal | None:
    known = cost_of(per_million)
    return known / 1_000_000 if known is not None else None


def _per_million(per_token: Any) -> Decimal | None:
    """A negative price is OpenRouter's word for "it depends"."""
    try:
        amount = Decimal(str(per_token)) * 1_000_000
    except ArithmeticError:
        return None
    return amount.normalize() + 0 if amount.is_finite() and amount >= 0 else None
