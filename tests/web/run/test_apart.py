"""Answers that share nothing: the page says so above what was fused of them."""

import pytest
from django.test import Client

from apps.fusion.comparing.overlap import overlap
from apps.fusion.judging.findings import Analysis
from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, Builtin, FindingKind
from apps.runs.models import Call
from apps.runs.reading.snapshot import take_snapshot
from tests.calls import change_output
from tests.web.run.test_page import words_of
from tests.web.run_factories import ANSWERS, make_analysis, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

APART = {
    "A": "Bananas are rich in potassium. They ripen faster in a paper bag.",
    "B": "The Treaty of Westphalia ended a war in 1648. It was signed in two towns.",
}
ALIKE = {
    "A": "It is repainted about every seven years, by hand.",
    "B": "Every seven years, with sixty tonnes of paint.",
}
SENTENCE = "These answers share nothing, not even words; they may be about different things."


def made(alice, answers: dict[str, str], analysis: Analysis, judge: str | None = None):
    run = make_finished_run(alice, answers)
    change_output(run.analysis_call, analysis=analysis)
    if judge:
        Call.objects.filter(pk=run.analysis_call_id).update(model=judge)
    return run


@pytest.mark.parametrize("judge", [None, Builtin.OVERLAP])
def test_page_says_above_the_answer_that_answers_share_nothing(alice, as_alice: Client, judge) -> None:
    run = made(alice, APART, overlap(APART), judge)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert SENTENCE in words
    assert words.index(SENTENCE) < words.index("The tower is 330 metres high; B says 300.")


def test_judge_without_a_finding_is_told_of_as_well(alice) -> None:
    run = made(alice, APART, Analysis(status=AnalysisStatus.OK, model="x/judge"))

    assert take_snapshot(run).notices[0].startswith(SENTENCE)


def test_judge_without_a_finding_about_answers_that_are_alike_is_no_alarm(alice) -> None:
    run = made(alice, ALIKE, Analysis(status=AnalysisStatus.OK, model="x/judge"))

    assert not any("share nothing" in notice for notice in take_snapshot(run).notices)


@pytest.mark.parametrize("kind", [FindingKind.CONSENSUS, FindingKind.CONTRADICTION, FindingKind.PARTIAL_COVERAGE])
def test_one_finding_about_two_answers_is_enough(alice, kind) -> None:
    analysis = make_analysis(ANSWERS)
    shared = next(one for one in analysis.findings if len({item.slot for item in one.evidence}) > 1)
    only = analysis.model_copy(update={"findings": (shared.model_copy(update={"kind": kind}),)})

    assert not any("share nothing" in notice for notice in take_snapshot(made(alice, APART, only)).notices)


def test_answer_of_one_column_needs_no_such_word(alice) -> None:
    run = made(alice, APART, overlap(APART))
    run.answer_kind = AnswerKind.ONLY
    run.save()

    assert not any("share nothing" in notice for notice in take_snapshot(run).notices)
