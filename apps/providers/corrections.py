"""Requests that a vendor refuses because of one thing in them, and the request without it.

A parameter that a model does not know, and a stream where none is allowed, cost one more request and not the answer.
Such refusals come at once and are not billed. Which models refuse what is known for a part of them only
(`vendor_quirks`, `families`), and changes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.fusion.vocabulary import FailureCode
from apps.providers.errors import ProviderError
from apps.providers.turns import BETWEEN, OPENING
from apps.providers.vendor_messages import MAX_WORDS

MAX_CORRECTIONS = 4
"""Refusals of one request that are mended, each of another thing."""

OURS: Mapping[str, str] = {
    "temperature": "temperature",
    "top_p": "top_p",
    "topP": "top_p",
    "frequency_penalty": "frequency_penalty",
    "frequencyPenalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "presencePenalty": "presence_penalty",
    "seed": "seed",
    "random_seed": "seed",
    "stop": "stop",
    "stop_sequences": "stop",
    "stopSequences": "stop",
    "reasoning_effort": "reasoning_effort",
    "reasoning": "reasoning_effort",
    "thinking": "reasoning_effort",
    "thinkingConfig": "reasoning_effort",
    "effort": "reasoning_effort",
    "response_format": "json_schema",
    "format": "json_schema",
    "responseJsonSchema": "json_schema",
    "responseMimeType": "json_schema",
    "web_search_options": "web_search",
    "plugins": "web_search",
    "parallel_tool_calls": "",
    "stream_options": "",
    "usage": "",
    "repeat_penalty": "",
    "repeat_last_n": "",
}
"""Keys that may be left out of a body, with the parameter that is not sent then, '' for none. A limit of tokens is
not among them: it is somebody's money."""

TOGETHER = (("thinkingConfig",), ("thinking", "effort"), ("responseJsonSchema", "responseMimeType"))
"""Names that only make sense together."""

NESTS = ("generationConfig", "output_config")

LIMITS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""The two names of the limit of output tokens in OpenAI's dialect."""

SEPARATORS = re.compile(r"[.\[\]/]")
NO_STREAM = re.compile(
    r"must be verified to stream|stream[^\n]{0,20}disabled|\b(set|use|with)\b[^\n]{0,20}\bstream\W{1,3}(to )?\W?false"
    r"|\bstream\b\W{0,2}(must|should|has to|needs to) be \W?false|\bonly (supports? )?non-?stream"
    r"|(not|n[’']t) (be )?streamed\b|cannot stream|(not|n[’']t) (support|allow|offer)[^\n]{0,20}(\bsse\b|server-sent)"
    r"|\bstream(ing)?\b[^\n]{0,60}(not|n[’']t|un)[ -]?(be )?(supported|support|allowed|available)"
    r"|(not|n[’']t) (support|allow|offer)[^\n]{0,40}\bstream"
    r"|not (supported|available|allowed) (for|with|in) \W{0,2}stream",
    re.IGNORECASE,
)
REFUSES = re.compile(
    r"(not|n[’']t)( be)?( a| yet| currently)? (support|allow|permit|accept|available|use|valid|enabled|compatible)"
    r"|(not|n[’']t)( be)? (possible|take|know|recogni[sz]e|specif|set|used)|unsupported|unknown|unrecogni[sz]ed"
    r"|unexpected|invalid|extra (inputs|fields)|deprecated|disabled|incompatible|disallowed|forbidden|out of range"
    r"|only [^\n]{0,60}(allowed|supported|accepted|enabled)|enabled only|too many states"
    r"|only (supports?|accepts?|allows?|takes?|be|works)\b|unavailable"
    r"|(must|should) be|cannot|no longer|removed",
    re.IGNORECASE,
)
UNKNOWN = re.compile("unsupported|unknown|unrecogni[sz]ed|extra", re.IGNORECASE)
MENTION = (
    r"""['"`]{name}['"`]|^\W?{name}\W{{0,2}}(:| is| does| can| must| not)"""
    r"|\b(parameter|field|argument|property|option|name|invalid|unsupported|unknown|value of|supplied"
    r"|only (supports?|accepts?|allows?|takes?))s?:? {name}\b"
)
"""A parameter's name as such: many names are everyday words. Those of several words are not, nor are `PLAIN`."""
PLAIN = frozenset(("temperature", "seed"))
"""Names that mean nothing else in an error, whatever stands around them."""
ALSO_CALLED: Mapping[str, tuple[str, ...]] = {
    "top_p": ("top[ -]p", "nucleus sampling"),
    "stop": ("stop (sequence|word|string)s?",),
    "frequency_penalty": ("penalt(y|ies)",),
    "presence_penalty": ("penalt(y|ies)",),
    "reasoning_effort": (
        *("reasoning[ _]effort", "effort parameter", "reasoning (is|are|not)", "thinking (is|are|was|can|may|not)"),
        *(r"thinking(\.type| (budget|level)s?)", r"output_config(?!\.format)", "support (thinking|reasoning)"),
    ),
    "json_schema": (
        *("json_(schema|object)", "structured[ _]outputs?", "output[ _]format", "json mode", "guided decoding"),
        *("response mime ?type", r"output_config(?!\.effort)", "specified schema", "response_schema"),
    ),
    "parallel_tool_calls": ("parallel (tool|function) call(s|ing)",),
}
"""Vendors' other names of a parameter of ours, as patterns."""
NO_SYSTEM = re.compile(
    r"\b(system|developer)\b[^\n]{0,40}(not|n[’']t|un)[^\n]{0,12}(support|allow|permit|accept|enabled|available)"
    r"|(not|n[’']t) (support|allow|accept|have)[^\n]{0,30}\b(system|developer) (role|message|prompt|instruction)"
    r"|(not|n[’']t) support \W?(system|developer)\b|\bonly user[^\n]{0,30} roles are supported",
    re.IGNORECASE,
)

UNKNOWN_ID = re.compile(r"unknown name \W{0,2}id\W{1,3} at [^\n]{0,60}function_?(call|response)", re.IGNORECASE)
"""Words of Vertex and of older models of Google for an id of a call."""
STRICT_TURNS = re.compile(
    r"\broles must alternate|\bsystem message must be (at the beginning|first)"
    r"|\bunexpected role \W?\w{1,9}\W? after role",
    re.IGNORECASE,
)
"""Words of the chat templates of many open models."""
LACKS_THOUGHTS = re.compile(
    r"\breasoning_content\b[^\n]{0,60}(missing|passed back|required)|missing[^\n]{0,12}\breasoning_content\b"
    r"|\bexpected \W?thinking\b\W{0,3}or\b"
    r"|\b(thinking|reasoner)\b[^\n]{0,20}(not|n[’']t) support[^\n]{0,12}\btool_choice"
    r"|\btool_choice\b[^\n]{0,60}incompatible[^\n]{0,20}\bthinking\b",
    re.IGNORECASE,
)
"""A model that thinks wants back what it thought before its calls, and may not be made to call."""
BAD_SIGNATURE = re.compile(
    r"\binvalid\b[^\n]{0,9}\bsignature\b[^\n]{0,9}\bthinking\b|corrupted thought signature"
    r"|\b(reasoning_content|reasoning_details|thinking_blocks)\b[^\n]{0,40}"
    r"(unsupported|not (supported|permitted|allowed))",
    re.IGNORECASE,
)
THOUGHTS = ("reasoning_content", "reasoning_details", "thinking_blocks")
THOUGHT_BLOCKS = ("thinking", "redacted_thinking")
NO_THOUGHTS = {"thinking": {"type": "disabled"}}
"""DeepSeek's and Moonshot's word for an answer without thinking."""


@dataclass(frozen=True, slots=True)
class Post:
    """The HTTP request that a dialect sends: a path below the base URL, a JSON body, headers that carry the key.

    ``whole_path`` is the path of the same request without streaming, '' for the same. ``dropped`` names the parameters
    of ours that were left out because the vendor refused them. ``tried`` are keys of the body of which nobody knows
    whether the model takes them: they are left out after a refusal that names nothing else.
    """

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    whole_path: str = ""
    is_streamed: bool = True
    dropped: tuple[str, ...] = field(default=())
    tried: tuple[str, ...] = field(default=())


def corrected(post: Post, error: ProviderError) -> Post | None:
    """Return the request without what the vendor refuses in it; ``None`` if the error does not name such a thing."""
    words = error.message.message[:MAX_WORDS]
    names = [SEPARATORS.split(name)[-1] for name in error.message.names]
    # Before the code is looked at: vendors refuse a stream with several of them.
    if error.permanent and post.is_streamed and ("stream" in names or NO_STREAM.search(words)):
        return _unstreamed(post)
    if error.code is not FailureCode.INVALID_REQUEST:
        return None
    if renamed := _with_other_limit(post, names, words):
        return renamed
    if STRICT_TURNS.search(words) and (moved := _with_strict_turns(post.body) or _with_system_moved(post.body)):
        return replace(post, body=moved)
    if LACKS_THOUGHTS.search(words) and post.body.get("thinking") != NO_THOUGHTS["thinking"]:
        return _without(post, "thinking") if "thinking" in post.body else _unthinking(post)
    if BAD_SIGNATURE.search(words) and (forgetful := _without_thoughts(post)):
        return forgetful
    if UNKNOWN_ID.search(words) and "contents" in post.body:
        return replace(post, body={**post.body, "contents": _without_ids(post.body["contents"])})
    if NO_SYSTEM.search(words) and (moved := _with_system_moved(post.body)):
        return replace(post, body=moved)
    refused = [name for name in _names_in(post.body) if _is_refused(name, names, words)]
    if " both " in words:  # of two that do not go together the second
        refused = refused[-1:]
    refused += [name for name in post.tried if name in post.body]
    return _without(post, refused[0]) if refused else None


def _unstreamed(post: Post) -> Post:
    # These are refused by themselves where nothing is streamed.
    body = {name: value for name, value in post.body.items() if name != "stream_options"}
    if "stream" in body:
        body["stream"] = False
    return replace(post, path=post.whole_path or post.path, body=body, is_streamed=False)


def _unthinking(post: Post) -> Post:
    """Return the request without thinking: calls of other models have no thoughts that could be sent back."""
    efforts = [name for name in ("reasoning_effort", "reasoning") if name in post.body]
    for name in efforts:
        post = _without(post, name)
    return replace(post, body={**post.body, **NO_THOUGHTS})


def _without_thoughts(post: Post) -> Post | None:
    """Return the request without thoughts of earlier turns, and without thinking, which would want them."""
    turns = [
        {name: _bare(value) if name == "content" else value for name, value in turn.items() if name not in THOUGHTS}
        for turn in post.body.get("messages") or ()
    ]
    if turns == post.body.get("messages"):
        return None
    bare = replace(post, body={**post.body, "messages": turns})
    return _without(bare, "thinking") if "thinking" in post.body else bare


def _without_ids(contents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Google's contents without the ids of calls and results, which go together by name and order."""
    return [{**turn, "parts": [_without_id(part) for part in turn["parts"]]} for turn in contents]


def _without_id(part: dict[str, Any]) -> dict[str, Any]:
    of_tools: dict[str, Any] = {name: {**part[name]} for name in ("functionCall", "functionResponse") if name in part}
    for one in of_tools.values():
        one.pop("id", None)
    return {**part, **of_tools}


def _bare(content: Any) -> Any:
    """Return the content of a turn without its blocks of thought."""
    return [one for one in content if one["type"] not in THOUGHT_BLOCKS] if isinstance(content, list) else content


def _with_other_limit(post: Post, names: list[str], words: str) -> Post | None:
    """Return the request with the limit of tokens under its other name, where the vendor wants that."""
    for name, other in LIMITS.items():
        is_named = name in names or name in words
        if name in post.body and is_named and (other in words or UNKNOWN.search(words)):
            body = {other if key == name else key: value for key, value in post.body.items()}
            return replace(post, body=body) if other not in post.body else None
    return None


def _with_system_moved(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the body with the instructions of the system at the head of what the user says first."""
    if instruction := body.get("systemInstruction"):
        first, *rest = body["contents"]
        contents = [{**first, "parts": [*instruction["parts"], *first["parts"]]}, *rest]
        return {key: value for key, value in {**body, "contents": contents}.items() if key != "systemInstruction"}
    turns = body.get("messages") or []
    told = [turn["content"] for turn in turns if turn["role"] == "system"]
    others = [turn for turn in turns if turn["role"] != "system"]
    at = next((at for at, turn in enumerate(others) if turn["role"] == "user"), None)
    if not told or at is None:
        return None
    said = others[at]["content"]
    parts = [{"type": "text", "text": text} for text in told]
    others[at] = {**others[at], "content": "\n\n".join([*told, said]) if isinstance(said, str) else [*parts, *said]}
    return {**body, "messages": others}


def _with_strict_turns(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the body with turns as strict templates want them, ``None`` if they are so.

    One text of the system at the head, then the user first, and nobody twice in a row.
    """
    turns = body.get("messages") or []
    told = [turn["content"] for turn in turns if turn["role"] == "system"]
    strict = [{"role": "system", "content": "\n\n".join(told)}] if told else []
    for turn in turns:
        last = strict[-1] if strict else {"role": "system"}
        if turn["role"] == "system":
            continue
        if turn["role"] == "assistant" and last["role"] == "system":
            strict.append({"role": "user", "content": OPENING.text})
        if turn["role"] == "user" and last["role"] == "tool":
            strict.append({"role": BETWEEN.role, "content": BETWEEN.text})
        if turn["role"] == last["role"] != "tool" and not {"tool_calls"} & {*turn, *last}:
            strict[-1] = {**last, "content": _joined(last["content"], turn["content"])}
        else:
            strict.append(turn)
    return None if strict == turns else {**body, "messages": strict}


def _joined(first: Any, second: Any) -> Any:
    """Return the contents of two turns as that of one: a text, or parts where either has some."""
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    parts = [[{"type": "text", "text": one}] if isinstance(one, str) else one for one in (first, second)]
    return [*parts[0], *parts[1]]


def _names_in(body: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in body if name in OURS)
    for nest in NESTS:
        yield from (name for name in body.get(nest) or () if name in OURS)


def _is_refused(name: str, names: list[str], words: str) -> bool:
    # Google names a parameter in snake case where it refuses one, xAI in camel case.
    first, *others = name.split("_")
    camel = first + "".join(map(str.capitalize, others))
    spellings = sorted({name, re.sub("(?=[A-Z])", "_", name).lower(), camel})
    if {*spellings} & {*names}:
        return True
    mentions = [
        rf"\b{one}\b" if "_" in one or one in PLAIN or one != one.lower() else MENTION.format(name=re.escape(one))
        for one in spellings
    ]
    mentions += [rf"\b{one}\b" for one in ALSO_CALLED.get(OURS[name] or name, ())]
    return re.search("|".join(mentions), words, re.IGNORECASE) is not None and REFUSES.search(words) is not None


def _without(post: Post, name: str) -> Post:
    gone = next((group for group in TOGETHER if name in group), (name,))
    body = {key: value for key, value in post.body.items() if key not in gone}
    for nest in NESTS:
        if nest in body:
            body[nest] = {key: value for key, value in body[nest].items() if key not in gone}
            if not body[nest]:
                del body[nest]
    # Tools are tried only where they hold a search of the vendor's and nothing else.
    ours = OURS.get(name, "web_search")
    told = (ours,) if ours and ours not in post.dropped else ()
    return replace(post, body=body, dropped=(*post.dropped, *told))
