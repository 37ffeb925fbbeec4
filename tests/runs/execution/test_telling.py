"""A worker goes on telling and hearing, whatever breaks in between."""

import asyncio
import threading

import pytest

from apps.fusion.events import CallDelta
from apps.fusion.vocabulary import Status
from apps.runs.execution import executor as executor_module
from apps.runs.execution import requests
from apps.runs.execution.executor import Executor
from tests.runs.fake_lookups import FakeLookups, looking_up, search
from tests.runs.log_reader import read_log, told
from tests.services import wait_until


def test_text_whose_telling_broke_is_told_anew(bench, private_valkey, upstream, monkeypatch, caplog):
    streams, run = Executor(), bench.start(bench.model("a", text="one two", gate_after=1))
    append, faults = streams._log.append, iter([RuntimeError("the connection is in a state that nobody thought of")])

    async def append_or_break(events, **options):
        if any(isinstance(event, CallDelta) for event in events):
            for fault in faults:
                raise fault
        return await append(events, **options)

    monkeypatch.setattr(streams._log, "append", append_or_break)
    streaming = streams.start(requests.prepare(bench.claimed(run)))

    wait_until(lambda: any("one" in call.text for call in told(read_log(run)).calls), "it is told")

    upstream.release("a")
    assert streaming.future.result(60).reply.text == "one two"
    assert "Text could not be told" in caplog.text


@pytest.mark.parametrize("fault", [ValueError, RuntimeError])
async def test_work_without_an_end_begins_anew_where_it_breaks(monkeypatch, fault):
    monkeypatch.setattr(executor_module, "AGAIN_S", 0)
    begun = []
    again = asyncio.Event()

    async def work():
        begun.append(1)
        if len(begun) == 1:
            raise fault
        again.set()
        await asyncio.Future()

    task = asyncio.create_task(executor_module._again(work))
    async with asyncio.timeout(60):
        await again.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(begun) == 2


def stopped_while_its_circuit_is_told(bench, monkeypatch, run, *, is_interrupted):
    """Stop a call whose answer is whole, while the worker tells Valkey, which is slow, how its request went."""
    streams, is_telling = Executor(), threading.Event()
    tell = streams._circuits.tell

    async def tell_slowly(reference, request, *how):
        await tell(reference, request, *how)
        if streaming.attempts:  # the request is over; what is told before is that of its first word
            is_telling.set()
            await asyncio.sleep(30)

    monkeypatch.setattr(streams._circuits, "tell", tell_slowly)
    streaming = streams.start(requests.prepare(bench.claimed(run)))
    assert is_telling.wait(60)
    streaming.is_interrupted = is_interrupted
    streams.cancel(streaming)
    return streaming.future.result(60)


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_answer_that_is_whole_is_kept_where_its_call_is_stopped(bench, private_valkey, monkeypatch, is_interrupted):
    run = bench.start(bench.model("a", text="Yes."))

    outcome = stopped_while_its_circuit_is_told(bench, monkeypatch, run, is_interrupted=is_interrupted)

    assert (outcome.status, outcome.reply.text, outcome.reply.usage.estimated) == (Status.DONE, "Yes.", False)


def test_call_that_is_stopped_when_it_asks_for_look_ups_makes_none(bench, private_valkey, monkeypatch, settings):
    settings.SEARXNG_BASE_URL = "http://127.0.0.1:9"
    web = FakeLookups()
    monkeypatch.setattr(executor_module, "lookup_client", lambda: web)

    outcome = stopped_while_its_circuit_is_told(bench, monkeypatch, looking_up(bench, [search()]), is_interrupted=False)

    assert (outcome.status, web.asked, len(outcome.attempts)) == (Status.CANCELLED, [], 1)
