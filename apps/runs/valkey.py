"""The clients for Valkey: one for writers in threads, and new ones for a loop."""

import asyncio
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE_S = 0.5
"""Seconds; with the one retry of a broken connection a writer waits for a second at most."""
LOOP_PATIENCE_S = 2.0
"""Seconds; a loop that streams much takes long to get round to an answer, and nobody waits for it in a transaction."""


@cache
def client() -> Redis:
    """Return the process's client for writers."""
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE_S,
        socket_connect_timeout=PATIENCE_S,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=15,
    )


def async_client(connections: int = 10, **options: Any) -> AsyncRedis:
    """Return a client for the running loop; who finds all its connections in use waits for one."""
    pool = BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        protocol=2,
        decode_responses=True,
        max_connections=connections,
        timeout=LOOP_PATIENCE_S,
        socket_connect_timeout=LOOP_PATIENCE_S,
        **options,
    )
    return AsyncRedis.from_pool(pool)


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel tasks that speak to Valkey, and wait until they have ended; their errors are theirs.

    They are asked again until they have: the client writes within ``asyncio.wait_for``, which before Python 3.12 loses
    a cancel that meets the end of its work (python/cpython issue 96764).
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=0.1)
    await asyncio.gather(*tasks, return_exceptions=True)
