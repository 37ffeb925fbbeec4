"""Vendors' words for why a model stopped, in all dialects: gateways pass on the words of others.

Sources: the references of each vendor that ``docs/providers.md`` names. A word that says nothing is none; a word for a
break of the vendor's own is a failure; any other unknown word is `FinishReason.UNKNOWN`.
"""

from collections.abc import Mapping
from typing import Any

from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.providers.base import Endpoint, clean
from apps.providers.errors import ProviderError

NOTHING = frozenset(("", "null", "none", "nil", "undefined", "finish_reason_unspecified"))
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
}


def word_of(value: Any) -> str:
    """Return the vendor's word in lower case, '' for one that says nothing."""
    # Some serialisers send null or false with every event until the end.
    if value is None or value is False:
        return ""
    word = clean(str(value)[:80]).strip().lower()
    return "" if word in NOTHING else word


def reason_of(word: str, own: Mapping[str, FinishReason]) -> FinishReason:
    """Return the reason that a vendor's word means; ``own`` are the words that its dialect uses in another sense."""
    return own.get(word) or REASONS.get(word, FinishReason.UNKNOWN)


def break_of(endpoint: Endpoint, word: str) -> ProviderError | None:
    """Return the failure if the word says that the vendor broke off."""
    code = BREAKS.get(word)
    if code is None:
        return None
    return ProviderError(
        f"{endpoint.name} broke off its answer ({word.replace('_', ' ')}). Try again, or choose another model.", code
    )
