"""The judge's suggestion to give one answer as it is, on the run page and in shares, and the press that follows it."""

import pytest

from apps.fusion.judging.findings import BestAsIs
from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, Role
from apps.runs import actions
from apps.runs.models import Call
from tests.calls import change_output
from tests.web.run.test_order_check import words_of
from tests.web.run_factories import ANSWERS, make_analysis, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.fixture
def run(alice):
    """Return a finished run whose judge would give B's answer as it is."""
    run = make_finished_run(alice)
    suggest(run)
    return run


def suggest(run, **values):
    best = BestAsIs(slot="B", reason="It names <b>both</b> figures.")
    change_output(run.analysis_call, analysis=make_analysis(ANSWERS, best_as_is=best, **values))


def test_suggestion_stands_beside_the_answer_and_is_taken_by_a_press(as_alice, run):
    url, b = run.get_absolute_url(), run.calls.get(role=Role.PANEL, slot="B")
    page = as_alice.get(url).content.decode()
    words = words_of(as_alice, url)
    assert "The judge would give B ’s answer as it is: It names &lt;b&gt;both&lt;/b&gt; figures." in words
    assert "B’s answer, by SmolLM2 135M, unchanged" in words
    assert f'name="answer" value="{b.pk}"' in page
    assert "The tower is 330 metres high; B says 300." in words

    as_alice.post(f"{url}choose/", {"answer": b.pk})

    run.refresh_from_db()
    words = words_of(as_alice, url)
    assert (run.answer_call_id, run.answer_kind) == (b.pk, AnswerKind.AS_IS)
    assert "B’s answer as it is, by SmolLM2 135M" in words
    assert "The judge would give" not in words
    assert "not fused" not in words
    assert "The tower is 330 metres high; B says 300." in words  # the fused one stays, to be used again


def test_share_has_the_suggestion_without_its_press(client, run):
    share = actions.share_run(run)

    page = client.get(share.get_absolute_url()).content.decode()

    assert "The judge would give" in page
    assert 'name="answer"' not in page


@pytest.mark.parametrize(("values", "judge"), [({"status": AnalysisStatus.DEGRADED}, ""), ({}, "builtin/overlap")])
def test_comparison_by_words_suggests_nothing(as_alice, run, values, judge):
    suggest(run, **values)
    if judge:
        Call.objects.filter(pk=run.analysis_call_id).update(model=judge)

    assert "The judge would give" not in words_of(as_alice, run.get_absolute_url())
