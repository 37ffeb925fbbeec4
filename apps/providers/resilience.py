"""Decisions about vendors' bad days: who is at fault, how long to wait, and when not to ask at all.

The store of the circuits is passed in (:class:`Circuits`), for the circuits are shared by all workers and this room
knows no database. A circuit opens on an error *rate*: purgatory, a breaker from the shelf, counts consecutive failures
only, and so would not see a model that fails every second time. stamina carries out the retries that
:func:`retry_delay` allows.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import httpx

from apps.fusion.vocabulary import FailureCode
from apps.providers.errors import ProviderError

MAX_ATTEMPTS = 3
"""Requests to one model for one call, all in all."""
SHORT_WAIT_S = 10.0
"""A wait up to this long happens in the worker; a longer one in the queue."""
LONGEST_WAIT_S = 300.0
"""A vendor that wants to be left alone for longer is not waited for."""
JITTER_S = 0.5
"""Seconds at random on top of what a vendor asks for, or all that were refused would come back at once."""

TAKEN = (FailureCode.TIMEOUT, FailureCode.CONNECTION, FailureCode.BAD_STREAM, FailureCode.EMPTY)
"""Failures of requests that a vendor had taken, and may charge for."""

REASONS = {
    FailureCode.OVERLOADED: "it was overloaded",
    FailureCode.UPSTREAM_ERROR: "its provider had an error",
    FailureCode.CONNECTION: "the connection failed",
    FailureCode.BAD_STREAM: "its reply could not be read",
    FailureCode.TIMEOUT: "its reply did not come in time",
}
"""Failures that open circuits, in words for everybody: a vendor's own may quote the prompt of somebody else."""


class CircuitState(StrEnum):
    """Closed: the model is asked. Open: it is not. Half-open: one probe may find out whether it has recovered."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Circuit:
    """The state of one model: ``failures`` of ``requests`` in the sliding window; ``opens_until`` while open."""

    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    requests: int = 0
    opens_until: datetime | None = None


class CallHealth(StrEnum):
    """The word of a request about its vendor; ``NONE`` is none: a bad request, a wrong key, a stopped call."""

    GOOD = "good"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that may not be sent for ``wait_s`` seconds, and the last failure of its model; '' if it is unknown."""

    wait_s: float
    reason: str = ""


class Circuits(Protocol):
    """The circuits of all models. Neither method raises: where the store is away, circuits count as closed."""

    async def enter(self, reference: str, request: str, patience_s: float) -> Refusal | None:
        """Ask to send a request (an id of its own): ``None`` if it may be sent.

        ``patience_s``: the seconds that it has for its first word; a probe holds the circuit for as long.
        """
        ...

    async def tell(self, reference: str, request: str, health: CallHealth, reason: str = "") -> None:
        """Say how a request went, and why it is bad. Text that came is good at once; a break after it makes the same
        request bad."""
        ...


def health_after(error: Exception) -> CallHealth:
    """Return whether a failure is the vendor's fault: all that is transient is, a timeout included.

    A vendor that limits requests is well: it says when to come back, and the calls that wait for that must find it. One
    that sends an empty answer is there.
    """
    is_well = isinstance(error, ProviderError) and error.code in (FailureCode.RATE_LIMITED, FailureCode.EMPTY)
    return CallHealth.BAD if is_transient(error) and not is_well else CallHealth.NONE


def may_be_billed(error: ProviderError) -> bool:
    """Return whether a vendor may charge for a request that brought nothing: it was sent, and not refused."""
    # The code is the same whether the connection failed or broke later; only the cause tells that nothing was sent.
    never_left = isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
    return error.code in TAKEN and error.status is None and not never_left


def reason_of(error: ProviderError) -> str:
    """Return why a request was bad, in words that may be told to everybody; '' where there are none."""
    words = REASONS.get(error.code, "")
    return f"{words} (HTTP {error.status})" if words and error.status else words


def circuit_open(model: str, vendor: str, refusal: Refusal) -> ProviderError:
    """Return the failure of a call whose model is not being asked."""
    reason = f", the last time because {refusal.reason}" if refusal.reason else ""
    sentence = (
        f"{model} at {vendor} has failed too often in the last minute{reason}. "
        f"It is asked again in {max(1, round(refusal.wait_s))} s: retry then, or choose another model."
    )
    return ProviderError(sentence, FailureCode.CIRCUIT_OPEN, retry_after=refusal.wait_s)


def is_transient(error: Exception) -> bool:
    """Return whether the same model may be asked again for the same call."""
    return isinstance(error, ProviderError) and not error.permanent and error.code is not FailureCode.CIRCUIT_OPEN


def retry_delay(error: Exception) -> bool | float:
    """Return False not to ask again now, True for stamina's own exponential back-off, or the seconds to wait."""
    if not is_transient(error):
        return False
    asked = asked_wait(error)
    if asked is None:
        return True
    return asked + random.uniform(0, JITTER_S) if asked <= SHORT_WAIT_S else False  # noqa: S311 - no secret


def most_requests(error: Exception) -> int:
    """Return how many requests of a call may fail like this one before no more is sent to the same model."""
    own = error.requests if isinstance(error, ProviderError) else None
    return MAX_ATTEMPTS if own is None else own


def asked_wait(error: Exception) -> float | None:
    """Return the seconds that the vendor wants to be left alone, if it says so."""
    return error.retry_after if isinstance(error, ProviderError) else None
