"""The socket of a run's page: it forwards the run's events from the id the page asks for, several to a frame.

The page is told with close codes why the socket ended: 4401 not signed in (any more), 4404 no such run (or somebody
else's), 4408 the reader was too slow and should come back with its last id, 4500 something broke and it should come
back as well. A ``resync`` frame before a normal close says: draw the run anew from the database.
"""

import asyncio
import logging
import re
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from apps.accounts.models import User
from apps.fusion.events import Resync
from apps.runs import valkey
from apps.runs.event_log.follower import Entry, Gap, SlowReader, follower
from apps.runs.event_log.writer import account_log, serialise
from apps.runs.models import Run
from apps.runs.reading.access import visible_to

log = logging.getLogger(__name__)

ANONYMOUS, UNKNOWN, TOO_SLOW, BROKEN = 4401, 4404, 4408, 4500
"""Codes of our own: the server sends no other but 1000."""
HEARTBEAT_S = 15.0
"""Between two pings: networks cut connections that are silent for about 30 s."""
FRAME_BYTES = 262_144
"""Where a batch is cut; a frame is larger only by what a single event has beyond it."""
EVENT_BYTES = 900_000
"""The server sends no frame over 1 MiB, so an event over this is told as ``resync``."""


class RunConsumer(AsyncWebsocketConsumer):
    """One reader of one run. It hears nothing from the page; closing is all that a page can say."""

    run = ""
    tasks: tuple["asyncio.Task[None]", ...] = ()

    async def connect(self) -> None:
        """Accept first, so that the page learns the reason of a refusal."""
        await self.accept()
        refusal = await self._refusal()
        if refusal:
            await self.close(refusal)
        else:
            works = self._forward(), self._beat(), self._follow_account()
            self.tasks = tuple(asyncio.create_task(self._guarded(work)) for work in works)

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - Channels passes it
        await valkey.end(*self.tasks)

    async def _refusal(self) -> int:
        """Return the code to close with, 0 for none; ``self.run`` is then the run to follow."""
        self.run = self.scope["url_route"]["kwargs"]["public_id"]
        user = self.scope["user"]
        if not user.is_authenticated:
            return ANONYMOUS
        return 0 if await may_read(user, self.run) else UNKNOWN

    def _visible(self, batch: Sequence[Entry]) -> Sequence[Entry]:
        """Return what the reader may have of a batch."""
        return batch

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Close the socket if it can no longer tell the truth; the page then reconnects."""
        try:
            await work
        except Exception:  # the boundary of a socket: the database may be away
            log.exception("The socket of run %s breaks off", self.run)
            await self.close(BROKEN)

    async def _forward(self) -> None:
        after = _read_after(self.scope["query_string"])
        if not await is_live(self.run) or await follower().is_expired(self.run, after):
            return await self._resync()
        try:
            async with follower().subscribe(self.run, after) as subscription:
                async for batch in subscription.batches():
                    for frame in frames(self.run, self._visible(batch)):
                        await self.send(frame)
        except SlowReader:
            await self.close(TOO_SLOW)
        except Gap:
            await self._resync()

    async def _beat(self) -> None:
        """Pings, and a look at the database: events may have been lost, the ends of run and session are not."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if not await self._is_signed_in():
                await self.close(ANONYMOUS)
                return None
            if not await is_live(self.run):
                return await self._resync()
            await self.send('{"ping":true}')

    async def _follow_account(self) -> None:
        """Look at the session as soon as the account changes; without Valkey the beat does."""
        with suppress(Gap, SlowReader):
            async with follower().subscribe(account_log(self.scope["user"].pk)) as changes:
                async for _ in changes.batches():
                    if not await self._is_signed_in():
                        await self.close(ANONYMOUS)
                        return

    async def _is_signed_in(self) -> bool:
        """Return whether the session is still the user's; signing out, a new password and a closed account end it."""
        store = import_module(settings.SESSION_ENGINE).SessionStore
        session = store(self.scope["session"].session_key)  # read anew
        return bool(await get_user({"session": session}) == self.scope["user"])

    async def _resync(self) -> None:
        await self.send(_frame([_resync_at("", self.run)]))
        await self.close()


@database_sync_to_async
def may_read(user: User, public_id: str) -> bool:
    """Return whether there is such a run that a person may read."""
    return visible_to(user).filter(public_id=public_id).exists()


@database_sync_to_async
def is_live(public_id: str) -> bool:
    """Return whether anything of a run can still change by itself; a deleted run is not live."""
    return Run.objects.live().filter(public_id=public_id).exists()


def _read_after(query_string: bytes) -> str:
    """Return the entry id that the page has seen; nonsense counts as none."""
    after = parse_qs(query_string.decode("latin-1")).get("after", ["0"])[0]
    return after if re.fullmatch(r"\d{1,20}-\d{1,20}", after, re.ASCII) else "0"


def frames(run: str, batch: Sequence[Entry]) -> Iterator[str]:
    """Cut a batch into frames of about ``FRAME_BYTES``, with ``resync`` in place of what is too large for any."""
    waiting: list[Entry] = []
    size = 0
    for told in batch:
        entry = told if len(told.text.encode()) <= EVENT_BYTES else _resync_at(told.id, run)
        length = len(entry.text.encode())
        if waiting and size + length > FRAME_BYTES:
            yield _frame(waiting)
            waiting, size = [], 0
        waiting.append(entry)
        size += length
    if waiting:
        yield _frame(waiting)


def _resync_at(entry_id: str, run: str) -> Entry:
    return Entry(entry_id, serialise(Resync(run=run)).decode())


def _frame(batch: Sequence[Entry]) -> str:
    """Return entries as a frame. Their texts are JSON already: they are set in, not parsed."""
    events = ",".join(f'["{entry.id}",{entry.text}]' for entry in batch)
    return f'{{"events":[{events}]}}'
