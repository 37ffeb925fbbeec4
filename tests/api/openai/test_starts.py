"""Runs are made in the order in which requests came, a few at a time."""

import asyncio

from apps.api.openai import start


async def test_requests_at_once_become_runs_in_turn(monkeypatch):
    begun, at_work, most = [], 0, 0

    async def make_run(request, *_):
        nonlocal at_work, most
        begun.append(request)
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.01)
        at_work -= 1
        return request

    monkeypatch.setattr(start, "_start", make_run)
    made = await asyncio.gather(*(start.start(number, None, None) for number in range(20)))

    assert (made, begun, most) == (list(range(20)), list(range(20)), start.STARTS_AT_ONCE)


async def test_request_that_is_refused_leaves_its_place(monkeypatch):
    async def refuse(*_):
        raise ValueError

    monkeypatch.setattr(start, "_start", refuse)
    async with asyncio.timeout(60):
        results = await asyncio.gather(*(start.start(None, None, None) for _ in range(9)), return_exceptions=True)

    assert [type(result) for result in results] == [ValueError] * 9
