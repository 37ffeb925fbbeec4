"""Vendors' words for why a model stopped, in all dialects: gateways pass on the words of others.

Sources: the references of each vendor that ``docs/providers.md`` names. A word that says nothing is none; a word for a
break of the vendor's own is a failure. A word that is not known is read by its parts; what these do not say either is
`FinishReason.UNKNOWN`.
"""

import re
from collections.abc import Mapping
from typing import Any

from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.providers.base import Endpoint, clean
from apps.providers.errors import ProviderError

NOTHING = frozenset(
    ("", "null", "none", "nil", "n/a", "na", "undefined", "unspecified", "finish_reason_unspecified", "not_finished")
)
"""Words of serialisers and of vendors that send the field with every event."""

REASONS: Mapping[str, FinishReason] = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "complete": FinishReason.STOP,
    "completed": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "max_output_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "safety": FinishReason.CONTENT_FILTER,
    "sensitive": FinishReason.CONTENT_FILTER,
    "recitation": FinishReason.CONTENT_FILTER,
    "language": FinishReason.CONTENT_FILTER,
    "refusal": FinishReason.REFUSAL,
    "prohibited_content": FinishReason.REFUSAL,
    "blocklist": FinishReason.REFUSAL,
    "spii": FinishReason.REFUSAL,
}

BREAKS: Mapping[str, FailureCode] = {
    "error": FailureCode.UPSTREAM_ERROR,
    "abort": FailureCode.UPSTREAM_ERROR,
    "aborted": FailureCode.UPSTREAM_ERROR,
    "cancel": FailureCode.UPSTREAM_ERROR,
    "cancelled": FailureCode.UPSTREAM_ERROR,
    "canceled": FailureCode.UPSTREAM_ERROR,
    "failed": FailureCode.UPSTREAM_ERROR,
    "interrupted": FailureCode.UPSTREAM_ERROR,
    "network_error": FailureCode.UPSTREAM_ERROR,
    "timeout": FailureCode.UPSTREAM_ERROR,
    "insufficient_system_resource": FailureCode.OVERLOADED,
    "overloaded": FailureCode.OVERLOADED,
    "rate_limit": FailureCode.OVERLOADED,
    "rate_limited": FailureCode.OVERLOADED,
    "unavailable": FailureCode.OVERLOADED,
    "preempted": FailureCode.OVERLOADED,
}

TOOLS = ("tool", "function", "call", "malformed", "unexpected")
"""Parts of words about calls of tools, which have rules of their own."""
FILTERS = "filter filtered safety moderation moderated guardrail guardrails blocked censored policy toxic".split()
BROKEN = "error errored exception failed failure fault crash crashed killed terminated disconnect disconnected".split()
BROKEN += "abort aborted cancel cancelled canceled interrupted timeout".split()
LIMITED = "length limit max maximum truncated truncation tokens exceeded cutoff".split()
ENDED = "stop stopped end ended eos eot eom endoftext finish finished done complete completed normal natural".split()
DENIED = {"no", "not", "non", "never", "without", "cannot"}
"""Parts by which a word says that something is not so: then the rest of it says nothing."""


def word_of(value: Any) -> str:
    """Return the vendor's word in lower case, '' for one that says nothing."""
    # Some serialisers send null or false with every event until the end.
    if value is None or value is False:
        return ""
    word = re.sub(r"[\s_-]+", "_", clean(str(value)[:80]).strip().lower())
    word = word.removeprefix("finishreason.").removeprefix("finish_reason_")  # how some serialisers write an enum
    return "" if word in NOTHING else word


def reason_of(word: str, own: Mapping[str, FinishReason]) -> FinishReason:
    """Return the reason that a vendor's word means; ``own`` are the words that its dialect uses in another sense."""
    return own.get(word) or REASONS.get(word) or _by_parts(word)


def break_of(endpoint: Endpoint, word: str) -> ProviderError | None:
    """Return the failure if the word says that the vendor broke off."""
    parts = {*word.split("_")}
    code = BREAKS.get(word)
    is_other = parts & {*FILTERS, *DENIED} or any(part.startswith(TOOLS) for part in parts)
    if code is None and parts & {*BROKEN} and not is_other:
        code = FailureCode.UPSTREAM_ERROR
    if code is None:
        return None
    return ProviderError(
        f"{endpoint.name} broke off its answer ({word.replace('_', ' ')}). Try again, or choose another model.", code
    )


def _by_parts(word: str) -> FinishReason:
    """Return what an unknown word says by its parts: "max_new_tokens", "image_safety", "end_of_turn"."""
    parts = {*word.split("_")}
    if parts & DENIED or any(part.startswith(TOOLS) for part in parts):
        return FinishReason.UNKNOWN
    if parts & {*FILTERS}:
        return FinishReason.CONTENT_FILTER
    if parts & {*LIMITED} and not parts & {"rate", "time"}:
        return FinishReason.LENGTH
    return FinishReason.STOP if parts & {*ENDED} else FinishReason.UNKNOWN
