"""A deterministic vendor in a process of its own: fixed rates, and a ledger of what was asked and sent when.

Speaks OpenAI's chat completions over raw asyncio, so that it costs little beside what is measured. A model's name is
its script: ``c300-r50`` sends 300 chunks at 50 a second, ``c300-r50-d20`` begins with that after 20 seconds; ``w…`` the
same as plain words (for a writer), ``judge`` one small analysis at once, ``md20000`` 20,000 characters of Markdown with
code and formulas. Every chunk of a ``c`` model carries its number and the moment at which it was sent, as
``<number>@<microseconds> ``, on the machine's monotonic clock, which all processes share.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any

MODELS = re.compile(r"([cw])(\d+)-r(\d+)(?:-d(\d+))?")
LISTED = (
    "c300-r50",
    "c100-r50",
    "c50-r50",
    "c25-r50",
    "c300-r50-d20",
    "c25-r50-d2",
    "c2000-r100",
    "w100-r50",
    "w50-r50",
    "judge",
    "md20000",
    "md2000",
)
ANALYSIS = {
    "consensus": [], "contradictions": [], "partial_coverage": [], "unique_insights": [],
    "blind_spots": ["Nothing is said about costs."], "assessments": [],
}  # fmt: skip

PARAGRAPH = """\
### Section {n}

The *energy* of a body is $E = mc^2$, and **{n}** of them have more than one. See `f({n})` and [a page](https://example.org/{n}).

- first point, with some words that make a line of ordinary length
- second point: $\\sum_{{i=1}}^{{{n}}} i = \\frac{{n(n+1)}}{{2}}$

```python
def f(n: int) -> int:
    return sum(i * {n} for i in range(n))  # a comment
```

| a | b |
|---|---|
| {n} | 2 |

"""


def markdown(length: int) -> str:
    """Return about ``length`` characters with every element of Markdown."""
    text, number = "", 0
    while len(text) < length:
        number += 1
        text += PARAGRAPH.format(n=number)
    return text


def now_us() -> int:
    """Return microseconds on the clock that all processes of the machine share."""
    return time.monotonic_ns() // 1000


class Ledger:
    """One line per request: what was asked for, when it came, when its first and last chunk went out."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def open(self, model: str) -> dict[str, Any]:
        line = {"model": model, "arrived": now_us(), "first": None, "last": None, "chunks": 0, "whole": False}
        self.lines.append(line)
        return line


LEDGER = Ledger()


def frame(text: str) -> bytes:
    """Return a chunk of an HTTP body with one event in it."""
    event = b'data: {"id":"b","choices":[{"index":0,"delta":{"content":%s}}]}\n\n' % json.dumps(text).encode()
    return chunked(event)


def chunked(data: bytes) -> bytes:
    """Return one piece of a body in HTTP's chunked coding."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def ending(tokens: int) -> bytes:
    """Return the finish reason, the usage, and the end of the stream."""
    usage = {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens}
    last = {"id": "b", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    events = (last, {"id": "b", "choices": [], "usage": usage})
    body = b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events) + b"data: [DONE]\n\n"
    return chunked(body) + b"0\r\n\r\n"


async def write_stream(model: str, line: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    """Write the answer of a model at its rate; a reader that has gone ends it."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    script = MODELS.fullmatch(model)
    if script is None:
        line["first"] = now_us()
        text = markdown(int(model[2:])) if model.startswith("md") else json.dumps(ANALYSIS)
        writer.write(frame(text) + ending(len(text) // 4))
        line["chunks"] = 1
    else:
        await asyncio.sleep(int(script[4] or 0))
        await write_at_rate(script[1], int(script[2]), int(script[3]), line, writer)
    line["last"] = now_us()
    line["whole"] = True
    await writer.drain()


async def write_at_rate(kind: str, count: int, rate: int, line: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    started = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
        if writer.is_closing():
            return
        sent = now_us()
        line["first"] = line["first"] or sent
        line["chunks"] = number + 1
        writer.write(frame(f"{number}@{sent} " if kind == "c" else f"word{number} "))
    writer.write(ending(count))


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection with any number of requests."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1])) if length else b""
            await answer(head.split(b" ", 2)[0], head.split(b" ", 2)[1].decode(), body, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def answer(verb: bytes, path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    if path.endswith("/chat/completions"):
        model = json.loads(body)["model"]
        await write_stream(model, LEDGER.open(model), writer)
        return
    if path == "/ledger" and verb == b"DELETE":
        LEDGER.lines.clear()
    found = {"data": [{"id": name} for name in LISTED]} if path.endswith("/models") else LEDGER.lines
    data = json.dumps(found).encode()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
    await writer.drain()


async def main(port: int) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1000)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
