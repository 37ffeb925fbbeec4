"""Fixtures of the provider tests: one upstream for the module, one client for each test."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from apps.outbound import clients
from tests.upstream import Upstream


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    server = Upstream().start()
    yield server
    server.stop()


TRUSTED = httpx.create_ssl_context()
"""Made once: reading all the certificates takes longer than most of these tests."""


TURN_S = 0.02


@pytest_asyncio.fixture
async def steady_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a turn of the loop count as ``TURN_S`` of its clock at most, however long the machine stalls meanwhile.

    So a limit passes where nothing came for so long, and not where nobody had a turn to send it or to read it.
    """
    loop: Any = asyncio.get_running_loop()
    select, now = loop._selector.select, loop.time()

    def select_for_a_turn(timeout: float | None = None) -> Any:
        nonlocal now
        began = time.monotonic()
        found = select(timeout if timeout is None else min(timeout, TURN_S))
        now += min(time.monotonic() - began, TURN_S)
        return found

    monkeypatch.setattr(loop._selector, "select", select_for_a_turn)
    monkeypatch.setattr(loop, "time", lambda: now)


@pytest_asyncio.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: TRUSTED)
    async with clients.client(proxy="") as client:
        yield client
