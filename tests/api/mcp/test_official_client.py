"""The protocol's own Python client, unmodified, against the running site: today's protocol and the handshake before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.api.factories import ANSWERS, FUSED
from tests.runs.stack import Bench

if TYPE_CHECKING:
    from mcp import Client

Connect = Callable[..., Any]


@pytest.fixture
def connect(base_url: str, panel: Any) -> Connect:
    """Connect the client with a key, by the protocol that it is told to speak."""
    # Not above: it takes a second, in every parallel worker.
    protocol, transport = import_module("mcp"), import_module("mcp.client.streamable_http")

    @asynccontextmanager
    async def connected(key: str, mode: str) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            protocol.Client(
                transport.streamable_http_client(f"{base_url}/mcp/", http_client=http), mode=mode
            ) as client,
        ):
            yield client

    return connected


@pytest.fixture
def reader(make_key: Callable[..., str]) -> str:
    return make_key("read")


async def called(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Return what a tool returned; the client has checked it against the tool's schema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return dict(result.structured_content)


async def settled(client: Client, run: str) -> dict[str, Any]:
    while True:
        waited = await called(client, "fuse_wait", run=run, seconds=25)
        if waited["is_settled"]:
            return waited


@pytest.mark.parametrize("mode, version", [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_a_run_from_the_question_to_the_document(connect: Connect, key: str, mode: str, version: str):
    async with connect(key, mode) as client:
        assert client.protocol_version == version
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        listed = await called(client, "list_presets")
        expected = await called(client, "estimate", prompt="How high is the Eiffel Tower?")
        started = await called(client, "fuse_start", prompt="How high is the Eiffel Tower?", max_cost=1)
        waited = await settled(client, started["run"])
        columns = await called(client, "get_run", run=started["run"], part="columns")
        bill = await called(client, "get_run", run=started["run"], part="bill")
        judged = await called(client, "rejudge", run=started["run"], judge="builtin/overlap")
        again = await settled(client, started["run"])
        found = await called(client, "search_runs", query="Eiffel")
        resources = await client.list_resources()
        templates = await client.list_resource_templates()
        document = await client.read_resource(f"run://{started['run']}")

    assert tools["fuse_wait"].annotations.read_only_hint is True
    assert tools["fuse_start"].annotations.read_only_hint is False
    assert [preset["slug"] for preset in listed["presets"]] == ["trees"]
    assert expected["calls"] == 4
    assert (waited["status"], waited["answer"], waited["answer_kind"]) == ("done", FUSED, "fused")
    assert waited["progress"]["sentence"] == "3 of 3 models have answered."
    assert [column["text"] for column in columns["columns"]] == list(ANSWERS.values())
    assert len(bill["bill"]) == 5
    assert (len(judged["calls"]), again["status"]) == (1, "done")
    assert [run["run"] for run in found["runs"]] == [started["run"]]
    assert [str(resource.uri) for resource in resources.resources] == [f"run://{started['run']}"]
    assert templates.resource_templates[0].uri_template == "run://{id}"
    assert FUSED in document.contents[0].text


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_errors_reach_the_client_as_sentences(connect: Connect, reader: str, mode: str):
    async with connect(reader, mode) as client:
        scope = await client.call_tool("fuse_start", {"prompt": "Why?"})
        nothing = await client.call_tool("get_run", {"run": "nothing"})
        with pytest.raises(import_module("mcp").MCPError, match="There is no such run"):
            await client.read_resource("run://nothing")
        with pytest.raises(import_module("mcp").MCPError, match="Unknown tool"):
            await client.call_tool("nothing", {})
    assert (scope.is_error, scope.content[0].text) == (
        True,
        "This key may read; the request needs the scope “run”.",
    )
    assert (nothing.is_error, nothing.content[0].text) == (True, "There is no such run.")


async def test_a_wrong_key_does_not_connect(connect: Connect):
    with pytest.raises(Exception) as failure:  # noqa: PT011 - the client groups what it raises
        async with connect("fw-wrong", "legacy"):
            pass
    assert "401" in repr(failure.value) or "valid API key" in repr(failure.value)


async def test_fuse_wait_comes_back_in_time_and_the_run_goes_on(connect: Connect, key: str, bench: Bench):
    bench.upstream.script("oak", "ok", text=ANSWERS["oak"], gate_after=0)
    async with connect(key, "auto") as client:
        started = await called(client, "fuse_start", prompt="How high is the Eiffel Tower?")
        early = await called(client, "fuse_wait", run=started["run"], seconds=0.5)
        bench.upstream.release("oak")
        late = await settled(client, started["run"])

    assert (early["status"], early["is_settled"], early["answer"]) == ("running", False, None)
    assert late["answer"] == FUSED
