"""Deaths: which parts ended on their own, told once each, with the end of their log."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from fusionweb.local.display import say, show_log_end
from fusionweb.local.parts import Part
from fusionweb.local.plan import Plan

GONE = ("BACKOFF", "EXITED", "FATAL")


class Deaths:
    """Compares what supervisord says now with what it said before."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self.plan = plan
        self.console = console
        self.pids: dict[str, int] = {}
        self.times: Counter[str] = Counter()
        self.down: set[str] = set()
        self.given_up: set[str] = set()

    def report(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Say what has happened since the last call; parts that supervisord no longer starts are in ``given_up``."""
        for part in self.plan.parts:
            self._compare(part, states[part.name])

    def _compare(self, part: Part, state: Mapping[str, Any]) -> None:
        before, now = self.pids.get(part.name, 0), state["pid"]
        if before and now != before:
            self._tell_death(part)
        if part.name in self.down and state["statename"] == "RUNNING":
            self.down.remove(part.name)
            say(self.console, f"{part.title} runs again.", style="green")
        if state["statename"] == "FATAL" and part.name not in self.given_up:
            self.given_up.add(part.name)
            say(self.console, f"{part.title} ended again and again; it stays down.", style="bold red")
            show_log_end(self.console, self.plan.folder.log(part.name))
        self.pids[part.name] = now

    def _tell_death(self, part: Part) -> None:
        self.down.add(part.name)
        self.times[part.name] += 1
        say(self.console, f"{part.title} ended unexpectedly; it is started again.", style="bold red")
        show_log_end(self.console, self.plan.folder.log(part.name))
