"""Searches of programs: the query of the page, its pages, and its faults as refusals."""

import pytest
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.runs.reading.searching import conditions
from tests.factories import make_local_preset, make_run, make_user

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = "/api/v1/runs"


@pytest.fixture
def alice():
    make_local_preset()
    return make_user("alice")


@pytest.fixture
def program(alice) -> Client:
    _, secret = api_keys.make_key(alice, "test", [Scope.READ])
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_search_is_paged_and_sorted(program, alice):
    make_run(alice, "Tower of Pisa", age_s=10)
    make_run(alice, "Bridge", age_s=20)
    make_run(alice, "Is a tower a tower?", age_s=30)

    first = program.get(RUNS, {"q": "tower status:done", "limit": 1}).json()
    second = program.get(RUNS, {"q": "tower status:done", "limit": 1, "cursor": first["next_cursor"]}).json()
    best = program.get(RUNS, {"q": "tower", "sort": "best"}).json()

    assert [run["title"] for run in first["data"] + second["data"]] == ["Tower of Pisa", "Is a tower a tower?"]
    assert second["next_cursor"] is None
    assert [run["title"] for run in best["data"]] == ["Is a tower a tower?", "Tower of Pisa"]
    assert program.get(RUNS, {"q": "tower", "cursor": "="}).status_code == 400


def test_wrong_search_is_refused_with_its_place(program):
    refusal = program.get(RUNS, {"q": "sky agremeent<0.5"})

    assert refusal.status_code == 400
    assert refusal.json()["error"] == {
        "message": "There is no “agremeent<”. Did you mean “agreement”?",
        "type": "invalid_request_error",
        "param": "q",
        "code": "invalid_query",
        "column": 4,
        "length": 9,
        "suggestion": "sky agreement<0.5",
    }
    both = program.get(RUNS, {"q": "sky", "status": "done"})
    assert (both.status_code, both.json()["error"]["message"]) == (400, "Put all conditions into q.")
    assert program.get(RUNS, {"q": "x" * 501}).status_code == 400


def test_search_that_is_given_up_says_so(program, alice, settings, monkeypatch):
    make_run(alice)
    settings.HISTORY_SEARCH_TIMEOUT = 0.2
    monkeypatch.setattr(conditions, "_condition", lambda *_: Q(pk=RawSQL("(SELECT length(pg_sleep(20)::text))", [])))

    refusal = program.get(RUNS, {"q": "tower"})

    assert (refusal.status_code, refusal.json()["error"]["code"]) == (400, "search_too_broad")
