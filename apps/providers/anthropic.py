"""The dialect of Anthropic's Messages API, as spoken by Anthropic and by the gateways that imitate it.

Pure translation: `body_of` builds the request, `anthropic_answer.py` reads the events, `list_models` reads the list.
Sources, on platform.claude.com: ``/docs/en/api/messages``, ``/docs/en/build-with-claude/streaming``,
``/docs/en/build-with-claude/adaptive-thinking``, ``/docs/en/build-with-claude/structured-outputs``,
``/docs/en/api/models-list``, ``/docs/en/api/errors``.
"""

import json
import re
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from apps.fusion.tools import ToolChoice, ToolSet
from apps.fusion.values import Message, Parameters
from apps.fusion.vocabulary import ReasoningEffort
from apps.providers.anthropic_answer import DIALECT, MessageTranslator
from apps.providers.anthropic_pauses import MIN_BUDGET, stream_with_pauses
from apps.providers.base import Chunk, Endpoint, ListedModel, Request, clean
from apps.providers.corrections import Post
from apps.providers.families import bare_name, completed, has_fixed_sampling, has_reasoning
from apps.providers.native_search.search_tools import ANTHROPIC_TOOL
from apps.providers.reading import flag_of, limit_of, objects, part, text_of
from apps.providers.schemas import closed, plain_object
from apps.providers.tool_calls import arguments_object, plain_id, tools_of, turns_of
from apps.providers.transport import LIST_TIMEOUTS, get_json, key_of, stream_chunks
from apps.providers.turns import image_data, system_text, turns
from apps.providers.vendor_quirks import PENALTIES, without

VERSION = "2023-06-01"
MAX_TOKENS = 4_096
MAX_TOKENS_THINKING = 16_384
MAX_TOKENS_KNOWN = 32_000
"""The limit of output tokens that the API insists on, where nobody chose one: what every model can write; for models
that think, whose thoughts count too; and the most that is asked for where the model's own limit is known."""

BUDGETS = {
    ReasoningEffort.MINIMAL: 1_024,
    ReasoningEffort.LOW: 2_048,
    ReasoningEffort.MEDIUM: 6_144,
    ReasoningEffort.HIGH: 12_288,
}

CALL_IDS = "[A-Za-z0-9_-]{1,200}"  # the ids of calls that the API takes
CHOICES = {ToolChoice.AUTO: "auto", ToolChoice.NONE: "none", ToolChoice.REQUIRED: "any"}
MAX_TEMPERATURE = 1.0  # the API's limit, where others go up to 2
TAKES_SCHEMA = r"claude-(?:opus-4-[156](?!\d)|sonnet-4-[56](?!\d)|haiku-4-5)"
MAX_PAGES = 20


def stream(client: httpx.AsyncClient, endpoint: Endpoint, request: Request) -> AsyncGenerator[Chunk, None]:
    """Send ``request`` and yield its answer, as `apps.providers.base.Stream` promises."""
    tried = ("tools",) if request.searches_natively and not tools_of(request) else ()
    post = Post("/messages", body_of(endpoint, request), _headers(endpoint), tried=tried)
    if request.searches_natively:
        return stream_with_pauses(client, endpoint, request, post)
    return stream_chunks(client, endpoint, request, post, partial(MessageTranslator, endpoint, request.model))


def sent(endpoint: Endpoint, request: Request) -> Parameters:  # noqa: ARG001 - the seam's shape
    """Return the request's parameters without those that the model does not know.

    No model takes a seed or penalties, or temperature and top_p together; none takes either while it thinks.
    """
    asked = request.parameters
    unknown = {"seed"} | PENALTIES
    if not _can_think(request):
        unknown |= {"reasoning_effort"}
    if has_fixed_sampling(request.model) or (asked.reasoning_effort and _can_think(request)):
        unknown |= {"temperature", "top_p"}
    if asked.temperature is not None:
        unknown |= {"top_p"}
    return without(asked, frozenset(unknown))


def body_of(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """Return the JSON body of the request, with only those parameters that are set."""
    parameters = sent(endpoint, request)
    body: dict[str, Any] = {
        "model": request.model,
        "stream": True,
        "max_tokens": max_tokens(request),
        "messages": [{"role": role, "content": _content(said)} for role, said in turns(turns_of(request))],
    }
    if system := _system(request):
        body["system"] = system
    if parameters.temperature is not None:
        body["temperature"] = min(parameters.temperature, MAX_TEMPERATURE)
    if parameters.top_p is not None:
        body["top_p"] = parameters.top_p
    if parameters.stop:
        body["stop_sequences"] = list(parameters.stop)
    if tools := tools_of(request):
        body |= _tools(tools)
    if request.searches_natively:
        body["tools"] = [*body.get("tools", ()), ANTHROPIC_TOOL]
    return body | _thinking(request, parameters) | _output_config(request, parameters)


def _tools(asked: ToolSet) -> dict[str, Any]:
    """Return the tools and how they may be called."""
    tools = [
        {
            "name": tool.name,
            **({"description": tool.description} if tool.description else {}),
            "input_schema": plain_object(tool.parameters or {}),
        }
        for tool in asked.tools
    ]
    kind = "tool" if asked.only else CHOICES[asked.choice]
    choice: dict[str, Any] = {"type": kind, **({"name": asked.only} if asked.only else {})}
    if asked.parallel is not None and kind != "none":
        choice["disable_parallel_tool_use"] = not asked.parallel
    return {"tools": tools} if choice == {"type": "auto"} else {"tools": tools, "tool_choice": choice}


def max_tokens(request: Request) -> int:
    """Return the limit of output tokens (text and thought): as asked, else a sensible one, at most the model's own."""
    own = request.max_output
    if asked := request.parameters.max_tokens:
        return min(asked, own or asked)
    if own:
        return min(own, MAX_TOKENS_KNOWN)
    return MAX_TOKENS_THINKING if has_reasoning(request.model) else MAX_TOKENS


def _headers(endpoint: Endpoint) -> dict[str, str]:
    key = key_of(endpoint)
    return {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}


def _can_think(request: Request) -> bool:
    """Return whether thinking can be asked for; a budget needs room below the limit of output tokens."""
    if has_reasoning(request.model) is False:
        return False
    tools = tools_of(request)
    # The API refuses thinking beside a call that must be made.
    if tools and (tools.only or tools.choice is ToolChoice.REQUIRED):
        return False
    if _thinks_adaptively(request.model):
        return True
    # With a budget it also refuses turns with calls whose thoughts are not there any more.
    is_whole = all(one.vendor_data and one.vendor_data.dialect == DIALECT for one in request.messages if one.calls)
    return max_tokens(request) > MIN_BUDGET and (tools is None or is_whole)


def _thinks_adaptively(model: str) -> bool:
    """Return whether the model decides itself how long it thinks, guided by an effort: those from 4.6 on do."""
    return has_fixed_sampling(model) or re.search(r"4-6", bare_name(model)) is not None


def _thinking(request: Request, parameters: Parameters) -> dict[str, Any]:
    effort = parameters.reasoning_effort
    if effort is None:
        return {}
    if has_fixed_sampling(request.model):
        return {"thinking": {"type": "adaptive", "display": "summarized"}}
    if _thinks_adaptively(request.model):
        return {"thinking": {"type": "adaptive"}}
    # Thoughts count towards the limit of output tokens, so some of it is left for the answer.
    budget = max(MIN_BUDGET, min(BUDGETS[effort], max_tokens(request) - MIN_BUDGET))
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _output_config(request: Request, parameters: Parameters) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if parameters.reasoning_effort and _thinks_adaptively(request.model):
        least = parameters.reasoning_effort is ReasoningEffort.MINIMAL
        config["effort"] = "low" if least else str(parameters.reasoning_effort)
    # The API refuses a schema beside citations; the words of the prompt then have to do.
    if (schema := request.known_schema) and takes_schema(request.model) and not request.searches_natively:
        config["format"] = {"type": "json_schema", "schema": closed(schema)}
    return {"output_config": config} if config else {}


def takes_schema(model: str) -> bool:
    """Return whether the model can be held to a JSON schema; older ones are told of it in words."""
    return has_fixed_sampling(model) or re.match(TAKES_SCHEMA, bare_name(model)) is not None


def _system(request: Request) -> str:
    text = system_text(request.messages)
    schema = request.known_schema
    if schema is None or takes_schema(request.model):
        return text
    schema_text = json.dumps(schema, ensure_ascii=False)
    return f"{text}\n\nReply with JSON alone, of this JSON schema: {schema_text}".strip()


def _content(said: list[Message]) -> list[dict[str, Any]]:
    """Return the blocks of a turn; the API wants results before all else."""
    return [block for message in sorted(said, key=lambda one: one.result is None) for block in _blocks(message)]


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    """Yield the blocks of a message: thoughts that belong to calls, what it says, the calls; or a result."""
    if message.result:
        content = list(_words(message))
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": plain_id(message.result.id, CALL_IDS, 32)}
        result |= {"content": content} if content else {}
        yield result | ({"is_error": True} if message.result.is_error else {})
        return
    if message.calls and message.vendor_data and message.vendor_data.dialect == DIALECT:
        yield from message.vendor_data.content
    yield from _words(message)
    for call in message.calls:
        arguments = arguments_object(call.arguments)
        yield {"type": "tool_use", "id": plain_id(call.id, CALL_IDS, 32), "name": call.name, "input": arguments}


def _words(message: Message) -> Iterator[dict[str, Any]]:
    """Yield a message's images and text; the API wants images first, and refuses empty texts."""
    for image in message.images:
        media_type, data = image_data(image)
        yield {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
    if message.text.strip():
        yield {"type": "text", "text": message.text}


async def list_models(client: httpx.AsyncClient, endpoint: Endpoint) -> list[ListedModel]:
    """Return the vendor's models from ``GET /models``, all pages; raises `ProviderError`."""
    found: list[ListedModel] = []
    after = ""
    for _ in range(MAX_PAGES):
        path = "/models?limit=1000" + (f"&after_id={quote(after, safe='')}" if after else "")
        page = await get_json(client, endpoint, path, _headers(endpoint), LIST_TIMEOUTS)
        page = page if isinstance(page, dict) else {}
        found += [completed(_listed(row)) for row in objects(page.get("data")) if row.get("id")]
        after = text_of(page.get("last_id"))
        if not (page.get("has_more") is True and after):
            break
    return found


def _listed(row: dict[str, Any]) -> ListedModel:
    name = clean(str(row["id"]))
    can = part(row, "capabilities")
    schema = flag_of(part(can, "structured_outputs").get("supported"))
    return ListedModel(
        id=name,
        name=clean(str(row.get("display_name") or name)),
        context_length=limit_of(row.get("max_input_tokens")),
        supports_json_schema=takes_schema(name) if schema is None else schema,
        max_output=limit_of(row.get("max_tokens")),
        supports_vision=flag_of(part(can, "image_input").get("supported")),
        supports_reasoning=flag_of(part(can, "thinking").get("supported")),
    )
