"""The deadlines of one request. Reading is the business of ``transport.py``."""

import asyncio
from collections.abc import Awaitable
from typing import Self, TypeVar

import httpx

from apps.fusion.vocabulary import FailureCode
from apps.providers import errors
from apps.providers.base import Endpoint, Timeouts
from apps.providers.errors import ProviderError

LINGER_S = 20.0
"""Once the vendor has said why it stopped, usage may still follow, and from those who say it too early more text; to
wait longer than this (seconds) for either is pointless."""

LATE_S = 0.5
"""Once the vendor has said that nothing follows, and not what the answer used, figures are waited for so long."""

TOTAL = "took longer than {0.total_s:g} s in all and was stopped. Ask for less, or raise the limit."
IDLE = "stopped sending for {0.idle_s:g} s in the middle of its answer. Try again."
FIRST = "sent no text within {0.first_token_s:g} s. It may be busy: try again, or raise the limit."

T = TypeVar("T")


class Watch:
    """The deadlines of one request, while it is entered. Everything awaited on the network goes through `wait`.

    One timer serves all waits. A read moves the deadline only; the timer looks when it is due whether the deadline has
    moved on meanwhile, and goes to sleep again if so. A timeout of its own for every read costs as much as the read.
    """

    def __init__(self, endpoint: Endpoint, timeouts: Timeouts) -> None:
        self.endpoint = endpoint
        self.timeouts = timeouts
        self.has_token = False
        self.is_finished = False
        self.is_done = False
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._deadline, self._sentence = self._started, TOTAL
        self._done_at = 0.0
        self._finished_at = 0.0
        self._waiting: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """Return the awaited value; raises `ProviderError` when a deadline passes first or the connection fails."""
        self._deadline, self._sentence = self._next_deadline()
        self._waiting = asyncio.current_task()
        # Only a deadline that came nearer sets the timer anew; one that moved on is seen when the timer rings.
        if self._timer is None or self._timer.when() > self._deadline:
            self._set_timer()
        try:
            return await awaitable
        except asyncio.CancelledError as error:
            if self._waiting or self._is_stopped():  # by somebody else
                raise
            raise self._timeout() from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise errors.from_transport(self.endpoint, error) from error
        finally:
            self._waiting = None

    def _timeout(self) -> ProviderError:
        """Return the failure. A vendor that was silent so long was at work, and another request is billed as well."""
        failure = ProviderError(f"{self.endpoint.name} {self._sentence.format(self.timeouts)}", FailureCode.TIMEOUT)
        failure.requests = 1 if self._sentence == FIRST else None
        return failure

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        """End the wait if its deadline has passed when the timer is due; without a wait the next one sets the timer."""
        self._timer = None
        if self._waiting and self._loop.time() < self._deadline:
            self._set_timer()
        elif self._waiting:
            # By the missing task `wait` knows that this cancellation is ours.
            late, self._waiting = self._waiting, None
            late.cancel()

    def _is_stopped(self) -> bool:
        """Take back our own wish to stop the task; return whether there was another."""
        task = asyncio.current_task()
        return task is not None and task.uncancel() > 0

    def _next_deadline(self) -> tuple[float, str]:
        """Return the loop time of whichever limit comes first, and the sentence for it."""
        limits, in_all = self.timeouts, self._started + self.timeouts.total_s
        if self.is_done:
            self._done_at = self._done_at or self._loop.time()
            soonest, sentence = self._done_at + LATE_S, IDLE
        elif self.has_token:
            now = self._loop.time()
            self._finished_at = (self._finished_at or now) if self.is_finished else 0.0
            soonest, sentence = now + limits.idle_s, IDLE
            if self.is_finished:
                # From when it was said, as signs of life may come for ever; but what lies ready is always read.
                soonest = min(soonest, max(self._finished_at + LINGER_S, now + LATE_S))
        else:
            soonest, sentence = self._started + limits.first_token_s, FIRST
        return (in_all, TOTAL) if in_all < soonest else (soonest, sentence)
