"""Show the start of the stack: a line for each part, then the address, then failures only."""

import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

TAIL_LINES = 15


class StartDisplay:
    """The progress of a start: spinners on a terminal; elsewhere one plain line when a part is ready."""

    def __init__(self, console: Console, titles: Iterable[str]) -> None:
        self.console = console
        self.titles = tuple(titles)
        self.began: dict[str, float] = {}
        columns = SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), TimeElapsedColumn()
        self.progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self.tasks = {title: self.progress.add_task(title, total=1, start=False) for title in self.titles}
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def begin(self, title: str) -> None:
        self.began[title] = time.monotonic()
        self.progress.start_task(self.tasks[title])

    def done(self, title: str) -> None:
        self.progress.update(self.tasks[title], completed=1)
        if not self.console.is_terminal:
            seconds = time.monotonic() - self.began[title]
            say(self.console, f"{title:<16} ready after {seconds:4.1f} s")


def say(console: Console, text: str, style: str = "") -> None:
    """Print text as it is: no markup, no wrapping in the middle of a path or link."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def show_log_end(console: Console, log: Path) -> None:
    """Print the last lines of a part's log."""
    say(console, f"The end of {log}:")
    try:
        lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    except OSError as error:
        lines = [str(error)]
    for line in lines:
        say(console, f"  {line}", style="dim")
