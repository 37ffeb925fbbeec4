"""500 runs queued at once, and one that a person starts meanwhile."""

import asyncio
import time
from typing import Any

import httpx

from bench.figures import Row
from bench.keys import make_key
from bench.site import Visitor
from bench.stack import NO_TLS, Stack
from bench.upstream import now_us

AT_ONCE = 10
BULK, PERSONS = "c50-r50", "c100-r50"
PATIENCE_S = 600


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Measure a person's run behind many bulk runs: those come over the API, and the person's once all are queued."""
    runs = 10 if quick else 500
    name = f"{runs} runs queued"
    visitor = await (await Visitor(stack).sign_in()).warm_up()
    before = stack.memory("worker")
    headers = {"Authorization": f"Bearer {await make_key(stack, 'run', 'read')}"}
    async with httpx.AsyncClient(base_url=stack.site, headers=headers, timeout=60, verify=NO_TLS) as api:
        started = await _start_all(api, runs)
        waited, is_done = await _persons_run(visitor)
        peak = stack.memory("worker")
        undone = started - await _done_at_last(api)
    grown = (max(peak, stack.memory("worker")) - before) / 1e6
    return [
        Row(name, "runs not done", len(undone), "", 0),
        Row(name, "a person's run not done", float(not is_done), "", 0),
        Row(name, "a person's run starts after", waited, "s", 2),
        Row(name, "memory that the worker grew by", grown, "MB", note="bounded: it holds what its threads stream"),
    ]


async def _start_all(api: httpx.AsyncClient, runs: int) -> set[str]:
    """Start the runs and return their ids."""
    gate = asyncio.Semaphore(AT_ONCE)
    wish: dict[str, Any] = {
        "prompt": "Count.", "priority": "bulk",
        "panel": [f"custom/{BULK}"] * 2, "judge": "custom/judge", "writer": "custom/w50-r50",
    }  # fmt: skip

    async def start() -> str:
        async with gate:
            return (await api.post("/api/v1/runs", json=wish)).raise_for_status().json()["id"]  # type: ignore[no-any-return]

    return set(await asyncio.gather(*(start() for _ in range(runs))))


async def _persons_run(visitor: Visitor) -> tuple[float, bool]:
    """Return the seconds from the click to the first request of the person's run, and whether the run is done."""
    clicked = now_us()
    watched = await visitor.watch(await visitor.start_run([PERSONS] * 2), PATIENCE_S)
    lines = await visitor.ledger()
    first = min(line["arrived"] for line in lines if line["model"] == PERSONS)
    return (first - clicked) / 1e6, watched.status == "done"


async def _done_at_last(api: httpx.AsyncClient) -> set[str]:
    """Wait until no run is live or time is up, and return the ids of the runs that are done."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and (await _page(api, "running"))["data"]:  # noqa: ASYNC110 - the API is asked
        await asyncio.sleep(1)
    done: set[str] = set()
    cursor = ""
    while cursor is not None:
        page = await _page(api, "done", cursor)
        done |= {run["id"] for run in page["data"]}
        cursor = page["next_cursor"]
    return done


async def _page(api: httpx.AsyncClient, status: str, cursor: str = "") -> dict[str, Any]:
    params = {"status": status, "limit": 100, "cursor": cursor}
    return (await api.get("/api/v1/runs", params=params)).raise_for_status().json()  # type: ignore[no-any-return]
