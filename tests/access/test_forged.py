"""Requests that another site makes a browser send with its visitor's cookie: none is carried out, at any address."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as site_settings
from django.test import Client

from apps.accounts.models import User
from tests.access.routes import OPEN, PAGES, ROUTES
from tests.access.rows import Page
from tests.access.test_routes import filled, routes
from tests.access.world import World
from tests.forms import form_token

FOREIGN = "https://evil.example"
FORGERIES = [
    ({}, False, False),
    ({"origin": FOREIGN}, True, False),
    ({"origin": "null"}, True, False),
    ({"origin": "http://testserver:9999"}, True, False),
    ({"origin": "http://testserver.evil.example"}, True, False),
    ({}, True, True),
    ({"referer": f"{FOREIGN}/?https://testserver/"}, True, True),
    ({"referer": "http://testserver/"}, True, True),
]
"""Headers; whether the form has the visitor's own token; whether the site is reached by HTTPS."""
OVERRIDES = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "X-Method-Override": "POST"}
OURS = ("accounts", "annotations", "batches", "catalogue", "runs")
DERIVED = ("SearchRow", "Alignment", "RunVector")
"""Indexes and caches, which reading may fill."""
PROGRAMS = ("/mcp",)
"""Addresses that take a key and no cookie."""


def posts() -> Iterator[Page]:
    for found in PAGES.values():
        yield from (page for page in found if page.method == "POST" and not page.address.startswith(PROGRAMS))


def as_stored(world: World) -> dict[str, Any]:
    """Return what Alice's rows hold, and which rows there are of any kind."""
    models = [model for name in OURS for model in apps.get_app_config(name).get_models()]
    models = [model for model in models if model.__name__ not in DERIVED]
    keys = {model.__name__: set(model._default_manager.values_list("pk", flat=True)) for model in models}
    return {**world.as_stored(), **keys}


def visitor(user: User | None) -> Client:
    client = Client(enforce_csrf_checks=True)
    if user:
        client.force_login(user)
    return client


def test_forged_posts_are_refused_at_every_address(world: World, people: dict[str, User]) -> None:
    token = form_token(Client().get("/login/").content.decode())
    before = as_stored(world)

    taken = []
    for user in (people["alice"], people["root"], None):
        client = visitor(user)
        client.cookies[site_settings.CSRF_COOKIE_NAME] = token
        for page in posts():
            address, data = filled(page.address, world.names), filled(dict(page.data), world.names)
            for headers, has_token, is_secure in FORGERIES:
                form = {**data, "csrfmiddlewaretoken": token} if has_token else data
                answer = client.post(address, form, headers=headers, secure=is_secure)
                if answer.status_code != 403:
                    taken.append((user and user.username, address, headers, answer.status_code))

    assert taken == []
    assert as_stored(world) == before


def test_links_and_other_methods_change_nothing_at_any_address(world: World, people: dict[str, User]) -> None:
    before = as_stored(world)
    pages = [page for found in PAGES.values() for page in found]

    broken = []
    for user in (people["alice"], people["root"]):
        client = Client()
        client.force_login(user)
        for page in pages:
            address, data = filled(page.address, world.names), filled(dict(page.data), world.names)
            answers = [
                client.get(address, {**data, "_method": "POST"} if data else None, headers=OVERRIDES),
                client.put(address, "{}", headers=OVERRIDES),
            ]
            broken += [(address, answer.status_code) for answer in answers if answer.status_code >= 500]
        assert as_stored(world) == before, user.username

    assert [row for row in broken if row != ("/readyz", 503)] == []


@pytest.mark.django_db(transaction=True)  # each request of a program has a thread and a connection of its own
def test_a_cookie_opens_no_route_of_programs(world: World, people: dict[str, User]) -> None:
    client, before = Client(), as_stored(world)
    client.force_login(people["alice"])
    closed = {name: found for name, found in ROUTES.items() if routes()[name] != OPEN}

    answers = {
        f"{name} {route.body}": client.generic(
            name.partition(" ")[0], filled(route.address, world.names), b"{}", "application/json"
        ).status_code
        for name, found in closed.items()
        for route in found
    }

    assert {name: status for name, status in answers.items() if status != 401} == {}
    assert as_stored(world) == before


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "[::1", "a b"])
def test_no_address_answers_under_a_name_that_is_not_the_sites(world: World, host: str) -> None:
    addresses = {filled(row.address, world.names) for found in (PAGES | ROUTES).values() for row in found}
    client = Client(headers={"host": host, "x-forwarded-host": "testserver"})

    answers = {address: client.get(address) for address in addresses}

    assert {address: one.status_code for address, one in answers.items() if one.status_code != 400} == {}
    assert [address for address, one in answers.items() if host.encode() in one.content] == []


def test_links_to_the_site_never_lead_to_a_name_that_a_visitor_made_up(world: World, settings) -> None:
    names = {"x-forwarded-host": "evil.example", "x-forwarded-server": "evil.example", "forwarded": "host=evil.example"}
    client = Client(headers=names)
    client.force_login(world.run.owner)

    for settings.SITE_URL, base in (("", "http://testserver"), ("https://fusion.example/", "https://fusion.example")):
        pages = [client.get(path).content.decode() for path in (f"/s/{world.share.code}/", "/settings/")]
        assert [base in page for page in pages] == [True, True]
        assert [page for page in pages if "evil.example" in page] == []
