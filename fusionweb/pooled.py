"""The connections of the pool: whether one is still open is found without asking the server."""

import select
from typing import Any

from psycopg import Connection, Cursor


class PooledConnection(Connection[Any]):
    """A connection that answers the pool's check, an empty query, itself as long as the server has not closed it.

    A server that restarts closes its connections, so there is something to read on them. On one that is merely idle
    there is not; the round trip, which every request and every end of a call would make, is saved.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Cursor[Any]:
        if query == "" and not self._has_news():
            return self.cursor()
        return super().execute(query, params, **options)

    def _has_news(self) -> bool:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return bool(poll.poll(0))
