"""Whoever reads a run, early, late or returning, sees what the database says."""

import asyncio
from contextlib import aclosing

import pytest
from channels.db import database_sync_to_async

from apps.fusion.vocabulary import Status
from apps.runs.event_log.follower import Follower, SlowReader
from tests.runs.log_reader import Reader, stored, told
from tests.services import wait_until

WORDS = " ".join(f"word{number}" for number in range(200)) + " 🗼 Grüße\u2028東京."


def start_judged_run(bench):
    bench.model("a", text=WORDS, delay_s=0.002)
    bench.model("b", behaviour="reasoning", text="It stands in Paris.", reasoning="Let me think. Paris.")
    bench.model("c", behaviour="cut-mid", text=WORDS)
    bench.model("judge", text="This is no JSON.")
    models = ["up/a", "up/b", "up/c", "up/a"]
    return bench.start(*models, judge="up/judge", writer=bench.model("writer", text="In Paris."), quorum=4)


@pytest.mark.parametrize("breaks", [(3,), (1, 5, 20), (2, 2, 2, 40)])
def test_early_late_and_returning_readers_see_what_the_database_says(bench, worker, breaks):
    run = start_judged_run(bench)

    async def returning(follower):
        reader = Reader(run)
        for at_most in breaks:
            reader.count = 0
            await reader.read(follower, at_most=at_most)
        reader.count = 0
        return await reader.read(follower)

    async def read_all():
        async with asyncio.timeout(60), aclosing(Follower()) as follower:
            early, back = await asyncio.gather(Reader(run).read(follower), returning(follower))
            await database_sync_to_async(bench.finish)(run)
            late = await Reader(run).read(follower)
        return [reader.state for reader in (early, back, late)]

    states = asyncio.run(read_all())

    run = bench.finish(run)
    assert run.status == Status.DONE
    assert {call.status for call in run.calls.all()} == {Status.DONE, Status.FAILED}
    for state in states:
        assert told(state) == stored(run)


def test_reader_that_joins_mid_stream_gets_the_beginning_too(bench, worker, upstream):
    run = bench.start(bench.model("a", text="one two three four", gate_after=2))
    upstream.wait_for("a", events=2)

    async def read_all():
        async with asyncio.timeout(60), aclosing(Follower()) as follower:
            reader = Reader(run)
            joined = asyncio.create_task(reader.read(follower))
            await asyncio.to_thread(wait_until, lambda: reader.state.calls != (), "the reader has joined")
            await asyncio.to_thread(upstream.release, "a")
            return (await joined).state

    state = asyncio.run(read_all())

    bench.finish(run)
    assert told(state) == stored(run)


def test_slow_reader_is_closed_for_a_reconnect(bench, worker, monkeypatch):
    monkeypatch.setattr("apps.runs.event_log.follower.QUEUE_LIMIT", 1)  # the end of call and run is more
    run = bench.start(bench.model("a", text=WORDS, delay_s=0.05, piece_chars=100, gate_after=0))

    async def read_slowly():
        async with aclosing(Follower()) as follower, follower.subscribe(run.public_id) as subscription:
            async for _ in subscription:
                await asyncio.to_thread(bench.upstream.release, "a")
                await database_sync_to_async(bench.finish)(run)

    with pytest.raises(SlowReader):
        asyncio.run(read_slowly())
