"""One request being answered: the script's options on one side, the socket and the dialect on the other."""

import asyncio
import json
import re
import socket
import struct
import time
from typing import Any

from apps.fusion.tokens import count_tokens
from tests.upstream.wires import wire_for

DEFAULT_TEXT = "The Eiffel Tower is 330 metres tall. It was finished in 1889, for the World's Fair in Paris."


class Exchange:
    """The means of a behaviour to answer."""

    def __init__(
        self, writer: asyncio.StreamWriter, script: dict[str, Any], entry: dict[str, Any], gate: asyncio.Event
    ) -> None:
        self.writer = writer
        self.script = script
        self.entry = entry
        self.gate = gate
        self.wire = wire_for(entry["path"], entry["model"], f"up-{entry['id']}")
        self.told: dict[str, Any] = {}
        self.ended: float | None = None

    def option(self, name: str, default: Any = None) -> Any:
        return self.script.get(name, default)

    @property
    def text(self) -> str:
        return str(self.option("text", DEFAULT_TEXT))

    @property
    def asked(self) -> str:
        """The last message of the request, whatever its dialect."""
        body = self.entry["body"]
        turn: Any = (body.get("messages") or body.get("contents") or [{"content": body.get("prompt", "")}])[-1]
        return text_of(turn.get("content") or turn.get("parts") or "")

    @property
    def tools(self) -> list[str]:
        """The names of the tools that the request offers, whatever its dialect."""
        found = [
            one for tool in self.entry["body"].get("tools") or () for one in tool.get("functionDeclarations", [tool])
        ]
        return [str(tool.get("function", tool)["name"]) for tool in found]

    @property
    def has_result(self) -> bool:
        """Whether any turn holds the result of a tool."""
        turns: list[Any] = self.entry["body"].get("messages") or self.entry["body"].get("contents") or []
        parts = [part for turn in turns for part in turn.get("content") or turn.get("parts") or ()]
        named = [part for part in parts if isinstance(part, dict)]
        return any(turn["role"] == "tool" for turn in turns) or any(
            part.get("type") == "tool_result" or "functionResponse" in part for part in named
        )

    @property
    def rounds(self) -> int:
        """The turns of the request in which the model called tools."""
        turns: list[Any] = self.entry["body"].get("messages") or self.entry["body"].get("contents") or []
        return sum(map(_has_calls, turns))

    @property
    def may_call(self) -> bool:
        """Whether the request lets the model call tools."""
        body = self.entry["body"]
        choice = body.get("tool_choice")
        mode = body.get("toolConfig", {}).get("functionCallingConfig", {}).get("mode")
        return (
            bool(self.tools)
            and "none" not in (choice, choice.get("type") if isinstance(choice, dict) else "")
            and (mode != "NONE")
        )

    @property
    def usage(self) -> dict[str, Any] | None:
        """The usage that will be reported: as scripted, else counted in words."""
        body = self.entry["body"]
        asked = json.dumps(body.get("messages") or body.get("contents") or body.get("prompt") or "")
        counted = {"prompt_tokens": len(asked.split()), "completion_tokens": len(self.text.split())}
        counted["total_tokens"] = sum(counted.values())
        usage: dict[str, Any] | None = self.option("usage", counted)
        return usage | {"cost": self.option("cost")} if usage and "cost" in self.script else usage

    @property
    def is_asked_to_stream(self) -> bool:
        return bool(self.entry["body"].get("stream") or ":streamGenerateContent" in self.entry["path"])

    @property
    def texts_asked(self) -> list[str]:
        """The texts of the request, one a turn."""
        return texts_in(self.entry["body"])

    async def head(self, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> None:
        self.entry["status"] = status
        content_type = self.option("media", content_type)
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        label = f"Content-Type: {content_type}\r\n" if content_type else ""
        start = f"HTTP/1.1 {status} X\r\n{label}{more}"
        self.writer.write(f"{start}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
        await self.writer.drain()

    async def raw(self, data: bytes) -> None:
        if data:
            self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await self.writer.drain()

    async def close(self) -> None:
        self.ended = time.time()  # whoever reads the end may be back before this loop's next turn
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    def cut(self) -> None:
        cut(self.writer)

    async def say(self, *pieces: str) -> None:
        """Send pieces of text, gated and paced as scripted."""
        for piece in pieces:
            await self._pass_gate()
            await self.raw(self.wire.text(piece))
            self.entry["events"] += 1
            self.entry["text"] += piece
            await asyncio.sleep(self.option("delay_s", 0))

    async def _pass_gate(self) -> None:
        """Wait for a release where a gate stands; each of several gates takes a release of its own."""
        gates = self.option("gate_after")
        places = gates if isinstance(gates, list) else [gates]
        if self.entry["events"] in places:
            await self.gate.wait()
            if self.entry["events"] != places[-1]:
                self.gate.clear()

    def note(self, usage: dict[str, Any] | None) -> dict[str, Any] | None:
        """Enter the usage into the ledger, as it is about to be reported."""
        self.entry["usage"] = usage
        self.entry["cost"] = usage.get("cost") if usage and self.wire.reports_cost else None
        return usage

    def bill(self) -> dict[str, Any] | None:
        """The usage that a vendor would charge for, as it stands; see the package's docstring."""
        if self.entry["usage"]:
            return dict(self.entry["usage"])
        if not (self.told or self.entry["text"]):
            return None
        read = self.told.get("prompt_tokens") or sum(map(count_tokens, texts_in(self.entry["body"])))
        return {"prompt_tokens": read, "completion_tokens": count_tokens(self.entry["text"])}

    async def end(self, reason: str = "stop") -> None:
        ending = self.wire.ending(self.option("finish", reason), self.note(self.usage))
        await self.raw(ending)
        await self.raw(self.wire.done)
        await self.close()

    async def begin(self) -> None:
        await self.head()
        opening = self.wire.opening(self.usage)
        self.told = (self.usage or {}) if opening != self.wire.opening(None) else {}
        await self.raw(opening)

    def pieces(self, text: str | None = None) -> list[str]:
        text = self.text if text is None else text
        size = self.option("piece_chars")
        return (
            [text[i : i + size] for i in range(0, len(text), size)] if size else re.findall(r"\s*\S+\s*$|\s*\S+", text)
        )

    def half(self) -> list[str]:
        pieces = self.pieces()
        return pieces[: len(pieces) // 2]

    async def refuse(self, status: int, kind: str = "", message: str = "", **headers: str) -> None:
        """A status with the dialect's error body."""
        message = message or self.option("message", f"The upstream was told to answer {status}.")
        await self.whole(self.wire.error_body(status, kind, message), status, **headers)

    async def whole(self, body: bytes, status: int = 200, **headers: str) -> None:
        """A JSON document instead of a stream."""
        await self.head(status, "application/json", **headers)
        await self.raw(body)
        await self.close()


def _has_calls(turn: dict[str, Any]) -> bool:
    parts = [part for part in turn.get("content") or turn.get("parts") or () if isinstance(part, dict)]
    return bool(turn.get("tool_calls")) or any(
        part.get("type") == "tool_use" or "functionCall" in part for part in parts
    )


def texts_in(body: dict[str, Any]) -> list[str]:
    """The texts that a request asks a model to read, one a turn, whatever its dialect."""
    turns: list[Any] = [*(body.get("messages") or body.get("contents") or [{"content": body.get("prompt", "")}])]
    turns += [{"content": body[name]} for name in ("system", "systemInstruction") if name in body]
    return [text_of(turn.get("content") or turn.get("parts") or "") for turn in turns]


def text_of(content: Any) -> str:
    """The text of a turn, which may come in parts."""
    if isinstance(content, dict):
        content = content.get("parts") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def cut(writer: asyncio.StreamWriter) -> None:
    """Reset the connection, as a crashing proxy does."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
