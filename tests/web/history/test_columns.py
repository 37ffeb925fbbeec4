"""The columns of the list of runs: chosen, kept with the person, the same in rows that come later, and cheap."""

import re
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import User
from apps.annotations.models import Rating
from apps.fusion.ratings import Thumb
from apps.fusion.vocabulary import Status
from apps.runs.models import Run
from apps.web.history.columns import COLUMNS, USUAL
from tests.factories import make_run
from tests.web.conftest import signed_in
from tests.web.run_factories import make_finished_run

RUNS, CHOOSE = "/runs/", "/history/columns/"
HTMX = {"HX-Request": "true"}
ALL = [column.name for column in COLUMNS]


def headings(response: HttpResponse) -> list[str]:
    found = re.findall(r"<th [^>]*>([^<]+)</th>", response.content.decode())
    return [text for text in found if text.strip()]


def row(response: HttpResponse) -> dict[str, str]:
    """Return the texts of the first row's cells by the first word of their class."""
    html = re.search(r'<tr class="run"[^>]*>(.*?)</tr>', response.content.decode(), re.DOTALL)
    assert html
    found = re.findall(r'<td class="([\w-]+)[^"]*"[^>]*>(.*?)</td>', html[1], re.DOTALL)
    return {name: " ".join(re.sub("<[^>]+>", " ", text).split()) for name, text in found}


def make_marked_run(alice: User, **values: Any) -> Run:
    """Create a run that has something to say in every column."""
    key, _ = api_keys.make_key(alice, "Nightly CI", [Scope.RUN])
    run = make_finished_run(alice, api_key=key, tags=["work"], grounding=0.82, **values)
    Rating.objects.create(run=run, author=alice, call=run.answer_call_id, thumb=Thumb.DOWN)
    return run


def test_usual_columns_stand_until_others_are_chosen_on_any_device(as_alice: Client, as_charlie: Client, alice, local):
    make_run(alice, tags=["work"])
    usual = ["Prompt", "Status", "Preset", "Panel", "Agreement", "Cost", "Time", "When"]
    assert headings(as_alice.get(RUNS)) == usual

    answer = as_alice.post(CHOOSE, {"column": ["rating", "cost", "strategy", "nonsense"]}, headers=HTMX)

    assert (answer.status_code, answer["HX-Trigger"]) == (204, "historyChanged")
    elsewhere = signed_in(User.objects.get(pk=alice.pk)).get(RUNS)
    assert headings(elsewhere) == ["Prompt", "Strategy", "Rating", "Cost"]
    assert 'name="star"' not in elsewhere.content.decode()
    assert User.objects.get(pk=alice.pk).history_columns == ["prompt", "strategy", "rating", "cost"]
    assert User.objects.get(username="charlie").history_columns == []
    as_alice.post(CHOOSE, {})
    assert headings(as_alice.get(RUNS)) == ["Prompt"]
    menu = as_alice.post(CHOOSE, {"reset": "", "column": ["cost"]}, headers=HTMX).content.decode()
    assert re.findall(r'value="(\w+)"\s+checked', menu) == list(USUAL)
    assert headings(as_alice.get(RUNS)) == usual


def test_every_column_says_what_it_is_called_after(as_alice: Client, alice, charlie, local):
    run = make_marked_run(alice)
    Rating.objects.create(run=run, author=charlie, call=run.answer_call_id, thumb=Thumb.UP)
    Rating.objects.create(run=run, author=alice, call=run.calls.get(slot="A").pk, thumb=Thumb.UP)
    back = as_alice.post(CHOOSE, {"column": ALL, "q": "tower", "sort": "best"})
    assert back.url == "/runs/?q=tower&sort=best"

    page = as_alice.get(RUNS)

    cells = row(page)
    assert (cells["strategy"], cells["grounding"], cells["tags"]) == ("fuse", "82 % grounded", "work")
    assert cells["by"] == "key Nightly CI"
    assert 'aria-label="Bad answer"' in page.content.decode()
    assert page.content.decode().count('?q=tag:work">work</a>') == 2  # in its cell, and in the menu
    assert 'name="star"' in page.content.decode()
    Run.objects.filter(pk=run.pk).update(api_key=None, grounding=None, tags=[], answer_call=None)
    page = as_alice.get(RUNS)
    cells = row(page)
    for name in ("grounding r", "rated", "tags"):
        assert f'<td class="{name}"></td>' in page.content.decode()  # not a blank in it: on a phone it takes no room
    assert (cells["by"], cells["grounding"], cells["tags"], cells["rated"]) == ("alice", "", "", "")


def test_columns_take_as_many_queries_for_three_runs_as_for_one_and_read_no_answer(as_alice: Client, alice, local):
    as_alice.post(CHOOSE, {"column": ALL})

    def asked(address: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            as_alice.get(address)
        return [query["sql"] for query in captured.captured_queries]

    make_marked_run(alice)
    asked(f"{RUNS}?q=tower")  # writes the search rows that are due
    once = {address: len(asked(address)) for address in (RUNS, f"{RUNS}?q=tower")}
    for _ in range(2):
        make_marked_run(alice)
    asked(f"{RUNS}?q=tower")

    assert {address: len(asked(address)) for address in once} == once
    of_list = "\n".join(asked(RUNS))  # a search also reads what its snippets show
    assert not re.search(r'calloutput"\."(text|html)|"(messages|own_answers|prompt)"', of_list)


def test_rows_that_come_later_have_the_columns_of_their_list(as_alice: Client, alice, local):
    as_alice.post(CHOOSE, {"column": ["by", "cost"]})
    run = make_run(alice, status=Status.RUNNING, ended_at=None)
    html = as_alice.get(RUNS).content.decode()
    address = re.search(r'hx-get="(/history/changes/[^"]*)"', html)
    assert address
    as_alice.post(CHOOSE, {"reset": ""})  # in another window
    Run.objects.filter(pk=run.pk).update(status=Status.DONE, ended_at=timezone.now())

    rows = as_alice.get(address[1].replace("&amp;", "&"))

    assert list(row(rows)) == ["pick", "p", "by", "cost", "do"]
