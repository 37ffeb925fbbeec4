"""PostgreSQL or Valkey goes away and comes back while a run is under way. These tests start servers of their own."""

import json
import os
import subprocess
import sys
from contextlib import suppress

import psycopg
import pytest
from redis import Redis, RedisError

from apps.fusion.vocabulary import AnswerKind, Status
from apps.runs.models import Run
from tests.runs.conftest import use_valkey
from tests.runs.log_reader import read_log, stored, told
from tests.runs.stack import Worker
from tests.services import wait_until
from tests.warm_python import BASE_DIR


@pytest.fixture
def valkey(own_valkey, monkeypatch):
    """Return a Valkey that forgets everything at a restart, used by this process and its workers."""
    server = own_valkey(durable=False)
    using = use_valkey(server.url, monkeypatch)
    next(using)
    yield server
    next(using, None)


def test_log_is_written_anew_after_valkey_restarts_mid_run(bench, valkey, own_worker, upstream):
    worker = own_worker("first")
    run = bench.start(bench.model("a", text="one two three four", gate_after=2), bench.model("b", gate_after=1))
    upstream.wait_for("a", events=2)
    upstream.wait_for("b", events=1)

    valkey.restart()
    wait_until(lambda: has_text(run, valkey, "one two"), "the worker tells its calls anew")
    for name in "ab":
        upstream.release(name)

    run = bench.finish(run)
    after = bench.finish(bench.start(bench.model("c")))
    assert (after.status, worker.process.poll()) == (Status.DONE, None)
    assert (run.status, run.answer_kind) == (Status.DONE, AnswerKind.FUSED)
    assert run.calls.get(slot="A").output.text == "one two three four"
    wait_until(lambda: not Run.objects.get(pk=run.pk).needs_resync, "the sweep tells of what was lost meanwhile")
    assert told(read_log(run)).calls == stored(run).calls


def has_text(run, valkey, text):
    """Return whether the new log holds the text so far of call A."""
    try:
        with Redis.from_url(valkey.url) as client:
            entries = client.xrange(f"fusionweb:run:{run.public_id}:events")
    except RedisError:
        return False
    events = [json.loads(fields[b"event"]) for _, fields in entries]
    return any(event["type"] == "call.delta" and event["text"].startswith(text) for event in events)


def test_run_completes_if_valkey_is_away_while_calls_end(bench, valkey, own_worker, upstream):
    own_worker("first")
    run = bench.start(bench.model("a", gate_after=2), bench.model("b", gate_after=1))
    upstream.wait_for("a", events=2)

    valkey.pause()
    for name in "ab":
        upstream.release(name)
    wait_until(lambda: run.calls.filter(status=Status.DONE).count() == 2, "calls end without Valkey")
    wait_until(lambda: Run.objects.get(pk=run.pk).needs_resync, "the run knows that its events were lost")
    valkey.resume()

    run = bench.finish(run)
    assert (run.status, run.answer_kind) == (Status.DONE, AnswerKind.FUSED)
    wait_until(lambda: not Run.objects.get(pk=run.pk).needs_resync, "the sweep tells of the gap")


@pytest.fixture
def site(own_postgres, valkey_url):
    """Start a site in processes of its own, on a PostgreSQL of its own."""
    server = own_postgres()
    environment = {"DATABASE_URL": server.url, "REDIS_URL": valkey_url.rsplit("/", 1)[0] + "/15"}
    return server, environment


def shell(environment, code):
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, cwd=BASE_DIR, env={**os.environ, **environment}, capture_output=True, check=True)


START = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from apps.accounts.models import User
from apps.catalogue.models import Model, Provider
from apps.fusion.values import Message, Recipe, SlotSpec
from apps.runs.starting import start_run
provider = Provider.objects.create(slug="up", name="Up", base_url="{url}")
for name in ("a", "b", "writer"):
    Model.objects.create(provider=provider, name=name, label=name, reference="up/" + name)
panel = [SlotSpec(slot="A", model="up/a"), SlotSpec(slot="B", model="up/b")]
recipe = Recipe(panel=panel, judge="builtin/overlap", writer="up/writer")
start_run(User.objects.create_user("alice"), [Message(role="user", text="?")], recipe)
"""


def test_run_completes_after_postgres_restarts_between_calls(site, upstream, valkey_url):
    server, environment = site
    upstream.script("a", "ok", gate_after=1)
    shell(environment, START.format(url=upstream.url))
    worker = Worker("pg", "calls,control", beat=True, **environment).wait()
    try:
        upstream.wait_for("b", ended=True)
        upstream.wait_for("a", events=1)
        server.stop()
        upstream.release("a")
        upstream.wait_for("a", ended=True)
        server.start()

        wait_until(lambda: found(server, "SELECT status FROM runs_run") == [("done",)], "the run completes")

        assert found(server, "SELECT answer_kind FROM runs_run") == [("fused",)]
        assert found(server, "SELECT status FROM runs_call") == [("done",)] * 4
    finally:
        worker.stop()


def found(server, query):
    """Return the rows of a query; none while the server does not answer."""
    with suppress(psycopg.OperationalError), psycopg.connect(server.url) as database:
        return database.execute(query).fetchall()
