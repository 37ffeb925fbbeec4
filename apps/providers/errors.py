"""What can go wrong between us and a vendor, and the one place that maps foreign errors to ours.

There is one class, because callers decide on what it carries and not on its type::

    ProviderError
    ├── permanent: asking again would fail again
    │     invalid_request  authentication  permission  insufficient_credits  invalid_model
    │     context_too_long  too_large  refused  (and connection, if a certificate is not trusted)
    └── transient: may pass; ``retry_after`` says when, if the vendor did
          rate_limited  overloaded  upstream_error  connection  bad_stream  timeout

Every sentence says what to do and quotes the vendor's own words, shortened. Keys never enter one, not even when the
vendor echoes them.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from apps.fusion.vocabulary import FailureCode
from apps.providers.base import End, Endpoint, clean

MAX_QUOTE = 300
"""Characters of the vendor's own words that a sentence may carry."""

MIN_SECRET = 8
"""Header values and parts of a key shorter than this (characters) are not masked: they are no secrets, and words would
be cut up."""
MIN_KEY = 4
"""A whole key shorter than this (characters) is masked only where it stands as a word of its own."""


class ProviderError(Exception):
    """A request that a vendor did not fulfil. ``retry_after`` is in seconds, ``status`` is HTTP's, if there was one.

    ``told`` is what a stream had said before it failed: a vendor may count, and bill, what it did not finish.
    """

    def __init__(
        self,
        sentence: str,
        code: FailureCode,
        permanent: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(sentence, code, permanent, retry_after, status)
        self.sentence = sentence
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.status = status
        self.told: End | None = None

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of refusal is named and explained; ``sentence`` may use {vendor} and {model}."""

    code: FailureCode
    permanent: bool
    sentence: str


INVALID = Rule(
    FailureCode.INVALID_REQUEST, True, "{vendor} did not accept the request. Check the settings for {model}."
)
KEY = Rule(FailureCode.AUTHENTICATION, True, "{vendor} did not accept the key. Check the key of this provider.")
CREDITS = Rule(
    FailureCode.INSUFFICIENT_CREDITS,
    True,
    "The account at {vendor} has no credit left. Top it up or choose another model.",
)
PERMISSION = Rule(
    FailureCode.PERMISSION,
    True,
    "{vendor} does not let this key use {model}. Check the account or choose another model.",
)
MODEL = Rule(
    FailureCode.INVALID_MODEL, True, "{vendor} does not know {model}. Check the model's name and the base URL."
)
CONTEXT = Rule(
    FailureCode.CONTEXT_TOO_LONG,
    True,
    "The prompt is longer than {model} can read. Shorten it or choose another model.",
)
TOO_LARGE = Rule(FailureCode.TOO_LARGE, True, "The request is too large for {vendor}. Shorten the prompt.")
REFUSED = Rule(FailureCode.REFUSED, True, "{vendor} blocked the prompt by its content rules. Rephrase it.")
LIMITED = Rule(FailureCode.RATE_LIMITED, False, "{vendor} is limiting requests. Wait a little and try again.")
OVERLOADED = Rule(FailureCode.OVERLOADED, False, "{vendor} is overloaded. Try again in a moment.")
UPSTREAM = Rule(FailureCode.UPSTREAM_ERROR, False, "{vendor} had an error of its own. Try again in a moment.")

BY_STATUS = {
    401: KEY,
    402: CREDITS,
    403: PERMISSION,
    404: MODEL,
    408: UPSTREAM,
    409: UPSTREAM,
    413: TOO_LARGE,
    425: UPSTREAM,
    429: LIMITED,
    503: OVERLOADED,
    529: OVERLOADED,
}

BY_WORDS = (
    (CONTEXT, r"context_length_exceeded|exceed_context_size|(maximum|available) context (length|size)|context window"),
    (CONTEXT, r"prompt is too long|input token count .* exceeds|exceed context limit"),
    (
        CREDITS,
        r"insufficient[_ ](quota|credits|balance)|credit balance|billing_(hard_limit|not|error)|credits are depleted",
    ),
    (KEY, r"invalid_api_key|authentication_error|incorrect api key|no auth credentials|api[ _]key (not valid|expired)"),
    (PERMISSION, r"permission_error"),
    (TOO_LARGE, r"request_too_large"),
    (MODEL, r"model_not_found|invalid_model|model .{0,120}(not found|does not exist)|not a valid model"),
    (REFUSED, r"content[_ ](policy|filter)|content management policy|requires moderation|input .{0,40}flagged"),
    (OVERLOADED, r"overloaded_error|engine_overloaded|model is (currently )?overloaded|server is busy"),
    (LIMITED, r"rate[_ ]limit|too many requests"),
)
"""Vendors' own words, which say more than their status. The first match wins."""


def from_status(endpoint: Endpoint, model: str, status: int, headers: httpx.Headers, body: bytes) -> ProviderError:
    """The error for an HTTP answer that is not a success; ``body`` may be JSON, HTML, plain text or empty."""
    text = body.decode("utf-8", "replace")
    wait = retry_after(headers)
    return _explain(endpoint, model, vendor_message(text), status, delay_in_body(text) if wait is None else wait)


def from_error_object(endpoint: Endpoint, model: str, error: Any) -> ProviderError:
    """The error for an error object that came inside a stream or in a 200 answer."""
    said = vendor_message(json.dumps({"error": error}, ensure_ascii=False))
    code = str(error.get("code")) if isinstance(error, dict) else ""
    status = int(code) if re.fullmatch("[45][0-9][0-9]", code) else None
    return _explain(endpoint, model, said, status, None)


def from_transport(endpoint: Endpoint, error: Exception) -> ProviderError:
    """The error for a connection that failed; raise it ``from`` the original."""
    name = endpoint.name
    words = str(error)
    match error:
        case httpx.ConnectTimeout():
            return ProviderError(
                f"{name} did not accept a connection in time. Check the base URL and the network.", FailureCode.TIMEOUT
            )
        case httpx.ConnectError() if "CERTIFICATE" in words.upper() or "SSL" in words.upper():
            return ProviderError(
                f"No secure connection to {name}: its certificate is not trusted. Check the base URL.",
                FailureCode.CONNECTION,
                permanent=True,
            )
        case httpx.ConnectError():
            return ProviderError(
                f"{name} cannot be reached. Check that it runs, the base URL and the network.", FailureCode.CONNECTION
            )
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return ProviderError(
                f"The base URL of {name} is not a web address. Correct it.", FailureCode.INVALID_REQUEST, permanent=True
            )
        case httpx.DecodingError():
            return ProviderError(f"{name} sent bytes that cannot be decoded. Try again.", FailureCode.BAD_STREAM)
        case _:
            return cut(endpoint)


def cut(endpoint: Endpoint) -> ProviderError:
    """The connection ended before the answer did."""
    return ProviderError(
        f"{endpoint.name} cut the connection before the answer was complete. Try again.", FailureCode.CONNECTION
    )


def broken(endpoint: Endpoint, data: str) -> ProviderError:
    """A data line that is not the JSON it should be."""
    return ProviderError(
        f"{endpoint.name} sent a line that is not valid JSON. Try again.{_quoted(endpoint, data)}",
        FailureCode.BAD_STREAM,
    )


def not_a_model(endpoint: Endpoint, status: int) -> ProviderError:
    """A web page instead of an answer."""
    return ProviderError(
        f"{endpoint.name} answered with a web page, not with a model's reply. Check the base URL.",
        FailureCode.BAD_STREAM,
        permanent=True,
        status=status,
    )


def redirected(endpoint: Endpoint, response: httpx.Response) -> ProviderError:
    """A redirect, which is never followed: the key must not travel to another host."""
    target = masked(endpoint, response.next_request.url.host) if response.next_request else "another address"
    return ProviderError(
        f"{endpoint.name} redirects to {target}; the key was not sent there. Correct the base URL.",
        FailureCode.INVALID_REQUEST,
        permanent=True,
        status=response.status_code,
    )


def retry_after(headers: httpx.Headers, now: datetime | None = None) -> float | None:
    """Seconds to wait as the vendor asks, from ``Retry-After`` in either form (RFC 9110, 10.2.3), or ``None``."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        aware = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, (aware - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, OverflowError):
        return None


def delay_in_body(body: str) -> float | None:
    """Seconds to wait as Google asks, in the details of an error body (google.rpc.RetryInfo), or ``None``."""
    found = re.search(r'"retryDelay"\s*:\s*"(\d{1,9}(?:\.\d+)?)s"', body)
    return float(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class VendorMessage:
    """A vendor's own words: its message for people, and the type and code for programs."""

    message: str = ""
    kind: str = ""


def vendor_message(body: str) -> VendorMessage:
    """What an error body of any shape says; nothing for a web page."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return VendorMessage() if is_html(body) else VendorMessage(body)
    return VendorMessage(" ".join(_strings(found, MESSAGE_KEYS)), " ".join(_strings(found, KIND_KEYS)))


def is_html(text: str) -> bool:
    """Whether ``text`` is a web page."""
    return re.match(r"\s*<(!doctype|html|head|body)", text, re.IGNORECASE) is not None


def masked(endpoint: Endpoint, text: str) -> str:
    """``text`` without the endpoint's key and headers, nor anything that looks like a key."""
    key = endpoint.api_key.get_secret_value().strip()
    secrets = [key, *endpoint.headers.values()]
    secrets += [part for secret in secrets for part in re.split(r"[^A-Za-z0-9]+", secret)]
    for secret in sorted((s for s in secrets if len(s) >= MIN_SECRET), key=len, reverse=True):
        text = text.replace(secret, "•••")
    if MIN_KEY <= len(key) < MIN_SECRET:
        text = text.replace(key, "•••")
    elif key:
        text = re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "•••", text)
    return re.sub(
        r"\b(sk|pk|rk|gsk|xai|key)-[\w*.\-]{6,}|\b(Bearer|Basic) +[\w*.+/=\-]{6,}|\bAIza[\w\-]{10,}", "•••", text
    )


MESSAGE_KEYS = ("error", "message", "detail", "details", "msg", "metadata", "raw")
KIND_KEYS = ("error", "type", "code", "status")


def _strings(value: Any, keys: tuple[str, ...], depth: int = 0) -> list[str]:
    """The texts under ``keys``; vendors nest and name them in many ways."""
    if isinstance(value, str):
        return [value]
    if depth > 4:
        return []
    if isinstance(value, list):
        return [words for item in value[:5] for words in _strings(item, keys, depth + 1)]
    if isinstance(value, dict):
        return [words for key in keys if key in value for words in _strings(value[key], keys, depth + 1)]
    return []


def _rule(status: int, said: VendorMessage) -> Rule:
    """The rule for a refusal: the vendor's own words first, then the status."""
    words = f"{said.kind} {said.message}"
    for rule, pattern in BY_WORDS:
        if re.search(pattern, words, re.IGNORECASE | re.DOTALL):
            return rule
    return BY_STATUS.get(status, UPSTREAM if status >= 500 else INVALID)


def _explain(
    endpoint: Endpoint, model: str, said: VendorMessage, status: int | None, wait: float | None
) -> ProviderError:
    """The error for a refusal; one without a status came inside a stream and is the vendor's own trouble."""
    rule = _rule(status or 500, said)
    sentence = rule.sentence.format(vendor=endpoint.name, model=model)
    words = _quoted(endpoint, said.message or said.kind)
    return ProviderError(sentence + words, rule.code, rule.permanent, wait, status)


def _quoted(endpoint: Endpoint, words: str) -> str:
    """The vendor's words as a further sentence, masked and shortened; '' if there are none."""
    quote = " ".join(masked(endpoint, clean(words)).split())
    if len(quote) > MAX_QUOTE:
        quote = quote[: MAX_QUOTE - 1].rstrip() + "…"
    return f" {endpoint.name} said: “{quote}”" if quote else ""
