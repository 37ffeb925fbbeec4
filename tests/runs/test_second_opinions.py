"""Judges beside the analysis that counts, on real parts: what they are sent, what is stored, what stays as it was."""

import pytest

from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.vocabulary import AnswerKind, AnswerOrder, FailureCode, Role, Status
from apps.runs import actions, again, second_opinions
from apps.runs.again import JudgeRequest
from apps.runs.lifecycle.rows_to_events import load_state
from apps.runs.models import Call
from apps.runs.reading.export import export_markdown
from apps.runs.reading.queries import history
from apps.runs.reading.second_judges import second_judges_of
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.reading.suggestion import suggestion_of
from apps.runs.starting import InvalidRun
from tests.runs.log_reader import read_log

TEXTS = {
    "oak": "The tower is 330 metres high. It opened in 1889.",
    "elm": "The tower is 300 metres high. It opened in 1889.",
    "yew": "The tower is 330 metres high. It opened in 1889. It is painted.",
}


@pytest.fixture
def judged(bench, worker):
    """Return a function that makes a run of three answers, compared by a scripted judge."""

    def make(count=3, **script):
        models = [bench.model(name, text=text) for name, text in list(TEXTS.items())[:count]]
        judge = bench.model("judge", "judge", **script)
        return bench.finish(bench.start(*models, judge=judge, writer=bench.model("writer", text="It opened in 1889.")))

    return make


def analysis_of(run):
    return Call.objects.with_output().get(pk=run.analysis_call_id).output.analysis


def test_order_check_tells_stable_findings_from_unstable_ones(bench, judged, upstream):
    run = judged(favours="first")
    counted, answer, before = analysis_of(run), run.answer_call_id, len(upstream.ledger())
    judge = run.analysis_call_id

    calls = second_opinions.check_order(run, bench.owner)

    run = bench.finish(run)
    made = upstream.ledger()[before:]
    assert [entry["model"] for entry in made] == ["judge", "judge"]
    assert len({entry["body"]["messages"][-1]["content"] for entry in (*made, upstream.ledger("judge")[0])}) == 3
    assert [call.guidance.order for call in calls] == [AnswerOrder.REVERSED, AnswerOrder.ROTATED]
    found = analysis_of(run)
    assert (run.analysis_call_id, run.answer_call_id, run.status) == (judge, answer, Status.DONE)
    assert found.model_copy(update={"stability": None}) == counted
    assert found.stability.found == {
        "consensus-1": 3,
        "contradiction-1": 3,
        "unique-insight-1": 1,
    }
    assert (found.stability.orders, found.stability.further) == (3, 2)
    assert run.stability == pytest.approx(2 / 3)
    assert found.stability.calls == tuple(call.pk for call in calls)
    told, stored = read_log(run), load_state(run)
    assert (told.analysis, told.answer) == (stored.analysis, stored.answer)

    words = export_markdown(take_snapshot(run))
    assert "2 of 3 findings came up in every one of 3 orders of the answers. 2 more came up in another order" in words
    assert "*(in 1 of 3 orders)*" in words
    assert [one.pk for one in history(bench.owner, "stability:<0.8").runs] == [run.pk]
    assert history(bench.owner, "stability:>=0.8").runs == []


def test_judge_that_does_not_mind_the_order_has_stability_1(bench, judged, upstream):
    run = judged()

    second_opinions.check_order(run, bench.owner)

    assert bench.finish(run).stability == 1
    assert analysis_of(run).stability.further == 0


def test_of_two_answers_there_is_one_other_order(bench, judged, upstream):
    run = judged(2)
    expected, before = second_opinions.estimate_order_check(run), len(upstream.ledger())

    calls = second_opinions.check_order(run, bench.owner)

    assert bench.finish(run).stability == 1
    assert (expected.calls, len(calls), len(upstream.ledger()) - before) == (1, 1, 1)
    assert 0 < expected.low < expected.high


def test_check_that_fails_leaves_the_analysis_as_it_was(bench, judged, upstream):
    run = judged()
    counted, judge = analysis_of(run), run.analysis_call_id
    upstream.script("judge", text="Both are right.")

    calls = second_opinions.check_order(run, bench.owner)

    run = bench.finish(run)
    assert (analysis_of(run), run.analysis_call_id, run.stability) == (counted, judge, None)
    assert {call.failure_code for call in Call.objects.filter(pk__in=[one.pk for one in calls])} == {
        FailureCode.BAD_REPLY
    }


def test_order_that_cannot_be_read_is_left_out_of_the_figure(bench, judged):
    run = judged(times=2, then="401")

    calls = second_opinions.check_order(run, bench.owner)

    run = bench.finish(run)
    statuses = sorted(Call.objects.filter(pk__in=[call.pk for call in calls]).values_list("status", flat=True))
    assert (statuses, run.stability, analysis_of(run).stability.orders) == ([Status.DONE, Status.FAILED], 1, 2)


def test_fusing_again_goes_on_from_its_own_judge_and_not_from_a_check(bench, judged, upstream):
    run = judged()
    second_opinions.check_order(run, bench.owner)
    run = bench.finish(run)
    upstream.script("judge", "judge", gate_after=0)

    actions.fuse_again(run, "ABC")

    upstream.wait_for("judge", requests=4)
    run.refresh_from_db()
    checked = run.calls.filter(role=Role.JUDGE).order_by("take").first()
    assert run.analysis_call_id == checked.pk
    upstream.release("judge")
    run = bench.finish(run)
    newest = run.calls.filter(role=Role.JUDGE).order_by("take").last()
    assert (run.analysis_call_id, newest.guidance, run.stability) == (newest.pk, None, None)
    assert newest.pk in run.answer_call.inputs


def test_nothing_is_checked_without_a_judge_or_while_it_is_checked_already(bench, judged, upstream):
    run = judged()
    upstream.script("judge", "judge", gate_after=0)
    second_opinions.check_order(run, bench.owner)
    with pytest.raises(InvalidRun, match="checked already"):
        second_opinions.check_order(run, bench.owner)
    upstream.release("judge")
    run = bench.finish(run)

    again.judge_run_again(run, JudgeRequest("builtin/overlap"), bench.owner)

    run = bench.finish(run)
    assert run.stability is None
    with pytest.raises(InvalidRun, match="Word overlap"):
        second_opinions.check_order(run, bench.owner)
    assert run.calls.filter(role=Role.JUDGE).count() == 4


def test_second_judge_makes_one_request_and_is_compared_with_the_first(bench, judged, upstream):
    run = judged(favours="first")
    counted, judge, before = analysis_of(run), run.analysis_call_id, len(upstream.ledger())
    second = bench.model("second", "judge")
    expected = second_opinions.estimate_second_judge(run, second)

    call = second_opinions.ask_second_judge(run, second, bench.owner)

    run = bench.finish(run)
    made = upstream.ledger()[before:]
    assert [entry["model"] for entry in made] == ["second"]
    assert made[0]["body"]["messages"] == upstream.ledger("judge")[0]["body"]["messages"]
    assert (expected.calls, run.analysis_call_id, analysis_of(run)) == (1, judge, counted)
    assert run.stability is None
    (found,) = second_judges_of(take_snapshot(run))
    assert (found.call.id, found.agreement.findings, found.agreement.share) == (call.pk, 3, 2 / 3)
    assert [one.id for one in found.agreement.only_first] == ["unique-insight-1"]
    words = export_markdown(take_snapshot(run))
    assert "### Second judge: second" in words
    assert "Both judges have 2 of 3 findings." in words
    assert "- Only the first judge: As the first says: The tower is 3" in words

    # Chosen in its place, it is the first of the two.
    again.choose_takes(run, analysis=call.pk)
    run.refresh_from_db()
    (found,) = second_judges_of(take_snapshot(run))
    assert (found.call.id, len(found.agreement.only_second)) == (judge, 1)


def test_judge_that_was_asked_something_else_is_not_compared(bench, judged, upstream):
    run = judged()
    second = bench.model("second", "judge")

    again.judge_run_again(run, JudgeRequest(second, instructions="Look at the figures first."), bench.owner)

    run = bench.finish(run)
    assert second_judges_of(take_snapshot(run)) == []


def test_second_judge_that_cannot_be_read_or_asked_leaves_what_counts(bench, judged, upstream):
    run = judged()
    counted, judge = analysis_of(run), run.analysis_call_id
    second = bench.model("second", text="Both are right.")
    for model in ("up/judge", "builtin/overlap", "builtin/closest"):
        with pytest.raises((InvalidRun, UnknownModel)):
            second_opinions.ask_second_judge(run, model, bench.owner)
    with pytest.raises(UnknownModel):
        second_opinions.ask_second_judge(run, "", bench.owner)
    with pytest.raises(InvalidRun, match="Word overlap is no judge"):
        second_opinions.ask_second_judge(run, "builtin/overlap", bench.owner)

    second_opinions.ask_second_judge(run, second, bench.owner)

    run = bench.finish(run)
    assert (analysis_of(run), run.analysis_call_id) == (counted, judge)
    assert second_judges_of(take_snapshot(run)) == []


def test_answer_that_the_judge_would_give_as_it_is_counts_once_it_is_chosen(bench, judged, upstream):
    run = judged(best={"answer": "A", "reason": "It alone is whole."})
    fused, suggested = run.answer_call_id, suggestion_of(take_snapshot(run))
    panel = {call.slot: call for call in run.calls.filter(role=Role.PANEL)}
    seen = analysis_of(run).letters["A"]
    other = next(call for slot, call in panel.items() if slot != seen)

    assert (suggested.call.id, suggested.reason) == (panel[seen].pk, "It alone is whole.")
    assert run.answer_kind is AnswerKind.FUSED
    assert "It alone is whole." not in str(upstream.ledger("writer")[-1]["body"])
    with pytest.raises(InvalidRun):
        again.choose_takes(run, answer=other.pk)

    again.choose_takes(run, answer=panel[seen].pk)

    run.refresh_from_db()
    assert (run.answer_call_id, run.answer_kind) == (panel[seen].pk, AnswerKind.AS_IS)
    told, stored = read_log(run), load_state(run)
    assert (told.answer, told.answer_kind) == (stored.answer, stored.answer_kind)
    assert f"The judge would give {seen}'s answer as it is: It alone is whole." in export_markdown(take_snapshot(run))

    again.choose_takes(run, answer=fused)
    run.refresh_from_db()
    assert (run.answer_call_id, run.answer_kind) == (fused, AnswerKind.FUSED)

    again.judge_run_again(run, JudgeRequest("builtin/overlap"), bench.owner)
    run = bench.finish(run)
    assert suggestion_of(take_snapshot(run)) is None
    with pytest.raises(InvalidRun):
        again.choose_takes(run, answer=panel[seen].pk)
