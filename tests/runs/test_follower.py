"""A log that is longer than one read of it is replayed whole, and then followed."""

import asyncio
from contextlib import aclosing

import pytest

from apps.fusion.events import CallDelta
from apps.fusion.vocabulary import Channel
from apps.runs.event_log import writer as event_log
from apps.runs.event_log.follower import Follower


@pytest.mark.parametrize("count", [2, 3, 6, 7])
def test_log_longer_than_a_batch_is_replayed_whole_and_followed(monkeypatch, count):
    monkeypatch.setattr("apps.runs.event_log.follower.BATCH", 3)
    deltas = [CallDelta(run="r", call=1, claim=1, channel=Channel.TEXT, text=f"{n}") for n in range(count + 2)]
    event_log.append(deltas[:count], create=True)

    async def read_all():
        texts = []
        async with aclosing(Follower()) as follower, follower.subscribe("r") as subscription, asyncio.timeout(60):
            async for entry in subscription:
                texts.append(entry.text)
                if len(texts) == count:
                    await asyncio.to_thread(event_log.append, deltas[count:])
                if len(texts) == len(deltas):
                    return texts
        return texts

    try:
        assert asyncio.run(read_all()) == [event_log.serialise(delta).decode() for delta in deltas]
    finally:
        event_log.forget("r")


def test_log_that_is_made_anew_while_it_is_looked_at_is_another(valkey_url):
    event_log.forget("r")

    async def looked_at():
        async with aclosing(Follower()) as follower:
            newest = follower._client.xrevrange

            async def made_anew(*given, **options):
                await asyncio.to_thread(event_log.announce_gap, "r")
                return await newest(*given, **options)

            follower._client.xrevrange = made_anew
            return await follower.is_expired("r", "1-0")

    try:
        assert asyncio.run(looked_at()) is True
    finally:
        event_log.forget("r")
