"""A run waits for its panel, goes on without late columns, and takes them in afterwards, with a real worker."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.fusion.vocabulary import AnswerKind, FailureCode, Role, Status
from apps.runs import actions
from apps.runs.models import Run
from apps.runs.starting import ApiClient, InvalidRun
from tests.services import wait_until

LATE = "It is 330 metres high, and was finished in 1889."


def answered(run: Run) -> Run:
    """Return the run once it has an answer, whatever is still at work in it."""

    def is_final() -> bool:
        run.refresh_from_db()
        return run.is_final

    wait_until(is_final, "the run has its answer")
    return run


def fused_slots(run: Run) -> list[str]:
    """Return the slots that the newest judge read."""
    judge = run.calls.filter(role=Role.JUDGE).order_by("-take").first()
    return sorted(run.calls.filter(pk__in=judge.inputs, role=Role.PANEL).values_list("slot", flat=True))


def test_by_default_the_slowest_is_waited_for(bench, worker, upstream):
    run = bench.start(bench.model("a"), bench.model("b"), bench.model("slow", gate_after=1, text=LATE))
    bench.wait_for_call(run, Status.DONE, slot="A")
    bench.wait_for_call(run, Status.DONE, slot="B")
    upstream.wait_for("slow", events=1)
    run.refresh_from_db()
    assert (run.status, run.wake_at.timestamp() - run.created_at.timestamp()) == (Status.RUNNING, 600)

    upstream.release("slow")

    assert fused_slots(bench.finish(run)) == ["A", "B", "C"]


@pytest.mark.parametrize("way", ["fuse now", "grace"])
def test_late_column_goes_on_and_can_be_included(bench, worker, upstream, way):
    slow = bench.model("slow", gate_after=1, text=LATE)
    gated = bench.model("gated", gate_after=0)  # so that the grace begins when the third is at work
    run = bench.start(gated, bench.model("b"), slow, **({"grace_s": 1} if way == "grace" else {}))
    bench.wait_for_call(run, Status.RUNNING, slot="C")
    upstream.wait_for("slow", events=1)
    upstream.release("gated")
    if way == "fuse now":
        bench.wait_for_call(run, Status.DONE, slot="A")
        bench.wait_for_call(run, Status.DONE, slot="B")
        actions.fuse_now(run)

    assert (answered(run).answer_kind, fused_slots(run)) == (AnswerKind.FUSED, ["A", "B"])
    late = run.calls.get(slot="C")
    assert late.status == Status.RUNNING
    upstream.release("slow")
    bench.finish(run)
    late = run.calls.select_related("output").get(slot="C")
    assert (late.status, late.output.text) == (Status.DONE, LATE)

    actions.fuse_again(run, "ABC")

    assert fused_slots(bench.finish(run)) == ["A", "B", "C"]


def test_late_column_is_cut_at_the_hard_limit_also_after_the_end(bench, worker, upstream):
    run = bench.start(bench.model("a"), bench.model("b"), bench.model("slow", gate_after=1, text=LATE))
    upstream.wait_for("slow", events=1)
    bench.wait_for_call(run, Status.DONE, slot="A")
    bench.wait_for_call(run, Status.DONE, slot="B")
    actions.fuse_now(run)
    late = bench.wait_for_call(answered(run), Status.RUNNING, slot="C")
    bench.wait_for_text(run, "It")
    run.refresh_from_db()
    assert (run.wake_at - late.started_at).total_seconds() == pytest.approx(600, abs=0.01)
    now = timezone.now()
    run.calls.filter(slot="C").update(started_at=now - timedelta(seconds=600))

    Run.objects.filter(pk=run.pk).update(wake_at=now)

    run = bench.finish(run)
    cut = run.calls.select_related("output").get(slot="C")
    assert (cut.status, cut.failure_code, cut.output.text) == (Status.CANCELLED, FailureCode.TOO_SLOW, "It")
    assert run.wake_at is None


def test_late_column_of_a_program_is_cut_at_once(bench, worker, upstream):
    key, _ = api_keys.make_key(bench.owner, "test", [Scope.RUN])
    slow = bench.model("slow", gate_after=1, text=LATE)
    recipe = bench.recipe(bench.model("a"), bench.model("b"), slow)
    run = actions.start_run(bench.owner, [bench.message("How high?")], recipe, client=ApiClient(api_key=key))
    bench.wait_for_text(run, "It")
    bench.wait_for_call(run, Status.DONE, slot="A")
    bench.wait_for_call(run, Status.DONE, slot="B")

    actions.fuse_now(run)

    run = bench.finish(run)
    cut = run.calls.select_related("output").get(slot="C")
    assert (run.answer_kind, cut.failure_code, cut.output.text) == (AnswerKind.FUSED, FailureCode.TOO_SLOW, "It")
    assert cut.failure_sentence == "The run went on without waiting longer; the text so far is kept."


def test_late_column_is_stopped_with_the_run_and_then_stays_as_it_is(bench, worker, upstream):
    run = bench.start(bench.model("a"), bench.model("slow", gate_after=1, text=LATE))
    upstream.wait_for("slow", events=1)
    bench.wait_for_call(run, Status.DONE, slot="A")
    actions.fuse_now(run)
    assert answered(run).answer_kind == AnswerKind.ONLY

    actions.cancel_run(run)

    run = bench.finish(run)
    assert (run.status, run.calls.get(slot="B").failure_code) == (Status.DONE, FailureCode.CANCELLED)


def test_another_model_answers_in_a_column_that_failed(bench, worker):
    run = bench.finish(bench.start(bench.model("a"), bench.model("broken", "401")))
    failed = run.calls.get(slot="B")

    again = actions.retry_call(failed, bench.model("other", text=LATE), bench.owner)

    bench.finish(run)
    again = run.calls.select_related("output").get(pk=again.pk)
    assert (again.slot, again.take, again.model, again.output.text) == ("B", 2, "up/other", LATE)


def test_all_columns_that_failed_are_asked_again_and_no_other(bench, worker):
    broken = bench.model("broken", "401")
    run = bench.finish(bench.start(bench.model("a"), broken, broken))
    bench.model("broken", text=LATE)

    calls = actions.retry_failed(run)

    bench.finish(run)
    assert [(call.slot, call.take) for call in calls] == [("B", 2), ("C", 2)]
    assert set(run.calls.filter(take=2).values_list("status", flat=True)) == {Status.DONE}
    with pytest.raises(InvalidRun, match="No column has failed"):
        actions.retry_failed(run)
