"""Our sockets as tests open them: with a limit that only a fault can reach, however slow the machine."""

import asyncio
from typing import Any

from channels.testing import WebsocketCommunicator

LIMIT_S = 60


class Socket(WebsocketCommunicator):  # type: ignore[misc]  # Channels has no types
    """A client of the ASGI application. Its parent gives the application one second for each answer."""

    async def receive_output(self, *_: float) -> dict[str, Any]:
        return await super().receive_output(LIMIT_S)

    async def wait(self, *_: float) -> None:
        async with asyncio.timeout(LIMIT_S):
            await asyncio.wait([self.future])  # the parent takes one that goes on for one that has ended
        await super().wait()
