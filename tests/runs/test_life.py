"""The life of a run on real parts: a worker process, PostgreSQL, Valkey, and models over HTTP."""

import json

from apps.api.documents import run_document
from apps.fusion.judging.reply_forms import ReplyForm
from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, CostSource, FailureCode, Role, Status
from apps.runs import actions
from apps.runs.models import Call, Evidence
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.snapshot import take_snapshot


def test_run_of_three_models_is_fused(bench, worker):
    a = bench.model("a", text="The tower is 330 metres tall. It stands in Paris.")
    b = bench.model("b", text="The tower is 300 metres tall. It stands in Paris.")
    writer = bench.model("writer", text="It stands in Paris. Its height is disputed.")

    run = bench.finish(bench.start(a, b, a, writer=writer))

    assert (run.status, run.answer_kind, run.answer_call.output.text) == (
        Status.DONE,
        AnswerKind.FUSED,
        "It stands in Paris. Its height is disputed.",
    )
    assert [(c.role, c.slot, c.status) for c in run.calls.all()] == [
        (Role.PANEL, "A", Status.DONE),
        (Role.PANEL, "B", Status.DONE),
        (Role.PANEL, "C", Status.DONE),
        (Role.JUDGE, "", Status.DONE),
        (Role.SYNTHESIS, "", Status.DONE),
    ]
    assert run.calls.get(role=Role.JUDGE).output.analysis.status is AnalysisStatus.OK
    assert run.contradictions == 1


def test_calls_are_priced_and_timed(bench, worker):
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    run = bench.finish(bench.start(bench.model("a", usage=usage)))

    call = run.calls.get()
    assert (str(call.cost), call.cost_source) == ("0.002000", CostSource.COMPUTED)
    assert (run.cost, run.cost_is_complete) == (call.cost, True)
    assert 0 < call.ttft_s <= call.duration_s


def test_panel_of_one_is_answered_without_judge_or_writer(bench, worker):
    run = bench.finish(bench.start(bench.model("a", text="Yes.")))

    assert (run.status, run.answer_kind, run.answer_call.output.text) == (Status.DONE, AnswerKind.ONLY, "Yes.")
    assert run.calls.count() == 1


def test_cancelled_call_closes_upstream_and_keeps_its_text(bench, worker, upstream):
    a = bench.model("a", text="one two three four", gate_after=2)
    run = bench.start(a, bench.model("b"))
    upstream.wait_for("a", events=2)
    call = bench.wait_for_call(run, Status.RUNNING, slot="A")
    bench.wait_for_text(run, "one two")

    actions.cancel_call(call)
    (entry,) = upstream.wait_for("a", ended=True)

    run = bench.finish(run)
    call.refresh_from_db()
    assert entry["closed_early"]
    assert (call.status, call.failure_code, call.output.text) == (Status.CANCELLED, FailureCode.CANCELLED, "one two")
    assert (run.status, run.answer_kind) == (Status.DONE, AnswerKind.ONLY)


def test_cancelled_run_stops_everything(bench, worker, upstream):
    run = bench.start(bench.model("a", gate_after=1), bench.model("b", gate_after=1))
    upstream.wait_for("a", events=1)
    upstream.wait_for("b", events=1)

    actions.cancel_run(run)

    run = bench.finish(run)
    assert (run.status, run.failure_code) == (Status.CANCELLED, FailureCode.CANCELLED)
    assert {call.status for call in run.calls.all()} == {Status.CANCELLED}
    assert [entry["closed_early"] for name in "ab" for entry in upstream.wait_for(name, ended=True)] == [True, True]


def test_retried_column_is_a_new_take_and_leaves_the_answer(bench, worker):
    run = bench.finish(bench.start(bench.model("a", text="First."), bench.model("b")))
    answer = run.answer_call_id
    bench.model("a", text="Second.")

    take = actions.retry_call(run.calls.get(slot="A"))

    run = bench.finish(run)
    take.refresh_from_db()
    assert (take.take, take.output.text, run.answer_call_id) == (2, "Second.", answer)
    assert list(run.calls.filter(slot="A").values_list("output__text", flat=True)) == ["First.", "Second."]


def test_fuse_again_reads_the_newest_takes(bench, worker):
    run = bench.finish(bench.start(bench.model("a", text="First."), bench.model("b")))
    bench.model("a", text="Second.")
    take = actions.retry_call(run.calls.get(slot="A"))
    bench.finish(run)

    actions.fuse_again(run, {"A", "B"})

    run = bench.finish(run)
    judge = run.calls.filter(role=Role.JUDGE).last()
    assert (judge.take, take.pk in judge.inputs) == (2, True)
    assert judge.pk in run.answer_call.inputs


def test_retake_of_a_finished_run_can_be_stopped(bench, worker, upstream):
    run = bench.finish(bench.start(bench.model("a"), bench.model("b")))
    upstream.script("a", "ok", gate_after=1)
    actions.retry_call(run.calls.get(slot="A"))
    upstream.wait_for("a", requests=2, events=1)

    actions.cancel_run(run)

    run = bench.finish(run)
    assert (run.status, run.calls.get(slot="A", take=2).status) == (Status.DONE, Status.CANCELLED)


def test_retry_after_a_stop_asks_that_column_only(bench, worker, upstream):
    judge = bench.model("judge", gate_after=0)
    run = bench.start(bench.model("a"), bench.model("b"), judge=judge)
    bench.wait_for_call(run, Status.RUNNING, role=Role.JUDGE)
    actions.cancel_run(run)
    run = bench.finish(run)

    actions.retry_call(run.calls.get(slot="A"))

    run = bench.finish(run)
    assert (run.status, run.calls.count()) == (Status.CANCELLED, 4)


def test_fuse_again_with_one_column_shows_its_answer(bench, worker):
    run = bench.finish(bench.start(bench.model("a", text="Yes."), bench.model("b")))

    actions.fuse_again(run, {"A"})

    run = bench.finish(run)
    assert (run.answer_kind, run.answer_call.output.text) == (AnswerKind.AS_IS, "Yes.")


def test_judge_with_a_readable_reply_gives_findings_with_verified_quotes(bench, worker):
    a = bench.model("a", text="It is 330 metres tall.")
    b = bench.model("b", text="It is 300 metres tall.")
    reply = {
        "contradictions": [
            {
                "topic": "Height",
                "stances": [
                    {"slots": ["A"], "stance": "one height", "quote": "metres tall"},
                    {"slots": ["B"], "stance": "another", "quote": "made up by the judge"},
                ],
            }
        ]
    }
    judge = bench.model("judge", text=json.dumps(reply))

    run = bench.finish(bench.start(a, b, judge=judge))

    call = run.calls.get(role=Role.JUDGE, status=Status.DONE)
    evidence = {item.stance: item for item in call.findings.get(kind="contradiction").evidence.all()}
    assert (evidence["one height"].is_verified, evidence["another"].is_verified) == (True, False)
    assert {item.slot for item in evidence.values()} == {"A", "B"}
    assert (run.contradictions, run.agreement, run.answer_kind) == (1, 0.0, AnswerKind.FUSED)


def test_hard_limit_ends_a_run_of_which_nothing_came(bench, worker):
    stalled = bench.model("slow", gate_after=0)

    run = bench.finish(bench.start(stalled, stalled, hard_limit_s=1))

    assert (run.status, run.failure_code) == (Status.FAILED, FailureCode.ALL_PANELS_FAILED)


def test_deleted_run_stops_upstream(bench, worker, upstream):
    run = bench.start(bench.model("a", gate_after=1))
    upstream.wait_for("a", events=1)

    actions.delete_run(run)

    (entry,) = upstream.wait_for("a", ended=True)
    assert entry["closed_early"]
    assert not Call.objects.exists()


def test_judge_whose_second_reply_can_be_read_is_repaired(bench, worker):
    a = bench.model("a", text="It is 330 metres tall.")
    b = bench.model("b", text="It is 300 metres tall.")
    point = {"point": "It is tall.", "support": [{"answer": "A", "quote": "metres tall"}]}
    good = {name: [] for name in ReplyForm.model_fields} | {"consensus": [point]}
    judge = bench.model("judge", texts=["Both are right, I think.", json.dumps(good)])

    run = bench.finish(bench.start(a, b, judge=judge))

    first, second = run.calls.filter(role=Role.JUDGE).order_by("take")
    assert (first.failure_code, first.output.text) == (FailureCode.BAD_REPLY, "Both are right, I think.")
    assert (second.model, second.output.analysis.status) == (judge, AnalysisStatus.REPAIRED)
    assert (run.status, run.answer_kind, second.pk in run.answer_call.inputs) == (
        Status.DONE,
        AnswerKind.FUSED,
        True,
    )


def test_minority_is_present_in_rows_page_export_and_api(bench, worker, client):
    heights = {"a": 330, "b": 330, "c": 300}
    panel = [bench.model(name, text=f"The tower is {height} metres tall.") for name, height in heights.items()]
    lists = {name: [] for name in ("consensus", "partial_coverage", "unique_insights", "blind_spots")}
    stances = [
        {"stance": "most say so", "support": [{"answer": "A", "quote": "metres tall"}, {"answer": "B", "quote": ""}]},
        {"stance": "one does not", "support": [{"answer": "C", "quote": "the tower is tall"}]},
    ]
    reply = {"contradictions": [{"topic": "Height", "stances": stances}], **lists}
    judge = bench.model("judge", text=json.dumps(reply))

    run = bench.finish(bench.start(*panel, judge=judge))

    client.force_login(run.owner)
    snapshot = take_snapshot(run)
    analysis = snapshot.analysis
    alone = analysis.letters["C"]
    assert [outlier.slot for outlier in analysis.outliers] == [alone]
    rows = Evidence.objects.filter(finding__call=run.analysis_call, stance="one does not")
    assert [row.slot for row in rows] == [alone]
    page = client.get(run.get_absolute_url()).content.decode()
    assert "one does not" in page
    assert "stands alone" in page.lower()
    assert f"{alone}: one does not" in export_markdown(snapshot)
    for document in (json.loads(export_json(snapshot)), run_document(snapshot, "", {})):
        [contradiction] = document["analysis"]["contradictions"]
        assert {stance["stance"]: stance["slots"] for stance in contradiction["stances"]}["one does not"] == [alone]
