"""Messages of the protocol as a client without a library would send them."""

import json
from typing import Any

from django.test import Client

NOW = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": NOW, "io.modelcontextprotocol/clientCapabilities": {}}
NAMED_BY = {"tools/call": "name", "resources/read": "uri"}


def headers_of(method: str, params: dict[str, Any], version: str = NOW) -> dict[str, str]:
    """Return the headers that a message of today's protocol has."""
    headers = {"MCP-Protocol-Version": version, "Accept": "application/json, text/event-stream"}
    named = {"Mcp-Name": str(params.get(NAMED_BY[method], ""))} if method in NAMED_BY else {}
    return headers if version != NOW else headers | {"Mcp-Method": method} | named


def body_of(method: str, params: dict[str, Any], version: str = NOW) -> dict[str, Any]:
    meta = {"_meta": META} if version == NOW else {}
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": {**params, **meta}}


class Agent:
    """A program that sends messages with a key, without a server process."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def send(self, method: str, version: str = NOW, headers: dict[str, str] | None = None, **params: Any) -> Any:
        """Return the response to one message."""
        sent = headers_of(method, params, version) | {"Authorization": f"Bearer {self.secret}"} | (headers or {})
        return Client().generic(
            "POST", "/mcp/", json.dumps(body_of(method, params, version)), "application/json", headers=sent
        )

    def result(self, method: str, version: str = NOW, **params: Any) -> dict[str, Any]:
        response = self.send(method, version, **params)
        assert response.status_code == 200, response.content
        found: dict[str, Any] = response.json()["result"]
        return found

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return what a tool returned."""
        result = self.result("tools/call", name=tool, arguments=arguments)
        assert result["isError"] is False, result
        found: dict[str, Any] = result["structuredContent"]
        return found

    def refusal(self, tool: str, **arguments: Any) -> str:
        """Return the sentence by which a tool refused."""
        result = self.result("tools/call", name=tool, arguments=arguments)
        assert result["isError"] is True, result
        return str(result["content"][0]["text"])
