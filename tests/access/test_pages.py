"""Every page is opened by people who may not see what it names; all rows of the table share one world."""

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.access.routes import OPEN_IN_ADMIN, PAGES
from tests.access.rows import PEOPLE, Page
from tests.access.test_routes import ADMIN, filled, text_of
from tests.access.world import SECRET, World
from tests.web.conftest import signed_in


@pytest.fixture
def people(shared_world: tuple[dict[str, User], World], db: None) -> dict[str, User]:
    return shared_world[0]


@pytest.fixture
def world(shared_world: tuple[dict[str, User], World], without_workers: None) -> World:
    """Return what Alice owns, as it was made: what the row before changed was taken back with its transaction."""
    return shared_world[1]


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=f"{page.method} {page.address}") for found in PAGES.values() for page in found]
)
def test_page_is_for_whom_its_row_says(world: World, people: dict[str, User], page: Page):
    address, data = filled(page.address, world.names), filled(dict(page.data), world.names)
    clients = {name: signed_in(people[name]) if name in people else Client() for name in PEOPLE}
    able = "alice" if page.expected["alice"] < 400 or page.expected["root"] >= 400 else "root"
    order = sorted(PEOPLE, key=lambda name: name == able)
    before = world.as_stored()

    for name in order:
        if name == able:
            assert world.as_stored() == before, "somebody changed what is Alice's"
        response = clients[name].get(address) if page.method == "GET" else clients[name].post(address, data)
        assert response.status_code == page.expected[name], f"{name}: {response.status_code}"
        words = text_of(response)
        if page.hides and name != "alice":
            assert SECRET not in words.replace(address, ""), f"{name} reads it"


@pytest.mark.parametrize("pattern", ADMIN)
def test_admin_is_for_administrators(world: World, people: dict[str, User], pattern: str):
    address = "/" + pattern.replace("<path:object_id>", "1").replace("<path:content_type_id>", "1").replace("<id>", "1")
    address = address.replace("^(?P<app_label>auth|accounts|catalogue)/$", "accounts/").replace(
        "(?P<url>.*)$", "other/"
    )

    answers = {
        name: (signed_in(people[name]) if name in people else Client()).get(address)
        for name in ("alice", "bob", "charlie", "nobody")
    }

    if pattern in OPEN_IN_ADMIN:
        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 200)
    elif pattern == "admin/logout/":
        assert {answer.status_code for answer in answers.values()} <= {302, 405}
    else:
        assert {answer.headers.get("Location", "").partition("?")[0] for answer in answers.values()} == {
            "/admin/login/"
        }
