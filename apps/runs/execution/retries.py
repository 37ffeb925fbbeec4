"""Asking for an answer with patience: again before the first token, and the fallback where the model is out of order.

One request after the other, each recorded; how a single one is streamed is the executor's.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

import stamina
from django.conf import settings

from apps.fusion.values import Attempt, Failure
from apps.fusion.vocabulary import FailureCode
from apps.providers import resilience
from apps.providers.errors import ProviderError
from apps.providers.resilience import CallHealth, Circuits
from apps.runs.execution.call_stream import Postponed, Streaming
from apps.runs.execution.routes import Route
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.spending.metering import failed_attempt

Send = Callable[[Streaming, Route, Callable[[], Awaitable[None]]], Awaitable[Outcome]]
"""Streams one request; awaits the last argument when its first text comes."""

UNCOUNTED = (FailureCode.CIRCUIT_OPEN, FailureCode.WORKER_LOST, FailureCode.CANCELLED)
"""Failures of attempts that say nothing about the vendor; they do not use up its three attempts."""
STOPPED = Failure(code=FailureCode.CANCELLED, sentence="The request was stopped.")
INTERRUPTED = Failure(code=FailureCode.WORKER_LOST, sentence="The worker was told to stop; the call went on elsewhere.")


async def call_with_fallback(streaming: Streaming, circuits: Circuits, send: Send) -> Outcome:
    """Return the answer of the model that was asked for, else of its fallback.

    Raises ``ProviderError``, or :class:`Postponed` if the model may be asked again later than a worker should wait, or
    if the provider of its fallback has limits: those are asked in the queue.
    """
    failures: list[ProviderError] = []
    for route in streaming.prepared.routes:
        if failures and route.is_limited:
            raise Postponed(0, fallback=route.reference) from failures[-1]
        try:
            return await call_with_retries(streaming, route, circuits, send)
        except ProviderError as error:
            if error.permanent or streaming.first_at:
                raise
            if _may_be_asked_soon(streaming, route, error):
                _postpone(streaming, error)
            failures.append(error)
    # Whether the call comes back is up to the model that was wanted. An open circuit says least of what went wrong.
    _postpone(streaming, failures[0])
    raise next((error for error in reversed(failures) if error.code is not FailureCode.CIRCUIT_OPEN), failures[0])


def _may_be_asked_soon(streaming: Streaming, route: Route, error: ProviderError) -> bool:
    """Return whether a rationed model is asked again before its fallback: through the queue, as often as others."""
    is_wanted = route is streaming.prepared.routes[0]
    return is_wanted and route.is_rationed and resilience.retry_delay(error) is not False


async def call_with_retries(streaming: Streaming, route: Route, circuits: Circuits, send: Send) -> Outcome:
    """Ask one model, at most three times, and again only while none of its text has come."""

    def hook(error: Exception) -> bool | float:
        may_ask = not streaming.first_at and not route.is_rationed and _left(streaming, route, error) > 0
        return may_ask and resilience.retry_delay(error)

    failed_at = 0.0
    retries = stamina.retry_context(
        on=hook,
        attempts=max(1, _left(streaming, route)),
        timeout=None,
        wait_initial=settings.RETRY_SECONDS,
        wait_max=resilience.SHORT_WAIT_S,
        wait_jitter=settings.RETRY_SECONDS,
    )
    async for attempt in retries:
        with attempt:
            if failed_at:
                streaming.waited(time.monotonic() - failed_at)
            try:
                return await _attempt(streaming, route, circuits, send)
            finally:
                failed_at = time.monotonic()
    raise AssertionError("stamina raises the last failure")


async def _attempt(streaming: Streaming, route: Route, circuits: Circuits, send: Send) -> Outcome:
    """Send one request, tell the circuit of it and record it, however it ends."""
    request = uuid.uuid4().hex
    streaming.begin_request()
    failure: Failure | None = STOPPED
    status, health, reason, is_open, told = None, CallHealth.NONE, "", False, None

    async def first_text() -> None:
        # At the first word: a probe closes the circuit then, and nobody waits for the end of its answer.
        await circuits.tell(route.reference, request, CallHealth.GOOD)

    try:
        if refusal := await circuits.enter(route.reference, request, route.request.timeouts.first_token_s):
            raise resilience.circuit_open(route.request.model, route.endpoint.name, refusal)
        outcome = await send(streaming, route, first_text)
        failure, health = None, CallHealth.GOOD
        return outcome
    except ProviderError as error:
        failure, status, told = Failure(code=error.code, sentence=error.sentence), error.status, error.told
        health, reason = resilience.health_after(error), resilience.reason_of(error)
        is_open = resilience.may_be_billed(error)
        raise
    finally:
        if streaming.is_interrupted and failure is STOPPED:
            failure, is_open = INTERRUPTED, True
        attempt = Attempt(
            model=route.reference,
            started_at=streaming.began_at,
            ended_at=time.time(),
            failure=failure,
            http_status=status,
        )
        if failure and failure is not STOPPED and not streaming.first_at:  # else the call itself counts it
            attempt = failed_attempt(attempt, route.price, route.request.messages, told, may_be_billed=is_open)
        streaming.attempted(attempt)
        # Also of a request that was stopped: while a probe is not heard of, nobody else may ask.
        try:
            await circuits.tell(route.reference, request, health, reason)
        except asyncio.CancelledError:
            if failure is not None:  # an answer that is whole is kept: it is paid for
                raise


def _left(streaming: Streaming, route: Route, error: Exception | None = None) -> int:
    """Return the number of requests that the vendor may still get for this call, after this error if there was one."""
    most = resilience.most_requests(error) if error else resilience.MAX_ATTEMPTS
    return most - _counted(streaming.attempts, route)


def _counted(attempts: Sequence[Attempt], route: Route) -> int:
    """Return the number of these requests that the vendor failed."""
    sent = [one for one in attempts if one.model == route.reference]
    return len([one for one in sent if one.failure and one.failure.code not in UNCOUNTED])


def _postpone(streaming: Streaming, error: ProviderError) -> None:
    """Give the call back to the queue if its model may be asked again, but not as soon as a worker would wait."""
    wanted = streaming.prepared.routes[0]
    if not _may_come_back(streaming, wanted, error):
        return
    wait_s = resilience.asked_wait(error)
    if wait_s is None and wanted.is_rationed:
        wait_s = settings.RETRY_SECONDS
    if wait_s is not None and wait_s <= resilience.LONGEST_WAIT_S:
        raise Postponed(wait_s) from error


def _may_come_back(streaming: Streaming, wanted: Route, error: ProviderError) -> bool:
    """Return whether a call may be put off to ask again.

    An open circuit fails a new call at once, but not one that was put off before and comes back as it was told to. It
    may be put off by the circuit as often as the vendor may be asked.
    """
    if error.code is not FailureCode.CIRCUIT_OPEN:
        return resilience.is_transient(error) and _left(streaming, wanted, error) > 0
    refusals = [one for one in streaming.attempts if one.failure and one.failure.code is FailureCode.CIRCUIT_OPEN]
    return _counted(streaming.prepared.attempts, wanted) > 0 and len(refusals) <= resilience.MAX_ATTEMPTS
