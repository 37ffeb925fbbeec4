"""The dialect of OpenAI's chat completions, as spoken by OpenAI, OpenRouter, vLLM, llama.cpp, Ollama and many more.

Pure translation: `body_of` builds the request, `ChatTranslator` reads the events, `list_models` reads the list.
Vendors disagree on where usage and reasoning sit and on how a stream ends; all the places seen in the field are read.
"""

from collections.abc import AsyncGenerator, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from apps.fusion.tools import Tool, ToolCall, ToolChoice, ToolSet, VendorData
from apps.fusion.values import Message, Parameters, Price, Usage
from apps.fusion.vocabulary import FinishReason, PromptStyle
from apps.providers import small_models
from apps.providers.base import MAX_ID, Chunk, End, Endpoint, ListedModel, Reasoning, Request, Text, clean
from apps.providers.corrections import Post
from apps.providers.discover import ollama_models
from apps.providers.families import completed
from apps.providers.native_search.openai import OpenAISearchNotes
from apps.providers.reading import (
    at_most,
    cost_of,
    flag_of,
    grown,
    objects,
    output_tokens,
    part,
    price_of,
    raw_text,
    tokens_of,
    words_in,
)
from apps.providers.schemas import is_any_object, response_format
from apps.providers.tool_calls import plain_id, tools_of, turns_of
from apps.providers.translation import Translator
from apps.providers.transport import LIST_TIMEOUTS, bearer, get_json, stream_chunks
from apps.providers.turns import spoken
from apps.providers.vendor_quirks import Vendor, effort_word, follows_schema, unknown_parameters, vendor_of, without

REASONING_KEYS = ("reasoning", "reasoning_content", "reasoning_text", "thinking", "thinking_content")
SAYS = ("content", "refusal", "tool_calls", *REASONING_KEYS)
"""The fields of a delta that hold words or calls."""
DETAILS = ("reasoning_details", "thinking_blocks")
"""The fields with thoughts in parts, of OpenRouter and LiteLLM, which mostly come beside the ones above."""
WANTED_BACK = ("reasoning_content", "reasoning_details")
"""The fields with thoughts that DeepSeek, Moonshot and OpenRouter want back with a call of a tool."""
DIALECT = "openai"


def stream(client: httpx.AsyncClient, endpoint: Endpoint, request: Request) -> AsyncGenerator[Chunk, None]:
    """Send ``request`` and yield its answer, as `apps.providers.base.Stream` promises."""
    path = "/completions" if request.style == PromptStyle.BASE else "/chat/completions"
    tried = ("response_format",) * request.tries_schema + ("web_search_options",) * request.searches_natively
    post = Post(path, body_of(endpoint, request), bearer(endpoint), tried=tried)
    starts_bare = request.style == PromptStyle.BASE
    new_translator = partial(ChatTranslator, endpoint, request.model, starts_bare=starts_bare)
    return stream_chunks(client, endpoint, request, post, new_translator)


def sent(endpoint: Endpoint, request: Request) -> Parameters:
    """Return the request's parameters without those that the model does not know at this vendor."""
    return without(request.parameters, unknown_parameters(vendor_of(endpoint.base_url), request.model))


def body_of(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """Return the JSON body of the request, with only those parameters that are set."""
    vendor = vendor_of(endpoint.base_url)
    body: dict[str, Any] = {"model": request.model, "stream": True, **vendor.extra}
    if request.style == PromptStyle.BASE:
        body |= {"prompt": small_models.base_prompt(request.messages)}
    else:
        body["messages"] = [_wire_message(message, vendor, request.model) for message in spoken(turns_of(request))]
    if request.style in (PromptStyle.BASE, PromptStyle.SMALL):
        body |= small_models.SAMPLING
    if request.json_schema is not None and _may_take_schema(vendor, request):
        body["response_format"] = response_format(request.json_schema)
    if (tools := tools_of(request)) and request.style != PromptStyle.BASE:
        body |= _tools(tools)
    if request.searches_natively:
        body |= vendor.search or {}
    return body | _parameters(vendor, request, sent(endpoint, request))


def _tools(asked: ToolSet) -> dict[str, Any]:
    """Return the tools and how they may be called (OpenAI, "Function calling")."""
    named = {"type": "function", "function": {"name": asked.only}}
    body: dict[str, Any] = {"tools": [{"type": "function", "function": _function(tool)} for tool in asked.tools]}
    if asked.only or asked.choice is not ToolChoice.AUTO:
        body["tool_choice"] = named if asked.only else str(asked.choice)
    if asked.parallel is not None:
        body["parallel_tool_calls"] = asked.parallel
    return body


def _function(tool: Tool) -> dict[str, Any]:
    given = {"description": tool.description or None, "parameters": tool.parameters, "strict": tool.strict}
    return {"name": tool.name, **{name: value for name, value in given.items() if value is not None}}


def _may_take_schema(vendor: Vendor, request: Request) -> bool:
    """Return whether a form is asked for: a completion has no place for one."""
    if request.style == PromptStyle.BASE or not (vendor.has_json_schema or is_any_object(request.json_schema)):
        return False
    return not (request.tries_schema and vendor.lists_schemas)


def _wire_message(message: Message, vendor: Vendor, model: str) -> dict[str, Any]:
    """A turn; one with images is a list of parts (OpenAI, "Images and vision")."""
    if message.calls:
        calls = [_call(call, vendor) for call in message.calls]
        turn = {"role": message.role, "content": message.text or None, "tool_calls": calls}
        return _with_vendor_data(turn, message.vendor_data, vendor, model)
    if message.result:
        result = {"role": "tool", "tool_call_id": _id(message.result.id, vendor)}
        if not message.images:
            return result | {"content": message.text}
        return result | {"content": _parts(message)}
    if not message.images:
        return {"role": message.role, "content": message.text}
    return {"role": message.role, "content": _parts(message)}


def _call(call: ToolCall, vendor: Vendor) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": _id(call.id, vendor), "type": "function", "function": function}


def _id(call_id: str, vendor: Vendor) -> str:
    return plain_id(call_id, vendor.call_ids, 9) if vendor.call_ids else call_id


def _with_vendor_data(turn: dict[str, Any], kept: VendorData | None, vendor: Vendor, model: str) -> dict[str, Any]:
    """Return a turn with the thoughts that its vendor wants back; others may refuse keys that they do not know."""
    if kept is None or kept.dialect != DIALECT:
        return turn
    for one in kept.content:
        if "call" in one and one["call"] < len(turn["tool_calls"]):
            turn["tool_calls"][one["call"]]["extra_content"] = one["extra_content"]
        elif "call" not in one and (kept.model == model or vendor.takes_thoughts & one.keys()):
            turn |= one
    return turn


def _parts(message: Message) -> list[dict[str, Any]]:
    images = [{"type": "image_url", "image_url": {"url": image}} for image in message.images]
    text = [{"type": "text", "text": message.text}] if message.text else []
    return [*text, *images]


def _parameters(vendor: Vendor, request: Request, parameters: Parameters) -> dict[str, Any]:
    """Return the sampling parameters in the vendor's words. A base model always has texts at which it must stop."""
    ours = parameters.model_dump(mode="json", exclude_none=True)
    stop = [*ours.pop("stop"), *(small_models.BASE_STOP if request.style == PromptStyle.BASE else ())]
    effort = ours.pop("reasoning_effort", None)
    body = {vendor.names.get(name, name): value for name, value in ours.items()}
    if stop:
        body["stop"] = stop
    if effort:
        effort = effort_word(vendor, request.model, effort)
        body |= {"reasoning": {"effort": effort}} if vendor.nests_effort else {"reasoning_effort": effort}
    return body


class ChatTranslator(Translator):
    """Turns the events of one answer into chunks.

    ``starts_bare`` drops white space before the first word: a completion begins with the space after "Answer:".
    """

    def __init__(self, endpoint: Endpoint, model: str, starts_bare: bool = False) -> None:
        super().__init__(endpoint, model)
        self.search: OpenAISearchNotes = OpenAISearchNotes()
        self.usage = Usage()
        self.cost: Decimal | None = None
        self.has_refusal = False
        self.starts_bare = starts_bare
        self._wanted_back: dict[str, list[Any]] = {}
        self._extras: dict[int, dict[str, Any]] = {}

    def read(self, found: dict[str, Any]) -> Iterator[Text | Reasoning]:
        has_answer = any(found.get(name) is not None for name in ("choices", "usage"))
        self.raise_for_error(found, has_answer=has_answer)
        self.upstream_id = self.upstream_id or clean(str(found.get("id") or "")[:MAX_ID])
        self.note_version(found.get("model"), found.get("system_fingerprint"))
        choices = objects(found.get("choices"))
        # One answer is asked for; a proxy that sends several numbers them, in any order.
        choice = next((one for one in choices if one.get("index") == 0), choices[0] if choices else {})
        # OpenRouter puts an error of the vendor behind it into the choice.
        self.raise_for_error(choice, has_answer=True)
        self._note_usage(found, choice)
        yield from self._chunks(choice)
        self.finish(choice.get("finish_reason"))

    def end(self) -> End:
        reason = FinishReason.REFUSAL if self.has_refusal else self.finish_reason
        return End(reason, self.usage, self.cost, self.upstream_id)

    def _chunks(self, choice: dict[str, Any]) -> Iterator[Text | Reasoning]:
        """Yield what a choice holds: a ``delta``, a whole ``message`` (not streamed) or, for completions, ``text``.

        Some vendors end a stream with the whole message; what has come in pieces is not taken from it again.
        """
        delta, message = choice.get("delta"), choice.get("message")
        self.search.note_message(part(choice, "delta"))
        self.search.note_message(part(choice, "message"))
        if isinstance(message, dict) and not (isinstance(delta, dict) and any(map(delta.get, SAYS))):
            self._note_calls({} if len(self.calls) else message)
            yield from self.unsaid(list(self._message_chunks(message)))
        else:
            self._note_calls(delta)
            yield from self._message_chunks(delta if delta is not None else {"content": choice.get("text")})

    def _note_calls(self, said: Any) -> None:
        """Gather pieces of calls, and the thoughts that have to go back with them."""
        if not self.takes_calls or not isinstance(said, dict):
            return
        for name in WANTED_BACK:
            if said.get(name):
                self._wanted_back.setdefault(name, []).append(said[name])
        for piece in objects(said.get("tool_calls")):
            function, index = part(piece, "function"), piece.get("index")
            key = index if isinstance(index, int) else None
            self.calls.add(key, piece.get("id"), function.get("name"), function.get("arguments"))
            if extra := part(piece, "extra_content"):
                self._extras[len(self.calls) - 1] = extra
        # The form before tools had names of their own: one call, without an id.
        if old := part(said, "function_call"):
            self.calls.add("function_call", None, old.get("name"), old.get("arguments"))

    def vendor_data(self) -> VendorData | None:
        thoughts = {
            name: "".join(pieces) if all(isinstance(piece, str) for piece in pieces) else _flat(pieces)
            for name, pieces in self._wanted_back.items()
        }
        extras = [{"call": at, "extra_content": extra} for at, extra in self._extras.items()]
        content = ([thoughts] if thoughts else []) + extras
        return VendorData(dialect=DIALECT, model=self.model, content=tuple(content)) if content else None

    def _message_chunks(self, said: Any) -> Iterator[Text | Reasoning]:
        if not isinstance(said, dict):
            return
        thoughts = (words_in(said.get(name)) for name in REASONING_KEYS)
        details = "".join(words_in(one) for name in DETAILS for one in objects(said.get(name)))
        if reasoning := next(filter(None, thoughts), details):
            yield Reasoning(reasoning)
        content = said.get("content")
        if self.starts_bare and isinstance(content, str):
            # A base model's answer begins with the blank after the prompt's last colon.
            content = content.lstrip()
            self.starts_bare = not content
        yield from _content_chunks(content)
        if refusal := raw_text(said.get("refusal")):
            self.has_refusal = True
            yield Text(refusal)

    def _note_usage(self, event: dict[str, Any], choice: dict[str, Any]) -> None:
        # Groq sends the usage of a stream there.
        nested = part(event, "x_groq").get("usage")
        found = event.get("usage") or choice.get("usage") or nested
        if isinstance(found, dict):
            self.usage = grown(self.usage, usage_of(found))
            cost = reported_cost(found)
            self.cost = self.cost if cost is None else cost
            self.search.note_usage(found)


def _flat(pieces: list[Any]) -> list[Any]:
    """Return lists that came one after the other as one."""
    return [one for piece in pieces for one in (piece if isinstance(piece, list) else [piece])]


def _content_chunks(content: Any) -> Iterator[Text | Reasoning]:
    """Yield what a content holds: a string, or typed parts, of which ``thinking`` is reasoning (Mistral)."""
    for piece in content if isinstance(content, list) else [content]:
        kind = str(piece.get("type")) if isinstance(piece, dict) else ""
        is_thought = kind.startswith(("reasoning", "thinking", "thought"))
        if text := words_in(piece):
            yield Reasoning(text) if is_thought else Text(text)


def usage_of(found: dict[str, Any]) -> Usage:
    """Return the tokens of a usage object; what is missing, negative or absurd is unknown.

    Cached tokens stand in the details, at DeepSeek and Moonshot at the top.
    """
    given = tokens_of(found.get("prompt_tokens", found.get("input_tokens")))
    thought = tokens_of(part(found, "completion_tokens_details").get("reasoning_tokens"))
    cached = (
        part(found, "prompt_tokens_details").get("cached_tokens"),
        *(found.get(name) for name in ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")),
    )
    return Usage(
        input_tokens=given,
        cached_tokens=at_most(next((count for count in map(tokens_of, cached) if count is not None), None), given),
        output_tokens=output_tokens(
            tokens_of(found.get("completion_tokens", found.get("output_tokens"))),
            thought=thought,
            given=given,
            total=tokens_of(found.get("total_tokens")),
        ),
        reasoning_tokens=thought,
    )


def reported_cost(found: dict[str, Any]) -> Decimal | None:
    """Return what the vendor says the call cost, in USD.

    Where somebody's own key is used through OpenRouter, its fee and the vendor's price are named apart
    (openrouter.ai, ``/docs/use-cases/usage-accounting``).
    """
    cost = cost_of(found.get("cost"))
    beyond = (
        cost_of(part(found, "cost_details").get("upstream_inference_cost")) if found.get("is_byok") is True else None
    )
    return cost if cost is None or beyond is None else cost + beyond


async def list_models(client: httpx.AsyncClient, endpoint: Endpoint) -> list[ListedModel]:
    """Return the models of ``GET /models`` in the vendor's order; Ollama's in its own words. Raises `ProviderError`."""
    if vendor_of(endpoint.base_url).name == "Ollama":
        return await ollama_models(client, endpoint)
    found = await get_json(client, endpoint, "/models", bearer(endpoint), LIST_TIMEOUTS)
    # Together lists its models without an envelope.
    rows = found.get("data") if isinstance(found, dict) else found
    vendor = vendor_of(endpoint.base_url)
    return [completed(_listed(row, vendor)) for row in objects(rows) if row.get("id")]


async def check_key(client: httpx.AsyncClient, endpoint: Endpoint) -> None:
    """Ask about the key itself at a vendor that lists its models to everybody. Raise `ProviderError` if it is wrong."""
    if path := vendor_of(endpoint.base_url).key_path:
        await get_json(client, endpoint, path, bearer(endpoint), LIST_TIMEOUTS)


def _listed(row: dict[str, Any], vendor: Vendor) -> ListedModel:
    supported = row.get("supported_parameters")
    name = clean(str(row["id"]))
    schema = "structured_outputs" in supported if isinstance(supported, list) else follows_schema(vendor, name)
    return ListedModel(
        id=name,
        name=clean(str(row.get("name") or name)),
        context_length=_context_length(row),
        price=_price(row.get("pricing")),
        supports_json_schema=schema,
        max_output=_max_output(row),
        supports_vision=_sees(row),
        supports_reasoning="reasoning" in supported if isinstance(supported, list) else None,
        supports_tools=_calls(row),
    )


def _max_output(row: dict[str, Any]) -> int | None:
    """Return the limit of output tokens: Groq names it in the row, OpenRouter in its ``top_provider``."""
    found = (tokens_of(place.get("max_completion_tokens")) for place in (row, part(row, "top_provider")))
    return next((size for size in found if size), None)


def _sees(row: dict[str, Any]) -> bool | None:
    """Return whether the model reads images: OpenRouter lists what goes in, Mistral names a capability."""
    modalities = part(row, "architecture").get("input_modalities")
    if isinstance(modalities, list):
        return "image" in modalities
    return flag_of(part(row, "capabilities").get("vision"))


def _calls(row: dict[str, Any]) -> bool | None:
    """Return whether the model calls tools: OpenRouter lists its parameters, Mistral names a capability."""
    supported = row.get("supported_parameters")
    if isinstance(supported, list):
        return "tools" in supported
    return flag_of(part(row, "capabilities").get("function_calling"))


def _context_length(row: dict[str, Any]) -> int | None:
    """Return the tokens of context: OpenRouter and Together, vLLM, Groq, llama.cpp name them differently."""
    meta = part(row, "meta")
    names = ("context_length", "max_model_len", "context_window", "max_context_length", "n_ctx", "n_ctx_train")
    candidates = [tokens_of(place.get(name)) for place in (row, meta) for name in names]
    return next((size for size in candidates if size), None)


def _price(pricing: Any) -> Price | None:
    """Return the price in USD per million tokens: OpenRouter states USD per token as text, Together USD per million."""
    if not isinstance(pricing, dict):
        return None
    if "input" in pricing:
        pricing = {"prompt": _per_token(pricing["input"]), "completion": _per_token(pricing.get("output"))}
    price = Price(
        input=price_of(pricing.get("prompt")),
        output=price_of(pricing.get("completion")),
        cached=price_of(pricing.get("input_cache_read")),
    )
    return None if price == Price() else price


def _per_token(per_million: Any) -> Decimal | None:
    known = cost_of(per_million)
    return known / 1_000_000 if known is not None else None
