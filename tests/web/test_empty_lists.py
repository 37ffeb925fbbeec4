"""A list with nothing in it says what will stand there, and offers one thing first: to make the first."""

import re

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.factories import make_run
from tests.web.run_factories import make_finished_run

LISTS = [
    "/runs/",
    "/models/routes/",
    "/models/tool-servers/",
    "/calibrations/",
    "/batches/",
    "/templates/",
    "/shares/",
]

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def offered(client: Client, path: str) -> tuple[int, bool]:
    """Return how many links of a page are its first, and whether they stand in its empty list."""
    main = client.get(path).content.decode().partition("<main")[2]
    shown, _, empty = main.partition('empty">')
    link = re.compile(r'<a class="btn primary"')
    return len(link.findall(main)), bool(link.search(empty)) and not link.search(shown)


@pytest.mark.parametrize("path", LISTS)
def test_empty_list_offers_its_first_once(as_alice: Client, alice: User, path: str) -> None:
    alice.is_staff = True
    alice.save()

    assert offered(as_alice, path) == (1, True)


def test_leaderboard_without_votes_offers_one_once(as_alice: Client, alice: User) -> None:
    make_finished_run(alice)

    assert offered(as_alice, "/leaderboard/") == (1, True)


def test_list_of_runs_offers_a_new_one_first(as_alice: Client, alice: User) -> None:
    make_run(alice)

    assert offered(as_alice, "/runs/") == (1, False)
