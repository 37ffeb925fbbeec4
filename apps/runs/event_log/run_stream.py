"""Following a run to its end, for readers that want the whole story: the log's entries, pauses, and then no more.

The page's socket does not use this: a page draws itself anew, and a column may be retried while it looks.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

from channels.db import database_sync_to_async
from django.conf import settings
from django.db.models import Exists, OuterRef

from apps.runs.event_log.follower import Entry, Gap, follower
from apps.runs.models import Run
from apps.runs.valkey import end

SOON_S = 0.05
"""Seconds between the last event and the first look at the database: the commit follows the event."""
ENDED, CALL_ENDED, STARTED = '"type":"run.ended"', '"type":"call.ended"', '"type":"run.started"'


class RunLiveness(NamedTuple):
    """Whether anything of a run can still change by itself, and whether its log misses events."""

    is_live: bool
    log_is_complete: bool


async def watch(run: str, after: str = "0") -> AsyncGenerator[list[Entry], None]:
    """Yield the entries of a run's log behind ``after``, until nothing of the run can change by itself.

    An empty batch means that nothing happened for a while, at most ``STREAM_HEARTBEAT_SECONDS``. Raises
    :class:`~apps.runs.event_log.follower.Gap` where the log cannot tell the story (any more), and ``SlowReader``.
    """
    if await follower().is_expired(run, after):
        raise Gap
    async with follower().subscribe(run, after) as subscription:
        if after in ("", "0") and not subscription.held and not (await liveness(run)).is_live:
            raise Gap  # there is no log (any more)
        reader, seen, pause, has_ended = BatchReader(subscription.batches()), after, SOON_S, False
        try:
            while True:
                batch = await reader.next(pause)
                if batch:
                    seen, is_end = batch[-1].id, False
                    for entry in batch:
                        has_ended = ENDED in entry.text or (has_ended and STARTED not in entry.text)
                        # Behind the end of a run those of late columns, or of a check, may be the last of all.
                        is_end |= has_ended and (ENDED in entry.text or CALL_ENDED in entry.text)
                    pause = SOON_S if is_end else settings.STREAM_HEARTBEAT_SECONDS
                    yield batch
                    continue
                now = await liveness(run)
                if not now.is_live:
                    break
                # Soon after an end, then ever more rarely: each look is a query.
                pause = min(settings.STREAM_HEARTBEAT_SECONDS, pause * 2)
                yield []
        finally:
            await reader.close()
        # What was appended between the last batch and the look at the database.
        async for batch in subscription.rest(seen):
            yield batch
    if not now.log_is_complete:
        raise Gap


@database_sync_to_async
def liveness(public_id: str) -> RunLiveness:
    """Return how a run stands in the database; a deleted run is not live."""
    live = Exists(Run.objects.live().filter(pk=OuterRef("pk")))
    for is_live, needs_resync in Run.objects.filter(public_id=public_id).values_list(live, "needs_resync"):
        return RunLiveness(is_live, not needs_resync)
    return RunLiveness(is_live=False, log_is_complete=True)


class BatchReader:
    """Waits for the next batch for a while only, and loses none."""

    def __init__(self, batches: AsyncGenerator[list[Entry], None]) -> None:
        self._batches = batches
        self._next: asyncio.Task[list[Entry]] | None = None

    async def next(self, seconds: float) -> list[Entry]:
        """Return the next batch, or an empty one after so many seconds."""
        # A batch that did not come in time is waited for again: to cancel ``anext`` would end the generator.
        self._next = self._next or asyncio.ensure_future(anext(self._batches))
        done, _ = await asyncio.wait({self._next}, timeout=seconds)
        if not done:
            return []
        arrived, self._next = self._next, None
        return arrived.result()

    async def close(self) -> None:
        if self._next:
            await end(self._next)
        await self._batches.aclose()
