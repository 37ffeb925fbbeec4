"""The agreement figure never looks stronger than the items it rests on."""

import json
import re

import pytest
from django.test import Client

from apps.fusion.judging.agreement import agreement
from apps.fusion.judging.analysis import Evidence, Finding
from apps.fusion.vocabulary import FindingKind, Role
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.snapshot import take_snapshot
from tests.calls import change_output
from tests.web.run_factories import ANSWERS, make_analysis, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

NONE = "The answers share no point and contradict each other on none, so there is no figure."
THIN = "Only 1 point, too few to say much. It says nothing about who is right."


def finding(kind: FindingKind, verified: bool = True, **stances: str) -> Finding:
    """Return a finding on which each slot takes the side given."""
    evidence = tuple(Evidence(slot=slot, stance=stance, verified=verified) for slot, stance in stances.items())
    return Finding(id=kind.value, kind=kind, text="x", evidence=evidence)


SHARED = finding(FindingKind.CONSENSUS, A="", B="", C="")
DENIED = finding(FindingKind.CONTRADICTION, A="1", B="2")
UNFOUNDED = finding(FindingKind.CONTRADICTION, verified=False, A="1", B="2")
PARTIAL = finding(FindingKind.PARTIAL_COVERAGE, A="", B="")


@pytest.mark.parametrize(
    "findings, score, sentence",
    [
        (
            [PARTIAL],
            ("score num", "–"),
            NONE,
        ),
        (
            [UNFOUNDED],
            ("score num", "–"),
            "No quote of a point that the answers share or contradict is in them, so there is no figure.",
        ),
        ([SHARED, UNFOUNDED], ("score num thin", "1.00"), THIN),
        ([SHARED], ("score num thin", "1.00"), THIN),
        ([DENIED, PARTIAL], ("score num thin", "0.00"), THIN),
        (
            [SHARED, DENIED],
            ("score num", "0.83"),
            "How often the answers take the same side, over 2 points. It says nothing about who is right. "
            "Models that learnt from the same texts err together.",
        ),
    ],
)
def test_figure_is_muted_if_it_rests_on_one_item(alice, as_alice: Client, findings, score, sentence):
    run = make_finished_run(alice)
    analysis = make_analysis(ANSWERS, findings=tuple(findings), agreement=agreement(findings), outliers=())
    change_output(run.calls.get(role=Role.JUDGE), analysis=analysis)

    html = as_alice.get(run.get_absolute_url()).content.decode()

    figures = re.findall(
        r'<p class="(score[^"]*)"[^>]*>([^<]*)</p>.*?<p class="tiny muted">([^<]*)</p>', " ".join(html.split())
    )
    assert [(css, figure, words.strip()) for css, figure, words in figures[:1]] == [(*score, sentence)]
    told = "1 point not found in the answers does not count." in " ".join(html.split())
    assert told is (UNFOUNDED in findings and score[1] != "–")


def test_exports_say_what_the_figure_does_not_count(alice):
    run = make_finished_run(alice)
    findings = (SHARED, UNFOUNDED)
    analysis = make_analysis(ANSWERS, findings=findings, agreement=agreement(findings), outliers=())
    change_output(run.calls.get(role=Role.JUDGE), analysis=analysis)

    snapshot = take_snapshot(run)
    told = json.loads(export_json(snapshot))["analysis"]["agreement"]
    assert "Agreement 1.00 over 1 shared item (1 more not found in the answers and not counted)." in export_markdown(
        snapshot
    )
    assert (told["score"], told["items"], told["uncounted"]) == (1, 1, 1)


@pytest.mark.parametrize("read", [2, 3])
def test_page_and_export_say_how_many_conclusions_could_be_read(alice, as_alice: Client, read):
    run = make_finished_run(alice)
    slots = ("A", "B", "C")
    figure = agreement([SHARED], {("A", "B"): True}, slots=slots, read=slots[:read])
    analysis = make_analysis(ANSWERS, findings=(SHARED,), agreement=figure, outliers=())
    change_output(run.calls.get(role=Role.JUDGE), analysis=analysis)

    shown = (as_alice.get(run.get_absolute_url()).content.decode(), export_markdown(take_snapshot(run)))

    assert [f"{read} of 3 conclusions could be read." in text for text in shown] == [read < 3] * 2
