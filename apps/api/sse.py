"""Server-sent events as they go over the wire, and the response that carries them.

The format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
from django.http import StreamingHttpResponse

HEARTBEAT_S = 5.0
"""After so long without a word a comment is sent, so that nothing on the way cuts the connection."""
COMMENT = b": still at work\n\n"
DONE = b"data: [DONE]\n\n"


def data(value: Any, name: str = "", entry_id: str = "") -> bytes:
    """One event; JSON has no raw line breaks, so one line of data is enough."""
    text = value if isinstance(value, bytes) else orjson.dumps(value)
    head = (f"id: {entry_id}\n" if entry_id else "") + (f"event: {name}\n" if name else "")
    return head.encode() + b"data: " + text + b"\n\n"


async def with_heartbeat(frames: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The frames that are not empty; for an empty one a comment, if the line has been silent for long enough."""
    spoke = time.monotonic()
    async with aclosing(frames):
        async for frame in frames:
            if frame or time.monotonic() - spoke >= HEARTBEAT_S:
                spoke = time.monotonic()
                yield frame or COMMENT


def response(frames: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """The streaming response; proxies are asked not to buffer it."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(frames, content_type="text/event-stream", headers=headers)
