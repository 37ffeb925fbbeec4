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


class Circuits(Protocol):
    """The circuits of all models. Neither method raises: where the store is away, circuits count as closed."""

    async def enter(self, reference: str, request: str, patience_s: float) -> float:
        """Ask to send a request (an id of its own): 0 if it may be sent, else the seconds for which it may not.

        ``patience_s``: the seconds that it has for its first word; a probe holds the circuit for as long.
        """
        ...

    async def tell(self, reference: str, request: str, health: CallHealth) -> None:
        """Say how a request went. Text that came is good at once; a break after it makes the same request bad."""
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


def circuit_open(name: str, wait_s: float) -> ProviderError:
    """Return the failure of a call whose model is not being asked for another ``wait_s`` seconds."""
    sentence = (
        f"{name} has failed too often in the last minute and is not asked before it has had time to recover. "
        f"Retry in {max(1, round(wait_s))} s, or choose another model."
    )
    return ProviderError(sentence, FailureCode.CIRCUIT_OPEN, retry_after=wait_s)


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
