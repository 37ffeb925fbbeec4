"""The socket of a shared run that is at work: its events without what its owner does not show.

It closes within seconds when the link is revoked or expires: every ``LOOK_S`` it looks at the database.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import orjson
from channels.db import database_sync_to_async
from pydantic import ValidationError

from apps.fusion.events import from_wire
from apps.fusion.sharing import EVERYDAY, Shown
from apps.runs.event_log.follower import Entry
from apps.runs.event_log.writer import serialise
from apps.runs.models import Share
from apps.runs.reading.queries import look_at_share
from apps.runs.reading.shown_events import shown_event
from apps.web.run.consumer import ANONYMOUS, UNKNOWN, RunConsumer, is_live

LOOK_S = 2.0
"""Seconds between two looks at a link."""
PING_EVERY = 5
"""Looks between two pings."""


class ShareConsumer(RunConsumer):
    """One reader of one link. The page draws itself anew when the run has ended."""

    shown: Shown = EVERYDAY

    async def _refusal(self) -> int:
        self.code = self.scope["url_route"]["kwargs"]["code"]
        try:
            share = await self._share()
        except Share.DoesNotExist:
            return UNKNOWN
        if share.for_members and not self.scope["user"].is_authenticated:
            return ANONYMOUS
        self.run, self.shown = share.run.public_id, share.shown or EVERYDAY
        return 0

    def _visible(self, batch: Sequence[Entry]) -> list[Entry]:
        """Return the entries that readers of the link may have, as they may have them."""
        visible = []
        for entry in batch:
            with suppress(ValidationError):  # of another version: the page asks for the parts anyway
                if event := shown_event(from_wire(orjson.loads(entry.text)), self.shown):
                    visible.append(Entry(entry.id, serialise(event).decode()))
        return visible

    async def _beat(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(LOOK_S)
            looks += 1
            if refusal := await self._is_over():
                await self.close(refusal)
                return
            if looks % PING_EVERY == 0:
                if not await is_live(self.run):
                    await self._resync()
                    return
                await self.send('{"ping":true}')

    async def _is_over(self) -> int:
        """Return the code to close with, 0 while the link can be read."""
        try:
            share = await self._share()
        except Share.DoesNotExist:
            return UNKNOWN
        return ANONYMOUS if share.for_members and not await self._is_signed_in() else 0

    async def _follow_account(self) -> None:
        """Follow nobody: a link is not of the person who reads it."""

    @database_sync_to_async
    def _share(self) -> Share:
        return look_at_share(self.code)
