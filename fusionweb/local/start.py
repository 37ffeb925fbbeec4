"""The start of a stack: stage after stage, each waiting for what it needs and no longer."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console

from fusionweb.local.display import StartDisplay
from fusionweb.local.errors import StackError
from fusionweb.local.folders import PROJECT
from fusionweb.local.parts import Part
from fusionweb.local.plan import Plan
from fusionweb.local.probes import forget_workers, page_answers
from fusionweb.local.supervisor import Supervisor
from fusionweb.local.watch import Deaths

READY_SECONDS = 300
PATIENCE = 3
"""A part that has died this often before everything was ready is not waited for."""
PREPARE = "Database"


class StopRequested(Exception):
    """A signal asked to stop while parts were still starting."""


@dataclass(frozen=True)
class Welcome:
    """The words at the end of a start: the login link, and a line or more about the providers."""

    link: str
    providers: tuple[str, ...]


class Start:
    """One start in progress: which parts are still awaited, and what may end the wait."""

    def __init__(self, plan: Plan, supervisor: Supervisor, deaths: Deaths, stop: threading.Event) -> None:
        self.plan, self.supervisor, self.deaths, self.stop = plan, supervisor, deaths, stop
        self.waiting: list[Part] = []
        self.deadline = time.monotonic() + READY_SECONDS

    def bring_up(self, console: Console) -> Welcome:
        """Start everything and wait until all is ready.

        Raises ``StackError`` if a part cannot start and ``StopRequested`` if a signal came first.
        """
        titles = [part.title for part in self.plan.stage("postgres", "valkey", "models")]
        titles += [PREPARE, *(part.title for part in self.plan.stage("control", "workers", "web", "balancer"))]
        with StartDisplay(console, titles) as self.display:
            self.wait(self.supervisor.answers)
            self.launch("postgres", "valkey", "models")
            self.wait(lambda: not any(part.stage in ("postgres", "valkey") for part in self.waiting))
            forget_workers(self.plan.environment["REDIS_URL"])
            self.launch("workers", "web", "balancer")  # they touch no table before they are asked to
            welcome = self.prepare()
            self.launch("control")
            self.wait(lambda: not self.waiting)
            self.wait(lambda: page_answers((self.plan.inside or self.plan.site) + "/readyz"))
        return welcome

    def launch(self, *stages: str) -> None:
        """Start the parts of these stages at the same time, and await them from now on."""
        for stage in stages:
            self.supervisor.start(stage)
        for part in self.plan.stage(*stages):
            self.display.begin(part.title)
            self.waiting.append(part)

    def wait(self, is_done: Callable[[], bool]) -> None:
        """Wait until ``is_done()``, marking parts as they become ready."""
        while not is_done():
            if self.stop.wait(0.15):
                raise StopRequested
            if self.waiting:
                self.mark_ready()
            if time.monotonic() > self.deadline:
                late = ", ".join(part.title for part in self.waiting) or "a part that /readyz names"
                raise StackError(f"Not ready after {READY_SECONDS} s: {late}. See the logs in {self.plan.folder.logs}.")

    def mark_ready(self) -> None:
        """Take the parts that are ready off the waiting list; raises ``StackError`` if one will never be."""
        states = self.supervisor.states()
        self.deaths.report(states)
        if hopeless := self.deaths.given_up | {name for name, times in self.deaths.times.items() if times >= PATIENCE}:
            raise StackError(f"These parts do not start: {', '.join(sorted(hopeless))}. Their logs say why.")
        for part in tuple(self.waiting):
            if part.is_ready() if part.is_ready else states[part.name]["statename"] == "RUNNING":
                self.waiting.remove(part)
                self.display.done(part.title)

    def prepare(self) -> Welcome:
        """Migrate and connect in a process of its own. Return what it printed."""
        self.display.begin(PREPARE)
        log = self.plan.folder.log("prepare")
        command = [sys.executable, "-m", "fusionweb.local.prepare"]
        with log.open("w") as errors:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self.plan.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        try:
            self.wait(lambda: process.poll() is not None)
        finally:
            process.kill()
            output, _ = process.communicate()
        if process.returncode:
            raise StackError(f"The database could not be prepared:\n{log.read_text()[-2000:]}")
        self.display.done(PREPARE)
        *providers, link = output.strip().splitlines()
        return Welcome(link, tuple(providers))
