"""A worker goes on with the call that it made possible, and does what can wait when the run has gone on."""

import asyncio
import threading

import orjson

from apps.fusion.events import CallDelta, from_wire
from apps.fusion.vocabulary import Priority, Role, Status
from apps.runs import actions, afterwards, event_log, tasks, work
from apps.runs.executor import Executor, executor
from apps.runs.models import LONG_AGO
from tests.runs.reading import read_log, stored, told
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
    sent = event_log.queue_length("calls")

    perform(run)

    run.refresh_from_db()
    assert (run.status, run.answer_call.role) == (Status.DONE, Role.SYNTHESIS)
    assert (sent, event_log.queue_length("calls")) == (2, 2)
    assert told(read_log(run)) == stored(run)


def test_bulk_run_waits_in_line_between_its_calls(bench, private_valkey):
    run = fused(bench, Priority.BULK)

    perform(run)

    assert run.calls.get(role=Role.JUDGE).status == Status.QUEUED
    assert event_log.queue_length("calls") == 3


def test_worker_that_stops_leaves_what_follows_to_others(bench, private_valkey, monkeypatch):
    run = fused(bench)
    conclude = work.conclude

    def stop_then_conclude(call, outcome):
        monkeypatch.setattr(executor(), "is_stopping", call.slot == "B")
        return conclude(call, outcome)

    monkeypatch.setattr(work, "conclude", stop_then_conclude)
    perform(run)

    judge = run.calls.get(role=Role.JUDGE)
    assert (judge.status, judge.queued_at) == (Status.QUEUED, LONG_AGO)  # so the sweep sends it at once


def test_text_of_a_panel_call_is_rendered_when_the_run_has_gone_on(bench, private_valkey, monkeypatch):
    run = bench.start(bench.model("a", text="It is **so**."))
    held = threading.Event()
    render = afterwards.render_markdown
    monkeypatch.setattr(afterwards, "render_markdown", lambda text: held.wait(10) and render(text))

    perform(run)

    run.refresh_from_db()
    assert (run.status, run.calls.get().html) == (Status.DONE, "")
    held.set()
    wait_until(lambda: run.calls.get().html == "<p>It is <strong>so</strong>.</p>\n", "the text is rendered")


def test_text_that_cannot_be_rendered_or_read_ahead_costs_no_answer(bench, private_valkey, monkeypatch, caplog):
    def bug(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(afterwards, "render_markdown", bug)
    monkeypatch.setattr(work, "read_ahead", bug)
    run = fused(bench)

    perform(run)

    run.refresh_from_db()
    assert run.status == Status.DONE
    wait_until(lambda: "was not rendered" in caplog.text, "the log says so")
    assert "could not be read ahead" in caplog.text


def test_stop_while_the_end_is_told_loses_no_text_of_others(bench, private_valkey, upstream, monkeypatch):
    streams = Executor()
    streams._tasks[0].cancel()  # text is told only when a call begins or ends
    models = [bench.model(name, text=f"{name} one two", gate_after=1) for name in ("ends", "goes-on")]
    calls = [bench.claimed(bench.start(model)) for model in models]
    ends, goes_on = [streams.start(work.prepare(call)) for call in calls]
    for name, streaming in (("ends", ends), ("goes-on", goes_on)):
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
    assert is_telling.wait(10)
    streams.cancel(ends)
    ends.future.result(timeout=10)
    upstream.release("goes-on")
    outcome = goes_on.future.result(timeout=10)

    entries = event_log.client().xrange(event_log.key_of(calls[1].run.public_id))
    events = [from_wire(orjson.loads(fields[b"event"])) for _, fields in entries]
    assert "".join(event.text for event in events if isinstance(event, CallDelta)) == outcome.reply.text
    assert not outcome.text_changed
