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
from urllib.parse import parse_qs, unquote, urlsplit

from tests.upstream.behaviours import perform
from tests.upstream.certificate import self_signed
from tests.upstream.exchange import Exchange, cut
from tests.upstream.plans import planned
from tests.upstream.wires import dialect_of

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
        self.earlier_gates: dict[str, list[asyncio.Event]] = defaultdict(list)
        self.pages: dict[str, dict[str, Any]] = {}
        self.ledger: list[dict[str, Any]] = []
        self.away: set[str] = set()
        self.page({"path": "/v1/models", "body": json.dumps(MODELS)})
        self.page({"path": "/healthz", "body": "{}"})

    async def start(self, port: int, tls: bool = False) -> int:
        """Listen on 127.0.0.1 and return the port; with ``tls`` behind a certificate that nobody trusts."""
        context = self_signed()[0] if tls else None
        self._listener = await asyncio.start_server(self._connected, "127.0.0.1", port, ssl=context)
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
        self.asked[model] += 1
        return planned(self.scripts.get(model) or {"behaviour": model}, model, self.asked[model])

    def page_at(self, target: str) -> dict[str, Any]:
        """Return the answer: the page of the whole target with its query, else of its path, of any provider."""
        path = target.split("?", maxsplit=1)[0]
        shared = path[path.find("/v1") :] if "/v1" in path else path
        missing = {"status": 404, "type": "application/json", "body": "{}"}
        return self.pages.get(target) or self.pages.get(path) or self.pages.get(shared, missing)

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
        method, target, headers, body = await read_request(reader)
        path = target.split("?")[0]
        if path == "/control/ledger":
            await answer(writer, 200, json.dumps(self.entries(parse_qs(urlsplit(target).query).get("model", [""])[0])))
        elif path.startswith("/control/"):
            await answer(writer, 200, json.dumps(self.control(path.removeprefix("/control/"), body)))
        elif provider_of(path) in self.away:
            entry = self._enter(path, headers, body, model_of(path, body), {"behaviour": "down"})
            cut(writer)
            entry["ended"] = time.time()
        elif method == "GET" or path in self.pages:
            page = self.page_at(target)
            await answer(writer, page["status"], page["body"], page["type"])
        else:
            await self._perform(reader, writer, path, headers, body)

    def entries(self, model: str) -> list[dict[str, Any]]:
        """The ledger, or a model's part of it."""
        return [entry for entry in self.ledger if model in ("", entry["model"])]

    def control(self, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what a test asks for."""
        if action == "script":
            self.scripts.update(body)
            for model in body:
                self.asked.pop(model, None)
                self.earlier_gates[model].append(self.gates.pop(model, asyncio.Event()))
        elif action == "release":
            model = body["model"]
            for gate in self.earlier_gates[model] if body["earlier"] else [self.gates[model]]:
                gate.set()
        elif action == "page":
            self.page(body)
        elif action == "down":
            self.away.add(body["provider"])
        elif action == "up":
            self.away.discard(body["provider"])
        elif action == "reset":
            self.reset()
        return {}

    async def _perform(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        path: str,
        headers: dict[str, str],
        body: dict[str, Any],
    ) -> None:
        """Let the behaviour answer, unless the client hangs up first."""
        model = model_of(path, body)
        script = self.script_of(model)
        entry = self._enter(path, headers, body, model, script)
        exchange = Exchange(writer, script, entry, self.gates[model])
        performing = asyncio.create_task(perform(exchange))
        hanging_up = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait({performing, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
            entry["closed_early"] = not performing.done() or isinstance(performing.exception(), ConnectionError)
        finally:
            performing.cancel()
            hanging_up.cancel()
            await asyncio.gather(performing, hanging_up, return_exceptions=True)
            entry["billed"] = exchange.bill()
            entry["ended"] = exchange.ended or time.time()

    def _enter(
        self, path: str, headers: dict[str, str], body: dict[str, Any], model: str, script: dict[str, Any]
    ) -> dict[str, Any]:
        entry = {
            "id": len(self.ledger) + 1,
            "model": model,
            "behaviour": script["behaviour"],
            "path": path,
            "dialect": dialect_of(path),
            "provider": provider_of(path),
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
            "billed": None,
        }
        self.ledger.append(entry)
        return entry


async def read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], dict[str, Any]]:
    """Method, target (path and query), headers (lower case) and JSON body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return method, path, headers, json.loads(body or b"{}")


def provider_of(path: str) -> str:
    """'acme' of '/acme/v1/…', '' of '/v1/…'."""
    return path.split("/v1", maxsplit=1)[0].strip("/") if "/v1" in path else ""


def model_of(path: str, body: dict[str, Any]) -> str:
    """The model that is asked for; Gemini's stands in the path."""
    return str(body.get("model") or unquote(path.rpartition("/models/")[2].partition(":")[0]))


async def answer(writer: asyncio.StreamWriter, status: int, body: str, content_type: str = "application/json") -> None:
    payload = body.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(payload)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + payload)
    await writer.drain()
