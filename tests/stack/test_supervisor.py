"""The process manager with parts that only sleep: restarts, the order of stopping, nothing left after a kill."""

import contextlib
import io
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rich.console import Console

from fusionweb.local.errors import StackError
from fusionweb.local.folders import DataFolder
from fusionweb.local.parts import Part
from fusionweb.local.plan import Plan
from fusionweb.local.supervisor import Supervisor, wait_for_previous
from tests.services import wait_until

SLEEPERS = (("postgres", "postgres"), ("one", "workers"), ("two", "workers"), ("web", "web"))


def sleeping_plan(path):
    return plan_of(path, *(Part(name, name, stage, ["sleep", "1000"]) for name, stage in SLEEPERS))


def plan_of(path, *parts):
    folder = DataFolder(path)
    folder.logs.mkdir(exist_ok=True)
    return Plan(folder, parts, dict(os.environ), "http://127.0.0.1:1")


def start_all(supervisor):
    wait_until(supervisor.answers, "supervisord answers")
    for stage in ("postgres", "workers", "web"):
        supervisor.start(stage)
    wait_until(lambda: all_run(supervisor), "all run")


def all_run(supervisor):
    """Whether supervisord says so, which it does a second after the fork, and each is past its exec."""
    is_said = {state["statename"] for state in supervisor.states().values()} == {"RUNNING"}
    return is_said and {command_of(pid)[0] for pid in pids(supervisor)} <= {b"sleep", b"sh"}


def pids(supervisor):
    return [state["pid"] for state in supervisor.states().values()]


def is_alive(pid):
    return command_of(pid) != [b""]  # as that of a zombie


def command_of(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return [b""]


def session_of(leader):
    """Return every process in the session that ``leader`` leads."""
    found = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [pid for pid in found if is_in_session(pid, leader)]


def is_in_session(pid, leader):
    with contextlib.suppress(ProcessLookupError):
        return os.getsid(pid) == leader
    return False


@pytest.fixture
def supervisor(tmp_path):
    supervisor = Supervisor(sleeping_plan(tmp_path))
    yield supervisor
    supervisor.stop()


def test_killed_part_is_started_again(supervisor):
    start_all(supervisor)
    killed = supervisor.states()["web"]["pid"]

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: supervisor.states()["web"]["pid"] not in (0, killed), "web is started again")


def test_parts_and_supervisor_have_sessions_of_their_own(supervisor):
    start_all(supervisor)
    running = [*pids(supervisor), supervisor.process.pid]

    assert [os.getsid(pid) for pid in running] == running
    assert [os.getpgid(pid) for pid in running] == running


@pytest.mark.parametrize("script", ["sleep 1000 & wait", "trap '' TERM; sleep 1000 & wait"], ids=["calm", "stubborn"])
def test_stop_reaches_what_a_part_has_started(tmp_path, script):
    supervisor = Supervisor(plan_of(tmp_path, Part("web", "web", "web", ["sh", "-c", script], stop_seconds=1)))
    start_all(supervisor)
    (pid,) = pids(supervisor)
    wait_until(lambda: len(session_of(pid)) == 2, "the part has started its own process")
    running = session_of(pid)

    supervisor.stop()

    wait_until(lambda: not any(map(is_alive, running)), "all of it is gone")  # supervisord waits for the part alone


def test_stop_goes_from_the_last_started_to_the_first(supervisor):
    start_all(supervisor)
    running = pids(supervisor)

    supervisor.stop()

    log = supervisor.plan.folder.log("supervisor").read_text()
    stopped = re.findall(r"stopped: (\w+)", log)
    assert [stopped[0], set(stopped[1:3]), stopped[3]] == ["web", {"one", "two"}, "postgres"]
    assert not any(map(is_alive, running))


def test_killed_supervisor_leaves_nothing_behind(supervisor):
    start_all(supervisor)
    running = pids(supervisor)

    supervisor.process.kill()

    wait_until(lambda: not any(map(is_alive, running)), "the parts are gone")


def test_killed_launcher_leaves_nothing_behind(tmp_path):
    script = f"""
import sys
import threading
from pathlib import Path
from tests.stack import test_supervisor as here
supervisor = here.Supervisor(here.sleeping_plan(Path({str(tmp_path)!r})))
here.start_all(supervisor)
print(supervisor.process.pid, *here.pids(supervisor), flush=True)
sys.stdin.read()
"""
    launcher = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    running = [int(pid) for pid in launcher.stdout.readline().split()]
    assert len(running) == 1 + len(SLEEPERS)

    launcher.kill()
    launcher.communicate()
    said = io.StringIO()
    wait_for_previous(DataFolder(tmp_path), Console(file=said, width=200), threading.Event())

    assert not any(map(is_alive, running[1:]))
    wait_until(lambda: not is_alive(running[0]), "supervisord is gone")


@pytest.fixture
def previous(supervisor):
    """A supervisord that another launcher has left running on its data folder."""
    start_all(supervisor)
    return supervisor


def test_earlier_start_that_is_still_stopping_is_told_and_named_if_it_stays(previous):
    said, folder = io.StringIO(), previous.plan.folder

    with pytest.raises(StackError, match=f"Process {previous.process.pid} still uses {folder.path}"):
        wait_for_previous(folder, Console(file=said, width=200), threading.Event(), seconds=0.3)

    assert said.getvalue() == (
        f"The parts of an earlier start (process {previous.process.pid}) are still stopping; waiting for them.\n"
    )


def test_wait_for_an_earlier_start_ends_when_a_stop_is_asked_for(previous):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()

    wait_for_previous(previous.plan.folder, Console(file=io.StringIO()), stop, seconds=20)

    assert stop.is_set()


@pytest.mark.timeout(80)  # the wait would take 90 s
def test_number_that_a_copied_folder_brings_along_is_not_waited_for(previous, tmp_path):
    copy = DataFolder(tmp_path / "copy")
    copy.path.mkdir()
    (copy.path / "supervisor.pid").write_text(str(previous.process.pid))
    said = io.StringIO()

    wait_for_previous(copy, Console(file=said), threading.Event())

    assert said.getvalue() == ""


def test_files_of_a_part_are_its_owners_alone(tmp_path):
    made = tmp_path / "made"
    command = ["sh", "-c", f"touch {made}; sleep 1000"]
    supervisor = Supervisor(plan_of(tmp_path, Part("web", "web", "web", command)))
    try:
        start_all(supervisor)
        wait_until(made.exists, "the part has made its file")

        assert stat.S_IMODE(made.stat().st_mode) == 0o600
    finally:
        supervisor.stop()
