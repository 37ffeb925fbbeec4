"""Faults of workers: killed, stopped, hanging, racing. These tests start workers of their own, or play the worker."""

import asyncio
import os
import signal
import threading
from decimal import Decimal

import psycopg
import pytest
from django.db import connection, connections
from django.db.models import JSONField, Value

from apps.fusion.values import Reply
from apps.fusion.vocabulary import FailureCode, FinishReason, Role, Status
from apps.runs import actions, presence, tasks, valkey
from apps.runs.event_log import writer as event_log
from apps.runs.execution import requests, results
from apps.runs.execution.call_stream import Interrupted
from apps.runs.execution.executor import Executor, executor
from apps.runs.lifecycle import claims, sweep
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call, Run
from tests.runs.log_reader import read_log, stored, told
from tests.services import wait_until

STALLS = {"A": ("stall-headers", ""), "B": ("stall-first", ""), "C": ("stall-mid", "one two")}


def test_models_that_stall_time_out_with_their_text(bench, own_worker, private_valkey):
    own_worker(FIRST_TOKEN_TIMEOUT="3", IDLE_TIMEOUT="3")
    bad = [bench.model(behaviour, behaviour, text="one two three four") for behaviour, _ in STALLS.values()]

    run = bench.finish(bench.start(*bad, bench.model("good")))

    for slot, (_, kept) in STALLS.items():
        call = run.calls.get(slot=slot)
        assert (call.failure_code, call.output.text) == (FailureCode.TIMEOUT, kept)


def test_run_completes_without_doubled_text_after_a_worker_dies_mid_stream(bench, own_worker, private_valkey, upstream):
    first = own_worker("first")
    run = bench.start(bench.model("a", text="one two three four", gate_after=2))
    upstream.wait_for("a", events=2)

    first.kill()
    bench.age_heartbeats()
    upstream.release("a")
    own_worker("second")

    run = bench.finish(run)
    call = run.calls.get()
    assert (call.status, call.claim, call.output.text) == (Status.DONE, 2, "one two three four")
    assert [attempt.failure and attempt.failure.code for attempt in call.attempt_values] == [
        FailureCode.WORKER_LOST,
        None,
    ]
    assert told(read_log(run)) == stored(run)


def test_worker_lost_twice_costs_a_third_delivery_and_lost_three_times_the_answer(
    bench, own_worker, private_valkey, upstream
):
    lost = bench.start(bench.model("a", gate_after=1))
    saved = bench.start(bench.model("b", text="one two", gate_after=1))
    for number in (1, 2):
        worker = own_worker(f"number{number}")
        for name in "ab":
            upstream.wait_for(name, requests=number, events=1)
        worker.kill()
        bench.age_heartbeats()
    upstream.release("b")
    third = own_worker("third")

    saved = bench.finish(saved)
    call = saved.calls.get()
    assert (call.status, call.claim, call.output.text) == (Status.DONE, 3, "one two")

    upstream.wait_for("a", requests=3, events=1)
    third.kill()
    bench.age_heartbeats()
    own_worker("fourth")

    lost = bench.finish(lost)
    call = lost.calls.get()
    assert (lost.status, call.failure_code) == (Status.FAILED, FailureCode.WORKER_LOST)
    assert call.failure_sentence == "The worker that held this call was lost three times. Retry the column."


def test_worker_told_to_stop_gives_its_calls_back(bench, own_worker, private_valkey, upstream):
    first = own_worker("first")
    run = bench.start(bench.model("a", gate_after=1))
    upstream.wait_for("a", events=1)

    first.stop()

    call = run.calls.get()
    assert (call.status, call.deliveries) == (Status.QUEUED, 0)
    assert upstream.wait_for("a", ended=True)[0]["closed_early"]
    upstream.release("a")
    own_worker("second")
    assert bench.finish(run).status == Status.DONE


def test_worker_whose_call_was_rescued_changes_nothing(bench, own_worker, private_valkey, upstream):
    zombie = own_worker("zombie", beat=False)
    run = bench.start(bench.model("a", text="one two three four", gate_after=2))
    upstream.wait_for("a", events=2)
    os.killpg(zombie.process.pid, signal.SIGSTOP)
    bench.age_heartbeats()
    own_worker("second")
    upstream.wait_for("a", requests=2, events=2)
    upstream.release("a")
    run = bench.finish(run)
    before = stored(run)

    os.killpg(zombie.process.pid, signal.SIGCONT)
    upstream.wait_for("a", requests=2, ended=True)
    zombie.stop()

    assert stored(run) == before
    assert (run.calls.get().claim, run.calls.get().output.text) == (2, "one two three four")
    assert told(read_log(run)) == before


def test_two_last_calls_that_end_at_once_in_two_workers_start_one_judge(bench, own_worker, private_valkey, upstream):
    own_worker("one", beat=True)
    own_worker("two", beat=False)
    models = bench.model("a", gate_after=1), bench.model("b", gate_after=1)
    runs = [bench.start(*models) for _ in range(6)]
    for name in "ab":
        upstream.wait_for(name, requests=6, events=1)

    threads = [threading.Thread(target=upstream.release, args=name) for name in "ab"]
    for thread in threads:
        thread.start()

    for run in map(bench.finish, runs):
        assert (run.status, run.calls.filter(role=Role.JUDGE).count()) == (Status.DONE, 1)


def ended_call(bench, **script):
    """Return a call claimed by this process, and the result that it is about to write."""
    run = bench.start(bench.model("a", **script))
    call = bench.claimed(run)
    outcome = Outcome(Status.DONE, Reply(text="Done.", finish_reason=FinishReason.STOP), text_changed=True)
    return call, results.build_result(call, outcome)


def test_call_is_repeated_after_a_worker_dies_between_append_and_commit(bench, private_valkey, monkeypatch):
    class Killed(BaseException):
        pass

    call, result = ended_call(bench)
    append = event_log.append

    def append_then_die(*args, **kwargs):
        append(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(event_log, "append", append_then_die)
        with pytest.raises(Killed):
            assert claims.end(call, result) == (False, None)
    assert Call.objects.get().status == Status.RUNNING

    Call.objects.update(heartbeat_at="2000-01-01T00:00Z")
    sweep.sweep()
    again = bench.claimed(call.run)
    claims.end(again, result)

    assert (Call.objects.get().status, Call.objects.get().claim) == (Status.DONE, 2)
    assert told(read_log(call.run)) == stored(call.run)


def test_cancel_that_races_the_finish_ends_one_way(bench, private_valkey):
    for _ in range(8):
        call, result = ended_call(bench)

        def cancel(pk=call.pk):
            actions.cancel_call(Call.objects.get(pk=pk))
            connections.close_all()

        racing = threading.Thread(target=cancel)
        racing.start()
        claims.end(call, result)
        racing.join()

        run = Run.objects.get(pk=call.run_id)
        assert (run.status, run.answer_call.output.text) == (Status.DONE, "Done.")
        assert told(read_log(run)) == stored(run)


@pytest.mark.parametrize("broken", ["build_result", "prepare"])
def test_bug_while_a_call_is_made_or_concluded_fails_the_call_and_keeps_its_text(
    bench, private_valkey, broken, monkeypatch
):
    run = bench.start(bench.model("a", text="Yes."))

    def bug(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(results if broken == "build_result" else requests, broken, bug)
    tasks.perform_call(run.calls.get().pk)

    call = run.calls.get()
    assert (call.status, call.failure_code) == (Status.FAILED, FailureCode.UNEXPECTED_ERROR)
    assert call.output.text == ("Yes." if broken == "build_result" else "")
    assert Run.objects.get().status == Status.FAILED


def test_result_of_a_call_that_was_requeued_meanwhile_still_counts(bench, private_valkey):
    call, result = ended_call(bench)
    Call.objects.update(heartbeat_at="2000-01-01T00:00Z")  # as after a minute without PostgreSQL
    sweep.sweep()
    assert Call.objects.get().status == Status.QUEUED

    assert claims.end(call, result).is_mine
    assert (Call.objects.get().status, Call.objects.get().output.text) == (Status.DONE, "Done.")


def test_call_given_back_although_it_was_to_stop_is_stopped(bench, private_valkey):
    call, _ = ended_call(bench)
    actions.cancel_call(call)

    claims.requeue_on_shutdown(call)

    assert (Call.objects.get().status, Run.objects.get().status) == (Status.CANCELLED, Status.CANCELLED)


def test_call_given_back_is_paid_for_up_to_its_last_word(bench, private_valkey, monkeypatch):
    monkeypatch.setattr(tasks, "FIRST_BEAT_S", 60)
    run = bench.start(bench.model("a", text="one two three four", gate_after=2))

    def perform(call_id):
        tasks.perform_call(call_id)
        connections.close_all()

    thread = threading.Thread(target=perform, args=[run.calls.get().pk])
    thread.start()
    wait_until(lambda: [live.text() for live in executor()._live.values()] == ["one two"], "two words came")
    (streaming,) = executor()._live.values()
    streaming.is_interrupted = True
    executor().cancel(streaming)
    thread.join()

    call = run.calls.get()
    assert (call.status, call.output.text) == (Status.QUEUED, "one two")
    assert call.attempt_values[-1].cost == Decimal("0.000012")  # eight tokens read, two written


@pytest.mark.parametrize("how", ["given back", "declined"])
def test_call_that_a_stopping_worker_leaves_is_sent_however_long_the_queue_is(bench, private_valkey, monkeypatch, how):
    call = bench.start(bench.model("a")).calls.get()
    if how == "given back":
        claims.requeue_on_shutdown(bench.claimed(call.run))
    else:
        monkeypatch.setattr(executor(), "is_stopping", True)
        tasks.perform_call(call.pk)
    before = presence.queue_length("calls")

    sweep.sweep()
    sweep.sweep()

    assert (before, presence.queue_length("calls")) == (1, 2)


def test_run_that_breaks_does_not_keep_the_sweep_from_the_others(bench, private_valkey):
    for _ in range(2):
        bench.claimed(bench.start(bench.model("a")))
    Run.objects.filter(pk=Run.objects.first().pk).update(recipe=Value({}, JSONField()))
    Call.objects.update(heartbeat_at="2000-01-01T00:00Z")

    sweep.sweep()

    assert [call.status for call in Call.objects.order_by("pk")] == [Status.RUNNING, Status.QUEUED]


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_stop_while_the_end_is_told_leaves_nothing_hanging(bench, private_valkey, monkeypatch, is_interrupted):
    run = bench.start(bench.model("a", text="Yes."))
    call = bench.claimed(run)
    streaming_executor = Executor()
    told = threading.Event()

    async def flush_slowly():
        if asyncio.current_task() in {live.task for live in streaming_executor._live.values()}:
            told.set()
            await asyncio.sleep(30)
        return True

    monkeypatch.setattr(streaming_executor, "_flush", flush_slowly)
    streaming = streaming_executor.start(requests.prepare(call))
    assert told.wait(60)
    streaming.is_interrupted = is_interrupted
    streaming_executor.cancel(streaming)

    outcome = streaming.future.result(timeout=60)
    assert (outcome.status, outcome.reply.text, outcome.text_changed) == (Status.DONE, "Yes.", True)


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_stop_before_the_first_step_leaves_nothing_hanging(bench, private_valkey, is_interrupted):
    call = bench.claimed(bench.start(bench.model("a")))
    streaming_executor = Executor()
    is_held = threading.Event()
    streaming_executor._loop.call_soon_threadsafe(is_held.wait)  # both wishes wait for the loop's next turn
    streaming = streaming_executor.start(requests.prepare(call))
    streaming.is_interrupted = is_interrupted
    streaming_executor.cancel(streaming)
    is_held.set()

    if is_interrupted:
        with pytest.raises(Interrupted):
            streaming.future.result(timeout=60)
    else:
        assert streaming.future.result(timeout=60).status == Status.CANCELLED
    assert not streaming_executor._live


def test_heartbeat_of_a_call_that_was_taken_away_says_so(bench, private_valkey):
    call, result = ended_call(bench)
    assert claims.heartbeat(call, "so far", "") is claims.Heartbeat.CONTINUE
    assert Call.objects.get().output.text == "so far"

    actions.cancel_call(call)
    assert claims.heartbeat(call, "so far", "") is claims.Heartbeat.STOP

    Call.objects.update(claim=9)
    assert claims.heartbeat(call, "so far", "") is claims.Heartbeat.LOST
    claims.end(call, result)
    assert Call.objects.get().status == Status.RUNNING


def test_sweep_beside_a_sweep_does_nothing(bench, private_valkey):
    run = bench.start(bench.model("a"))
    bench.claimed(run)
    Call.objects.update(heartbeat_at="2000-01-01T00:00Z")
    url = connection.get_connection_params()
    with psycopg.connect(**{key: url[key] for key in ("host", "port", "user", "password", "dbname")}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [sweep.LOCK])
        sweep.sweep()
        assert Call.objects.get().status == Status.RUNNING
        other.execute("SELECT pg_advisory_unlock(%s)", [sweep.LOCK])
    sweep.sweep()
    assert Call.objects.get().status == Status.QUEUED


def test_messages_lost_by_the_broker_are_sent_again(bench, own_worker, private_valkey):
    run = bench.start(bench.model("a"))
    valkey.client().flushdb()

    own_worker()

    assert bench.finish(run).status == Status.DONE
