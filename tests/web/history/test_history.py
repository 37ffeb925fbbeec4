"""The list of runs: order, pages, search, what a row says, and that it does not ask the database per row."""

import re
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.runs.lifecycle.search_rows import index_due_runs
from tests.calls import change_output
from tests.factories import GEMMA, SMOL, make_recipe, make_run
from tests.web.run_factories import make_finished_run

RUNS = "/runs/"


def titles(response: HttpResponse) -> list[str]:
    return [run.title for run in response.context["runs"]]


def cells(response: HttpResponse) -> list[str]:
    """Return the text of the first row's cells."""
    row = re.search(r'<tr class="run"[^>]*>(.*?)</tr>', response.content.decode(), re.DOTALL)
    assert row
    texts = re.findall(r"<td[^>]*>(.*?)</td>", row[1], re.DOTALL)[1:]  # the first one selects the row
    return [" ".join(re.sub("<[^>]+>", " ", text).split()) for text in texts]


def test_history_asks_a_stranger_to_log_in(client: Client) -> None:
    assert client.get(RUNS).url == "/login/?next=/runs/"


def test_history_shows_my_runs_newest_first(as_alice: Client, alice: User, charlie: User, local: Preset) -> None:
    for owner, prompt, age in [(alice, "old", 90), (charlie, "secret", 50), (alice, "new", 5)]:
        make_run(owner, prompt, age_s=age)

    assert titles(as_alice.get(RUNS)) == ["new", "old"]


@pytest.mark.parametrize(
    "values, expected",
    [
        (
            {"agreement": 0.714, "agreement_items": 7, "contradictions": 2, "cost": "0.0412"},
            [
                "done",
                "Custom",
                "SmolLM2 135M, Gemma 3 270M (base)",
                "0.71 on 7 points 2 contradictions",
                "$0.0412",
                "0:24",
            ],
        ),
        (
            {"agreement": 1.0, "agreement_items": 2, "contradictions": 1},
            ["done", "Custom", "SmolLM2 135M", "1.00 on 2 points 1 contradiction", "$0", "0:24"],
        ),
        (
            {"agreement": 0.0, "agreement_items": 1},
            ["done", "Custom", "SmolLM2 135M", "0.00 on 1 point", "$0", "0:24"],
        ),
        ({"cost": None}, ["done", "Custom", "SmolLM2 135M", "–", "unknown", "0:24"]),
        ({"cost": "0.5", "cost_is_complete": False}, ["done", "Custom", "SmolLM2 135M", "–", "$0.500 +", "0:24"]),
        ({"cost": "0", "cost_is_complete": False}, ["done", "Custom", "SmolLM2 135M", "–", "unknown", "0:24"]),
        ({"status": "failed", "cost": None}, ["failed", "Custom", "SmolLM2 135M", "–", "unknown", "0:24"]),
        ({"status": "cancelled", "cost": None}, ["stopped", "Custom", "SmolLM2 135M", "–", "unknown", "0:24"]),
        (
            {"status": "cancelled", "cost": None, "failure_code": "capped"},
            ["cap reached", "Custom", "SmolLM2 135M", "–", "unknown", "0:24"],
        ),
        ({"status": "running", "ended_at": None, "cost": None}, ["running", "Custom", "SmolLM2 135M", "", "", ""]),
        ({"status": "running", "ended_at": None, "agreement": 0.5}, ["running", "Custom", "SmolLM2 135M", "", "", ""]),
    ],
)
def test_history_row_shows_only_what_is_known(
    as_alice: Client, alice: User, local: Preset, values: dict[str, Any], expected: list[str]
) -> None:
    recipe = make_recipe(SMOL, GEMMA) if "Gemma" in expected[2] else make_recipe(SMOL)
    make_run(alice, "How high?", recipe=recipe, **values)

    response = as_alice.get(RUNS)

    assert cells(response)[:-1] == ["How high?", *expected, "1 min ago"]


@pytest.mark.parametrize(
    "search, found",
    [
        ("", ["bicycle route", "tower height"]),
        ("tower", ["tower height"]),
        ("TOWER  height", ["tower height"]),
        ("tower bicycle", []),
        ("%", []),
        ("tow\x00er", ["tower height"]),
    ],
)
def test_history_search_has_an_address(
    as_alice: Client, alice: User, local: Preset, search: str, found: list[str]
) -> None:
    make_run(alice, "tower height", age_s=20)
    make_run(alice, "bicycle route", age_s=10)

    response = as_alice.get(RUNS, {"q": search})

    assert titles(response) == found
    assert response.context["search"] == search.replace("\x00", "")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("grounding:<0.8", ["half"]),
        ("grounding:<=50%", ["half"]),
        ("GROUNDING:>0.5 whole", ["whole"]),
        ("grounding:1", ["whole"]),
        ("agreement:>=0.9", ["half"]),
        ("stability:<0.8", ["half"]),
        ("stability:1", []),
        ("preference:>=60%", ["half"]),
        ("preference:0.6", ["half"]),
        ("preference:<0.6", []),
    ],
)
def test_history_search_may_name_figures(
    as_alice: Client, alice: User, local: Preset, search: str, found: list[str]
) -> None:
    make_run(alice, "no quotes")
    make_run(alice, "half", grounding=0.5, agreement=0.9, stability=0.75, peers_for_fused=3, peers_asked=5)
    make_run(alice, "whole", grounding=1.0, agreement=0.1)

    assert titles(as_alice.get(RUNS, {"q": search})) == found


@pytest.mark.parametrize("search", ["grounding:<x", "grounding:", "grounding:<nan", "agremeent<0.5", "zz:<b>"])
def test_wrong_search_says_where_and_why(as_alice: Client, alice: User, local: Preset, search: str) -> None:
    make_run(alice, "no quotes")

    response = as_alice.get(RUNS, {"q": search})

    html = response.content.decode()
    assert "This search cannot be read" in html
    assert f"<p>{escape(response.context['fault'].sentence)}</p>" in html
    assert "<tr" not in html
    assert "<b>" not in html
    assert ('href="/runs/?q=agreement%3C0.5"' in html) == search.startswith("agre")


def test_search_says_how_many_and_marks_words(as_alice: Client, alice: User, local: Preset) -> None:
    run = make_finished_run(alice)
    change_output(run.calls.get(slot="A"), text="A <quince> & more.")

    html = as_alice.get(RUNS, {"q": "quince the"}).content.decode()

    assert re.search(r'<strong class="num">1</strong> run\s', html)
    assert "Not searched for, because it says too little:\n“the”" in html
    assert "A &lt;<mark>quince</mark>&gt; &amp; more." in html
    assert '<a href="/runs/?q=quince+the&amp;sort=best"' in html


def test_history_tells_no_match_from_no_run(as_alice: Client, alice: User, local: Preset) -> None:
    assert b"No runs yet" in as_alice.get(RUNS).content
    assert "No run matches “zebra”" in as_alice.get(RUNS, {"q": "zebra"}).content.decode()


def test_older_link_leads_through_every_run_once(as_alice: Client, alice: User, local: Preset) -> None:
    made = [make_run(alice, f"q {i}", age_s=i).title for i in range(120)]

    while index_due_runs():
        pass

    seen, address = [], f"{RUNS}?q=q"
    while address:
        response = as_alice.get(address)
        seen += titles(response)
        address = response.context["older_url"]

    assert seen == made
    assert len(titles(as_alice.get(RUNS, {"q": "status:done"}))) == 50  # without words there are no snippets


@pytest.mark.parametrize("rows, shown", [("52", 52), ("3", 50), ("9999", 55), ("-1", 50), ("x" * 9, 50)])
def test_list_is_drawn_anew_with_the_rows_that_it_had(
    as_alice: Client, alice: User, local: Preset, rows: str, shown: int
) -> None:
    for number in range(55):
        make_run(alice, f"Number {number}", age_s=number)

    page = as_alice.get("/runs/", {"rows": rows}, headers={"HX-Request": "true", "HX-Target": "history"})

    assert len(page.context["runs"]) == shown


@pytest.mark.parametrize("before", ["nonsense", "====", "💥", "MjAyNg"])
def test_damaged_cursor_shows_the_newest(as_alice: Client, alice: User, local: Preset, before: str) -> None:
    make_run(alice, "here")

    assert titles(as_alice.get(RUNS, {"before": before})) == ["here"]


@pytest.mark.parametrize("target, template", [("history", "list"), ("older", "rows"), ("", "page"), ("other", "page")])
def test_history_sends_htmx_only_the_part_it_replaces(
    as_alice: Client, alice: User, local: Preset, target: str, template: str
) -> None:
    make_run(alice)

    response = as_alice.get(RUNS, headers={"HX-Request": "true", "HX-Target": target} if target else {})

    assert response.templates[0].name == f"history/{template}.html"


def test_full_page_of_a_search_is_light(as_alice: Client, alice: User, local: Preset) -> None:
    for number in range(51):
        prompt = f"Why is the sky blue over sea {number}? " * 9
        make_run(alice, prompt, agreement=0.5, agreement_items=3, contradictions=2, tags=["one", "two"])

    page = as_alice.get(RUNS, {"q": "sky sea"}, headers={"Accept-Encoding": "gzip"})

    assert (len(page.context["runs"]), page.headers["Content-Encoding"]) == (30, "gzip")
    assert len(page.content) < 100_000


def test_history_asks_the_database_as_often_for_three_runs_as_for_one(
    as_alice: Client, alice: User, local: Preset
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_alice.get(RUNS)
        return len(queries)

    make_run(alice, recipe=make_recipe(SMOL))
    once = count()
    for models in ([GEMMA], [SMOL, GEMMA]):
        make_run(alice, recipe=make_recipe(*models))

    assert count() == once


@pytest.mark.parametrize("search", ["", "quince"])
def test_a_full_page_of_long_rows_weighs_at_most_150_kb(
    as_alice: Client, alice: User, local: Preset, search: str
) -> None:
    for number in range(51):
        title = f"{number} quince " + "word " * 60
        run = make_finished_run(alice, prompt=title, tags=["work"], agreement=0.5, agreement_items=4, contradictions=2)
        change_output(run.calls.get(slot="A"), text="A quince is a fruit. " * 40)

    page = as_alice.get(RUNS, {"q": search})

    assert len(page.context["runs"]) == (30 if search else 50)
    assert len(page.content) <= 150_000


def test_a_thread_is_one_row_with_its_turns_and_is_deleted_as_a_whole(
    as_alice: Client, alice: User, local: Preset
) -> None:
    first = make_run(alice, "How high is it?", thread="abc", age_s=90)
    second = make_run(alice, "And how old?", thread="abc", ancestors=[first.pk], age_s=30)

    page = as_alice.get(RUNS)

    assert titles(page) == ["And how old?"]
    assert cells(page)[0] == "How high is it? 2 turns And how old?"
    html = page.content.decode()
    assert f'href="/threads/abc/#turn-{second.public_id}"' in html
    assert f'name="bin"\nvalue="{second.public_id}"' in html
    response = as_alice.post("/history/marks/", {"bin": second.public_id}, headers={"HX-Request": "true"})
    assert "2 runs are in the bin for 30 days." in response.content.decode()
    assert titles(as_alice.get(RUNS)) == []
    as_alice.post("/history/marks/", {"restore": first.public_id})
    assert titles(as_alice.get(RUNS)) == ["How high is it?"]
