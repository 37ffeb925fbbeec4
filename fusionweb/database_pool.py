"""The connections of the pool: whether one is still open is found without asking the server."""

import select
import time
from typing import Any

from psycopg import Connection, Cursor
from psycopg_pool.base import AttemptWithBackoff

IDLE_S = 30
"""After so long the server is asked after all: what stands between may have dropped the connection without a word."""


class PooledConnection(Connection[Any]):
    """A connection that answers the pool's check, an empty query, itself as long as the server has not closed it.

    A server that restarts closes its connections, so there is something to read on them. On one that was used a moment
    ago and is silent there is not; the round trip, which every request and every end of a call would make, is saved.
    """

    _checked_at = 0.0

    def execute(self, query: Any, params: Any = None, **options: Any) -> Cursor[Any]:
        if query != "":
            return super().execute(query, params, **options)
        last, self._checked_at = self._checked_at, time.monotonic()
        if time.monotonic() - last < IDLE_S and not self._has_news():
            return self.cursor()
        return super().execute(query, params, **options)

    def _has_news(self) -> bool:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return bool(poll.poll(0))


# Between two attempts to reconnect, a pool would wait twice as long each time: after an outage of minutes it would go
# on for as many, and calls of workers that cannot write their heartbeats would count as lost.
AttemptWithBackoff.DELAY_BACKOFF = 1.0
