"""A vendor's bad day: asked again, put off, not asked, replaced. The tests play the worker."""

import re
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.db import connections
from django.utils import timezone

from apps.fusion.values import SlotSpec
from apps.fusion.vocabulary import AnswerKind, FailureCode, Role, Status, WaitReason
from apps.providers.resilience import CircuitState
from apps.runs import actions, tasks
from apps.runs.execution import requests
from apps.runs.execution.call_stream import Interrupted
from apps.runs.execution.circuits import circuit_of
from apps.runs.execution.executor import executor
from apps.runs.lifecycle import claims, sweep
from apps.runs.models import Call, Run
from tests.services import wait_until

FIVE = 5
"""Failures that open a circuit."""


@pytest.fixture(autouse=True)
def quick(settings, private_valkey):
    settings.RETRY_SECONDS = 0.02
    settings.CIRCUIT_OPEN_SECONDS = 60


def perform(run):
    """Carry out the calls that may be claimed until none is left."""
    while call := run.calls.filter(status=Status.QUEUED, not_before=None).first():
        tasks.perform_call(call.pk)
    run.refresh_from_db()
    return run


def performing(run):
    """Start a thread that carries out the one call of a run."""

    def work_on(call_id):
        tasks.perform_call(call_id)
        connections.close_all()

    thread = threading.Thread(target=work_on, args=[run.calls.get().pk])
    thread.start()
    return thread


def story(call):
    """Return the model and the result of each attempt of a call."""
    return [(attempt.model, attempt.failure and str(attempt.failure.code)) for attempt in call.attempt_values]


def open_circuit(bench, upstream, model):
    """Let a model fail until nobody asks it any more, then let it be well again."""
    while circuit_of([model])[model].state is CircuitState.CLOSED:
        perform(bench.start(bench.model(model.removeprefix("up/"), "500")))
    return bench.model(model.removeprefix("up/"), "ok", text="Well again.")


@pytest.mark.parametrize("behaviour", ["429", "500", "529", "nothing", "error-200", "html-502"])
def test_failure_that_passes_is_asked_again_and_recorded(bench, behaviour):
    model = bench.model("a", behaviour, times=2, text="Yes.")

    run = perform(bench.start(model))

    call = run.calls.get()
    codes = [code for _, code in story(call)]
    assert (call.status, call.output.text, call.failure_code) == (Status.DONE, "Yes.", None)
    assert (len(codes), codes[0] is not None, codes[1] is not None, codes[2]) == (3, True, True, None)
    assert [attempt.waited_s is not None for attempt in call.attempt_values] == [True, True, False]
    assert call.attempt_values[0].started_at < call.attempt_values[1].started_at < call.attempt_values[2].started_at


def test_attempts_end_after_three(bench, upstream):
    run = perform(bench.start(bench.model("a", "503")))

    call = run.calls.get()
    assert (call.status, call.failure_code, len(upstream.ledger("a"))) == (Status.FAILED, FailureCode.OVERLOADED, 3)
    assert [attempt.http_status for attempt in call.attempt_values] == [503] * 3


@pytest.mark.parametrize("behaviour", ["401", "404", "context", "quota", "html", "redirect"])
def test_failure_that_stays_is_not_asked_again(bench, upstream, behaviour):
    perform(bench.start(bench.model("a", behaviour)))

    assert len(upstream.ledger("a")) == 1
    assert circuit_of(["up/a"])["up/a"].requests == 0


@pytest.mark.parametrize("behaviour", ["cut-mid", "broken-json", "error-mid-stream"])
def test_failure_after_the_first_token_keeps_its_text_and_is_not_asked_again(bench, upstream, behaviour):
    run = perform(bench.start(bench.model("a", behaviour, text="one two three four")))

    call = run.calls.get()
    assert (call.status, call.output.text, len(upstream.ledger("a"))) == (Status.FAILED, "one two", 1)
    assert (circuit_of(["up/a"])["up/a"].failures, circuit_of(["up/a"])["up/a"].requests) == (1, 1)


def test_short_retry_after_is_waited_for_in_the_worker(bench):
    run = perform(bench.start(bench.model("a", "429-retry-after", retry_after="0.3", times=1)))

    call = run.calls.get()
    assert (call.status, len(call.attempt_values)) == (Status.DONE, 2)
    assert call.attempt_values[0].waited_s >= 0.3


def in_a_minute():
    return format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)


@pytest.mark.parametrize("retry_after", ["60", in_a_minute])
def test_long_retry_after_is_waited_for_in_the_queue(bench, upstream, retry_after):
    value, before = retry_after if isinstance(retry_after, str) else retry_after(), timezone.now()
    run = perform(bench.start(bench.model("a", "429-retry-after", retry_after=value, times=1, text="Yes.")))

    call = run.calls.get()
    assert (call.status, call.wait_reason, call.deliveries) == (Status.QUEUED, WaitReason.RETRY_AFTER, 0)
    assert before + timedelta(seconds=58) < call.not_before <= timezone.now() + timedelta(seconds=60)
    assert (story(call), run.needs_resync) == ([("up/a", "rate_limited")], True)
    tasks.perform_call(call.pk)
    assert len(upstream.ledger("a")) == 1

    Call.objects.update(not_before=timezone.now())
    sent = sent_by_the_sweep()

    assert sent == [call.pk]
    tasks.perform_call(call.pk)
    call.refresh_from_db()
    assert (call.status, call.output.text, call.wait_reason, len(call.attempt_values)) == (Status.DONE, "Yes.", None, 2)


def sent_by_the_sweep():
    """Return the calls that one round of the sweep sends."""
    sent = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "enqueue", lambda calls: sent.extend(call.pk for call in calls))
        sweep.sweep()
    return sent


def test_burst_that_a_vendor_turns_away_opens_no_circuit_and_is_answered_later(bench):
    model = bench.model("a", "429-retry-after", retry_after="20", times=FIVE, text="Yes.")
    runs = [perform(bench.start(model)) for _ in range(FIVE)]
    put_off = set(Call.objects.values_list("status", "wait_reason"))
    Call.objects.update(not_before=None)

    statuses = [perform(run).status for run in runs]

    assert put_off == {(Status.QUEUED, WaitReason.RETRY_AFTER)}
    assert statuses == [Status.DONE] * FIVE


def test_call_that_comes_back_to_an_open_circuit_is_put_off_by_it_three_times(bench, upstream):
    run = perform(bench.start(bench.model("a", "429-retry-after", retry_after="20")))
    open_circuit(bench, upstream, "up/a")
    asked, waits = len(upstream.ledger("a")), []
    for _ in range(3):
        run.calls.update(not_before=None)
        perform(run)
        waits.append((run.calls.get().not_before - timezone.now()).total_seconds())

    assert [20 < wait <= 60 for wait in waits] == [True] * 3  # longer than the vendor would have it
    assert (run.calls.get().status, run.calls.get().wait_reason) == (Status.QUEUED, WaitReason.RETRY_AFTER)
    run.calls.update(not_before=None)
    perform(run)
    assert (run.calls.get().failure_code, len(upstream.ledger("a"))) == (FailureCode.CIRCUIT_OPEN, asked)


def test_call_whose_wait_is_over_is_sent_once(bench):
    perform(bench.start(bench.model("a", "429-retry-after", retry_after="60")))
    assert sent_by_the_sweep() == []
    Call.objects.update(not_before=timezone.now())

    assert len(sent_by_the_sweep()) == 1
    assert sent_by_the_sweep() == []


def test_postponed_call_ends_after_three_attempts_in_all(bench, upstream):
    run = bench.start(bench.model("a", "429-retry-after", retry_after="60"))
    for _ in range(4):
        Call.objects.filter(status=Status.QUEUED).update(not_before=None)
        perform(run)

    call = run.calls.get()
    assert (call.status, call.failure_code, len(upstream.ledger("a"))) == (Status.FAILED, FailureCode.RATE_LIMITED, 3)
    assert len(call.attempt_values) == 3


def test_vendor_that_wants_to_be_left_alone_for_an_hour_is_not_waited_for(bench, upstream):
    run = perform(bench.start(bench.model("a", "429-retry-after", retry_after="3600")))

    assert (run.calls.get().status, len(upstream.ledger("a"))) == (Status.FAILED, 1)


def test_call_stopped_while_it_waits_between_attempts_ends_at_once(bench, upstream, settings):
    settings.RETRY_SECONDS = 60
    run = bench.start(bench.model("a", "500"))
    call = bench.claimed(run)
    streaming = executor().start(requests.prepare(call))
    wait_until(lambda: streaming.attempts != (), "the first attempt failed")

    executor().cancel(streaming)

    outcome = streaming.future.result(timeout=60)
    assert (outcome.status, [attempt.failure.code for attempt in outcome.attempts]) == (
        Status.CANCELLED,
        [FailureCode.UPSTREAM_ERROR],
    )


def test_call_put_off_is_cut_at_the_hard_limit(bench):
    slow = bench.model("b", "429-retry-after", retry_after="60")
    run = perform(bench.start(bench.model("a"), slow, hard_limit_s=100))
    now = timezone.now()
    Run.objects.update(created_at=now - timedelta(seconds=100), wake_at=now)

    sweep.sweep()

    perform(run)
    cut = run.calls.get(slot="B")
    assert (cut.status, cut.failure_code) == (Status.CANCELLED, FailureCode.TOO_SLOW)
    assert (run.status, run.answer_kind) == (Status.DONE, AnswerKind.ONLY)


def test_fuse_now_ends_calls_that_wait(bench):
    waiting = bench.model("slow", "429-retry-after", retry_after="60")
    run = perform(bench.start(bench.model("a"), bench.model("b"), waiting, quorum=3))
    assert run.calls.get(slot="C").status == Status.QUEUED

    actions.fuse_now(run)

    perform(run)
    assert (run.calls.get(slot="C").status, run.answer_kind) == (Status.CANCELLED, AnswerKind.FUSED)


def test_open_circuit_fails_a_call_at_once(bench, upstream):
    model = open_circuit(bench, upstream, "up/a")
    asked = len(upstream.ledger("a"))

    run = perform(bench.start(model))

    call = run.calls.get()
    assert (call.status, call.failure_code, len(upstream.ledger("a"))) == (
        Status.FAILED,
        FailureCode.CIRCUIT_OPEN,
        asked,
    )
    assert re.fullmatch(
        r"a at Upstream has failed too often in the last minute, the last time because its provider had an error "
        r"\(HTTP 500\)\. It is asked again in \d\d s: retry then, or choose another model\.",
        call.failure_sentence,
    )


def test_wrong_keys_and_long_prompts_open_no_circuit(bench):
    for behaviour in ["401", "context", "quota"] * FIVE:
        perform(bench.start(bench.model("a", behaviour)))

    assert circuit_of(["up/a"])["up/a"].state is CircuitState.CLOSED


def test_probe_closes_the_circuit_as_soon_as_text_comes(bench, upstream, settings):
    settings.CIRCUIT_OPEN_SECONDS = 0.1
    open_circuit(bench, upstream, "up/a")
    wait_until(lambda: circuit_of(["up/a"])["up/a"].state is CircuitState.HALF_OPEN, "it is half-open")
    run = bench.start(bench.model("a", text="one two", gate_after=1))

    probing = performing(run)

    wait_until(lambda: circuit_of(["up/a"])["up/a"].state is CircuitState.CLOSED, "the circuit is closed")
    upstream.release("a")
    probing.join()
    assert run.calls.get().status == Status.DONE


def with_fallback(bench, model, fallback, **values):
    """Start a run of one slot that has a fallback."""
    recipe = bench.recipe(model, **values)
    spec = SlotSpec(slot="A", model=model, fallback=fallback)
    recipe = recipe.model_copy(update={"panel": (spec,)})
    run = actions.start_run(bench.owner, [bench.message("How high is it?")], recipe)
    return perform(run).calls.get()


def test_fallback_answers_while_the_circuit_is_open(bench, upstream):
    model = open_circuit(bench, upstream, "up/a")
    usage = {"prompt_tokens": 1000, "completion_tokens": 1000}
    fallback = bench.model("b", text="I stand in.", usage=usage)
    bench.provider.models.filter(name="b").update(price_input=10, price_output=20)

    call = with_fallback(bench, model, fallback)

    assert (call.model, call.answered_by, call.output.text) == ("up/a", "up/b", "I stand in.")
    assert story(call) == [("up/a", "circuit_open"), ("up/b", None)]
    assert str(call.cost) == "0.030000"


def test_fallback_answers_after_three_failures(bench):
    call = with_fallback(bench, bench.model("a", "500"), bench.model("b", text="I stand in."))

    assert (call.answered_by, call.output.text) == ("up/b", "I stand in.")
    assert story(call) == [("up/a", "upstream_error")] * 3 + [("up/b", None)]


def test_fallback_answers_at_once_where_the_model_asks_for_a_long_wait(bench):
    model = bench.model("a", "429-retry-after", retry_after="60")

    call = with_fallback(bench, model, bench.model("b", text="I stand in."))

    assert story(call) == [("up/a", "rate_limited"), ("up/b", None)]


@pytest.mark.parametrize("behaviour", ["401", "cut-mid"])
def test_fallback_is_not_asked_where_asking_again_is_of_no_use(bench, upstream, behaviour):
    call = with_fallback(bench, bench.model("a", behaviour), bench.model("b"))

    assert (call.status, call.answered_by, upstream.ledger("b")) == (Status.FAILED, "", [])


def test_fallback_whose_circuit_is_open_is_not_asked(bench, upstream):
    model, fallback = open_circuit(bench, upstream, "up/a"), open_circuit(bench, upstream, "up/b")
    asked = len(upstream.ledger("b"))

    call = with_fallback(bench, model, fallback)

    assert (call.status, call.failure_code) == (Status.FAILED, FailureCode.CIRCUIT_OPEN)
    assert (story(call), len(upstream.ledger("b"))) == (
        [("up/a", "circuit_open"), ("up/b", "circuit_open")],
        asked,
    )


def test_fallback_that_left_the_catalogue_is_no_hindrance(bench):
    call = with_fallback(bench, bench.model("a", text="Yes."), "up/gone")

    assert (call.status, call.output.text) == (Status.DONE, "Yes.")


@pytest.mark.parametrize(("judge", "writer"), [("up/ill", "up/well"), ("up/well", "up/ill")])
def test_open_circuit_of_judge_or_writer_leads_to_what_needs_no_model(bench, upstream, judge, writer):
    open_circuit(bench, upstream, "up/ill")
    bench.model("well", text="It is tall.")

    run = perform(bench.start(bench.model("a"), bench.model("b"), judge=judge, writer=writer))

    failed = run.calls.get(failure_code=FailureCode.CIRCUIT_OPEN)
    if judge == "up/ill":
        assert (failed.role, run.calls.filter(role=Role.JUDGE).last().model) == (Role.JUDGE, "builtin/overlap")
        assert run.answer_kind == AnswerKind.FUSED
    else:
        assert (failed.role, run.answer_kind) == (Role.SYNTHESIS, AnswerKind.CLOSEST)


def test_limits_of_a_model_replace_those_of_the_site(bench):
    model = bench.model("a", "stall-headers")
    bench.provider.models.filter(name="a").update(first_token_s=0.1)

    run = perform(bench.start(model))

    call = run.calls.get()
    assert (call.failure_code, "0.1 s" in call.failure_sentence) == (FailureCode.TIMEOUT, True)


def test_worker_that_stops_records_the_request_it_gave_up(bench, upstream):
    run = bench.start(bench.model("a", gate_after=1))
    call = bench.claimed(run)
    streaming = executor().start(requests.prepare(call))
    upstream.wait_for("a", events=1)

    streaming.is_interrupted = True
    executor().cancel(streaming)
    with pytest.raises(Interrupted):
        streaming.future.result(timeout=60)
    claims.requeue_on_shutdown(call, streaming.attempts)

    call.refresh_from_db()
    assert (call.status, story(call)) == (Status.QUEUED, [("up/a", "worker_lost")])


def test_parameters_that_a_model_does_not_know_are_noted_before_it_answers(bench, upstream, monkeypatch):
    model = bench.model("a", gate_after=0)
    monkeypatch.setattr(requests, "dropped", lambda *_: ("top_p", "seed"))
    run = bench.start(model)

    thread = performing(run)
    upstream.wait_for("a")

    assert run.calls.get().dropped == ("top_p", "seed")
    upstream.release("a")
    thread.join()
    assert run.calls.get().dropped == ("top_p", "seed")
