"""The crowd: the calls of crowded payers in this worker, which leave some of its threads to everybody else.

A crowded call that finds no place is held in this process, its message taken and its row still queued, until the thread
of another one carries it out. If the process is lost meanwhile, the sweep sends the call again. Of the crowd only a few
prepare a request or write an end at a time: that is work for the processor, which a process has only one of.
"""

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.db import connection

from apps.runs.lifecycle.transitions import rank_of
from apps.runs.models import Call

LEFT_SHARE = 3 / 8
"""The share of a worker's threads that the crowd leaves to others: to other payers, and to the first runs of its own,
which are not crowded and may stream for long as well."""
WORKING_AT_ONCE = 2


class Crowd:
    """The places for crowded calls among so many threads, and the calls that are held, by rank and age."""

    def __init__(self, threads: int) -> None:
        self._working = threading.BoundedSemaphore(WORKING_AT_ONCE)
        self._lock = threading.Lock()
        self._held: list[tuple[int, int]] = []
        self._taken = 0
        self.resize(threads)

    def resize(self, threads: int) -> None:
        """Divide so many threads."""
        self.places = max(1, threads - max(1, int(threads * LEFT_SHARE)))

    def enter(self, call: Call) -> bool:
        """Take a place; return ``False`` where there is none, and hold the call."""
        with self._lock:
            if self._taken < self.places:
                self._taken += 1
                return True
            held = (rank_of(call), call.pk)
            if held not in self._held:  # the sweep may send it again
                heapq.heappush(self._held, held)
            return False

    def next_held(self) -> int | None:
        """Return the id of the first call that is held, for the place of the caller; without one the place is free."""
        with self._lock:
            if self._held:
                return heapq.heappop(self._held)[1]
            self._taken -= 1
            return None

    def release(self) -> None:
        """Free a place."""
        with self._lock:
            self._taken -= 1

    @contextmanager
    def working(self, call: Call) -> Iterator[None]:
        """Guard work for the processor on a call: it begins at once, but for the crowd's."""
        if not call.run.is_crowded:
            yield
            return
        if not self._working.acquire(blocking=False):
            connection.close()  # who waits holds none, or those that work might find none
            self._working.acquire()
        try:
            yield
        finally:
            self._working.release()


class CrowdMember:
    """A thread that carries out one call after the other: from its first crowded one on it has a place."""

    def __init__(self) -> None:
        self._is_taken = False

    def take(self, call: Call) -> bool:
        """Return whether a call may be carried out, with a place if it is crowded; one without is held."""
        self._is_taken = self._is_taken or (call.run.is_crowded and crowd().enter(call))
        return self._is_taken or not call.run.is_crowded

    def next_call(self) -> int | None:
        """Return the call for which the place is handed on, if it is one; else it is free."""
        following = crowd().next_held() if self._is_taken else None
        self._is_taken = following is not None
        return following

    def release(self) -> None:
        """Free the place of a thread whose call broke; what is held goes to the thread that ends next."""
        if self._is_taken:
            crowd().release()
            self._is_taken = False


@cache
def crowd() -> Crowd:
    """The crowd of this process."""
    return Crowd(settings.CELERY_WORKER_CONCURRENCY)
