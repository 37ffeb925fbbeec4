"""Lists that move by themselves: what they ask, how often, and what they get."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from apps.fusion.vocabulary import Status
from apps.runs.models import Run
from tests.factories import make_run

pytestmark = pytest.mark.usefixtures("local")
LIVE = {"status": Status.RUNNING, "ended_at": None}


def poll_of(response) -> tuple[str, str]:
    """Return the address that a list asks, and when."""
    html = response.content.decode()
    address = re.search(r'hx-get="(/(?:history/changes|recent)/[^"]*)"', html)
    when = re.search(r'hx-trigger="(every \d+s)"', html)
    return (address[1].replace("&amp;", "&") if address else "", when[1] if when else "")


def rows(response) -> list[str]:
    return re.findall(r'<tr class="run"\s+id="run-(\w+)"', response.content.decode())


def end(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(status=Status.DONE)


def test_history_asks_after_its_live_runs_and_gets_those_that_have_ended(as_alice: Client, alice):
    ended, live = make_run(alice, "One", **LIVE), make_run(alice, "Two", **LIVE)
    address, when = poll_of(as_alice.get("/runs/"))
    assert when == "every 3s"
    assert rows(as_alice.get(address)) == []

    end(ended)

    answer = as_alice.get(address)
    html = answer.content.decode()
    assert rows(answer) == [ended.public_id]
    assert re.search(rf'id="run-{ended.public_id}"[^>]* hx-swap-oob="true"', html)
    assert f"live={live.public_id}&" in poll_of(answer)[0]


def test_history_gets_runs_that_are_new(as_alice: Client, alice, charlie):
    make_run(alice, "Old", age_s=50)
    address, when = poll_of(as_alice.get("/runs/"))
    assert when == "every 15s"
    new, _ = make_run(alice, "New", age_s=5, **LIVE), make_run(charlie, "Secret", age_s=5)

    answer = as_alice.get(address)

    assert rows(answer) == [new.public_id]
    assert 'hx-swap-oob="afterbegin:#run-rows"' in answer.content.decode()
    address, when = poll_of(answer)
    assert (f"live={new.public_id}" in address, when) == (True, "every 3s")
    assert rows(as_alice.get(address)) == []


def test_history_does_not_add_to_what_a_search_found(as_alice: Client, alice):
    make_run(alice, "A bicycle")

    assert poll_of(as_alice.get("/runs/?q=bicycle")) == ("", "")


@pytest.mark.parametrize("query", ["", "?live=", "?live=,,x'%00&newest=nonsense", "?live=" + "a," * 500])
def test_nonsense_in_the_address_is_no_change(as_alice: Client, alice, query):
    make_run(alice)

    response = as_alice.get(f"/history/changes/{query}")

    assert (response.status_code, rows(response)) == (200, [])


def test_somebody_elses_run_is_not_told_of(as_alice: Client, charlie):
    run = make_run(charlie, "Secret")

    assert rows(as_alice.get(f"/history/changes/?live={run.public_id}")) == []


@pytest.mark.parametrize("count", [1, 4])
def test_asking_after_many_runs_takes_no_more_queries(as_alice: Client, alice, count):
    runs = [make_run(alice, str(number)) for number in range(count)]
    as_alice.get("/history/changes/")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        as_alice.get(f"/history/changes/?live={','.join(run.public_id for run in runs)}")

    assert len(queries) <= 5  # the session, the person, the runs, the names of their models, how their columns ended


def test_recent_runs_are_sent_again_only_when_they_changed(as_alice: Client, alice):
    run = make_run(alice, "Why?", **LIVE)
    address, when = poll_of(as_alice.get("/"))
    assert when == "every 3s"
    assert as_alice.get(address).status_code == 204

    end(run)

    answer = as_alice.get(address)
    assert answer.status_code == 200
    assert escape("Why?") in answer.content.decode()
    address, when = poll_of(answer)
    assert when == "every 15s"
    assert as_alice.get(address).status_code == 204
