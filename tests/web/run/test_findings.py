"""Findings that are left for later: what the page shows of them, and where the rest comes from."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.runs import actions
from apps.web.run.agreement import SHOWN
from tests.web.run_factories import make_run_with_findings

NUMBERED = re.compile(r"(Consensus|Contradiction) number (\d+)")
pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def numbers(response, kind):
    text = response.content.decode().partition('id="judge-takes"')[0]
    return [int(number) for found, number in NUMBERED.findall(text) if found == kind]


def addresses(run):
    """Return the address of the run's page and of its shared copy, each with that of the remaining consensus points."""
    code = actions.share_run(run).code
    own, shared = run.get_absolute_url(), reverse("web:share", args=[code])
    rest = f"findings/{run.calls.get(role='judge').pk}/consensus/"
    return {own: own + rest, shared: shared + rest}


def test_page_shows_the_first_findings_of_each_kind_and_leads_to_the_rest(alice, as_alice: Client):
    for page, rest in addresses(make_run_with_findings(alice, SHOWN + 3)).items():
        shown, fetched, whole = as_alice.get(page), as_alice.get(rest), as_alice.get(page + "?findings=all")

        assert numbers(shown, "Consensus") == numbers(shown, "Contradiction") == [1, 2, 3, 4, 5]
        assert re.findall(r'hx-get="([^"]+consensus/)"', shown.content.decode()) == [rest]
        assert numbers(fetched, "Consensus") == [6, 7, 8]
        assert numbers(whole, "Consensus") == numbers(whole, "Contradiction") == [*range(1, 9)]
        assert b"Show all" not in whole.content


def test_page_with_few_findings_leaves_none_for_later(alice, as_alice: Client):
    page = as_alice.get(make_run_with_findings(alice, SHOWN).get_absolute_url())

    assert numbers(page, "Consensus") == [1, 2, 3, 4, 5]
    assert b"Show all" not in page.content


def test_remaining_findings_are_for_readers_of_the_page_and_known_kinds(alice, as_alice: Client):
    own, shared = addresses(make_run_with_findings(alice, SHOWN + 3)).values()

    answers = [Client().get(own), Client().get(shared), as_alice.get(own.replace("consensus", "gossip"))]
    of_another_judge = as_alice.get(own.replace("findings/", "findings/9"))

    assert [answer.status_code for answer in [*answers, of_another_judge]] == [302, 200, 404, 404]
    assert answers[1]["X-Robots-Tag"] == "noindex, nofollow"
