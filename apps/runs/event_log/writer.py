"""The log of a run's events: one append-only Redis stream a run. The only file that knows streams.

Three users: writers append from inside their transaction (:func:`append`), workers append text as it arrives
(:class:`AsyncLog`), readers follow (``follower.py``). The database is the truth; the log makes it fast. So a Valkey
that does not answer within a second never stops a writer.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from redis import RedisError
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff

from apps.fusion.events import AnyEvent, Resync
from apps.runs.presence import alive_key
from apps.runs.valkey import LOOP_PATIENCE_S, async_client, client

log = logging.getLogger(__name__)

FIELD = "event"
LONGEST_RUN_S = 86_400
NUDGES = "fusionweb:nudges"
ACCOUNT_CHANGE_S = 60
"""Seconds for which a change of an account is remembered: for sockets that subscribe meanwhile."""


def key_of(run: str) -> str:
    """Return the name of a run's stream."""
    return f"fusionweb:run:{run}:events"


def account_log(user_pk: int | str) -> str:
    """Return the name under which a follower reads that an account changed; no id of a run has a hyphen."""
    return f"account-{user_pk}"


def append_account_change(user_pk: int | str) -> None:
    """Wake who follows an account. Where Valkey is away nobody is woken, and the log says so."""
    key = key_of(account_log(user_pk))
    try:
        pipeline = client().pipeline(transaction=True)
        pipeline.xadd(key, {FIELD: ""}, maxlen=1)
        pipeline.expire(key, ACCOUNT_CHANGE_S)
        pipeline.execute()
    except RedisError as error:
        log.warning("The sockets of account %s hear of its change with their next heartbeat: %s", user_pk, error)


def serialise(event: AnyEvent) -> bytes:
    """Return an event as it stands in the log and on the socket."""
    return event.model_dump_json(exclude_none=True).encode()


def append(events: Sequence[AnyEvent], *, create: bool = False) -> bool:
    """Append a run's events in order; False if Valkey did not take them.

    A log that is gone (expired, or lost with Valkey) is made anew, beginning with ``resync`` unless ``create`` says
    that it is wanted new.
    """
    try:
        if events and not _append(events, create):
            _append([Resync(run=events[0].run), *events], True)
    except RedisError as error:
        log.warning("The log of run %s took no events: %s", events[0].run, error)
        return False
    return True


def _append(events: Sequence[AnyEvent], create: bool) -> bool:
    key = key_of(events[0].run)
    # All or none, and nothing of another writer in between.
    pipeline = client().pipeline(transaction=True)
    for event in events:
        # Where the log is gone this adds nothing: a new one has to begin with ``resync``.
        pipeline.xadd(key, {FIELD: serialise(event)}, nomkstream=not create)
    if create:
        pipeline.expire(key, LONGEST_RUN_S)
    return pipeline.execute()[0] is not None


def keep(run: str, seconds: int) -> None:
    """Let the log of a run expire in ``seconds``; a Valkey that is away does not matter."""
    try:
        client().expire(key_of(run), seconds)
    except RedisError as error:
        log.warning("The log of run %s keeps its expiry: %s", run, error)


def forget(run: str) -> None:
    """Delete the log of a run that was deleted."""
    try:
        client().delete(key_of(run))
    except RedisError as error:
        log.warning("The log of run %s is left to expire: %s", run, error)


def nudge(call_ids: Iterable[int]) -> None:
    """Tell all workers that these calls were asked to stop; their heartbeats would find out a little later."""
    try:
        for call_id in call_ids:
            client().publish(NUDGES, call_id)
    except RedisError as error:
        log.warning("No nudge was sent: %s", error)


def announce_gap(run: str) -> bool:
    """Tell the readers of a run that events were lost; False if Valkey is still away."""
    return append([Resync(run=run)], create=True)


class AsyncLog:
    """The log as a worker's loop uses it: append the events of many runs in one round trip, and hear nudges."""

    def __init__(self) -> None:
        # Never retried by the client: an append that was only slow would come twice. The executor tells anew instead.
        self._client = async_client(socket_timeout=LOOP_PATIENCE_S, retry=AsyncRetry(NoBackoff(), 0))

    async def append(self, events: Sequence[AnyEvent], *, create: bool = False) -> set[str]:
        """Append in one pipeline; returns the runs whose log is gone. Raises ``RedisError``."""
        pipeline = self._client.pipeline(transaction=False)
        for event in events:
            pipeline.xadd(key_of(event.run), {FIELD: serialise(event)}, nomkstream=not create)
        runs = {event.run for event in events}
        if create:
            for run in runs:
                pipeline.expire(key_of(run), LONGEST_RUN_S)
        ids = await pipeline.execute()
        # Not strict, because the answers to EXPIRE follow those to the events.
        return {event.run for event, entry in zip(events, ids, strict=False) if entry is None}

    async def alive(self, name: str, seconds: int) -> None:
        """Say for ``seconds`` that a worker of this name lives."""
        await self._client.set(alive_key(name), 1, ex=seconds)

    async def nudges(self) -> Any:
        """Return a subscription that yields the ids of calls to stop."""
        subscription = self._client.pubsub()
        await subscription.subscribe(NUDGES)
        return subscription

    async def close(self) -> None:
        await self._client.aclose()
