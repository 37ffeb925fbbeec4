"""Reading the log: one follower per web process serves all its sockets.

One blocking read covers every followed run; a new run is noticed at once because subscribing wakes the read through a
stream of the follower's own. A subscription first replays what the log holds, then goes on live; entries are told
apart by id, so nothing comes twice and nothing is missed. Sockets of one run get the same serialised text.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4
from weakref import WeakKeyDictionary

from redis import RedisError

from apps.runs.event_log.writer import FIELD, key_of
from apps.runs.valkey import async_client, end

log = logging.getLogger(__name__)

BLOCK_MS = 5_000
BATCH = 500
QUEUE_LIMIT = 2_000
"""Entries that may wait for one socket before it is told to come back later."""


class Entry(NamedTuple):
    """One event as it stands in the log: its id there, and its serialised text."""

    id: str
    text: str


class Gap(Exception):
    """Valkey was away; the reader should draw the run anew from the database."""


class SlowReader(Exception):
    """The reader did not keep up; it should come back with its last id."""


Position = tuple[int, int]


def position(entry_id: str) -> Position:
    """Return an entry id as a pair that sorts; raises ``ValueError`` for anything else."""
    milliseconds, _, ordinal = entry_id.partition("-")
    return int(milliseconds), int(ordinal or 0)


@dataclass(eq=False)
class Subscription:
    """One reader of one run; iterate over it. Raises :class:`Gap` or :class:`SlowReader`."""

    run: str
    after: str
    client: Any
    held: list[Entry] = field(default_factory=list)
    """The first entries behind ``after`` that the log held when the subscription began."""
    _queue: asyncio.Queue[list[Entry]] = field(default_factory=asyncio.Queue)
    _waiting: int = 0
    _broken: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[Entry]:
        async for batch in self.batches():
            for entry in batch:
                yield entry

    async def batches(self) -> AsyncGenerator[list[Entry], None]:
        """Yield the entries in the groups in which they arrived: one frame each."""
        seen = position(self.after)
        async for batch in self._replayed_then_live():
            new = [entry for entry in batch if position(entry.id) > seen]
            if new:
                seen = position(new[-1].id)
                yield new

    async def rest(self, after: str) -> AsyncIterator[list[Entry]]:
        """Yield the entries that the log holds behind ``after`` now, without waiting for more."""
        while batch := await self._read(after):
            yield batch
            if len(batch) < BATCH:
                return
            after = batch[-1].id

    async def _replayed_then_live(self) -> AsyncIterator[list[Entry]]:
        if self.held:
            yield self.held
        if len(self.held) == BATCH:
            async for batch in self.rest(self.held[-1].id):
                yield batch
        while True:
            live = await self._queue.get()
            self._waiting -= len(live)
            if self._broken:
                raise self._broken
            yield live

    async def _read(self, after: str) -> list[Entry]:
        try:
            return _entries(await self.client.xrange(key_of(self.run), min=f"({after}", count=BATCH))
        except RedisError as error:
            raise Gap from error

    def hand_over(self, batch: list[Entry]) -> None:
        self._waiting += len(batch)
        if self._waiting > QUEUE_LIMIT:
            self.break_off(SlowReader())
        else:
            self._queue.put_nowait(batch)

    def break_off(self, reason: Exception) -> None:
        self._broken = self._broken or reason
        # An empty batch wakes the reader, which then finds the reason.
        self._queue.put_nowait([])


class Follower:
    """Follows all runs that somebody in this process reads."""

    def __init__(self) -> None:
        # A blocking read is silent for BLOCK_MS; only a longer silence is a lost connection.
        self._client: Any = async_client(socket_timeout=BLOCK_MS / 1000 + 5)
        self._wake = f"fusionweb:wake:{uuid4().hex}"
        self._subscriptions: dict[str, set[Subscription]] = {}
        self._last: dict[str, str] = {self._wake: "0"}
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def subscribe(self, run: str, after: str = "0") -> AsyncIterator[Subscription]:
        """Read a run from behind the entry ``after`` ("0": from the start); raises :class:`Gap` if Valkey is away."""
        subscription = Subscription(run, after, self._client)
        try:
            await self._add(subscription)
            yield subscription
        except RedisError as error:
            raise Gap from error
        finally:
            self._remove(subscription)

    async def _add(self, subscription: Subscription) -> None:
        readers = self._subscriptions.setdefault(subscription.run, set())
        readers.add(subscription)
        key = key_of(subscription.run)
        pipeline = self._client.pipeline(transaction=False)
        if key not in self._last:
            newest = await self._client.xrevrange(key, count=1)
            # Before the follower is woken: it then reads from here on, and the replay below overlaps with that.
            self._last.setdefault(key, newest[0][0] if newest else "0")
            pipeline.xadd(self._wake, {FIELD: ""}, maxlen=1)
            pipeline.expire(self._wake, 3600)
        pipeline.xrange(key, min=f"({subscription.after}", count=BATCH)
        subscription.held = _entries((await pipeline.execute())[-1])
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    def _remove(self, subscription: Subscription) -> None:
        readers = self._subscriptions.get(subscription.run, set())
        readers.discard(subscription)
        if not readers:
            self._subscriptions.pop(subscription.run, None)
            self._last.pop(key_of(subscription.run), None)

    async def _follow(self) -> None:
        while self._subscriptions:
            try:
                await self._read_once()
            except (RedisError, OSError) as error:
                log.warning("Following is interrupted: %s", error)
                self._break_all()
                await asyncio.sleep(0.5)

    async def _read_once(self) -> None:
        # A copy, since readers come and go while the read blocks.
        answer = await self._client.xread(dict(self._last), count=BATCH, block=BLOCK_MS)
        for key, found in answer or []:
            # The last reader may have left meanwhile: the run must not be followed again for nobody.
            if key in self._last:
                self._last[key] = found[-1][0]
            batch = _entries(found)
            for subscription in self._subscriptions.get(_run_of(key), ()):
                subscription.hand_over(batch)

    def _break_all(self) -> None:
        for readers in list(self._subscriptions.values()):
            for subscription in readers:
                subscription.break_off(Gap())

    async def aclose(self) -> None:
        """Stop following and let the connections go."""
        if self._task:
            await end(self._task)
        await self._client.aclose()

    async def is_expired(self, run: str, after: str) -> bool:
        """Return whether the log no longer holds what follows ``after``: it is gone, or begins later."""
        if after in ("", "0"):
            return False
        with suppress(RedisError):
            oldest = await self._client.xrange(key_of(run), count=1)
            newest = await self._client.xrevrange(key_of(run), count=1)
            # A log that was made anew between the two looks is another one.
            return not (oldest and newest) or not position(oldest[0][0]) <= position(after) <= position(newest[0][0])
        return True


_followers: WeakKeyDictionary[asyncio.AbstractEventLoop, Follower] = WeakKeyDictionary()


def follower() -> Follower:
    """Return the follower of the running loop; a web process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _followers:
        _followers[loop] = Follower()
    return _followers[loop]


def _entries(found: Sequence[tuple[str, dict[str, str]]]) -> list[Entry]:
    return [Entry(entry_id, fields[FIELD]) for entry_id, fields in found]


def _run_of(key: str) -> str:
    return key.removeprefix("fusionweb:run:").removesuffix(":events")
