"""Server-sent events as they go over the wire, and the response that carries them.

The format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
from django.conf import settings
from django.http import StreamingHttpResponse

# No blank line follows: some readers (httpx-sse, older openai-go) take a blank line after a comment for an empty event.
COMMENT = b": still at work\n"
DONE = b"data: [DONE]\n\n"
LINE_SEPARATORS = tuple((char.encode(), f"\\u{ord(char):04x}".encode()) for char in "\u2028\u2029\u0085")
"""Escaped inside JSON: `splitlines` of Python, which some clients read a stream with, breaks lines at these."""


def data(value: Any, name: str = "", entry_id: str = "") -> bytes:
    """Return one event. JSON has no raw line breaks, so one line of data is enough."""
    text = value if isinstance(value, bytes) else orjson.dumps(value)
    for raw, escape in LINE_SEPARATORS:
        text = text.replace(raw, escape)
    head = (f"id: {entry_id}\n" if entry_id else "") + (f"event: {name}\n" if name else "")
    return head.encode() + b"data: " + text + b"\n\n"


async def with_heartbeat(frames: AsyncGenerator[bytes, None], sign: bytes = COMMENT) -> AsyncGenerator[bytes, None]:
    """Yield the frames that are not empty; for an empty one a sign of life, a comment by default.

    It comes after ``STREAM_HEARTBEAT_SECONDS`` of silence and keeps proxies and clients from cutting the connection.
    """
    spoke = time.monotonic()
    async with aclosing(frames):
        async for frame in frames:
            if frame or time.monotonic() - spoke >= settings.STREAM_HEARTBEAT_SECONDS:
                spoke = time.monotonic()
                yield frame or sign


def response(frames: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """Return the streaming response, with headers that ask proxies not to buffer it."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(frames, content_type="text/event-stream", headers=headers)
