"""Copies of what is at work: drawn once for all who read them, and again when a row of it has changed.

Every end of a call makes all open pages of a link ask for its parts at the same moment.
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection

LASTS_S = 5.0
"""Seconds after which a copy is drawn anew all the same: what lies in other rows, such as ratings, may have changed."""

# The system's columns, which every change of a row changes.
ROWS = """
SELECT run.id, run.xmin::text, run.ctid::text, call.id, call.xmin::text, call.ctid::text,
       output.xmin::text, output.ctid::text
FROM runs_run AS run
LEFT JOIN runs_call AS call ON call.run_id = run.id
LEFT JOIN runs_calloutput AS output ON output.call_id = call.id
WHERE run.id = ANY(%s) ORDER BY call.id
"""

Copy = TypeVar("Copy")


class Drawn(NamedTuple, Generic[Copy]):
    """A copy, the rows that it was drawn from, and its moment (``time.monotonic``)."""

    copy: Copy
    rows: list[Any]
    at: float


class LiveCopies(Generic[Copy]):
    """The newest copy under each key, in this process."""

    def __init__(self) -> None:
        self._drawn: dict[int, Drawn[Copy]] = {}
        self._gates = [Lock() for _ in range(16)]

    def get(self, key: int, runs: Sequence[int], draw: Callable[[], Copy]) -> Copy:
        """Return the copy of these runs under a key; who asks while it is drawn waits for it."""
        with self._gates[key % len(self._gates)]:
            # Before it is drawn: what changes meanwhile makes the next one.
            rows, now = _rows_of(runs), time.monotonic()
            drawn = self._drawn.get(key)
            if drawn is None or drawn.rows != rows or drawn.at < now - LASTS_S:
                drawn = Drawn(draw(), rows, now)
                young = {other: one for other, one in [*self._drawn.items()] if one.at >= now - LASTS_S}
                self._drawn = {**young, key: drawn}
            return drawn.copy


def _rows_of(runs: Sequence[int]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [[*runs]])
        return list(cursor.fetchall())
