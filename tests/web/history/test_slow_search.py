"""A search that took too long is given up by the database, and the page says so."""

import pytest
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.test import Client

from apps.runs.reading import queries
from apps.runs.reading.searching import conditions
from tests.factories import make_run


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    """A search that takes 20 s, of which it is given 0.2."""
    settings.HISTORY_SEARCH_TIMEOUT = 0.2
    pause = Q(pk=RawSQL("(SELECT length(pg_sleep(20)::text))", []))
    monkeypatch.setattr(conditions, "_condition", lambda *_: pause)


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true", "HX-Target": "history"}])
def test_slow_search_is_given_up_and_told(as_alice: Client, alice, local, slow, htmx: dict[str, str]) -> None:
    make_run(alice)

    answer = as_alice.get("/runs/?q=sky", headers=htmx)

    assert answer.status_code == 200
    assert "This search is too broad" in answer.content.decode()
    assert "<tr" not in answer.content.decode()


def test_what_follows_a_search_has_its_own_time(as_alice: Client, alice, local) -> None:
    make_run(alice, "Why is the sky blue?")

    assert "Why is the sky blue?" in as_alice.get("/runs/?q=sky").content.decode()

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_list_without_a_search_is_not_bounded(as_alice: Client, alice, local, django_assert_num_queries) -> None:
    make_run(alice)
    with django_assert_num_queries(3):
        queries.history(alice)
