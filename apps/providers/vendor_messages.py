"""A vendor's own words in an error: found in JSON of any shape, cut, read for what they ask, masked, quoted.

Every pattern here is tried on text that was cut before, because a vendor, or whoever writes a prompt that a vendor
echoes, may send megabytes of the beginning of any pattern.
"""

import html
import re
from dataclasses import dataclass
from typing import Any

from apps.fusion.patterns import in_small_letters
from apps.providers.base import Endpoint, clean
from apps.providers.json_text import BadJson, loads

MAX_WORDS = 4_000
"""Characters of a vendor's words that are read."""

MAX_QUOTE = 300
"""Characters of the vendor's own words that a sentence may carry."""

MIN_SECRET = 8
"""Header values and parts of a key shorter than this (characters) are not masked: they are no secrets, and words would
be cut up."""
MIN_KEY = 4
"""A whole key shorter than this (characters) is masked only where it stands as a word of its own."""

MESSAGE_KEYS = (
    *("error", "errors", "message", "detail", "details", "msg", "description", "metadata", "raw"),
    *("base_resp", "status_msg", "error_message", "error_msg", "errorMessage"),
)
KIND_KEYS = ("error", "type", "code", "status", "error_type", "details", "violations", "quotaId")
STATUS_KEYS = ("code", "status", "status_code", "statusCode", "http_code", "error_code")
"""Fields in which an error that came with another status repeats its own."""
NAME_KEYS = ("param", "loc", "parameter", "field")
NEST_KEYS = ("error", "errors", "detail", "details", "fieldViolations", "field_violations")
SILENT_NUMBERS = (0, 200)
"""Codes that say that all is well."""

HTML = re.compile(r"<(!doctype|html|head|body)", re.IGNORECASE)
TITLE = re.compile(r"<title>\s{0,99}([^<]{1,200})", re.IGNORECASE)
SECRET_PARTS = re.compile(r"[^A-Za-z0-9]+")
LOOKS_SECRET = re.compile(
    r"\b(sk|pk|rk|gsk|xai|key)-[\w*.\-]{6,}|\b(Bearer|Basic) {1,9}[\w*.+/=\-]{6,}|\bAIza[\w\-]{10,}"
)
LIMIT = re.compile(r"\b(?:limit|only)\b\W{0,3}(?:(?:is|of|was)\b\W{0,3})?(\d[\d,]{0,15})", re.IGNORECASE)
REQUESTED = re.compile(
    r"\b(?:requested|needed|needs|required?s?|asked for|request (?:has|needs|requires|is|of))\b"
    r"\W{0,3}(?:tokens\b\W{0,3})?(\d[\d,]{0,15})",
    re.IGNORECASE,
)
TOO_BIG_FOR_PLAN = re.compile(r"request too large for[^\n]{0,200}per min", re.IGNORECASE)
LONG_LIMIT = re.compile(
    r"per[ _-]?(day|week|month)|\b[TR]PD\b|\b(daily|weekly|monthly)\b|(today|this (week|month))\W{0,2}s? (limit|quota)",
    re.IGNORECASE,
)
GOOGLE_DELAY = re.compile(r'"retryDelay"\s{0,9}:\s{0,9}"(\d{1,9}(?:\.\d{1,9})?)s"')
FIELD_DELAY = re.compile(
    r'\bretry[_-]?after(_?ms|_seconds)?"?\s{0,9}[:=]\s{0,9}"?(\d{1,9}(?:\.\d{1,9})?)\b', re.IGNORECASE
)
SPOKEN_DELAY = re.compile(
    r"(?:(?:try again|retry|resets?|available)(?: again)? (?:in|after)|\bwait(?: for| at least| another)?)"
    r" (?:about |around |approximately |~ ?)?"
    r"((?:\d{1,9}(?:\.\d{1,9})? ?(?:ms|milliseconds?|hours?|h|minutes?|mins?|m|seconds?|secs?|s)(?![a-z]) ?){1,4})",
    re.IGNORECASE,
)
SPOKEN_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?(ms|milli|h|m|s)", re.IGNORECASE)
SECONDS = {"ms": 0.001, "milli": 0.001, "s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class VendorMessage:
    """A vendor's own words: its message for people, the type and code for programs, the parameters that it names."""

    message: str = ""
    kind: str = ""
    names: tuple[str, ...] = ()


def message_in(body: str) -> VendorMessage:
    """Return what an error body of any shape says; of a web page its title."""
    try:
        return message_of(loads(body))
    except BadJson:
        if not is_html(body):
            return VendorMessage(body[:MAX_WORDS])
        title = TITLE.search(body[:MAX_WORDS])
        return VendorMessage(html.unescape(title[1]).strip() if title else "")


def status_in(body: str) -> int | None:
    """Return the HTTP status that an error body names in itself (`status_of`)."""
    try:
        return status_of(loads(body))
    except BadJson:
        return None


def message_of(found: Any) -> VendorMessage:
    """Return what a JSON value says."""
    message, kind = (" ".join(_strings(found, keys))[:MAX_WORDS] for keys in (MESSAGE_KEYS, KIND_KEYS))
    return VendorMessage(message, kind, tuple(_names(found)))


def says_something(error: Any, depth: int = 0) -> bool:
    """Return whether an error holds a word or a code; serialisers send empty ones with every good event."""
    if isinstance(error, str):
        return error.strip().lower() not in ("", "null", "none")
    if isinstance(error, bool) or error is None or depth > 4:
        return error is True
    if isinstance(error, int | float):
        return error not in SILENT_NUMBERS
    values = error.values() if isinstance(error, dict) else error
    return any(says_something(value, depth + 1) for value in list(values)[:50])


def complains(found: dict[str, Any]) -> bool:
    """Return whether an object without an answer says why, in a field of any name.

    MiniMax sends its ``base_resp`` with good events too.
    """
    has_answer = any(found.get(name) for name in ("choices", "candidates"))
    base = found.get("base_resp")
    is_well = isinstance(base, dict) and base.get("status_code") in SILENT_NUMBERS
    return not (has_answer or is_well) and bool(message_of(found).message)


def status_of(found: Any, depth: int = 0) -> int | None:
    """Return the HTTP status of a refusal that an error names in itself, ``None`` if it names none."""
    if not isinstance(found, dict) or depth > 2:
        return None
    for code in (str(found.get(name))[:10] for name in STATUS_KEYS):
        if len(code) == 3 and code[0] in "45" and code.isascii() and code.isdigit():
            return int(code)
    return status_of(found.get("error"), depth + 1)


def is_html(text: str) -> bool:
    """Return whether ``text`` is a web page."""
    return HTML.match(text[:MAX_WORDS].lstrip()) is not None


def asks_too_much(words: str) -> bool:
    """Return whether more was requested than the limit for a minute, so that no waiting helps (Groq, OpenAI)."""
    words = words[:MAX_WORDS]
    limit, requested = LIMIT.search(words), REQUESTED.search(words)
    if limit and requested:
        return int(requested[1].replace(",", "")) > int(limit[1].replace(",", ""))
    return TOO_BIG_FOR_PLAN.search(words) is not None


def is_long_limit(words: str) -> bool:
    """Return whether a limit is for a whole day or longer."""
    return LONG_LIMIT.search(words[:MAX_WORDS]) is not None


def wait_in(text: str) -> float | None:
    """Return the seconds to wait that a body or a message asks for, or ``None``.

    Google has them in the details of an error (google.rpc.RetryInfo), others in a field or in a sentence.
    """
    text = text[:MAX_WORDS]
    if found := GOOGLE_DELAY.search(text):
        return float(found[1])
    if found := FIELD_DELAY.search(text):
        return float(found[2]) / (1_000 if (found[1] or "").lower().endswith("ms") else 1)
    spoken = SPOKEN_DELAY.search(text)
    if spoken is None:
        return None
    parts = SPOKEN_PART.findall(spoken[1])
    return round(sum(float(amount) * SECONDS[in_small_letters(unit)] for amount, unit in parts), 3)


def masked(endpoint: Endpoint, text: str) -> str:
    """Return ``text``, cut, without the endpoint's key and headers, nor anything that looks like a key."""
    key = endpoint.api_key.get_secret_value().strip()
    secrets = [key, *endpoint.headers.values()]
    secrets += [part for secret in secrets for part in SECRET_PARTS.split(secret[:MAX_WORDS])]
    # The longest first: a masked part would leave the rest of the whole key readable.
    secrets = sorted((one for one in secrets if len(one) >= MIN_SECRET), key=len, reverse=True)
    is_cut, text = len(text) > MAX_WORDS, text[:MAX_WORDS]
    for secret in secrets:
        text = text.replace(secret, "•••")
    if is_cut and secrets:  # the cut may have left the beginning of one
        text = text[: -len(secrets[0])]
    if MIN_KEY <= len(key) < MIN_SECRET:
        text = text.replace(key, "•••")
    elif key:
        text = re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "•••", text)
    return LOOKS_SECRET.sub("•••", text)


def quoted(endpoint: Endpoint, words: str) -> str:
    """Return the vendor's words as a further sentence, masked and shortened; '' if there are none."""
    # More than `masked` keeps, so that it knows of the cut and drops a secret that the cut went through.
    quote = " ".join(masked(endpoint, clean(words[: 2 * MAX_WORDS])).split())
    if len(quote) > MAX_QUOTE:
        quote = quote[: MAX_QUOTE - 1].rstrip() + "…"
    return f" {endpoint.name} said: “{quote}”" if quote else ""


def _strings(value: Any, keys: tuple[str, ...], depth: int = 0) -> list[str]:
    """Return the texts under ``keys``, each cut; vendors nest and name them in many ways."""
    if isinstance(value, str):
        return [value[:MAX_WORDS]]
    if depth > 6:
        return []
    if isinstance(value, list):
        return [words for item in value[:5] for words in _strings(item, keys, depth + 1)]
    if isinstance(value, dict):
        return [words for key in keys if key in value for words in _strings(value[key], keys, depth + 1)]
    return []


def _names(value: Any, depth: int = 0, *, is_name: bool = False) -> list[str]:
    """Return the parameters that an error names in a field of their own, as 'generation_config.top_p'."""
    if isinstance(value, str):
        return [value[:80]] if is_name else []
    if depth > 6:
        return []
    if isinstance(value, list):
        return [name for item in value[:5] for name in _names(item, depth + 1, is_name=is_name)]
    if isinstance(value, dict):
        parts = [(value[key], key in NAME_KEYS) for key in (*NAME_KEYS, *NEST_KEYS) if key in value]
        # Validators answer with a list of faults under each parameter's own name.
        own = value.get("errors")
        named = [str(name)[:80] for name in list(own)[:5]] if isinstance(own, dict) else []
        return named + [name for part, names in parts for name in _names(part, depth + 1, is_name=names)]
    return []
