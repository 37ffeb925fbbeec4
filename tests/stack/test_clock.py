"""The clock sends what the workers would send, and loads none of it."""

import json
import os
from pathlib import Path
from typing import Any

import redis
from celery.beat import Scheduler

from fusionweb.celery import app
from tests.warm_python import start_python

SEND = """
import django.apps, gc, sys
from celery.beat import Scheduler
from fusionweb.clock import app
app.loader.init_worker()
app.finalize()
scheduler = Scheduler(app)
for entry in scheduler.schedule.values():
    scheduler.apply_async(entry, advance=False)
assert gc.isenabled()
assert not django.apps.apps.ready
assert "apps.runs.tasks" not in sys.modules
"""
EACH_ITS_OWN = ("id", "root_id", "origin", "expires", "ignore_result")
"""Headers of a message that are its own, and one of results, which are kept nowhere."""


def messages(index: redis.Redis) -> list[Any]:
    """Return what lies in the queues, without what differs from message to message, and empty them."""
    found = []
    for name in sorted(index.scan_iter(_type="list")):
        for text in index.lrange(name, 0, -1):
            message = json.loads(text)
            headers = {key: value for key, value in message["headers"].items() if key not in EACH_ITS_OWN}
            found.append((name, headers["task"], message["body"], bool(message["headers"]["expires"]), headers))
    index.flushdb()
    return sorted(found, key=lambda one: one[1])


def test_clock_sends_each_task_as_an_application_that_knows_it(
    valkey_url: str, valkey_index: redis.Redis, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    assert start_python(["-c", SEND], dict(os.environ), log).wait(60) == 0, log.read_text()
    by_clock = messages(valkey_index)

    scheduler = Scheduler(app)
    app.loader.import_default_modules()
    assert {entry.task for entry in scheduler.schedule.values()} <= set(app.tasks)
    for entry in scheduler.schedule.values():
        scheduler.apply_async(entry, advance=False)

    assert len(by_clock) == len(scheduler.schedule)
    assert by_clock == messages(valkey_index)
