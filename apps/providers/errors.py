"""The errors between us and a vendor, and the one place that maps foreign errors to ours: refusals by ``refusals.py``.

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
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from apps.fusion.vocabulary import FailureCode
from apps.outbound.clients import PrivateAddress
from apps.providers.base import End, Endpoint
from apps.providers.refusals import MISWRITTEN, NO_TOOLS, USED_UP, rule_of
from apps.providers.vendor_messages import (
    VendorMessage,
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


def from_status(endpoint: Endpoint, model: str, status: int, headers: httpx.Headers, body: bytes) -> ProviderError:
    """Return the error for an HTTP answer that is not a success; ``body`` may be JSON, HTML, plain text or empty."""
    text = body.decode("utf-8", "replace")
    wait = retry_after(headers)
    if wait is None and status == 429:
        wait = reset_after(headers)
    # The header goes first; some vendors ask for a wait in the body alone.
    return _explain(endpoint, model, message_in(text), status, wait_in(text) if wait is None else wait)


def from_error_object(endpoint: Endpoint, model: str, error: Any, around: Any = None) -> ProviderError:
    """Return the error for an error object, and the object ``around`` it, that came in a stream or in a 200 answer."""
    message = message_of({"error": error})
    # Many repeat the HTTP status in the error or beside it, which is all that a stream can say of it.
    return _explain(endpoint, model, message, status_of(error) or status_of(around), wait_in(message.message))


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


def empty(endpoint: Endpoint, word: str, *, has_tools: bool = False) -> ProviderError:
    """Return the error for an answer without a word, which is worth one more request; ``word`` says why it ended."""
    why = f" ({word.replace('_', ' ')})" if word not in ("", "stop", "end_turn", "stop_sequence") else ""
    if "tool" in word or "function" in word:
        why += (
            ": its call of a tool cannot be read"
            if has_tools
            else ": the model tried to call a tool, and has none here"
        )
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


def _explain(
    endpoint: Endpoint, model: str, message: VendorMessage, status: int | None, wait: float | None
) -> ProviderError:
    """Return the error for a refusal."""
    rule = rule_of(status, message)
    sentence = rule.sentence.format(vendor=endpoint.name, model=model)
    words = quoted(endpoint, message.message or message.kind)
    error = ProviderError(sentence + words, rule.code, rule.permanent, wait, status)
    error.message, error.refuses_tools = message, rule is NO_TOOLS
    # The limit of a day outlasts every wait, so only the fallback is asked; what a model wrote badly is billed.
    error.requests = {USED_UP: 1, MISWRITTEN: 2}.get(rule)
    return error
