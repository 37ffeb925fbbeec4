"""A worker goes on telling and hearing, whatever breaks in between."""

import asyncio

import pytest

from apps.fusion.events import CallDelta
from apps.runs.execution import executor as executor_module
from apps.runs.execution import requests
from apps.runs.execution.executor import Executor
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
