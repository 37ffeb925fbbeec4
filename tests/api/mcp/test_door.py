"""The address of the protocol: keys are let in, and much is refused before any tool is looked at."""

import json
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.api.limits import count_request
from apps.runs import valkey
from tests.api.mcp.messages import Agent, body_of, headers_of
from tests.factories import make_user

LIST = body_of("tools/list", {})


@pytest.fixture
def agent(db: None, valkey_url: str) -> Agent:
    valkey.client.cache_clear()
    return Agent(api_keys.make_key(make_user("alice"), "agent", [Scope.READ])[1])


def post(body: Any, address: str = "/mcp/", **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().generic(
        "POST", address, content, "application/json", headers=headers_of("tools/list", {}) | headers
    )


@pytest.mark.parametrize("address", ["/mcp/", "/mcp"])
def test_nobody_gets_in_without_a_key(agent: Agent, address: str):
    without, wrong = post(LIST, address), post(LIST, address, Authorization="Bearer fw-wrong")
    basic = post(LIST, address, Authorization=f"Basic {agent.secret}")

    assert [without.status_code, wrong.status_code, basic.status_code] == [401, 401, 401]
    assert without["WWW-Authenticate"] == 'Bearer realm="FusionWeb"'
    assert wrong["WWW-Authenticate"] == 'Bearer realm="FusionWeb", error="invalid_token"'
    assert without.json()["error"]["data"] == {"code": "invalid_api_key"}
    assert without.json()["id"] == 7
    assert post(LIST, address, Authorization=f"bearer {agent.secret}").status_code == 200
    assert post(LIST, address, **{"x-api-key": agent.secret}).status_code == 200


def test_a_key_without_a_scope_is_told_so(agent: Agent):
    secret = api_keys.make_key(make_user("bob"), "none", [])[1]

    response = post(LIST, Authorization=f"Bearer {secret}")

    assert response.status_code == 403
    assert response["WWW-Authenticate"].endswith('error="insufficient_scope", scope="read"')
    assert response.json()["error"]["message"] == "This key may nothing; the request needs the scope “read”."


def test_requests_are_counted_with_those_of_the_api(agent: Agent):
    secret = api_keys.make_key(make_user("bob"), "slow", [Scope.READ], requests_per_minute=2)[1]
    bearer = {"Authorization": f"Bearer {secret}"}
    count_request(HttpRequest(), api_keys.find_key(secret))  # as a request of the API does

    allowed, refused = post(LIST, **bearer), post(LIST, **bearer)

    assert (allowed.status_code, allowed["X-RateLimit-Remaining-Requests"]) == (200, "0")
    assert (refused.status_code, refused.json()["error"]["data"]["code"]) == (429, "rate_limit_exceeded")
    assert int(refused["Retry-After"]) > 0


@pytest.mark.parametrize(
    "body, status, code",
    [
        (b"{", 400, -32700),
        (b"\xff", 400, -32700),
        (b'{"a":"\\u0000"}', 400, -32700),
        (b"[" * 200 + b"]" * 200, 400, -32700),
        (b"[" + b"1," * 60_000 + b"1]", 413, -32600),
        (b"[]", 400, -32600),
        (b'{"jsonrpc":"2.0","id":1}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"tools/list"}', 400, -32600),
    ],
)
def test_what_is_no_message_is_refused(agent: Agent, body: bytes, status: int, code: int):
    response = post(body, Authorization=f"Bearer {agent.secret}")

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_headers_must_say_what_the_message_says(agent: Agent):
    unknown = agent.send("prompts/list")
    other_method = agent.send("tools/list", headers={"Mcp-Method": "tools/call"})
    other_tool = agent.send("tools/call", headers={"Mcp-Name": "get_run"}, name="list_presets")
    other_run = agent.send("resources/read", headers={"Mcp-Name": "run://b"}, uri="run://a")
    future = agent.send("tools/list", headers={"MCP-Protocol-Version": "2031-01-01"})

    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, -32601)
    for mismatch in (other_method, other_tool, other_run):
        assert (mismatch.status_code, mismatch.json()["error"]["code"]) == (400, -32020)
    assert future.json()["error"]["data"]["supported"] == ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]


def test_only_messages_are_taken(agent: Agent, settings: Any):
    bearer = {"Authorization": f"Bearer {agent.secret}"}
    foreign = {"Origin": "https://elsewhere.example"}

    assert Client().get("/mcp/", headers=bearer).status_code == 405
    assert Client().delete("/mcp/", headers=bearer).status_code == 405
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert post(note, **bearer).status_code == 202
    assert post(LIST, **bearer, **foreign).status_code == 403
    assert agent.send("resources/list", headers=foreign).status_code == 403
    settings.API_CORS_ORIGINS = ["https://elsewhere.example"]
    assert post(LIST, **bearer, **foreign)["Access-Control-Allow-Origin"] == "https://elsewhere.example"
    assert agent.send("resources/list", headers=foreign).status_code == 200
