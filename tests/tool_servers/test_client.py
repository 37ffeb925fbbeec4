"""Tool servers are listed and called over real HTTP, within limits, and every failure is a sentence."""

import gzip
import importlib.util
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from apps.tool_servers import client, transport
from apps.tool_servers.client import LONGEST_ANSWER, call_tool, list_tools
from apps.tool_servers.values import ServerAddress, ToolServerError
from tests.tool_servers.server import TOKEN, clinging_server, rude_server


def server(url: str, token: str = TOKEN, *, only_public: bool = False) -> ServerAddress:
    return ServerAddress(url, SecretStr(token), only_public)


async def test_tools_are_listed_with_their_hints(tool_server: str):
    tools = {tool.name: tool for tool in await list_tools(server(tool_server))}

    assert {name for name, tool in tools.items() if not tool.is_read_only} == {"fell_tree"}
    assert tools["find_trees"].description == "Find trees of a kind."
    assert tools["find_trees"].input_schema["required"] == ["kind"]


async def test_a_tool_is_called_with_arguments(tool_server: str):
    answer = await call_tool(server(tool_server), "find_trees", {"kind": "oak", "limit": 2})
    failed = await call_tool(server(tool_server), "broken", {})
    cut = await call_tool(server(tool_server), "long_list", {})

    assert (answer.text, answer.is_error) == ("2 trees of the kind oak", False)
    assert (failed.is_error, "no ladder" in failed.text) == (True, True)
    assert cut.text.endswith("[Cut: the answer has 100,000 characters.]")
    assert len(cut.text) < LONGEST_ANSWER + 100


async def test_what_takes_too_long_or_is_too_large_is_given_up(tool_server: str, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ToolServerError, match="more than 1,000,000 bytes"):
        await call_tool(server(tool_server), "too_much", {})
    monkeypatch.setattr(client, "CALL_S", 3.0)
    with pytest.raises(ToolServerError, match="did not answer within 3 seconds"):
        await call_tool(server(tool_server), "slow", {})


async def test_an_answer_stands_although_the_server_does_not_end_the_session(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "CLOSE_S", 0.1)
    monkeypatch.setattr(client, "CALL_S", 8.0)
    with clinging_server() as url:
        answer = await call_tool(server(url), "book", {})
        tools = await list_tools(server(url))

    assert (answer.text, [tool.name for tool in tools]) == ("It is booked.", ["book"])


async def test_an_answer_is_not_held_against_the_schema_of_its_server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "CLOSE_S", 0.1)
    asked: list[str] = []
    with clinging_server(asked) as url:
        answer = await call_tool(server(url), "book", {})

    assert (answer.text, answer.is_error, asked[-1]) == ("It is booked.", False, "tools/call")


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_refused_token_is_told(tool_server: str, token: str):
    with pytest.raises(ToolServerError, match=r"It refused the token \(HTTP 401\)") as failure:
        await list_tools(server(tool_server, token))
    assert TOKEN not in failure.value.sentence


async def test_a_server_inside_the_network_is_not_asked_unless_it_may_be(
    tool_server: str, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(ToolServerError, match=r"127\.0\.0\.1 is an address inside this network"):
        await list_tools(server(tool_server, only_public=True))

    async def rebound(host: str, port: int) -> list[str]:  # public when it was entered, and private now
        return ["93.184.215.14", "127.0.0.1"]

    monkeypatch.setattr(transport, "resolve", rebound)
    with pytest.raises(ToolServerError, match=r"tools\.example is an address inside this network"):
        await list_tools(server("https://tools.example/mcp", only_public=True))


@pytest.mark.parametrize(
    "status, body, headers, sentence",
    [
        (404, b"", {}, "It answered with HTTP 404. Check the address"),
        (500, b"", {}, "It answered with HTTP 500."),
        (200, b"<html>", {"Content_Type": "text/html"}, "Unexpected content type: text/html"),
        (200, b"{", {}, "It answered with what is no message of the protocol."),
        (200, b"[" * 1_000_001, {}, "more than 1,000,000 bytes"),
        (200, gzip.compress(b"x" * 9_000_000), {"Content_Encoding": "gzip"}, "compressed"),
        (307, b"", {"Location": "http://127.0.0.1:1/mcp"}, "Redirect to http://127.0.0.1:1/mcp not followed"),
    ],
)
async def test_what_is_no_tool_server_is_told(status: int, body: bytes, headers: dict[str, str], sentence: str):
    with rude_server(status, body, **headers) as url, pytest.raises(ToolServerError, match=re.escape(sentence)):
        await list_tools(server(url))


LISTED = {"name": "find", "inputSchema": {"type": "object"}}


@pytest.mark.parametrize(
    "change",
    [
        '"name": "fi\\u0000nd"',
        '"name": "fi\\nnd"',
        '"inputSchema": {"type": "object", "default": NaN}',
        '"inputSchema": {"type": "object", "title": "a\\u0000"}',
        '"inputSchema": {"type": "object", "\\u0000": 1}',
    ],
)
def test_tool_that_no_database_takes_is_left_out(change: str):
    from mcp_types import Tool  # noqa: PLC0415 - an extra

    told = json.dumps(LISTED)[:-1] + f", {change}}}"

    assert client._listed(Tool.model_validate_json(told)) is None
    assert client._listed(Tool.model_validate(LISTED)) is not None


async def test_of_two_tools_by_one_name_the_first_is_listed(monkeypatch: pytest.MonkeyPatch):
    from mcp_types import ListToolsResult  # noqa: PLC0415 - an extra

    tools = [LISTED | {"title": title} for title in ("first", "second")] + [LISTED | {"name": "fell"}]

    class Server:
        async def list_tools(self, cursor: str | None) -> ListToolsResult:
            return ListToolsResult.model_validate({"tools": tools})

    @asynccontextmanager
    async def connected(*_: object) -> AsyncIterator[Server]:
        yield Server()

    monkeypatch.setattr(client, "_connected", connected)

    found = await list_tools(server("http://127.0.0.1:1/mcp"))

    assert [(tool.name, tool.title) for tool in found] == [("find", "first"), ("fell", "")]


def test_fault_that_a_server_tells_is_a_text_that_can_be_kept():
    assert client._sentence_of(ValueError("no\0 \u200bladder"), None) == "It cannot be asked: no ladder."


async def test_nobody_at_the_address_is_told():
    with pytest.raises(ToolServerError, match="It cannot be asked"):
        await list_tools(server("http://127.0.0.1:1/mcp"))


async def test_without_the_package_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    find = importlib.util.find_spec

    def without_mcp(name: str, package: str | None = None) -> Any:
        return None if name == "mcp" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_mcp)
    with pytest.raises(ToolServerError, match="its extra “mcp-client”"):
        await list_tools(server("http://127.0.0.1:1/mcp"))
