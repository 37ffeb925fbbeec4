"""The bare WebSocket that ours is compared with: an echo in a process of its own, `python -m bench.echo PORT`.

What a frame costs without us (this machine's scheduler, its loopback, the client library that the viewers use too) is
half of a round trip here. The server is the `websockets` package's, not Daphne: whatever Daphne adds counts as ours.
"""

import asyncio
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from bench.figures import median
from bench.upstream import now_us

FRAME = "x" * 600
"""About as long as a frame with text of one run."""


async def one_way(url: str, times: int = 5) -> float:
    """Return half of the median round trip of a frame, µs."""
    async with connect(url, compression=None) as socket:
        trips = []
        for _ in range(times):
            began = now_us()
            await socket.send(FRAME)
            await socket.recv()
            trips.append(now_us() - began)
    return median(trips) / 2


async def _echo(socket: ServerConnection) -> None:
    async for frame in socket:
        await socket.send(frame)


async def main(port: int) -> None:
    async with serve(_echo, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
