"""The dialect of Google's Gemini API: ``streamGenerateContent`` as server-sent events.

Pure translation: `body_of` builds the request, `ContentTranslator` reads the events, `list_models` reads the list.
Sources, on ai.google.dev: ``/api/generate-content``, ``/gemini-api/docs/thinking``,
``/gemini-api/docs/structured-output``, ``/gemini-api/docs/safety-settings``, ``/api/models``.
"""

import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

import httpx

from apps.fusion.tools import ToolChoice, ToolSet, VendorData
from apps.fusion.values import Message, Parameters, Usage
from apps.fusion.vocabulary import FinishReason, ReasoningEffort
from apps.providers import errors
from apps.providers.base import MAX_ID, Chunk, End, Endpoint, ListedModel, Reasoning, Request, Text, clean
from apps.providers.corrections import Post
from apps.providers.families import bare_name, completed, has_reasoning
from apps.providers.native_search.gemini import GeminiSearchNotes
from apps.providers.native_search.search_tools import GEMINI_TOOL
from apps.providers.reading import (
    at_most,
    flag_of,
    grown,
    limit_of,
    objects,
    output_tokens,
    part,
    raw_text,
    text_of,
    tokens_of,
)
from apps.providers.schemas import is_any_object
from apps.providers.tool_calls import arguments_object, plain_id, result_names, tools_of, turns_of
from apps.providers.translation import Translator
from apps.providers.transport import LIST_TIMEOUTS, get_json, key_of, stream_chunks
from apps.providers.turns import image_data, system_text, turns
from apps.providers.vendor_quirks import PENALTIES, without

BUDGETS = {
    ReasoningEffort.MINIMAL: 512,
    ReasoningEffort.LOW: 1_024,
    ReasoningEffort.MEDIUM: 8_192,
    ReasoningEffort.HIGH: 24_576,
}
"""Tokens of thought for Gemini 2.5, which takes a budget; later models take a level."""

MAX_PAGES = 20
DIALECT = "gemini"
MODES = {ToolChoice.AUTO: "AUTO", ToolChoice.NONE: "NONE", ToolChoice.REQUIRED: "ANY"}
NAMES = "[A-Za-z_][A-Za-z0-9_.:-]{0,63}"
LONGEST_MADE = 50
"""The names of tools that the API takes, and the characters that are kept of one that it does not."""
SIGNED = r"gemini-(?:[3-9]|\d\d)"
"""The models that check the signature of a call (ai.google.dev, ``/gemini-api/docs/thought-signatures``)."""
NO_SIGNATURE = "skip_thought_signature_validator"
"""Stands for the signature of a call that another model made."""


def stream(client: httpx.AsyncClient, endpoint: Endpoint, request: Request) -> AsyncGenerator[Chunk, None]:
    """Send ``request`` and yield its answer, as `apps.providers.base.Stream` promises."""
    model = request.model if "/" in request.model else f"models/{request.model}"
    path = f"/{quote(model, safe='/')}"
    body, headers = body_of(endpoint, request), _headers(endpoint)
    tried = ("tools",) if request.searches_natively and not tools_of(request) else ()
    whole_path = f"{path}:generateContent"
    post = Post(f"{path}:streamGenerateContent?alt=sse", body, headers, whole_path=whole_path, tried=tried)
    names = {own_name(tool.name): tool.name for tool in request.tools.tools} if request.tools else {}
    new_translator = partial(ContentTranslator, endpoint, request.model, names)
    return stream_chunks(client, endpoint, request, post, new_translator)


def own_name(tool: str) -> str:
    """Return the name of a tool as the API takes it: itself, else one that is made of it, always the same."""
    if re.fullmatch(NAMES, tool):
        return tool
    return f"_{re.sub('[^A-Za-z0-9_.:-]', '_', tool)[:LONGEST_MADE]}_{plain_id(tool, '(?!)', 8)}"


def sent(endpoint: Endpoint, request: Request) -> Parameters:  # noqa: ARG001 - the seam's shape
    """Return the request's parameters; only models that think know an effort, and only those before 2.5 penalties."""
    thinks = has_reasoning(request.model)
    unknown = PENALTIES if thinks else frozenset({"reasoning_effort"})
    return without(request.parameters, unknown)


def body_of(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """Return the JSON body of the request, with only those parameters that are set."""
    system, names = system_text(request.messages), result_names(request.messages)
    is_signed = re.match(SIGNED, bare_name(request.model)) is not None
    contents: list[dict[str, Any]] = [
        {
            "role": "user" if role == "user" else "model",
            "parts": [piece for message in said for piece in _parts(message, names, is_signed=is_signed)],
        }
        for role, said in turns(turns_of(request))
    ]
    body: dict[str, Any] = {"contents": contents}
    takes_system = re.match(r"gemma-?[1-3]", bare_name(request.model)) is None
    if system and takes_system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    elif system:  # Gemma up to 3 knows no instructions of the system; there they begin the conversation
        contents[0]["parts"].insert(0, {"text": system})
    if config := _config(request, sent(endpoint, request)):
        body["generationConfig"] = config
    if tools := tools_of(request):
        body |= _tools(tools)
    if request.searches_natively:
        body["tools"] = [*body.get("tools", ()), GEMINI_TOOL]
    return body


def _tools(asked: ToolSet) -> dict[str, Any]:
    """Return the tools and how they may be called. ``parametersJsonSchema`` takes what ``parameters`` would refuse."""
    declared = [
        {
            "name": own_name(tool.name),
            "description": tool.description,
            **({"parametersJsonSchema": tool.parameters} if tool.parameters else {}),
        }
        for tool in asked.tools
    ]
    body: dict[str, Any] = {"tools": [{"functionDeclarations": declared}]}
    if asked.only:
        body["toolConfig"] = {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [own_name(asked.only)]}}
    elif asked.choice is not ToolChoice.AUTO:
        body["toolConfig"] = {"functionCallingConfig": {"mode": MODES[asked.choice]}}
    return body


def _headers(endpoint: Endpoint) -> dict[str, str]:
    key = key_of(endpoint)
    return {"x-goog-api-key": key} if key else {}


def _parts(message: Message, names: Mapping[str, str], *, is_signed: bool) -> Iterator[dict[str, Any]]:
    """Yield the parts of a message. ``names`` are those of the tools by the ids of their calls.

    With ``is_signed`` the model refuses a turn whose first call has no signature of its own.
    """
    if message.result:
        word = "error" if message.result.is_error else "output"
        name = message.result.name or names.get(message.result.id, "")
        response = {"id": message.result.id, "name": own_name(name), "response": {word: message.text}}
        yield {"functionResponse": response}
    for image in message.images:
        media_type, data = image_data(image)
        yield {"inlineData": {"mimeType": media_type, "data": data}}
    if message.text.strip() and not message.result:
        yield {"text": message.text}
    kept = message.vendor_data if message.vendor_data and message.vendor_data.dialect == DIALECT else None
    signatures = {one["call"]: one["thoughtSignature"] for one in kept.content} if kept else {}
    if is_signed and message.calls:
        signatures.setdefault(0, NO_SIGNATURE)
    for at, call in enumerate(message.calls):
        name = own_name(call.name)
        piece = {"functionCall": {"id": call.id, "name": name, "args": arguments_object(call.arguments)}}
        yield piece | ({"thoughtSignature": signatures[at]} if at in signatures else {})


def _config(request: Request, parameters: Parameters) -> dict[str, Any]:
    """Return the generation config: sampling, the form of the answer, and thinking."""
    named = {
        "temperature": parameters.temperature,
        "topP": parameters.top_p,
        "maxOutputTokens": parameters.max_tokens,
        "seed": parameters.seed,
        "stopSequences": list(parameters.stop) or None,
        "frequencyPenalty": parameters.frequency_penalty,
        "presencePenalty": parameters.presence_penalty,
    }
    config: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    # Most of its models refuse a schema beside a search; the words of the prompt then have to do.
    if (schema := request.known_schema) and not request.searches_natively:
        config |= {"responseMimeType": "application/json", "responseJsonSchema": schema}
    elif is_any_object(request.json_schema) and not (request.searches_natively or request.tools):
        config["responseMimeType"] = "application/json"
    if has_reasoning(request.model):
        config["thinkingConfig"] = {"includeThoughts": True, **_effort(request.model, parameters.reasoning_effort)}
    return config


def _effort(model: str, effort: ReasoningEffort | None) -> dict[str, Any]:
    """Return the setting of thinking: a budget for Gemini 2.5, a level for later models; Pro knows no minimal one."""
    name = bare_name(model)
    if effort is None:
        return {}
    if name.startswith("gemini-2-5"):
        return {"thinkingBudget": BUDGETS[effort]}
    level = str(effort)
    # Pro models know no minimal level and Gemini 3 Pro no medium one: either would be refused.
    if "pro" in name and effort is ReasoningEffort.MINIMAL:
        level = "low"
    if name.startswith("gemini-3-pro") and effort is ReasoningEffort.MEDIUM:
        level = "high"
    return {"thinkingLevel": level}


class ContentTranslator(Translator):
    """Turns the events of one answer into chunks. ``names`` are the tools' by those that the API was told.

    The API does not say that nothing follows: it closes the connection.
    """

    own_reasons: ClassVar[Mapping[str, FinishReason]] = {
        "safety": FinishReason.REFUSAL,
        "1": FinishReason.STOP,
        "2": FinishReason.LENGTH,
        "3": FinishReason.REFUSAL,
    }
    """Its safety blocks are its way to refuse; some gateways pass on the numbers of its enum."""

    def __init__(self, endpoint: Endpoint, model: str, names: Mapping[str, str] | None = None) -> None:
        super().__init__(endpoint, model)
        self._names = names or {}
        self.search: GeminiSearchNotes = GeminiSearchNotes()
        self.usage = Usage()
        self._signatures: dict[int, str] = {}

    def read(self, found: dict[str, Any]) -> Iterator[Text | Reasoning]:
        found = part(found, "response") or found  # the envelope of Google's gateways
        self._raise_for_refusal(found)
        self.upstream_id = self.upstream_id or text_of(found.get("responseId"))[:MAX_ID]
        self.note_version(found.get("modelVersion"))
        candidate = next(iter(objects(found.get("candidates"))), {})
        self.search.note_grounding(part(candidate, "groundingMetadata"))
        if counted := part(found, "usageMetadata") or part(candidate, "usageMetadata"):
            self.usage = grown(self.usage, usage_of(counted))
        for piece in objects(part(candidate, "content").get("parts")):
            if text := raw_text(piece.get("text")):
                yield Reasoning(text) if piece.get("thought") in (True, "true") else Text(text)
            if self.takes_calls and (call := part(piece, "functionCall")):
                place = len(self.calls)
                # Whole calls, so each is one of its own, whether it has an id or not.
                name = text_of(call.get("name"))
                self.calls.add(place, call.get("id"), self._names.get(name, name), call.get("args"))
                if signature := text_of(piece.get("thoughtSignature")):
                    self._signatures[place] = signature
        self.finish(candidate.get("finishReason", candidate.get("finish_reason")))

    def end(self) -> End:
        return End(self.finish_reason, self.usage, None, self.upstream_id)

    def charges(self) -> int:
        """Return the searches that are charged: up to 2.5 one for an answer, later one for each query."""
        return 1 if re.match(r"gemini-[12]", bare_name(self.model)) else len(self.search.queries)

    def vendor_data(self) -> VendorData | None:
        content = tuple({"call": at, "thoughtSignature": one} for at, one in self._signatures.items())
        return VendorData(dialect=DIALECT, model=self.model, content=content) if content else None

    def _raise_for_refusal(self, event: dict[str, Any]) -> None:
        """Raise for an error object, and for a prompt that was blocked: it gets no candidates at all."""
        has_answer = any(event.get(name) is not None for name in ("candidates", "usageMetadata"))
        self.raise_for_error(event, has_answer=has_answer)
        reason = text_of(part(event, "promptFeedback").get("blockReason"))
        if reason and not (reason == "BLOCK_REASON_UNSPECIFIED" and has_answer):
            blocked = {"type": "content_filter", "message": f"prompt blocked: {reason}"}
            raise errors.from_error_object(self.endpoint, self.model, blocked)


def usage_of(counted: dict[str, Any]) -> Usage:
    """Return the tokens of ``usageMetadata``, the output with its thoughts, as OpenAI's.

    Candidates leave out thoughts. A total may count what has no figure of its own; prompts of tools are input.
    """
    given = tokens_of(counted.get("promptTokenCount"))
    thought = tokens_of(counted.get("thoughtsTokenCount"))
    # An answer of nothing but thoughts has no count of candidates.
    written = tokens_of(counted.get("candidatesTokenCount", 0 if thought else None))
    total = tokens_of(counted.get("totalTokenCount"))
    if total is not None:
        total -= tokens_of(counted.get("toolUsePromptTokenCount")) or 0
    if written is not None or (given is not None and total is not None and total > given):
        written = output_tokens((written or 0) + (thought or 0), thought=None, given=given, total=total)
    return Usage(
        input_tokens=given,
        cached_tokens=at_most(tokens_of(counted.get("cachedContentTokenCount")), given),
        output_tokens=written,
        reasoning_tokens=thought,
    )


async def list_models(client: httpx.AsyncClient, endpoint: Endpoint) -> list[ListedModel]:
    """Return the vendor's models that write text, from ``GET /models``, all pages; raises `ProviderError`."""
    found: list[ListedModel] = []
    token = ""
    for _ in range(MAX_PAGES):
        path = "/models?pageSize=1000" + (f"&pageToken={quote(token, safe='')}" if token else "")
        page = await get_json(client, endpoint, path, _headers(endpoint), LIST_TIMEOUTS)
        page = page if isinstance(page, dict) else {}
        found += [completed(_listed(row)) for row in objects(page.get("models")) if _writes(row)]
        token = text_of(page.get("nextPageToken"))
        if not token:
            break
    return found


def _writes(row: dict[str, Any]) -> bool:
    methods = row.get("supportedGenerationMethods")
    return bool(row.get("name")) and isinstance(methods, list) and "generateContent" in methods


def _listed(row: dict[str, Any]) -> ListedModel:
    name = clean(str(row["name"])).removeprefix("models/")
    return ListedModel(
        id=name,
        name=clean(str(row.get("displayName") or name)),
        context_length=limit_of(row.get("inputTokenLimit")),
        supports_json_schema=name.startswith("gemini-"),
        max_output=limit_of(row.get("outputTokenLimit")),
        supports_reasoning=flag_of(row.get("thinking")),
    )
