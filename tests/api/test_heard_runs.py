"""Clients that hang up before they hear of the run that they asked for: by our own route, a fork, a tool of agents."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import User
from apps.api import heard_runs
from apps.api.run_requests import GONE, RunRequest, create_run_once
from apps.fusion.vocabulary import Status
from apps.runs.models import Run
from apps.runs.sharing import share_run
from tests.api.mcp.messages import Agent
from tests.factories import make_run

ASKED = {"prompt": "Why is the sky blue?"}
Ask = Callable[[str, dict[str, Any]], Any]

scope: dict[str, Any] = {}


def with_scope(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give requests the ASGI scope of this test."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.scope = scope  # type: ignore[attr-defined]
        return get_response(request)

    return handle


@pytest.fixture
def alice(spender: User) -> Iterator[User]:
    with override_settings(MIDDLEWARE=[f"{__name__}.with_scope", *settings.MIDDLEWARE]):
        yield spender
    scope.clear()


@pytest.fixture
def ask(alice: User) -> Ask:
    """Asks for a run in one of four ways, with more parameters."""
    secret = api_keys.make_key(alice, "test", [Scope.RUN], webhook_hosts=["hooks.example"])[1]
    origin = make_run(alice, status=Status.DONE)
    code = share_run(origin).code
    paths = {"run": "runs", "fork": f"runs/{origin.public_id}/fork", "link": f"shares/{code}/fork"}

    def send(way: str, more: dict[str, Any]) -> Any:
        if way == "tool":
            return Agent(secret).send("tools/call", name="fuse_start", arguments=ASKED | more)
        headers = {"Authorization": f"Bearer {secret}"}
        if key := more.pop("idempotency_key", ""):
            headers["Idempotency-Key"] = key
        return Client().post(f"/api/v1/{paths[way]}", ASKED | more, content_type="application/json", headers=headers)

    return send


@pytest.mark.parametrize("way", ["run", "fork", "link", "tool"])
def test_no_run_is_made_for_a_client_that_has_gone(ask: Ask, way: str) -> None:
    scope[GONE] = True

    ask(way, {})

    assert Run.objects.exclude(status=Status.DONE).count() == 0


@pytest.mark.parametrize("way", ["run", "fork", "link", "tool"])
def test_run_is_stopped_whose_client_goes_while_it_is_made(ask: Ask, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def make_late(run_request: RunRequest, request: HttpRequest, body: bytes) -> Run:
        run = create_run_once(run_request, request, body)
        scope[GONE] = True
        return run

    monkeypatch.setattr(heard_runs, "create_run_once", make_late)

    ask(way, {})

    assert Run.objects.exclude(status=Status.DONE).get().status is Status.CANCELLED


@pytest.mark.parametrize(
    "way, found_by",
    [
        *((way, {"idempotency_key": "again"}) for way in ("run", "fork", "link", "tool")),
        *((way, {"webhook": "https://hooks.example/"}) for way in ("run", "fork", "link")),
    ],
)
def test_run_that_can_be_found_outlasts_its_client(ask: Ask, way: str, found_by: dict[str, Any]) -> None:
    scope[GONE] = True

    ask(way, dict(found_by))

    assert Run.objects.exclude(status=Status.DONE).get().status is Status.RUNNING
