"""The HTTP side of the upstream: reads requests, keeps the ledger, notices who hangs up. Behaviours are elsewhere.

Written on bare asyncio streams, because a web framework would not let a test cut a connection in the middle of a
character. Every answer closes its connection, so that a byte from the client can only mean that it hung up.
"""

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from typing import Any

from tests.upstream.behaviours import Exchange, perform

MODELS = {"object": "list", "data": [{"id": "ok", "object": "model"}, {"id": "echo", "object": "model"}]}


class Server:
    """Scripts, gates and ledger, and the socket that serves them."""

    def __init__(self) -> None:
        self.reset()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    def reset(self) -> None:
        self.scripts: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, int] = defaultdict(int)
        self.gates: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.pages: dict[str, dict[str, Any]] = {}
        self.ledger: list[dict[str, Any]] = []
        self.page({"path": "/v1/models", "body": json.dumps(MODELS)})
        self.page({"path": "/healthz", "body": "{}"})

    async def start(self, port: int) -> int:
        """Listen on 127.0.0.1 and return the port."""
        self._listener = await asyncio.start_server(self._connected, "127.0.0.1", port)
        bound: int = self._listener.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        if self._listener:
            self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def page(self, page: dict[str, Any]) -> None:
        self.pages[page["path"]] = {"status": 200, "type": "application/json", **page}

    def script_of(self, model: str) -> dict[str, Any]:
        """The script of the next request for ``model``; counts the request."""
        script = self.scripts.get(model) or {"behaviour": model}
        self.asked[model] += 1
        if "times" in script and self.asked[model] > script["times"]:
            return {**script, "behaviour": script.get("then", "ok")}
        return script

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client hung up, or the server stops
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, path, headers, body = await read_request(reader)
        if path.startswith("/control/"):
            await answer(writer, 200, json.dumps(self._control(path.removeprefix("/control/"), body)))
        elif method == "GET":
            page = self.pages.get(path, {"status": 404, "type": "application/json", "body": "{}"})
            await answer(writer, page["status"], page["body"], page["type"])
        else:
            await self._perform(reader, writer, path, headers, body)

    def _control(self, action: str, body: dict[str, Any]) -> Any:
        if action == "script":
            self.scripts.update(body)
            for model in body:
                self.asked.pop(model, None)
                self.gates.pop(model, None)
        elif action == "release":
            self.gates[body["model"]].set()
        elif action == "page":
            self.page(body)
        elif action == "reset":
            self.reset()
        return self.ledger

    async def _perform(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        path: str,
        headers: dict[str, str],
        body: dict[str, Any],
    ) -> None:
        """Let the behaviour answer, unless the client hangs up first."""
        model = str(body.get("model", ""))
        script = self.script_of(model)
        entry = self._enter(path, headers, body, model, script)
        exchange = Exchange(writer, script, entry, self.gates[model])
        performing = asyncio.create_task(perform(exchange))
        hanging_up = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait({performing, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
            entry["closed_early"] = not performing.done() or isinstance(performing.exception(), ConnectionError)
        finally:
            entry["ended"] = time.time()
            performing.cancel()
            hanging_up.cancel()
            await asyncio.gather(performing, hanging_up, return_exceptions=True)

    def _enter(
        self, path: str, headers: dict[str, str], body: dict[str, Any], model: str, script: dict[str, Any]
    ) -> dict[str, Any]:
        entry = {
            "id": len(self.ledger) + 1,
            "model": model,
            "behaviour": script["behaviour"],
            "path": path,
            "headers": headers,
            "body": body,
            "started": time.time(),
            "ended": None,
            "closed_early": False,
            "status": None,
            "events": 0,
            "text": "",
            "usage": None,
            "cost": None,
        }
        self.ledger.append(entry)
        return entry


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], dict[str, Any]]:
    """Method, path, headers (lower case) and JSON body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return method, path.split("?")[0], headers, json.loads(body or b"{}")


async def answer(writer: asyncio.StreamWriter, status: int, body: str, content_type: str = "application/json") -> None:
    payload = body.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(payload)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + payload)
    await writer.drain()
