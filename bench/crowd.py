"""Many viewers of one run, who come a few at a time, as people do, and stay until its end."""

import asyncio
from collections.abc import Sequence

from bench.site import Counted, Visitor, Watched

AT_ONCE = 20
PATIENCE_S = 120


async def gather_viewers(visitor: Visitor, run: str, viewers: Sequence[Counted]) -> list["asyncio.Task[Watched]"]:
    """Let viewers watch a run; when this returns, all of them have a frame. Raises ``TimeoutError``."""
    tasks: list[asyncio.Task[Watched]] = []
    async with asyncio.timeout(PATIENCE_S):
        for first in range(0, len(viewers), AT_ONCE):
            coming = viewers[first : first + AT_ONCE]
            tasks += [asyncio.create_task(visitor.watch(run, watched=one)) for one in coming]
            while not all(one.count or one.ended for one in coming):  # noqa: ASYNC110 - 20 events say no more
                await asyncio.sleep(0.02)
    return tasks
