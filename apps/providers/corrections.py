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
    r"must be verified to stream|stream[^\n]{0,20}disabled"
    r"|\bstream(ing)?\b[^\n]{0,60}(not|n[’']t|un)[ -]?(be )?(supported|support|allowed|available)"
    r"|(not|n[’']t) (support|allow|offer)[^\n]{0,40}\bstream"
    r"|not (supported|available|allowed) (for|with|in) \W{0,2}stream",
    re.IGNORECASE,
)
REFUSES = re.compile(
    r"unsupported|not support|(not|n[’']t) (be )?(allowed|permitted|accepted|available|use|valid)"
    r"|unknown|unrecogni[sz]ed|unexpected|invalid|extra (inputs|fields)|deprecated"
    r"|only [^\n]{0,60}(allowed|supported|accepted)|only (supports?|accepts?|allows?|takes?)\b|unavailable"
    r"|does not (take|accept|know)|must be|cannot|no longer|removed",
    re.IGNORECASE,
)
UNKNOWN = re.compile("unsupported|unknown|unrecogni[sz]ed|extra", re.IGNORECASE)
MENTION = (
    r"""['"`]{name}['"`]|^\W?{name}\W{{0,2}}(:| is| does| can| must| not)"""
    r"|\b(parameter|field|argument|property|option|name|invalid|unsupported|unknown|value of|supplied"
    r"|only (supports?|accepts?|allows?|takes?))s?:? {name}\b"
)
"""A parameter's name as such: many names are everyday words. Those of several words are not."""
ALSO_CALLED = {"response_format": ("json_schema", "structured_outputs", "structured outputs")}


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
    refused = next((name for name in _names_in(post.body) if _is_refused(name, names, words)), None)
    refused = refused or next((name for name in post.tried if name in post.body), None)
    return _without(post, refused) if refused else None


def _unstreamed(post: Post) -> Post:
    # These are refused by themselves where nothing is streamed.
    body = {name: value for name, value in post.body.items() if name != "stream_options"}
    if "stream" in body:
        body["stream"] = False
    return replace(post, path=post.whole_path or post.path, body=body, is_streamed=False)


def _with_other_limit(post: Post, names: list[str], words: str) -> Post | None:
    """Return the request with the limit of tokens under its other name, where the vendor wants that."""
    for name, other in LIMITS.items():
        is_named = name in names or name in words
        if name in post.body and is_named and (other in words or UNKNOWN.search(words)):
            body = {other if key == name else key: value for key, value in post.body.items()}
            return replace(post, body=body) if other not in post.body else None
    return None


def _names_in(body: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in body if name in OURS)
    for nest in NESTS:
        yield from (name for name in body.get(nest) or () if name in OURS)


def _is_refused(name: str, names: list[str], words: str) -> bool:
    # Google names a parameter in snake case where it refuses one.
    spellings = {name, re.sub("(?=[A-Z])", "_", name).lower()}
    if spellings & {*names}:
        return True
    spellings |= {*ALSO_CALLED.get(name, ())}
    mention = "|".join(
        rf"\b{re.escape(spelling)}\b" if {*"_ "} & {*spelling} else MENTION.format(name=re.escape(spelling))
        for spelling in sorted(spellings)
    )
    return re.search(mention, words, re.IGNORECASE) is not None and REFUSES.search(words) is not None


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
