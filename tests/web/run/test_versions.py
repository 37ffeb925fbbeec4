"""The pages between the fused answers and the analyses of a run: looking at one changes nothing."""

import re

import pytest
from django.urls import reverse

from apps.fusion.sharing import Shown
from apps.fusion.vocabulary import Role
from apps.runs import actions
from tests.web.run_factories import ANSWERS, make_analysis, make_call, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")
COUNTING, OTHER = "The tower is 330 metres high; B says 300.", "Another text."


@pytest.fixture
def run(alice):
    run = make_finished_run(alice)
    make_call(run, Role.SYNTHESIS, take=2, text=OTHER, inputs=run.answer_call.inputs)
    make_call(run, Role.JUDGE, take=2, text="{}", inputs=run.analysis_call.inputs, analysis=make_analysis(ANSWERS))
    return run


def card(page, name):
    """Return the words and the HTML of the answer's or the agreement's card."""
    return re.search(rf'<section class="card[^>]*id="{name}".*?</section>\s*(?=<|$)', page, re.DOTALL)[0]


def shown(client, address):
    return client.get(address).content.decode()


def test_other_answer_is_read_in_place_of_the_one_that_counts(as_alice, run):
    url, other = run.get_absolute_url(), run.calls.get(role=Role.SYNTHESIS, take=2)
    before = run.answer_call_id

    plain, asked = (card(shown(as_alice, address), "answer") for address in (url, f"{url}?answer={other.pk}"))

    assert ("Answer 1 of 2" in plain, "Answer 2 of 2" in asked) == (True, True)
    assert plain.index(COUNTING) < plain.index(OTHER)
    assert asked.index(OTHER) < asked.index(COUNTING)  # in the folds below
    assert asked.count("Use this answer") == plain.count("Use this answer") == 2  # title and name, of the other one
    assert f'href="?answer={before}#answer"' in asked
    run.refresh_from_db()
    assert run.answer_call_id == before


def test_other_analysis_is_whole_and_has_no_rulings(as_alice, run):
    other = run.calls.get(role=Role.JUDGE, take=2)
    fragments = reverse("web:run_fragments", args=[run.public_id, "agreement"])

    plain, asked = shown(as_alice, fragments), shown(as_alice, f"{fragments}?analysis={other.pk}")

    assert ("Analysis 1 of 2" in plain, "Analysis 2 of 2" in asked) == (True, True)
    assert ('id="rulings"' in plain, 'id="rulings"' in asked) == (True, False)
    assert "Use this analysis" in asked


@pytest.mark.parametrize("query", ["answer=0", "answer=999999", "answer=x", "answer=" + "9" * 30, "analysis=-1"])
def test_nonsense_shows_what_counts(as_alice, run, query):
    page = shown(as_alice, f"{run.get_absolute_url()}?{query}")

    assert ("Answer 1 of 2" in page, "Analysis 1 of 2" in page) == (True, True)


def test_run_with_one_answer_has_no_pages(as_alice, alice):
    assert 'class="versions"' not in shown(as_alice, make_finished_run(alice).get_absolute_url())


def test_strangers_page_in_a_share_and_choose_nothing(client, run):
    share = actions.share_run(run, Shown())
    other = run.calls.get(role=Role.SYNTHESIS, take=2)

    page = card(shown(client, f"/s/{share.code}/?answer={other.pk}"), "answer")

    assert ("Answer 2 of 2" in page, "Use this answer" in page) == (True, False)
    assert f"/s/{share.code}/whole/?left={run.answer_call_id}&amp;right={other.pk}" in page


def test_two_answers_stand_side_by_side_with_their_takes(as_alice, run):
    first, other = run.answer_call_id, run.calls.get(role=Role.SYNTHESIS, take=2).pk
    address = reverse("web:run_compared", args=[run.public_id, "whole"])

    page = shown(as_alice, f"{address}?left={first}&right={other}")
    columns = shown(as_alice, f"{address}?left={first}&right=999999")

    assert re.findall(r'id="whole-(\w)"', page) == ["1", "2"]
    assert (COUNTING in page, OTHER in page, "take 2 · " in page) == (True, True, True)
    assert f'href="{run.get_absolute_url()}#answer"' in page
    assert f"?only=differences&amp;left={first}&amp;right={other}" in page
    assert re.findall(r'id="whole-(\w)"', columns) == ["A", "B", "C"]
