"""The errors between us and a vendor, and the one place that maps foreign errors to ours.

There is one class, because callers decide on what it carries and not on its type::

    ProviderError
    ├── permanent: asking again would fail again
    │     invalid_request  authentication  permission  insufficient_credits  invalid_model
    │     context_too_long  too_large  refused  (and connection, if a certificate is not trusted)
    └── transient: may pass; ``retry_after`` says when, if the vendor did
          rate_limited  overloaded  upstream_error  connection  bad_stream  timeout  empty

Every sentence says what to do and quotes the vendor's own words, shortened. Keys never enter one, not even when the
vendor echoes them. A vendor's words are cut before any pattern is tried on them: they may be megabytes.
"""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from apps.fusion.vocabulary import FailureCode
from apps.outbound.clients import PrivateAddress
from apps.providers.base import End, Endpoint
from apps.providers.overflow import is_overflow
from apps.providers.vendor_messages import (
    VendorMessage,
    asks_too_much,
    is_long_limit,
    masked,
    message_in,
    message_of,
    quoted,
    status_in,
    status_of,
    wait_in,
)


class ProviderError(Exception):
    """A request that a vendor did not fulfil. ``retry_after`` is in seconds, ``status`` is HTTP's, if there was one.

    ``told`` is what a stream had said before it failed: a vendor may count, and bill, what it did not finish.
    ``requests`` is how many requests of one call may fail like this before the call is given up, ``None`` for as many
    as any failure may. ``message`` is what the vendor said, uncleaned: for programs, never for a sentence.
    ``refuses_tools``: the same request without tools may be taken.
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
        self.requests: int | None = None
        self.message = VendorMessage()
        self.refuses_tools = False

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Rule:
    """The name and explanation of one kind of refusal; ``sentence`` may use {vendor} and {model}."""

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
NO_TOOLS = Rule(
    FailureCode.INVALID_REQUEST, True, "{model} at {vendor} takes no tools. Choose another model, or send it none."
)
CONTEXT = Rule(
    FailureCode.CONTEXT_TOO_LONG,
    True,
    "The prompt is longer than {model} can read. Shorten it or choose another model.",
)
TOO_LARGE = Rule(FailureCode.TOO_LARGE, True, "The request is too large for {vendor}. Shorten the prompt.")
REFUSED = Rule(FailureCode.REFUSED, True, "{vendor} blocked the prompt by its content rules. Rephrase it.")
BEYOND_PLAN = Rule(
    FailureCode.TOO_LARGE,
    True,
    "The request is larger than the plan at {vendor} allows per minute. Shorten it or choose another model.",
)
USED_UP = Rule(
    FailureCode.RATE_LIMITED,
    False,
    "What {vendor} allows in a day or longer is used up. Try again tomorrow or choose another model.",
)
LIMITED = Rule(FailureCode.RATE_LIMITED, False, "{vendor} is limiting requests. Wait a little and try again.")
OVERLOADED = Rule(FailureCode.OVERLOADED, False, "{vendor} is overloaded. Try again in a moment.")
UPSTREAM = Rule(FailureCode.UPSTREAM_ERROR, False, "{vendor} had an error of its own. Try again in a moment.")

BY_STATUS = {
    401: KEY,
    402: CREDITS,
    403: PERMISSION,
    404: MODEL,
    405: INVALID,
    408: UPSTREAM,
    409: UPSTREAM,
    413: TOO_LARGE,
    425: UPSTREAM,
    429: LIMITED,
    498: OVERLOADED,
    501: INVALID,
    503: OVERLOADED,
    529: OVERLOADED,
}

BY_KIND = {
    **dict.fromkeys(
        ("invalid_request_error", "bad_request", "badrequest", "invalid_argument", "invalidparameter"), 400
    ),
    **dict.fromkeys(("not_found_error", "notfounderror"), 404),
}
"""Vendors' words for kinds of errors, in lower case, that stand for a status."""

BY_WORDS = (
    (CONTEXT, r"context_length_exceeded|exceed_context_size|context_(window_)?(exceeded|too_long|overflow)"),
    (CONTEXT, r"(maximum|max|available)( model)? context (length|size|window)|maximum model length|\bn_keep\b"),
    (
        CONTEXT,
        r"\b(exceed(s|ed|ing)?|(larger|longer|greater|bigger) than|beyond|too (long|large|big) for|fits? (in|within))\b"
        r"[^\n]{0,80}\bcontext[ _-](length|size|window|limit)",
    ),
    (CONTEXT, r"\bcontext (window|length|size|limit)[^\n]{0,40}\b(exceeded|overflow|is full|reached)|context overflow"),
    (CONTEXT, r"\b(prompt|input|messages?|conversation)( text)?( is| are| was| were)? too long"),
    (CONTEXT, r"\b(maximum|max) (prompt|input|sequence) length|\bprompt[^\n]{0,40} exceeds? [^\n]{0,40}(max|limit)"),
    (
        CONTEXT,
        r"input token count[^\n]{0,200}exceeds|\binput( token)? length[^\n]{0,80} exceeds?\b|input tokens exceed",
    ),
    (CONTEXT, r"exceed(s|ed)? (the )?(model('s)?|maximum|max)( maximum| max| context)? token limit"),
    (CONTEXT, r"too many (input|prompt) tokens(?! per)|too many tokens: total"),
    (CONTEXT, r"`?inputs?`? tokens \+ `?max_new_tokens|inputs?`? must have less than \d{1,12} tokens"),
    (CONTEXT, r"range of input length should be|prompt (has|contains) \d{1,12} tokens"),
    (CONTEXT, r"reduce the length of (the|your) (messages|prompt|input)|超长|上下文长度"),
    (
        CREDITS,
        r"insufficient[_ ](quota|credits|balance|funds)|credit balance|billing_(hard_limit|not|error)"
        r"|credits are depleted|exceeded_current_quota|arrearage|\boverdue\b|payment required|key limit exceeded"
        r"|(no|out of|not enough|negative|zero)( \w{1,20})? (credits?|balance|funds)\b",
    ),
    (
        KEY,
        r"invalid_api_key|authentication_error|incorrect api key|no auth credentials|\bunauthori[sz]ed\b"
        r"|api[ _-]?key (is )?(not valid|invalid|expired|missing|required)"
        r"|(invalid|missing|expired|wrong) (x-)?(api|access|auth\w{0,12})[ _-]?(key|token)",
    ),
    (PERMISSION, r"permission_error"),
    (TOO_LARGE, r"request_too_large"),
    (
        NO_TOOLS,
        r"\b(not|n[’']t) support (the )?(tools?|function calling|functions)\b|endpoints? [^\n]{0,40}support tool use",
    ),
    (
        NO_TOOLS,
        r"\b(tool use|tool calling|tools?|function calling|functions)\W{0,2} (is|are) (not|n[’']t) (supported|enabled)",
    ),
    (NO_TOOLS, r"tools param requires --jinja|enable-auto-tool-choice"),
    (
        MODEL,
        r"model_not_found|invalid_model|model [^\n]{0,120}(not found|does not exist|not exist\b)|not a valid model"
        r"|\b(no such|unknown) model\b",
    ),
    (
        REFUSED,
        r"content[_ ](policy|filter)|content management policy|requires moderation|input [^\n]{0,40}flagged"
        r"|data_inspection_failed|inappropriate content|sensitive (content|words?)"
        r"|\bviolat(e|es|ed|ing|ion)\b[^\n]{0,60}\b(polic(y|ies)|guidelines|terms|rules)\b|content violates",
    ),
    (
        OVERLOADED,
        r"overloaded_error|engine_overloaded|model is (currently )?overloaded|server is busy"
        r"|\bmodel (is )?(currently |still )?(being )?(loading|loaded|starting)\b|\bloading (the )?model\b(?! context)"
        r"|(at|no|out of|over) capacity|capacity (exceeded|constraint)",
    ),
    (LIMITED, r"rate[_ ]limit|too many requests"),
)
"""Vendors' own words, which say more than their status. The first match wins.

Every gap is bounded and the words are cut before (`vendor_messages.MAX_WORDS`), so the time is bounded as well.
"""

PATTERNS = tuple((rule, re.compile(pattern, re.IGNORECASE)) for rule, pattern in BY_WORDS)


def from_status(endpoint: Endpoint, model: str, status: int, headers: httpx.Headers, body: bytes) -> ProviderError:
    """Return the error for an HTTP answer that is not a success; ``body`` may be JSON, HTML, plain text or empty."""
    text = body.decode("utf-8", "replace")
    wait = retry_after(headers)
    if wait is None and status == 429:
        wait = reset_after(headers)
    # The header goes first; some vendors ask for a wait in the body alone.
    return _explain(endpoint, model, message_in(text), status, wait_in(text) if wait is None else wait)


def from_error_object(endpoint: Endpoint, model: str, error: Any) -> ProviderError:
    """Return the error for an error object that came inside a stream or in a 200 answer."""
    message = message_of({"error": error})
    # Many repeat the HTTP status in the error, which is all that a stream can say of it.
    return _explain(endpoint, model, message, status_of(error), wait_in(message.message))


def no_answer(endpoint: Endpoint, model: str, data: str) -> ProviderError:
    """Return the error for a whole body that holds no answer: with the vendor's words, if there are any."""
    message = message_in(data)
    if message.message or message.kind:
        return _explain(endpoint, model, message, status_in(data), wait_in(message.message))
    return broken(endpoint, data)


def from_transport(endpoint: Endpoint, error: Exception) -> ProviderError:
    """Return the error for a connection that failed; raise it ``from`` the original."""
    name = endpoint.name
    words = str(error)
    match error:
        case PrivateAddress():
            return ProviderError(words, FailureCode.CONNECTION, permanent=True)
        case httpx.ConnectTimeout():
            return ProviderError(
                f"{name} did not accept a connection in time. Check the base URL and the network.", FailureCode.TIMEOUT
            )
        # httpx has no class for this: only the words tell a bad certificate from a host that does not answer.
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
            return undecodable(endpoint)
        case _:
            return cut(endpoint)


def cut(endpoint: Endpoint) -> ProviderError:
    """Return the error for a connection that ended before the answer did."""
    return ProviderError(
        f"{endpoint.name} cut the connection before the answer was complete. Try again.", FailureCode.CONNECTION
    )


def undecodable(endpoint: Endpoint) -> ProviderError:
    """Return the error for bytes that are not packed as their header says."""
    return ProviderError(f"{endpoint.name} sent bytes that cannot be decoded. Try again.", FailureCode.BAD_STREAM)


def broken(endpoint: Endpoint, data: str) -> ProviderError:
    """Return the error for a data line that is not the JSON it should be."""
    return ProviderError(
        f"{endpoint.name} sent a line that is not valid JSON. Try again.{quoted(endpoint, data)}",
        FailureCode.BAD_STREAM,
    )


def empty(endpoint: Endpoint, word: str) -> ProviderError:
    """Return the error for an answer without a word, which is worth one more request; ``word`` says why it ended."""
    why = f" ({word.replace('_', ' ')})" if word not in ("", "stop", "end_turn", "stop_sequence") else ""
    if "tool" in word or "function" in word:
        why += ": the model tried to call a tool, and it has none here"
    error = ProviderError(
        f"{endpoint.name} sent an empty answer{why}. Try again, or choose another model.", FailureCode.EMPTY
    )
    # An answer without words is billed all the same, so the second request is the last.
    error.requests = 2
    return error


def not_a_model(endpoint: Endpoint, status: int) -> ProviderError:
    """Return the error for a web page instead of an answer."""
    return ProviderError(
        f"{endpoint.name} answered with a web page, not with a model's reply. Check the base URL.",
        FailureCode.BAD_STREAM,
        permanent=True,
        status=status,
    )


def redirected(endpoint: Endpoint, response: httpx.Response) -> ProviderError:
    """Return the error for a redirect, which is never followed: the key must not travel to another host."""
    target = masked(endpoint, response.next_request.url.host) if response.next_request else "another address"
    return ProviderError(
        f"{endpoint.name} redirects to {target}; the key was not sent there. Correct the base URL.",
        FailureCode.INVALID_REQUEST,
        permanent=True,
        status=response.status_code,
    )


def retry_after(headers: httpx.Headers, now: datetime | None = None) -> float | None:
    """Return the seconds to wait as the vendor asks, or ``None``.

    ``Retry-After`` comes in two forms (RFC 9110, 10.2.3); OpenAI and Azure name milliseconds in headers of their own.
    """
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        value = headers.get(name, "")[:40].strip()
        if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", value):
            return float(value) / 1_000
    value = headers.get("retry-after", "")[:60].strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?s?", value):
        return float(value.rstrip("s"))
    try:
        date = parsedate_to_datetime(value)
        aware = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, (aware - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, OverflowError):
        return None


def reset_after(headers: httpx.Headers, now: float | None = None) -> float | None:
    """Return the seconds until a limit is lifted, or ``None``: by the IETF's draft, or as a time at OpenRouter."""
    for name in ("ratelimit-reset", "x-ratelimit-reset"):
        value = headers.get(name, "")[:40].strip()
        if not re.fullmatch(r"\d{1,15}", value):
            continue
        number = float(value)
        if number > 1e11:
            number /= 1_000  # milliseconds since 1970
        return max(0.0, number - (now or time.time())) if number > 1e8 else number
    return None


def _rule(status: int, message: VendorMessage) -> Rule:
    """Return the rule for a refusal: the vendor's own words first, then the status."""
    words = f"{message.kind} {message.message}"
    rule = next((rule for rule, pattern in PATTERNS if pattern.search(words)), None)
    if (rule is LIMITED and status == 413) or ((rule is LIMITED or status in (413, 429)) and asks_too_much(words)):
        return BEYOND_PLAN  # no waiting helps
    # A 413 may be a proxy's, which counts bytes.
    may_overflow = status in (400, 422) or status >= 500 or (status == 413 and "token" in words.lower())
    if rule is None and may_overflow and is_overflow(words):
        rule = CONTEXT
    if rule is None:
        rule = BY_STATUS.get(status, UPSTREAM if status >= 500 else INVALID)
    return USED_UP if rule is LIMITED and is_long_limit(words) else rule


def _explain(
    endpoint: Endpoint, model: str, message: VendorMessage, status: int | None, wait: float | None
) -> ProviderError:
    """Return the error for a refusal. One without a status came inside a stream, and its kind may stand for one.

    Where that says nothing either, it is the vendor's own trouble.
    """
    kind = message.kind.lower()
    status_of_kind = next((status for word, status in BY_KIND.items() if word in kind), 500)
    rule = _rule(status or status_of_kind, message)
    sentence = rule.sentence.format(vendor=endpoint.name, model=model)
    words = quoted(endpoint, message.message or message.kind)
    error = ProviderError(sentence + words, rule.code, rule.permanent, wait, status)
    error.message, error.refuses_tools = message, rule is NO_TOOLS
    if rule is USED_UP:
        # The limit of a day outlasts every wait, so only the fallback is asked.
        error.requests = 1
    return error
