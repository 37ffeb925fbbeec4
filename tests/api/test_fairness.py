"""A flood by one key leaves room for another: at the door of the site, in the queue, and on the worker's threads."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from channels.db import database_sync_to_async

from apps.fusion.vocabulary import Status
from apps.runs.models import Call, Run
from tests.services import wait_until

FLOOD = 100
PANEL = ("oak", "elm", "yew")
ASK = [{"role": "user", "content": "How high is the Eiffel Tower?"}]
LONG = httpx.Timeout(280)
POOL = httpx.Limits(max_connections=2 * FLOOD)


async def ask(client: httpx.AsyncClient, model: str, **fusion: Any) -> int:
    body = {"model": model, "messages": ASK, **({"fusion": fusion} if fusion else {})}
    return (await client.post("/v1/chat/completions", json=body)).status_code


async def runs_made(count: int) -> None:
    wait = database_sync_to_async(wait_until, thread_sensitive=False)
    await wait(lambda: Run.objects.count() >= count, f"{count} runs are made", 240)


def made_before(model: str) -> int:
    """Return the number of runs that were made before the first one of a model, whenever that was answered."""
    return Run.objects.filter(pk__lt=Run.objects.filter(calls__model=model).order_by("pk")[0].pk).count()


def end_all() -> None:
    """Let the runs that are left end at once, however many they are."""
    Run.objects.filter(status=Status.RUNNING).update(status=Status.CANCELLED)
    Call.objects.filter(status=Status.QUEUED).update(status=Status.CANCELLED)
    Call.objects.filter(status=Status.RUNNING).update(cancel_requested=True)
    wait_until(lambda: not Call.objects.filter(status=Status.RUNNING).exists(), "all calls end", 120)


@pytest.mark.timeout(400)
async def test_flood_by_one_key_does_not_hold_up_another(panel, bench, make_key, shared_site, own_worker):
    """The flood's models say nothing, so whoever waited for one of its threads would wait for ever."""
    for name in PANEL:
        bench.upstream.script(name, "stall-first")
    await database_sync_to_async(bench.model)("other", "ok", text="330 metres.")
    await database_sync_to_async(bench.model)("another", "ok", text="330 metres high.")
    many_key, one_key = [await database_sync_to_async(make_key)() for _ in range(2)]
    await asyncio.to_thread(own_worker, WORKER_THREADS="128", HEARTBEAT_SECONDS="5", LOST_AFTER_SECONDS="60")
    async with AsyncExitStack() as stack:
        many, one = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=shared_site.url, headers={"Authorization": f"Bearer {key}"}, timeout=LONG, limits=POOL
                )
            )
            for key in (many_key, one_key)
        ]
        flood = [asyncio.create_task(ask(many, "fusion")) for _ in range(FLOOD)]
        await runs_made(1)
        early = await ask(one, "up/other")
        await runs_made(FLOOD + 1)
        late = await ask(one, "up/other")
        fused = await ask(one, "fusion", panel=["up/other", "up/another"], judge="builtin/overlap", writer="up/other")

        made = await database_sync_to_async(made_before)("up/other")
        waiting = await database_sync_to_async(Call.objects.filter(status=Status.QUEUED).count)()
        for task in flood:
            task.cancel()
        await asyncio.gather(*flood, return_exceptions=True)
    await database_sync_to_async(end_all)()

    assert (early, late, fused) == (200, 200, 200)
    assert made < FLOOD  # it did not wait for the whole flood to begin
    assert waiting > FLOOD
    asked = [entry["model"] for entry in await asyncio.to_thread(bench.upstream.ledger)]
    assert asked.count("other") == 4
    assert len([model for model in asked if model in PANEL]) < 3 * FLOOD
