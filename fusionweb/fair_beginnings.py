"""Let each payer begin only so many requests at a time, so that a flood by one leaves room on the threads for others.

What a request does until its run is made (look up the key, read the body, choose models, write rows) is work for a
processor, 10 to 40 ms of it. A hundred of them at once would share it with everybody else's; here they come two by
two, in their order, which takes no longer. Waiting for an answer is not counted.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.api.run_requests import BEGUN

AT_ONCE = 2
BEGINNINGS = frozenset(
    {"/", "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/api/v1/runs", "/mcp/", "/mcp"}
)
"""The addresses where runs are made."""
SESSION = b"sessionid="


@dataclass(slots=True)
class Turns:
    """The turns of one payer, and the number of requests that have or want one."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    requests: int = 0


class FairBeginnings:
    """Lets a request for a run through when its payer has a turn, to ``BEGUN`` or the beginning of the answer."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.turns: dict[bytes, Turns] = {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        payer = payer_of(scope)
        if payer is None:
            await self.application(scope, receive, send)
            return
        turns = self.turns.setdefault(payer, Turns())
        turns.requests += 1
        try:
            inbox = Inbox(receive)
            if await inbox.wait_for(turns.free):
                await self._begin(turns.free, scope, inbox.receive, send)
        finally:
            turns.requests -= 1
            if not turns.requests:
                self.turns.pop(payer, None)

    async def _begin(self, free: asyncio.Semaphore, scope: dict[str, Any], receive: Any, send: Any) -> None:
        loop, end = asyncio.get_running_loop(), once(free.release)

        async def send_and_end(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                end()
            await send(message)

        try:
            await self.application({**scope, BEGUN: lambda: loop.call_soon_threadsafe(end)}, receive, send_and_end)
        finally:
            end()


class Inbox:
    """The messages from a client, read ahead while its request waits: one of them may say that it has hung up."""

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._kept: deque[dict[str, Any]] = deque()
        self._reading: asyncio.Task[dict[str, Any]] | None = None

    async def wait_for(self, free: asyncio.Semaphore) -> bool:
        """Wait for a turn and take it; return ``False``, without a turn, if the client hangs up meanwhile."""
        if not free.locked():
            return await free.acquire()  # at once
        turn = asyncio.create_task(free.acquire())
        try:
            while not turn.done():
                self._reading = self._reading or asyncio.create_task(self._receive())
                await asyncio.wait({turn, self._reading}, return_when=asyncio.FIRST_COMPLETED)
                if self._reading.done():
                    message, self._reading = self._reading.result(), None
                    self._kept.append(message)
                    if message["type"] == "http.disconnect":
                        return False
            return True
        finally:
            # A turn that came in the same moment goes to the next one.
            if not turn.cancel() and self._has_gone:
                free.release()

    @property
    def _has_gone(self) -> bool:
        return bool(self._kept) and self._kept[-1]["type"] == "http.disconnect"

    async def receive(self) -> dict[str, Any]:
        """Return the next message, as the application would get it from the server."""
        if self._kept:
            return self._kept.popleft()
        reading, self._reading = self._reading, None
        message: dict[str, Any] = await (reading or self._receive())
        return message


def payer_of(scope: dict[str, Any]) -> bytes | None:
    """Return by what a request for a run names its payer: the header with a key, or a session's cookie.

    Return ``None`` for all others: stopping a run must not wait for those that are to begin.
    """
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in BEGINNINGS:
        return None
    headers = dict(scope["headers"])
    if key := headers.get(b"authorization") or headers.get(b"x-api-key"):
        return bytes(key)
    cookies = (cookie.strip() for cookie in headers.get(b"cookie", b"").split(b";"))
    return next((bytes(cookie) for cookie in cookies if cookie.startswith(SESSION)), None)


def once(work: Callable[[], None]) -> Callable[[], None]:
    """Return a function that does some work at its first call only."""
    todo = [work]
    return lambda: todo.pop()() if todo else None
