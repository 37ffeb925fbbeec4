"""Every address is walked by people and programs that may not see what it names; a new address needs a row first."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import URLPattern, get_resolver

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import User
from apps.api.site import api
from apps.web.routing import websocket_urlpatterns
from fusionweb.asgi import application
from tests.access.conftest import KeptWorld
from tests.access.routes import ADMIN_PREFIX, NOBODYS, OPEN, PAGES, ROUTES, SOCKETS, STREAMED
from tests.access.rows import Route
from tests.access.world import SECRET, World
from tests.sockets import Socket
from tests.web.conftest import signed_in

SCOPES = {"read": ("read", "run", "admin"), "run": ("run", "admin"), "admin": ("admin",)}


@pytest.fixture
def people(kept_world: KeptWorld, transactional_db: None) -> dict[str, User]:
    kept_world.put_back()
    return kept_world.people


@pytest.fixture
def world(kept_world: KeptWorld, people: dict[str, User], without_workers: None) -> World:
    """Return what Alice owns, as it was made."""
    return kept_world.world


def patterns(found: Any = None, prefix: str = "") -> Iterator[str]:
    """Yield the patterns of all addresses, those of included files with their prefix."""
    for one in get_resolver().url_patterns if found is None else found:
        if isinstance(one, URLPattern):
            yield prefix + str(one.pattern)
        else:
            yield from patterns(one.url_patterns, prefix + str(one.pattern))


def routes() -> dict[str, str]:
    """Return the scope of every method of every route, by ``METHOD path``."""
    return {
        f"{method} {prefix}{path}": operation.auth_callbacks[0].scope if operation.auth_callbacks else OPEN
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }


API_PATTERNS = {route.partition(" /")[2].replace("{path:model_id}", "<path:model_id>") for route in routes()}
ADMIN = [pattern for pattern in patterns() if pattern.startswith(ADMIN_PREFIX)]


def is_of_api(pattern: str) -> bool:
    """Whether ninja made this pattern: its routes have a table of their own, by method."""
    return pattern.replace("<", "{").replace(">", "}") in {
        one.replace("<", "{").replace(">", "}") for one in API_PATTERNS
    }


def filled(value: Any, names: dict[str, Any]) -> Any:
    """Return a value with the names of things in place of those in braces."""
    if isinstance(value, str):
        return value.format(**names)
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    return {key: filled(one, names) for key, one in value.items()} if isinstance(value, dict) else value


def test_every_address_has_a_row():
    pages = [one for one in patterns() if not one.startswith(ADMIN_PREFIX) and not is_of_api(one)]

    assert sorted(set(pages)) == sorted(PAGES)
    assert sorted(routes()) == sorted(ROUTES)
    assert sorted(str(one.pattern) for one in websocket_urlpatterns) == sorted(SOCKETS)


def test_every_row_that_is_not_404_says_why():
    pages = [page for found in PAGES.values() for page in found]
    unexplained = [page for page in pages if page.expected["charlie"] != 404 and not page.why]
    open_routes = [route for found in ROUTES.values() for route in found if route.foreign != 404 and not route.why]

    assert (unexplained, open_routes) == ([], [])


def asked(route: str, address: str, body: Any, secret: str = "") -> Any:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    content = None if body is None else json.dumps(body)
    return Client().generic(route.partition(" ")[0], address, content or b"", "application/json", headers=headers)


def text_of(response: Any) -> str:
    return "" if response.streaming else response.content.decode(errors="replace")


@pytest.mark.django_db(transaction=True)  # each request of a program has a thread and a connection of its own
@pytest.mark.parametrize(
    "name, route",
    [pytest.param(name, route, id=f"{name} {route.body or ''}") for name, found in ROUTES.items() for route in found],
)
def test_route_is_for_keys_of_the_owner(
    world: World, people: dict[str, User], kept_world: KeptWorld, name: str, route: Route
):
    address = filled(route.address, world.names)
    body = filled(dict(route.body), world.names) if route.body is not None else None
    _, revoked = api_keys.make_key(people["alice"], "old", [Scope.ADMIN])
    api_keys.revoke(people["alice"].api_keys.get(name="old"))
    before = world.as_stored()

    assert routes()[name] == route.scope
    if route.scope == OPEN:
        answers = [asked(name, address, body, secret) for secret in ("", "fw-made-up", world.admin_secret)]
        assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
        return
    for secret in ("", "fw-made-up", revoked):
        assert asked(name, address, body, secret).status_code == 401
    for person in ("bob", "charlie", "root"):
        for scope in Scope:
            response = asked(name, address, body, kept_world.keys[person, scope])
            status = route.foreign if scope in SCOPES[route.scope] else 403
            assert response.status_code == status, f"{person}, {scope}: {text_of(response)}"
            if status == 200:
                assert SECRET not in text_of(response)
    assert {**world.as_stored(), f"ApiKey {world.key.pk}": None} == {**before, f"ApiKey {world.key.pk}": None}
    own = asked(name, address, body, world.admin_secret)
    assert own.status_code == route.own, text_of(own)
    if route.foreign == 200 and route.why not in (NOBODYS, STREAMED):
        assert SECRET in text_of(own)


@pytest.mark.django_db(transaction=True)
def test_names_of_requests_are_each_persons_own(world: World, people: dict[str, User]):
    def made(secret: str) -> Any:
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "once"}
        return Client().post("/api/v1/runs", {"prompt": "Why?"}, "application/json", headers=headers).json()["id"]

    _, charlies = api_keys.make_key(people["charlie"], "c", [Scope.RUN])
    first, again, other = made(world.admin_secret), made(world.admin_secret), made(charlies)

    assert first == again
    assert first != other


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address, expected", SOCKETS.values(), ids=SOCKETS)
async def test_socket_is_for_readers(people: dict[str, User], world: World, address: str, expected: dict[str, int]):
    for name, code in expected.items():
        headers = [(b"origin", b"http://localhost"), (b"host", b"localhost")]
        if name in people:
            client = await database_sync_to_async(signed_in)(people[name])
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()))
        socket = Socket(application, filled(address, world.names), headers=headers)

        await socket.connect()

        told = await socket.receive_output()
        if code == 1000:  # what it leads to has ended: the page is to draw itself anew
            assert "resync" in told["text"]
            told = await socket.receive_output()
        assert {"code": 1000, **told} == {"type": "websocket.close", "code": code}
        await socket.disconnect()
    await sync_to_async(connections.close_all)()  # the thread of the sockets keeps one for the next
