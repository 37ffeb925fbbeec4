"""A worker goes on with the call that it made possible, and does what can wait when the run has gone on."""

import asyncio
import threading

import orjson
from redis import RedisError

from apps.fusion.events import CallDelta, from_wire
from apps.fusion.values import Reply
from apps.fusion.vocabulary import Priority, Role, Status
from apps.runs import actions, presence, tasks, valkey
from apps.runs.event_log import writer as event_log
from apps.runs.execution import background, requests, results
from apps.runs.execution.executor import Executor, executor
from apps.runs.execution.roles import synthesis
from apps.runs.lifecycle import claims, sweep
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call, Run
from tests.calls import change_output
from tests.runs.log_reader import read_log, stored, told
from tests.services import wait_until

ANALYSIS = '{"consensus": [], "contradictions": [], "blind_spots": ["Nothing is said of costs."]}'


def perform(run):
    """Carry out the run's panel here, without its messages."""
    for call in run.calls.order_by("pk"):
        tasks.perform_call(call.pk)


def fused(bench, priority=Priority.INTERACTIVE):
    recipe = bench.recipe(bench.model("a"), bench.model("b"), judge=bench.model("judge", text=ANALYSIS))
    return actions.start_run(bench.owner, [bench.message("Why?")], recipe, priority=priority)


def test_worker_goes_on_with_judge_and_writer_without_a_message(bench, private_valkey):
    run = fused(bench)
    sent = presence.queue_length("calls")

    perform(run)

    run.refresh_from_db()
    assert (run.status, run.answer_call.role) == (Status.DONE, Role.SYNTHESIS)
    assert (sent, presence.queue_length("calls")) == (2, 2)
    assert told(read_log(run)) == stored(run)


def test_bulk_run_waits_in_line_between_its_calls(bench, private_valkey):
    run = fused(bench, Priority.BULK)

    perform(run)

    assert run.calls.get(role=Role.JUDGE).status == Status.QUEUED
    assert presence.queue_length("calls") == 3


def test_worker_that_stops_leaves_what_follows_to_others(bench, private_valkey, monkeypatch):
    run = fused(bench)
    conclude = results.build_result

    def stop_then_conclude(call, outcome, ahead):
        monkeypatch.setattr(executor(), "is_stopping", call.slot == "B")
        return conclude(call, outcome, ahead)

    monkeypatch.setattr(results, "build_result", stop_then_conclude)
    perform(run)

    judge = run.calls.get(role=Role.JUDGE)
    assert (judge.status, judge.enqueued_at) == (Status.QUEUED, None)  # so the sweep sends it at once


def test_call_whose_worker_is_lost_before_it_goes_on_is_sent_by_the_next_sweep(bench, private_valkey, monkeypatch):
    run = fused(bench)
    perform_one = tasks._perform
    monkeypatch.setattr(tasks, "_perform", lambda *given: perform_one(*given) and None)
    perform(run)
    before = presence.queue_length("calls")  # of the panel, which nobody has taken

    sweep.sweep()

    assert (run.calls.get(role=Role.JUDGE).status, presence.queue_length("calls")) == (Status.QUEUED, before + 1)


def test_call_that_another_ended_makes_the_next_one_go_on_all_the_same(bench, private_valkey):
    """A worker comes back to a call that was failed meanwhile, and still runs the judge that this made possible."""
    run = fused(bench)
    first, second = run.calls.order_by("pk")
    tasks.perform_call(first.pk)
    call = bench.claimed(run, second)
    outcome = Outcome(Status.DONE, Reply(text="Late."))
    result = results.build_result(call, outcome)
    Call.objects.filter(pk=call.pk).update(status=Status.DONE)
    change_output(call, text="So.")

    ended = claims.end(call, result, run_next_here=True)

    assert ended == (False, run.calls.get(role=Role.JUDGE).pk)
    assert Call.objects.get(pk=call.pk).output.text == "So."


def test_late_worker_renders_no_text_of_a_call_that_is_not_its_own(bench, private_valkey, monkeypatch):
    run = bench.start(bench.model("a", text="All of it."))
    conclude = results.build_result

    def conclude_late(call, outcome, ahead):
        Call.objects.update(status=Status.FAILED)
        change_output(Call.objects.get(), text="All")
        return conclude(call, outcome, ahead)

    monkeypatch.setattr(results, "build_result", conclude_late)
    perform(run)
    background._thread().submit(int).result()

    assert (run.calls.get().output.text, run.calls.get().output.html) == ("All", "")


def test_text_of_a_panel_call_is_rendered_when_the_run_has_gone_on(bench, private_valkey, monkeypatch):
    run = bench.start(bench.model("a", text="It is **so**."))
    held = threading.Event()
    render = background.render_markdown
    monkeypatch.setattr(background, "render_markdown", lambda text: held.wait(60) and render(text))

    perform(run)

    run.refresh_from_db()
    assert (run.status, run.calls.get().output.html) == (Status.DONE, "")
    held.set()
    wait_until(lambda: run.calls.get().output.html == "<p>It is <strong>so</strong>.</p>\n", "the text is rendered")


def test_text_that_cannot_be_rendered_or_indexed_costs_no_answer(bench, private_valkey, monkeypatch, caplog):
    def bug(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(background, "render_markdown", bug)
    monkeypatch.setattr(synthesis, "index_answers", bug)
    run = fused(bench)

    perform(run)

    run.refresh_from_db()
    assert run.status == Status.DONE
    wait_until(lambda: caplog.text.count("Work beside") == 3, "the log says so")  # two texts, one index


def test_stop_while_the_end_is_told_loses_no_text_of_others(bench, private_valkey, upstream, monkeypatch):
    streams = Executor()
    streams._tasks[0].cancel()  # text is told only when a call begins or ends
    models = [bench.model(name, text=f"{name} one two", gate_after=1) for name in ("ends", "goes-on")]
    calls = [bench.claimed(bench.start(model)) for model in models]
    ends, run_next_here = [streams.start(requests.prepare(call)) for call in calls]
    for name, streaming in (("ends", ends), ("goes-on", run_next_here)):
        upstream.wait_for(name, events=1)
        wait_until(streaming.text, f"text of {name} has come")
    append, is_telling = streams._log.append, threading.Event()

    async def append_slowly(events, **options):
        if not is_telling.is_set():
            is_telling.set()
            await asyncio.sleep(30)
        return await append(events, **options)

    monkeypatch.setattr(streams._log, "append", append_slowly)
    upstream.release("ends")
    assert is_telling.wait(60)
    streams.cancel(ends)
    ends.future.result(timeout=60)
    upstream.release("goes-on")
    outcome = run_next_here.future.result(timeout=60)

    entries = valkey.client().xrange(event_log.key_of(calls[1].run.public_id))
    events = [from_wire(orjson.loads(fields[b"event"])) for _, fields in entries]
    assert "".join(event.text for event in events if isinstance(event, CallDelta)) == outcome.reply.text
    assert not outcome.text_changed


def test_run_whose_time_is_over_before_it_begins_asks_nobody(bench, private_valkey):
    run = bench.start(bench.model("a"), hard_limit_s=0.000001)

    run.refresh_from_db()
    assert (run.status, run.calls.get().status, run.calls.get().claim) == (Status.FAILED, Status.CANCELLED, 0)
    assert presence.queue_length("calls") == 0
    assert told(read_log(run)) == stored(run)


def test_run_that_begins_while_valkey_is_away_is_told_later(bench, private_valkey, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(event_log, "_append", away)
        run = bench.start(bench.model("a"))
    assert Run.objects.get().needs_resync

    sweep.sweep()
    perform(run)

    run.refresh_from_db()
    assert (run.status, run.needs_resync) == (Status.DONE, False)
    assert told(read_log(run)) == stored(run)


def away(*_args, **_options):
    raise RedisError("away")
