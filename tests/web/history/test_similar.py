"""Runs like another one: the most alike first, of the reader's own, the same for programs, in few queries."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.runs.lifecycle import run_vectors
from apps.runs.models import RunVector
from apps.runs.reading.similar_runs import similar_runs
from tests.factories import make_run

TOWER = "How high is the Eiffel Tower in Paris?"
OTHERS = ["What is the height of the tower in Paris?", "Write a poem on rain.", "Translate “cheese” into German."]


def test_runs_about_the_same_come_first_and_nobody_elses(as_alice: Client, as_charlie: Client, alice, charlie, local):
    run = make_run(alice, TOWER)
    for prompt in OTHERS:
        make_run(alice, prompt)
    make_run(alice, f"{TOWER} Binned.", binned_at=timezone.now())
    make_run(charlie, f"{TOWER} Secret.")
    again = make_run(alice, TOWER)
    address = f"/runs/{run.public_id}/similar/"

    page = as_alice.get(address)

    found = page.context["similar"]
    assert [other.title for other, _ in found.runs][:2] == [TOWER, OTHERS[0]]
    assert found.runs[0][0].pk == again.pk
    assert found.runs[0][1] == pytest.approx(1, abs=0.01)
    likeness = [value for _, value in found.runs]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[1] > likeness[2] + 0.2
    assert (len(found.runs), found.compared, found.is_partial) == (4, 4, False)
    html = page.content.decode()
    assert likeness[-1] < 0
    assert re.search(r"0\.00\s+</span>\s+<a class=\"title\"", html)  # opposite words are no less like it than others
    assert "Secret" not in html
    assert "Binned" not in html
    assert re.search(r"1\.00\s+</span>\s+<a class=\"title\"", html)
    assert as_charlie.get(address).status_code == 404
    assert f'href="{address}">Runs like this' in as_alice.get(run.get_absolute_url()).content.decode()


@pytest.mark.django_db(transaction=True)
def test_programs_get_the_same_list(as_alice: Client, alice, local):
    run = make_run(alice, TOWER)
    for prompt in OTHERS:
        make_run(alice, prompt)
    _, secret = api_keys.make_key(alice, "test", [Scope.READ])

    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/api/v1/runs/{run.public_id}/similar?limit=2")

    document = answer.json()
    page = as_alice.get(f"/runs/{run.public_id}/similar/").context["similar"]
    assert [one["run"]["id"] for one in document["data"]] == [other.public_id for other, _ in page.runs[:2]]
    assert [one["likeness"] for one in document["data"]] == [round(value, 4) for _, value in page.runs[:2]]
    assert (document["compared"], document["is_partial"]) == (3, False)


def test_vectors_are_made_once_and_bit_by_bit(alice, local, monkeypatch):
    monkeypatch.setattr(run_vectors, "BATCH", 2)
    monkeypatch.setattr(run_vectors, "ROUND_S", 0)
    runs = [make_run(alice, f"{TOWER} {number}") for number in range(5)]

    first, second, third = (similar_runs(alice, runs[0]) for _ in range(3))

    assert [(one.compared, one.is_partial) for one in (first, second, third)] == [(2, True), (4, True), (4, False)]
    assert RunVector.objects.count() == 5
    with CaptureQueriesContext(connection) as once:
        similar_runs(alice, runs[0])
    for number in range(4):
        make_run(alice, f"Why is sky {number} blue?")
    monkeypatch.setattr(run_vectors, "BATCH", 200)
    similar_runs(alice, runs[0])
    with CaptureQueriesContext(connection) as more:
        similar_runs(alice, runs[0])
    assert len(more) == len(once)
    assert not [query for query in more if 'calloutput"."text"' in query["sql"] or '"messages"' in query["sql"]]


def test_only_run_says_that_there_is_no_other(as_alice: Client, alice, local):
    run = make_run(alice, "")

    assert "There is no other run yet" in as_alice.get(f"/runs/{run.public_id}/similar/").content.decode()
