"""Real workers for tests: Celery processes on the test's own database and Valkey, and runs against the upstream."""

import contextlib
import os
import signal
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.models import Model, Provider
from apps.fusion.values import Message, Parameters, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, Status
from apps.runs import actions
from apps.runs.lifecycle import claims
from apps.runs.models import UNFINISHED, Call, Run
from tests.runs.log_reader import read_log
from tests.services import wait_until
from tests.upstream import Upstream
from tests.warm_python import start_python

QUICK = {
    "HEARTBEAT_SECONDS": "0.4",
    "LOST_AFTER_SECONDS": "60",  # or a heartbeat that a slow machine delays would count as a lost worker
    "REQUEUE_AFTER_SECONDS": "2",
    "RETRY_SECONDS": "0.05",
    "LOG_LEVEL": "INFO",
}
IS_OVER = """
SELECT NOT EXISTS (SELECT FROM runs_run WHERE id = %(run)s AND status = ANY(%(open)s))
   AND NOT EXISTS (SELECT FROM runs_call WHERE run_id = %(run)s AND status = ANY(%(open)s))
"""
"""Looked at up to fifty times a second, so not put together by the mapper, which takes ten times as long."""


def database_url() -> str:
    """Return the address of the database that pytest-django made for this worker, for other processes."""
    values = connection.settings_dict
    return f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def somebody_waits_for_a_row() -> bool:
    """Return whether a transaction on the database of this test waits for another's lock."""
    waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s)"
    with connection.cursor() as cursor:
        cursor.execute(waiting, [connection.settings_dict["NAME"]])
        return bool(cursor.fetchone()[0])


class Worker:
    """A Celery worker process, which ends with the tests. ``stop`` is SIGTERM, ``kill`` SIGKILL; both wait."""

    def __init__(self, name: str, queues: str, beat: bool = False, threads: int = 16, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fusionweb-worker-"))
        command = ["celery", "-A", "fusionweb", "worker", "-n", f"{name}@test", "-Q", queues]
        command += ["--without-gossip", "--without-mingle", "--loglevel=INFO"]
        if beat:
            command += ["-B", "-s", str(self.folder / "beat")]
        given = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "WORKER_THREADS": str(threads),
        }
        self.log = self.folder / "log"
        self.log.touch()
        self.process = start_python(["-m", *command], {**os.environ, **given, **QUICK, **environment}, self.log)

    def wait(self) -> "Worker":
        wait_until(lambda: b" ready." in self.log.read_bytes(), f"worker is ready:\n{self.log.read_text()}")
        return self

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, within_s: float = 120) -> None:
        """Stop the worker in order, or kill it after ``within_s``.

        At the end of a test no time is given: nobody looks.
        """
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(within_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class SharedWorker:
    """A worker for both queues, with beat, that tests share; it steps aside for tests with workers of their own."""

    def __init__(self) -> None:
        self.worker: Worker | None = None

    def get(self) -> Worker:
        if self.worker is None or self.worker.process.poll() is not None:
            self.worker = Worker("calls", "calls,control", beat=True).wait()
        return self.worker

    def step_aside(self) -> None:
        if self.worker is not None:
            self.worker.stop(within_s=0)


class Bench:
    """An owner, an upstream and models on it by behaviour; starts runs and waits for what becomes of them."""

    def __init__(self, owner: User, upstream: Upstream) -> None:
        self.owner, self.upstream = owner, upstream
        self.provider = Provider.objects.create(slug="up", name="Upstream", base_url=upstream.url)

    def model(self, name: str, behaviour: str = "", **script: Any) -> str:
        """Return the reference of a model, made at first use, that behaves as scripted (else as its name says)."""
        reference = f"up/{name}"
        model = Model(reference=reference, provider=self.provider, name=name, label=name, price_input=1, price_output=2)
        Model.objects.bulk_create([model], ignore_conflicts=True)
        if behaviour or script:
            self.upstream.script(name, behaviour or "ok", **script)
        return reference

    def recipe(self, *models: str, **values: Any) -> Recipe:
        judge = values.pop("judge", None) or "builtin/overlap"
        writer = values.pop("writer", None) or self.model("writer")
        panel = tuple(
            SlotSpec(slot=slot, model=model, parameters=Parameters(temperature=0.5))
            for slot, model in zip(SLOTS, models, strict=False)
        )
        return Recipe(panel=panel, judge=judge, writer=writer, **values)

    def start(self, *models: str, prompt: str = "How high is the Eiffel Tower?", **values: Any) -> Run:
        return actions.start_run(self.owner, [self.message(prompt)], self.recipe(*models, **values))

    def message(self, prompt: str) -> Message:
        return Message(role="user", text=prompt)

    def finish(self, run: Run, within_s: float = 120) -> Run:
        """Wait until the run and all its calls are final, and return it."""
        wait_until(lambda: self._is_over(run), f"run ends: {self.describe(run)}", within_s)
        run.refresh_from_db()
        return run

    def wait_for_call(self, run: Run, status: Status, **fields: Any) -> Call:
        """Wait until a call of the run has this status, and return it."""
        calls = Call.objects.filter(run=run, status=status, **fields)
        wait_until(calls.exists, f"a call {fields} is {status}: {self.describe(run)}")
        return calls.get()

    def wait_for_text(self, run: Run, text: str) -> None:
        """Wait until the worker has this text of a call: what the vendor has sent may still be on its way to it."""
        wait_until(lambda: text in {told.text for told in read_log(run).calls}, f"the worker has the text {text!r}")

    def age_heartbeats(self, alive: int = 0) -> None:
        """Let the time be over after which workers count as lost; first ``alive`` calls give a new sign of life."""
        now, running = timezone.now(), Call.objects.filter(status=Status.RUNNING)
        wait_until(lambda: running.filter(heartbeat_at__gt=now).count() == alive, "the calls of living workers beat")
        running.filter(heartbeat_at__lte=now).update(heartbeat_at=now - timedelta(hours=1))

    def claimed(self, run: Run, call: Call | None = None) -> Call:
        """Claim the run's one call, or the given one, for this process."""
        call = call or run.calls.get()
        assert claims.claim(call)
        return call

    def _is_over(self, run: Run) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(IS_OVER, {"run": run.pk, "open": [*UNFINISHED]})
            return bool(cursor.fetchone()[0])

    def describe(self, run: Run) -> str:
        fields = ("role", "slot", "take", "status", "claim", "failure_code", "output__text")
        return "\n".join(str(row) for row in run.calls.values_list(*fields))
