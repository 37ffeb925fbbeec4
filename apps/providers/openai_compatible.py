"""The dialect of OpenAI's chat completions, as spoken by OpenAI, OpenRouter, vLLM, llama.cpp, Ollama and many more.

Pure translation: `body_of` builds the request, `ChatTranslator` (``openai_answer.py``) reads the events, `list_models`
reads the list.
"""

from collections.abc import AsyncGenerator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from apps.fusion.tools import Tool, ToolCall, ToolChoice, ToolSet, VendorData
from apps.fusion.values import Message, Parameters, Price
from apps.fusion.vocabulary import PromptStyle
from apps.providers import small_models
from apps.providers.base import Chunk, Endpoint, ListedModel, Request, clean
from apps.providers.corrections import Post
from apps.providers.discover import ollama_models
from apps.providers.families import completed
from apps.providers.openai_answer import DIALECT, ChatTranslator
from apps.providers.reading import (
    cost_of,
    flag_of,
    objects,
    part,
    price_of,
    tokens_of,
)
from apps.providers.schemas import is_any_object, plain_object, response_format
from apps.providers.tool_calls import plain_id, tools_of, turns_of
from apps.providers.transport import LIST_TIMEOUTS, bearer, get_json, stream_chunks
from apps.providers.turns import spoken, with_answers_behind_results, with_images_behind_results
from apps.providers.vendor_quirks import Vendor, effort_word, follows_schema, unknown_parameters, vendor_of, without


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
        turns = spoken(turns_of(request))
        said: Sequence[Message] = turns if vendor.shows_results else with_images_behind_results(turns)
        if vendor.answers_results:
            said = with_answers_behind_results(said)
        body["messages"] = [_wire_message(message, vendor, request.model) for message in said]
    if request.style in (PromptStyle.BASE, PromptStyle.SMALL):
        body |= small_models.SAMPLING
    if request.json_schema is not None and _may_take_schema(vendor, request):
        body["response_format"] = response_format(request.json_schema)
    if (tools := tools_of(request)) and request.style != PromptStyle.BASE:
        body |= _tools(tools, vendor)
    if request.searches_natively:
        body |= vendor.search or {}
    return body | _parameters(vendor, request, sent(endpoint, request))


def _tools(asked: ToolSet, vendor: Vendor) -> dict[str, Any]:
    """Return the tools and how they may be called (OpenAI, "Function calling")."""
    named = {"type": "function", "function": {"name": asked.only}}
    body: dict[str, Any] = {
        "tools": [{"type": "function", "function": _function(tool, vendor)} for tool in asked.tools]
    }
    if asked.only or asked.choice is not ToolChoice.AUTO:
        body["tool_choice"] = named if asked.only else str(asked.choice)
    if asked.parallel is not None:
        body["parallel_tool_calls"] = asked.parallel
    return body


def _function(tool: Tool, vendor: Vendor) -> dict[str, Any]:
    parameters = tool.parameters
    if parameters and vendor.wants_plain_objects:
        parameters = plain_object(parameters)
    given = {"description": tool.description or None, "parameters": parameters, "strict": tool.strict}
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
        price=_price(row.get("pricing") or row),
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
    """Return whether the model reads images: OpenRouter and xAI list what goes in, Mistral names a capability."""
    modalities = part(row, "architecture").get("input_modalities", row.get("input_modalities"))
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
    """Return the price in USD per million tokens.

    OpenRouter states USD per token as text, Together USD per million, xAI cents per hundred million.
    """
    if not isinstance(pricing, dict):
        return None
    if "prompt_text_token_price" in pricing:
        kinds = ("prompt", "completion", "cached_prompt")
        cents = [tokens_of(pricing.get(f"{kind}_text_token_price")) for kind in kinds]
        given, written, cached = (None if one is None else Decimal(one) / 10_000_000_000 for one in cents)
        pricing = {"prompt": given, "completion": written, "input_cache_read": cached}
    elif "input" in pricing:
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
