"""Differences between the vendors that speak OpenAI's dialect, as data: the parameters each knows, and their names.

A vendor is recognised by the host of its base URL; an unknown host gets every parameter under OpenAI's names. What a
model does not know is not sent, because most vendors answer 400 to it. Sources: each vendor's own reference of chat
completions, named in ``docs/providers.md``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from apps.fusion.values import Parameters
from apps.providers.families import bare_name, has_fixed_sampling, has_reasoning

ALL = frozenset(Parameters.model_fields)
PENALTIES = frozenset({"frequency_penalty", "presence_penalty"})
LOW_AT_LEAST = {"minimal": "low"}


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor. ``host`` is a pattern for the host and port of its base URL.

    ``names`` are its own words for our parameters, ``efforts`` its words for ours of reasoning effort; ``extra`` goes
    into every body. With ``nests_effort`` the effort stands inside an object ``reasoning``. ``holds_to_schema`` are the
    models that are known to follow a JSON schema; without ``has_json_schema`` none can be asked to. With
    ``lists_schemas`` its list of models says which can, and those of which it does not say so cannot. ``key_path``
    tells whether a key is right, where the list of models is open to everybody; '' where that list needs the key.
    ``call_ids`` is a pattern for ids of calls of tools, '' for any. With ``shows_results`` results of tools may hold
    images, as OpenAI's may not; with ``answers_results`` the user says nothing right behind one; with
    ``wants_plain_objects`` the schema of a tool has no choice at its head.
    ``takes_thoughts`` are the keys of an assistant's turn in which it reads thoughts that a client sends back.
    ``search`` is what a body holds for the vendor to search the web itself, ``None`` where it cannot be asked to.
    """

    name: str
    host: str
    knows: frozenset[str] = ALL
    names: Mapping[str, str] = field(default_factory=dict)
    efforts: Mapping[str, str] = field(default_factory=lambda: LOW_AT_LEAST)
    nests_effort: bool = False
    extra: Mapping[str, Any] = field(default_factory=lambda: {"stream_options": {"include_usage": True}})
    has_json_schema: bool = True
    lists_schemas: bool = False
    holds_to_schema: str = "(?!)"
    key_path: str = ""
    call_ids: str = ""
    shows_results: bool = False
    answers_results: bool = False
    wants_plain_objects: bool = False
    takes_thoughts: frozenset[str] = frozenset()
    search: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """Parameters that some models of a vendor do not know. ``but`` are the models that do."""

    vendor: str
    unknown: frozenset[str]
    models: str = ""
    but: str = "(?!)"


# The pattern matches nothing.
ANY = Vendor("any other", r"(?!)", search={"web_search_options": {}})

VENDORS = (
    Vendor(
        "OpenAI",
        r"api\.openai\.com|[\w-]+\.openai\.azure\.com",
        names={"max_tokens": "max_completion_tokens"},
        holds_to_schema=r"gpt-4o|gpt-4-1|gpt-(?:[5-9]|\d\d)|o1(?!-mini|-preview)|o[3-9]",
        wants_plain_objects=True,
        search={"web_search_options": {}},
    ),
    Vendor(
        "OpenRouter",
        r"openrouter\.ai",
        efforts={},
        nests_effort=True,
        extra={"usage": {"include": True}},
        lists_schemas=True,
        key_path="/key",
        shows_results=True,
        takes_thoughts=frozenset({"reasoning_details"}),
        search={"plugins": [{"id": "web"}]},
    ),
    Vendor("Groq", r"api\.groq\.com", knows=ALL - PENALTIES, holds_to_schema=r"gpt-oss|llama-4|kimi-k2"),
    Vendor(
        "Mistral",
        r"api\.mistral\.ai",
        knows=ALL - {"reasoning_effort"},
        names={"seed": "random_seed"},
        extra={},
        holds_to_schema=r"(?:mistral-(?!7b)|ministral|magistral|codestral|devstral|pixtral)",
        call_ids="[A-Za-z0-9]{9}",
        shows_results=True,
        answers_results=True,
    ),
    Vendor(
        "DeepSeek",
        r"api\.deepseek\.com",
        knows=ALL - {"seed"},
        efforts={"minimal": "low", "medium": "high"},
        has_json_schema=False,
        takes_thoughts=frozenset({"reasoning_content"}),
    ),
    Vendor("Moonshot", r"api\.moonshot\.(?:ai|cn)", takes_thoughts=frozenset({"reasoning_content"})),
    Vendor("xAI", r"api\.x\.ai", holds_to_schema=r"grok-[2-9]"),
    Vendor("Together", r"api\.together\.(?:xyz|ai)"),
    Vendor("Fireworks", r"api\.fireworks\.ai"),
    Vendor("Ollama", r"[^/]+:11434"),
)

LIMITS = (
    Limit("OpenAI", frozenset({"stop"}), r"o[3-9]|gpt-(?:[5-9]|\d\d)", but=r".*chat"),
    Limit("Groq", frozenset({"reasoning_effort"}), but=r"gpt-oss"),
    Limit("DeepSeek", frozenset({"temperature", "top_p"}) | PENALTIES, but=r"deepseek-(?:chat|coder)"),
    Limit("xAI", frozenset({"stop"}) | PENALTIES, r"grok-(?:3-mini|[4-9]|code|build)", but=r".*non-reasoning"),
    Limit("xAI", frozenset({"reasoning_effort"}), but=r"grok-(?:3-mini|4-(?!0|1|20)\d|[5-9]|latest)"),
)
"""``models`` and ``but`` are matched from the start of `families.bare_name`."""

EFFORTS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    # Models with a smaller choice of efforts than their vendor's.
    ("OpenAI", r"gpt-5(?!-\d)", {}),
    ("xAI", r"grok-3-mini", {"minimal": "low", "medium": "high"}),
)


def vendor_of(base_url: str) -> Vendor:
    """Return the vendor at ``base_url``, or `ANY`."""
    try:
        host = urlsplit(base_url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ANY
    return next((vendor for vendor in VENDORS if re.fullmatch(vendor.host, host)), ANY)


def follows_schema(vendor: Vendor, model: str) -> bool | None:
    """Return whether ``model`` is held to a JSON schema at ``vendor``; ``None`` if that is not known."""
    if not vendor.has_json_schema:
        return False
    return True if re.match(vendor.holds_to_schema, bare_name(model)) else None


def unknown_parameters(vendor: Vendor, model: str) -> frozenset[str]:
    """Return the names of the parameters that ``model`` does not know at ``vendor``."""
    unknown = ALL - vendor.knows
    if has_fixed_sampling(model):
        unknown |= {"temperature", "top_p"} | PENALTIES
    if has_reasoning(model) is False:
        unknown |= {"reasoning_effort"}
    name = bare_name(model)
    for limit in LIMITS:
        if limit.vendor == vendor.name and re.match(limit.models, name) and not re.match(limit.but, name):
            unknown |= limit.unknown
    return unknown


def effort_word(vendor: Vendor, model: str, effort: str) -> str:
    """Return the vendor's word for one of our reasoning efforts."""
    name = bare_name(model)
    special = (words for of, models, words in EFFORTS if of == vendor.name and re.match(models, name))
    return next(special, vendor.efforts).get(effort, effort)


def without(parameters: Parameters, unknown: frozenset[str]) -> Parameters:
    """Return ``parameters`` without those that are ``unknown``."""
    return Parameters(**parameters.model_dump(exclude=set(unknown)))
