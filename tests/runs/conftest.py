"""Fixtures for tests of running runs that need workers or a Valkey of their own.

Pytest may load this file before Django is set up, so what needs models is imported where it is used.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import redis

from tests.tool_servers.conftest import tool_server

if TYPE_CHECKING:
    from tests.runs.stack import Bench, SharedWorker, Worker

__all__ = ["tool_server"]


@pytest.fixture(autouse=True)
def steady_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sweep of this process just have done a round: between two tests it does none, as in an outage."""
    from apps.runs.lifecycle import sweep

    monkeypatch.setattr(sweep, "rounds", sweep.Rounds(time.time()))


@pytest.fixture
def own_worker(bench: Bench, shared_worker: SharedWorker) -> Iterator[Callable[..., Worker]]:
    """Make workers that belong to the test alone."""
    from tests.runs.stack import Worker

    shared_worker.step_aside()

    workers: list[Worker] = []

    def make(name: str = "own", queues: str = "calls,control", beat: bool = True, **environment: str) -> Worker:
        workers.append(Worker(name, queues, beat, **environment))
        return workers[-1].wait()

    yield make
    for worker in workers:
        worker.stop(within_s=0)


@pytest.fixture
def private_valkey(shared_worker: SharedWorker, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return an index of Valkey on which no worker listens that the test does not start."""
    from django.conf import settings

    shared_worker.step_aside()

    url = re.sub(r"(\d+)$", lambda index: str(8 + int(index[1])), settings.REDIS_URL)
    yield from use_valkey(url, monkeypatch)


def use_valkey(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let this process, and the workers that it starts, use another Valkey for the time of a test."""
    from django.conf import settings

    from fusionweb.celery import app

    monkeypatch.setattr(settings, "REDIS_URL", url)
    for name in ("broker_url", "broker_read_url", "broker_write_url"):
        monkeypatch.setitem(app.conf, name, url)
    forget_connections(app)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    yield url
    forget_connections(app)


def forget_connections(app: Any) -> None:
    """Let this process connect to Valkey anew."""
    from apps.runs import valkey

    valkey.client.cache_clear()
    app._after_fork()  # Celery's own way to drop its pools


@pytest.fixture
def quick_lookups(settings: Any, private_valkey: Any) -> None:
    """Let calls that look things up be played by the test, with an engine that is set and waits that are short."""
    settings.RETRY_SECONDS = 0.02
    settings.SEARXNG_BASE_URL = "http://127.0.0.1:9"
