"""Findings that are left for later: what the page shows of them, and where the rest comes from."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.fusion.judging.findings import Evidence, Finding
from apps.fusion.vocabulary import FindingKind, Role
from apps.runs import actions
from apps.web.run.agreement import SHOWN
from tests.web.run_factories import (
    ANSWERS,
    change_output,
    make_analysis,
    make_finished_run,
    make_run_with_findings,
)

NUMBERED = re.compile(r"(Consensus|Contradiction) number (\d+)")
pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def numbers(response, kind):
    text = re.sub('data-copy-finding="[^"]*"', "", response.content.decode()).partition('id="judge-takes"')[0]
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


def test_quotes_look_as_they_were_found_and_findings_without_one_are_folded(alice, as_alice: Client):
    answers = {**ANSWERS, "A": "The tower is 330 metres high, as the guides of Paris say."}
    said = "The tower is 330 metres high"
    found = Evidence(slot="A", quote=said, verified=True, span=(0, len(said)))
    similar = Evidence(slot="A", quote="guide of Paris says", similar=True, span=(37, 56))
    missing = Evidence(slot="B", quote="nobody wrote this", stance="no")
    findings = (
        Finding(id="c1", kind=FindingKind.CONSENSUS, text="Unfounded point", evidence=(missing,)),
        Finding(id="c2", kind=FindingKind.CONSENSUS, text="Founded point", evidence=(found, similar, missing)),
        Finding(id="k1", kind=FindingKind.CONTRADICTION, text="Unfounded topic", evidence=(missing, similar)),
        Finding(id="b1", kind=FindingKind.BLIND_SPOT, text="A gap that nobody fills"),
    )
    run = make_finished_run(alice, answers)
    analysis = make_analysis(answers, findings=findings, bottom_lines=())
    change_output(run.calls.get(role=Role.JUDGE), analysis=analysis)

    html = " ".join(as_alice.get(run.get_absolute_url()).content.decode().split())

    folds = re.findall(r'<details class="not-found">(.*?)</details>', html)
    assert [re.search(r'<span class="line"><bdi>([^<]*)', fold).group(1).strip() for fold in folds] == [
        "Unfounded topic",
        "Unfounded point",
    ]
    assert all(re.search(r'<summary.*data-slot="B".*not found in the answers.*</summary>', fold) for fold in folds)
    assert html.index("Founded point") < html.index("Unfounded point")
    assert re.search(r'<button class="quote verified"[^>]*> <bdi>“The tower is 330 metres high”', html)
    assert re.search(r'<button class="quote similar"[^>]*> <bdi>“guides of Paris say”.*?similar</span>', html)
    assert "not found in B" in html
    assert re.findall(r"(\d+) of (\d+)\W+quotes\W+verified", html) == [("1", "6")]
