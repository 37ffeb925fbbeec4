"""`manage.py up`: start every part, wait until all are ready, show the login link, watch, stop in order."""

import argparse
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from rich.console import Console

from fusionweb.local.display import say
from fusionweb.local.environment import ENV_FILE, announce, is_readable_by_others, read_env_file
from fusionweb.local.errors import StackError
from fusionweb.local.folders import DataFolder, lock, open_folder
from fusionweb.local.plan import Plan, make_plan
from fusionweb.local.ports import next_free_port
from fusionweb.local.start import Start, StopRequested
from fusionweb.local.supervisor import Supervisor, wait_for_previous
from fusionweb.local.watch import Deaths
from fusionweb.setting_rules import given, problems

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEFAULT_PORT = 8000


def up(arguments: Sequence[str]) -> int:
    """Run the stack until a signal stops it. Gives the exit status."""
    parser = argparse.ArgumentParser(prog="manage.py up", description=__doc__)
    parser.add_argument("--no-models", action="store_true", help="do not start the local models")
    options = parser.parse_args(arguments)
    read_env_file()
    console = Console()
    if is_readable_by_others(ENV_FILE):
        say(console, f"Other users of this machine may read {ENV_FILE}: chmod 600 {ENV_FILE}", style="yellow")
    with stop_event() as stop:
        try:
            check_settings()
            folder = open_folder(os.environ.get("FUSIONWEB_DATA", ""))
            with lock(folder):
                run(folder, console, stop, partial(plan_start, with_models=not options.no_models))
        except StackError as error:
            say(console, str(error), style="bold red")
            return 1
    return 0


def check_settings() -> None:
    """Raise ``StackError`` with a sentence for each setting that is not allowed."""
    if wrong := problems(os.environ):
        raise StackError("\n".join(wrong))


@contextmanager
def stop_event() -> Iterator[threading.Event]:
    """Yield an event that SIGINT, SIGTERM and SIGHUP set, even in a script's background job, which ignores SIGINT."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in STOP_SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(
    folder: DataFolder, console: Console, stop: threading.Event, make: Callable[[DataFolder, Console], Plan]
) -> None:
    """Start the stack that ``make`` plans on a folder that is locked for us, and stay until ``stop`` is set."""
    say(console, f"FusionWeb starts; its data is in {folder.path}")
    wait_for_previous(folder, console, stop)
    if stop.is_set():
        return
    plan = make(folder, console)
    announce(plan)
    with supervised(plan, console) as supervisor:
        deaths = Deaths(plan, console)
        try:
            welcome = Start(plan, supervisor, deaths, stop).bring_up(console)
        except StopRequested:
            return
        say(console, "\n" + "\n".join(welcome.providers))
        say(console, f"\nOpen {welcome.link}", style="bold")
        say(
            console,
            "It signs you in once; `.venv/bin/python manage.py login_link` prints another. Ctrl-C stops everything.\n",
        )
        while not stop.wait(1):
            deaths.report(supervisor.states())


def plan_start(folder: DataFolder, console: Console, with_models: bool) -> Plan:
    """Return the plan for ``HOST`` and ``PORT``; if the port is taken, say so and use the next free one."""
    host = os.environ.get("HOST") or "127.0.0.1"
    wanted = wanted_port(os.environ.get("PORT", ""))
    port = next_free_port(wanted, host)
    if port != wanted:
        say(console, f"Port {wanted} is taken; using {port}.", style="yellow")
    return make_plan(folder, host, port, with_models, os.environ | given(os.environ))


def wanted_port(text: str) -> int:
    """Return the port in ``PORT``. Raise ``StackError`` if it is none."""
    if not text:
        return DEFAULT_PORT
    if not (text.isdecimal() and 0 < int(text) < 65_536):
        raise StackError(f"PORT={text} is not a port; it takes a number from 1 to 65535.")
    return int(text)


@contextmanager
def supervised(plan: Plan, console: Console) -> Iterator[Supervisor]:
    """Run the process manager for ``plan``; however the block ends, every part is stopped, in order."""
    supervisor = Supervisor(plan)
    try:
        yield supervisor
    finally:
        say(console, "Stopping…")
        supervisor.stop()
        plan.folder.state.unlink(missing_ok=True)
        say(console, "Everything is stopped.")
