"""An HTTP transport that reads many slow streams in step, so that a read brings all that came since the last one.

A model sends a few bytes fifty times a second; to fetch each piece by itself costs more than everything else that is
done with it. So where there are many, they are read at ticks that all share: one turn of the loop serves them all. The
first reads of an answer are not made to wait, nor is anything where there are few: its end is heard at once.
"""

import asyncio
from typing import Any

import httpcore
import httpx

from apps.outbound import clients

EAGER_READS = 3
"""The head of an answer and its first words are read as they come."""
FEW = 8
"""Up to so many streams of a process are read as they come."""


def client(pace_s: float) -> httpx.AsyncClient:
    """Return the client for all streams of a process; ``pace_s`` is the time between two ticks in seconds, 0 for none.

    What goes through a proxy of the environment is read as it comes.
    """
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    if not pace_s:
        return clients.client(limits=limits)
    pace = _Pace(pace_s)
    return clients.client(limits=limits, wrap=lambda backend: _PacedBackend(backend, pace))


class _Pace:
    """The time between two ticks in seconds, and how many streams somebody reads just now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.readers = 0

    async def tick(self) -> None:
        """Wait for the next tick that all share."""
        # By the loop's own clock, so that all who wait wake in the same turn.
        await asyncio.sleep(self.seconds - asyncio.get_running_loop().time() % self.seconds)


class _PacedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, backend: httpcore.AsyncNetworkBackend, pace: _Pace) -> None:
        self._backend = backend
        self._pace = pace

    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _PacedStream(await self._backend.connect_tcp(*args, **options), self._pace)

    async def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _PacedStream(await self._backend.connect_unix_socket(*args, **options), self._pace)

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _PacedStream(httpcore.AsyncNetworkStream):
    """A connection; what is written to it begins a new answer."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, pace: _Pace) -> None:
        self._stream = stream
        self._pace = pace
        self._reads = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's own
        self._reads += 1
        self._pace.readers += 1
        try:
            if self._reads > EAGER_READS and self._pace.readers > FEW:
                await self._pace.tick()
            return await self._stream.read(max_bytes, timeout)
        finally:
            self._pace.readers -= 1

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._reads = 0
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        # TLS gets the raw stream inside, so a read is made to wait once and not twice.
        return _PacedStream(await self._stream.start_tls(*args, **options), self._pace)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
