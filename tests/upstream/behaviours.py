"""What the upstream does with a request: one small coroutine for each row of the package's table."""

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from tests.upstream.wires import OpenAIWire, encode

DEFAULT_TEXT = "The Eiffel Tower is 330 metres tall. It was finished in 1889, for the World's Fair in Paris."
UNICODE_TEXT = "Grüße aus Zürich: 東京タワーは333メートル。 Ελλάδα 🗼 καλημέρα."
LINE_TEXT = "one\u2028two\u2029three\u0085four"
HTML = "<!DOCTYPE html><html><head><title>502</title></head><body><h1>Bad gateway</h1></body></html>"
KINDS = {
    400: "invalid_request_error",
    401: "invalid_api_key",
    402: "insufficient_credits",
    403: "permission_error",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    529: "overloaded_error",
}


class Exchange:
    """One request being answered: the script's options on one side, the socket on the other."""

    def __init__(
        self, writer: asyncio.StreamWriter, script: dict[str, Any], entry: dict[str, Any], gate: asyncio.Event
    ) -> None:
        self.writer = writer
        self.script = script
        self.entry = entry
        self.gate = gate
        self.wire = OpenAIWire(entry["model"], f"up-{entry['id']}", not entry["path"].endswith("/v1/completions"))

    def option(self, name: str, default: Any = None) -> Any:
        return self.script.get(name, default)

    @property
    def text(self) -> str:
        return str(self.option("text", DEFAULT_TEXT))

    @property
    def usage(self) -> dict[str, Any] | None:
        """What will be reported: as scripted, else counted in words."""
        asked = json.dumps(self.entry["body"].get("messages") or self.entry["body"].get("prompt") or "")
        counted = {"prompt_tokens": len(asked.split()), "completion_tokens": len(self.text.split())}
        counted["total_tokens"] = sum(counted.values())
        usage: dict[str, Any] | None = self.option("usage", counted)
        return usage | {"cost": self.option("cost")} if usage and "cost" in self.script else usage

    async def head(self, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> None:
        self.entry["status"] = status
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        start = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\n{more}"
        self.writer.write(f"{start}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
        await self.writer.drain()

    async def raw(self, data: bytes) -> None:
        if data:
            self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await self.writer.drain()

    async def close(self) -> None:
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    def cut(self) -> None:
        """Reset the connection, as a crashing proxy does."""
        raw: socket.socket = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def say(self, *pieces: str) -> None:
        """Send pieces of text, gated and paced as scripted."""
        for piece in pieces:
            if self.entry["events"] == self.option("gate_after"):
                await self.gate.wait()
            await self.raw(self.wire.text(piece))
            self.entry["events"] += 1
            self.entry["text"] += piece
            await asyncio.sleep(self.option("delay_s", 0))

    async def report(self, usage: dict[str, Any] | None) -> None:
        if usage:
            self.note(usage)
            await self.raw(self.wire.usage(usage))

    def note(self, usage: dict[str, Any]) -> None:
        self.entry["usage"] = usage
        self.entry["cost"] = usage.get("cost")

    async def end(self, reason: str = "stop") -> None:
        await self.raw(self.wire.finish(self.option("finish", reason)))
        await self.report(self.usage)
        await self.raw(self.wire.done)
        await self.close()

    async def begin(self) -> None:
        await self.head()
        await self.raw(self.wire.opening())

    def pieces(self, text: str | None = None) -> list[str]:
        text = self.text if text is None else text
        size = self.option("piece_chars")
        return (
            [text[i : i + size] for i in range(0, len(text), size)] if size else re.findall(r"\s*\S+\s*$|\s*\S+", text)
        )

    def half(self) -> list[str]:
        pieces = self.pieces()
        return pieces[: len(pieces) // 2]

    async def refuse(self, status: int, kind: str = "", **headers: str) -> None:
        """A status with OpenAI's error body."""
        kind = kind or KINDS.get(status, "server_error")
        message = self.option("message", f"The upstream was told to answer {status}.")
        await self.head(status, "application/json", **headers)
        await self.raw(json.dumps({"error": {"message": message, "type": kind, "code": kind}}).encode())
        await self.close()


Behaviour = Callable[[Exchange], Awaitable[None]]


async def perform(x: Exchange) -> None:
    """Answer as the behaviour says; a name that is a status answers with that status."""
    name = x.script["behaviour"]
    if re.fullmatch(r"[3-5]\d\d", name):
        await x.refuse(int(name))
    else:
        await BEHAVIOURS.get(name, ok)(x)


async def ok(x: Exchange) -> None:
    await x.begin()
    await asyncio.sleep(x.option("first_delay_s", 0))
    if x.option("reasoning"):
        await x.raw(x.wire.reasoning(x.option("reasoning")))
    await x.say(*x.pieces())
    await x.end()


async def echo(x: Exchange) -> None:
    body = x.entry["body"]
    x.script = {**x.script, "text": body["messages"][-1]["content"] if "messages" in body else body["prompt"]}
    await ok(x)


async def slow_first(x: Exchange) -> None:
    x.script = {"first_delay_s": 0.3, **x.script}
    await ok(x)


async def stall_first(x: Exchange) -> None:
    x.script = {**x.script, "gate_after": 0}
    await ok(x)


async def stall_headers(x: Exchange) -> None:
    await x.gate.wait()
    await ok(x)


async def stall_mid(x: Exchange) -> None:
    x.script = {"gate_after": len(x.half()), **x.script}
    await ok(x)


async def cut_mid(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.half())
    x.cut()


async def retry_later(x: Exchange) -> None:
    await x.refuse(429, Retry_After=x.option("retry_after", "7"))


async def context(x: Exchange) -> None:
    x.script = {"message": "This model's maximum context length is 8192 tokens.", **x.script}
    await x.refuse(400, "context_length_exceeded")


async def quota(x: Exchange) -> None:
    await x.refuse(429, "insufficient_quota")


async def html(x: Exchange, status: int = 200) -> None:
    await x.head(status, "text/html; charset=utf-8")
    await x.raw(HTML.encode())
    await x.close()


async def html_502(x: Exchange) -> None:
    await html(x, 502)


async def error_200(x: Exchange) -> None:
    await x.head(200, "application/json")
    message = x.option("message", "The model is not available.")
    await x.raw(json.dumps({"error": {"message": message, "code": 502}}).encode())
    await x.close()


async def error_mid_stream(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.half())
    await x.raw(x.wire.error(x.option("message", "The provider disconnected."), 502))
    await x.close()


async def broken_json(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.half())
    await x.raw(b'data: {"choices": [{"delta": {"content": "oh\n\n')
    await x.end()


async def u2028(x: Exchange) -> None:
    x.script = {"text": LINE_TEXT, "piece_chars": 9, **x.script}
    await ok(x)


async def unicode(x: Exchange) -> None:
    x.script = {"text": UNICODE_TEXT, **x.script}
    await x.begin()
    for piece in x.pieces():
        for byte in encode({"choices": [{"delta": {"content": piece}}]}):
            await x.raw(bytes([byte]))
        x.entry["text"] += piece
    await x.end()


async def empty(x: Exchange) -> None:
    x.script = {**x.script, "text": ""}
    await ok(x)


async def nothing(x: Exchange) -> None:
    await x.head()
    await x.close()


async def huge_token(x: Exchange) -> None:
    x.script = {"text": "ü" * 512 * 1024, **x.script}
    await ok(x)


async def endless(x: Exchange) -> None:
    await x.begin()
    while True:
        await x.say(x.option("text", "and so on ") * 100)


async def comments(x: Exchange) -> None:
    await x.head()
    while not x.gate.is_set():
        await x.raw(b": PROCESSING\n\n")
        await asyncio.sleep(x.option("delay_s", 0.02))
    await x.say(*x.pieces())
    await x.end()


async def double_done(x: Exchange) -> None:
    x.wire.done = x.wire.done * 2
    await ok(x)


async def no_done(x: Exchange) -> None:
    x.wire.done = b""
    await ok(x)


async def no_end(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.pieces())
    await x.close()


async def no_usage(x: Exchange) -> None:
    x.script = {**x.script, "usage": None}
    await ok(x)


async def usage_early(x: Exchange) -> None:
    usage = x.usage or {}
    x.note(usage)
    await x.head()
    await x.raw(x.wire.opening(usage))
    await x.say(*x.pieces())
    await x.raw(x.wire.finish("stop") + x.wire.done)
    await x.close()


async def usage_in_choice(x: Exchange) -> None:
    usage = x.usage or {}
    x.note(usage)
    await x.begin()
    await x.say(*x.pieces())
    await x.raw(x.wire.finish("stop", usage) + x.wire.done)
    await x.close()


async def absurd_usage(x: Exchange) -> None:
    figures = {"prompt_tokens": -5, "completion_tokens": 10**15, "total_tokens": "many", "cost": -1}
    x.script = {"usage": figures, **x.script}
    await ok(x)


async def refusal(x: Exchange) -> None:
    x.script = {"text": "I can't help with that.", **x.script}
    await x.begin()
    await x.raw(b"".join(map(x.wire.refusal, x.pieces())))
    x.entry["text"] = x.text
    await x.end()


async def content_filter(x: Exchange) -> None:
    await x.begin()
    await x.say(*x.half())
    await x.end("content_filter")


async def length(x: Exchange) -> None:
    x.script = {"finish": "length", **x.script}
    await ok(x)


async def reasoning(x: Exchange) -> None:
    x.script = {"reasoning": "Let me think. ", **x.script}
    await ok(x)


async def redirect(x: Exchange) -> None:
    await x.head(307, Location=x.option("location", "http://example.invalid/"))
    await x.close()


async def whole(x: Exchange) -> None:
    usage = x.usage or {}
    x.note(usage)
    x.entry["text"] = x.text
    await x.head(200, "application/json")
    await x.raw(x.wire.whole(x.text, usage))
    await x.close()


BEHAVIOURS: dict[str, Behaviour] = {
    "ok": ok,
    "echo": echo,
    "slow-first": slow_first,
    "stall-first": stall_first,
    "stall-headers": stall_headers,
    "stall-mid": stall_mid,
    "cut-mid": cut_mid,
    "429-retry-after": retry_later,
    "context": context,
    "quota": quota,
    "html": html,
    "html-502": html_502,
    "error-200": error_200,
    "error-mid-stream": error_mid_stream,
    "broken-json": broken_json,
    "u2028": u2028,
    "unicode": unicode,
    "empty": empty,
    "nothing": nothing,
    "huge-token": huge_token,
    "endless": endless,
    "comments": comments,
    "double-done": double_done,
    "no-done": no_done,
    "no-end": no_end,
    "no-usage": no_usage,
    "usage-early": usage_early,
    "usage-in-choice": usage_in_choice,
    "absurd-usage": absurd_usage,
    "refusal": refusal,
    "content-filter": content_filter,
    "length": length,
    "reasoning": reasoning,
    "redirect": redirect,
    "whole": whole,
}
