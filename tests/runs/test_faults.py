"""Faults of models, workers, PostgreSQL and Valkey: each ends in a clear status, nothing lost, nothing stuck."""

import pytest
from celery import current_app

from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, FailureCode, FinishReason, Role, Status
from apps.runs import actions, presence
from apps.runs.models import Run
from tests.runs.log_reader import read_log, stored, told
from tests.services import wait_until


@pytest.mark.parametrize(
    ("behaviour", "code", "kept"),
    [
        ("401", FailureCode.AUTHENTICATION, ""),
        ("402", FailureCode.INSUFFICIENT_CREDITS, ""),
        ("404", FailureCode.INVALID_MODEL, ""),
        ("429", FailureCode.RATE_LIMITED, ""),
        ("500", FailureCode.UPSTREAM_ERROR, ""),
        ("529", FailureCode.OVERLOADED, ""),
        ("html", FailureCode.BAD_STREAM, ""),
        ("error-200", FailureCode.UPSTREAM_ERROR, ""),
        ("nothing", FailureCode.CONNECTION, ""),
        ("empty", FailureCode.EMPTY, ""),
        ("cut-mid", FailureCode.CONNECTION, "one two"),
        ("broken-json", FailureCode.BAD_STREAM, "one two"),
        ("error-mid-stream", FailureCode.UPSTREAM_ERROR, "one two"),
        ("refusal", None, "one two three four"),
    ],
)
def test_model_that_fails_says_why_and_the_run_goes_on(bench, worker, behaviour, code, kept):
    bad = bench.model("bad", behaviour, text="one two three four")

    run = bench.finish(bench.start(bad, bench.model("good")))

    call = run.calls.get(slot="A")
    assert (call.failure_code, call.output.text) == (code, kept)
    assert bool(call.failure_sentence) == bool(code)
    assert (run.status, run.answer_kind, run.answer_call.slot) == (Status.DONE, AnswerKind.ONLY, "B")


def test_model_that_is_not_there_fails_with_a_sentence(bench, worker):
    bench.provider.base_url = "http://127.0.0.1:9/v1"
    bench.provider.save()

    run = bench.finish(bench.start(bench.model("a"), bench.model("b")))

    assert (run.status, run.failure_code) == (Status.FAILED, FailureCode.ALL_PANELS_FAILED)
    assert [part for part in ("A: ", "B: ") if part not in run.failure_sentence] == []


def test_model_that_left_the_catalogue_fails_with_a_sentence(bench, worker):
    recipe = bench.recipe(bench.model("a"), bench.model("b"))
    bench.provider.models.filter(name="a").update(is_available=False)
    run = Run.objects.create(
        owner=bench.owner, team=bench.owner.personal_team, messages=(bench.message("?"),), recipe=recipe
    )
    with actions.locked_run(run.pk, create_log=True) as change:
        for spec in recipe.panel:
            actions.add_calls(change, [actions.CallSpec(role=Role.PANEL, slot=spec.slot, model=spec.model)])

    run = bench.finish(run)

    assert run.calls.get(slot="A").failure_code == FailureCode.INVALID_MODEL


def test_million_characters_in_one_token_are_stored(bench, worker):
    run = bench.finish(bench.start(bench.model("huge", "huge-token")))

    assert len(run.answer_call.output.text.encode()) == 1024 * 1024
    assert told(read_log(run)) == stored(run)


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        ("", "empty"),
        ("I think that both are right.", "none of the lists that were asked for"),
        ('{"consensus": [{"poi', "read"),
        ('["a", "b"]', "none of the lists that were asked for"),
        ('{"consensus": [{"point": "x", "support": [{"slot": "Z", "quote": "q"}]}]}', "judge's reply can"),
    ],
)
def test_judge_that_cannot_be_read_is_repaired_once_then_replaced_by_overlap(bench, worker, reply, note):
    judge = bench.model("judge", text=reply)

    run = bench.finish(bench.start(bench.model("a"), bench.model("b"), judge=judge))

    takes = run.calls.filter(role=Role.JUDGE).order_by("take")
    analysis = takes.last().output.analysis
    assert takes[0].output.text == reply
    assert takes.last().model == "builtin/overlap"
    assert (analysis.status, note in analysis.note) == (AnalysisStatus.DEGRADED, True)
    assert run.answer_kind == AnswerKind.FUSED


def test_key_that_is_revoked_after_the_panel_leaves_the_closest_answer_and_the_vendors_reason(bench, worker):
    one = bench.model("one", text="The tower is 330 metres tall.", times=2, then="401")

    run = bench.finish(bench.start(one, one, judge=one, writer=one))

    analysis = run.calls.filter(role=Role.JUDGE).latest("take").output.analysis
    refused = [call for call in run.calls.order_by("pk") if call.failure_code]
    assert [(call.role, call.failure_code) for call in refused] == [
        (Role.JUDGE, FailureCode.AUTHENTICATION),
        (Role.SYNTHESIS, FailureCode.AUTHENTICATION),
    ]
    assert (analysis.status, refused[0].failure_sentence in analysis.note) == (AnalysisStatus.DEGRADED, True)
    assert refused[0].failure_sentence.startswith("Upstream did not accept the key.")
    assert (run.status, run.answer_kind) == (Status.DONE, AnswerKind.CLOSEST)
    assert run.answer_call.output.text == "The tower is 330 metres tall."


def test_writer_that_repeats_itself_is_replaced_by_the_closest_answer(bench, worker):
    writer = bench.model("writer", text="It is tall. " * 40)

    run = bench.finish(bench.start(bench.model("a"), bench.model("b"), writer=writer))

    looped = run.calls.get(role=Role.SYNTHESIS, take=1)
    assert (looped.finish_reason, run.answer_kind) == (FinishReason.LOOP, AnswerKind.CLOSEST)
    assert run.answer_call.output.text == run.calls.get(slot="A").output.text


LINES = "I will not talk in class again.\n" * 10


@pytest.mark.parametrize(
    ("prompt", "panel"),
    [("Write 'I will not talk in class again.' ten times.", "Sure."), ("Punish me with lines.", LINES)],
)
def test_repetition_that_was_asked_for_is_fused_whole(bench, worker, prompt, panel):
    one, writer = bench.model("one", text=panel), bench.model("writer", text=LINES)

    run = bench.finish(bench.start(one, one, writer=writer, prompt=prompt))

    assert (run.answer_kind, run.answer_call.finish_reason) == (AnswerKind.FUSED, FinishReason.STOP)
    assert run.answer_call.output.text == LINES


def test_judge_that_finds_nothing_is_not_asked_again(bench, worker):
    empty = '{"consensus":[],"contradictions":[],"partial_coverage":[],"unique_insights":[],"blind_spots":[]}'
    judge = bench.model("judge", text=empty)

    run = bench.finish(bench.start(bench.model("a"), bench.model("b"), judge=judge))

    [asked] = run.calls.filter(role=Role.JUDGE)
    assert (asked.status, run.answer_kind) == (Status.DONE, AnswerKind.FUSED)


def test_message_delivered_twice_asks_the_model_once(bench, worker, upstream):
    run = bench.start(bench.model("a", gate_after=1))
    call = run.calls.get()
    for _ in range(5):
        current_app.send_task("runs.perform_call", args=[call.pk], queue="calls")
    upstream.release("a")

    bench.finish(run)
    wait_until(lambda: presence.queue_length("calls") == 0, "all messages are taken")

    assert len(upstream.ledger("a")) == 1
