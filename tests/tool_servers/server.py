"""A tool server of the official package, as a process; and a rude one that answers whatever a test wants."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

TOKEN = "medlar-token"


def serve(port: int) -> None:
    """Serve tools of every kind at ``/mcp``, to who has the token."""
    import uvicorn  # noqa: PLC0415 - only in the process of the server
    from mcp.server import MCPServer  # noqa: PLC0415 - as above
    from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415 - as above
    from mcp_types import ToolAnnotations  # noqa: PLC0415 - as above

    server = MCPServer("orchard")
    reads = ToolAnnotations(read_only_hint=True)

    @server.tool(annotations=reads)
    def find_trees(kind: str, limit: int = 3) -> str:
        """Find trees of a kind.\u200b"""
        return f"{limit} trees of the kind {kind}\u200b"

    @server.tool()
    def fell_tree(name: str) -> str:
        """Fell a tree."""
        return f"{name} is felled"

    @server.tool(annotations=reads)
    def long_list() -> str:
        """List everything."""
        return "leaf " * 20_000

    @server.tool(annotations=reads)
    def broken() -> str:
        """Fail."""
        raise ToolError("no ladder")

    @server.tool(annotations=reads)
    async def slow() -> str:
        """Take long."""
        await asyncio.sleep(600)
        return "late"

    @server.tool(annotations=reads)
    def too_much() -> str:
        """Answer with two megabytes."""
        return "x" * 2_000_000

    app = server.streamable_http_app()

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        wanted = (b"authorization", f"Bearer {TOKEN}".encode())
        if scope["type"] == "http" and wanted not in scope["headers"]:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    uvicorn.run(guarded, host="127.0.0.1", port=port, log_level="error")


class QuietHandler(BaseHTTPRequestHandler):
    """A handler that logs nothing."""

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve by a handler; yield the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mcp"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def rude_server(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """Answer everything with the same; yield the address."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in ({"Content-Type": "application/json"} | given).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_DELETE = do_POST  # noqa: N815 - http.server's names

    with _served(Handler) as address:
        yield address


@contextmanager
def clinging_server(asked_for: list[str] | None = None) -> Iterator[str]:
    """Answer every question, and let nobody end the session; yield the address. Methods go into ``asked_for``.

    The answer of its tool has not the form that it has said.
    """
    ended, methods = Event(), [] if asked_for is None else asked_for
    form = {"type": "object", "properties": {"seat": {"type": "string", "pattern": "^(a+)+$"}}}
    answers = {
        "initialize": {"capabilities": {"tools": {}}, "serverInfo": {"name": "clinging", "version": "1"}},
        "tools/list": {"tools": [{"name": "book", "inputSchema": {"type": "object"}, "outputSchema": form}]},
        "tools/call": {"content": [{"type": "text", "text": "It is booked."}], "structuredContent": {"seat": 5}},
    }

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            methods.append(asked["method"])
            answer = dict(answers.get(asked["method"], {}))
            if asked["method"] == "initialize":
                answer["protocolVersion"] = asked["params"]["protocolVersion"]
            told = {"result": answer} if answer else {"error": {"code": -32601, "message": "Unknown."}}
            body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], **told}).encode() if "id" in asked else b""
            self.send_response(200 if body else 202)
            self.send_header("Content-Type", "application/json")
            self.send_header("Mcp-Session-Id", "one")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.send_error(405)

        def do_DELETE(self) -> None:
            ended.wait(60)

    with _served(Handler) as address:
        try:
            yield address
        finally:
            ended.set()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
