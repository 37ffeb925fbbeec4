"""Python processes of tests that begin with the project's libraries loaded: forks of a process that has loaded them.

A worker or a site loads for 2 to 4 s of CPU before it does anything, and tests start many of them. What knows
neither settings nor Django's applications is the same for all, so one process for each pytest process loads it. Each
start is a fork of that one, takes its own environment, and from there on is what ``python -m`` would be.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import psutil

from fusionweb.local.supervisor import tied

BASE_DIR = Path(__file__).resolve().parent.parent
PURE = ("apps.fusion", "apps.providers", "apps.lookup", "apps.tool_servers", "apps.markdown")
"""Packages without Django, as the import contracts say."""
LIBRARIES = """
anyio._backends._asyncio celery.apps.beat celery.apps.worker celery.backends.redis celery.bin.beat celery.bin.celery
celery.bin.worker celery.concurrency.thread celery.worker.consumer celery.worker.worker channels.layers
cryptography.fernet cryptography.x509 django.core.management django.db.backends.postgresql.base django.db.models
django.forms django.template.defaulttags django.test django.views.generic httpx_sse kombu.transport.redis lark PIL.Image
rich.live rich.table stamina uvloop
""".split()
SCRIPT = """
import runpy, sys
from pathlib import Path
sys.argv.pop(0)
sys.path.insert(0, str(Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
Done = subprocess.CompletedProcess[str]
SET_PDEATHSIG = 1
LONGEST_ORDER = 2**18


class Started:
    """A forked process, with the methods of ``subprocess.Popen``; it has a session of its own and ends with us."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process = psutil.Process(pid)

    def poll(self) -> int | None:
        """Return ``None`` while it runs."""
        if self.returncode is None and not (self._process and self._process.is_running()):
            self.returncode = int(ask_parent(self.pid))
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            try:
                if self._process:
                    self._process.wait(timeout)
            except psutil.TimeoutExpired as error:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from error
            self.returncode = int(ask_parent(self.pid))
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._process.send_signal(number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


PARENTS: list[socket.socket] = []
"""The way to the process that forks, once there is one."""
ONE_AT_A_TIME = threading.Lock()
ENDED: dict[int, int] = {}
"""In the process that forks: the statuses of what has ended, by id."""


def start_python(
    arguments: list[str], environment: dict[str, str], log: Path, errors: Path | None = None, given: str = os.devnull
) -> Started:
    """Start ``python`` with arguments (``-m MODULE …`` or ``-c CODE …``) in the project's folder.

    It writes into ``log``, and its errors too if there is no file for them; ``given`` is the file that it reads.
    """
    if not PARENTS:
        PARENTS.append(start_parent())
    return Started(int(ask_parent([arguments, environment, given, str(log), str(errors or log)])))


def run_script(script: Path, *arguments: str, environment: dict[str, str], piped: str = "") -> Done:
    """Run a script of Python as ``subprocess.run`` would, and return what became of it."""
    with tempfile.TemporaryDirectory() as folder:
        given, output, errors = (Path(folder) / name for name in ("given", "output", "errors"))
        given.write_text(piped)
        words = ["-c", SCRIPT, str(script), *arguments]
        status = start_python(words, environment, output, errors, str(given)).wait(300)
        return Done(arguments, status, output.read_text(), errors.read_text())


def ask_parent(order: Any) -> bytes:
    """Return the id of the process that was ordered, or, of an id, the status with which it has ended."""
    with ONE_AT_A_TIME:
        PARENTS[0].send(json.dumps(order).encode())
        return PARENTS[0].recv(64)


def start_parent() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST_ORDER)
    process = subprocess.Popen(
        tied([sys.executable, "-m", "tests.warm_python"], "TERM"),
        cwd=BASE_DIR,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a process that forks has one thread
        stdin=theirs,
        start_new_session=True,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def load() -> None:
    for package in map(importlib.import_module, PURE):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # or the collector of each fork would copy all pages


def reap(*_: Any) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ENDED[found[0]] = os.waitstatus_to_exitcode(found[1])


def serve() -> None:
    """Fork for each order, until nobody can give one any more."""
    load()
    signal.signal(signal.SIGCHLD, reap)
    with socket.socket(fileno=os.dup(0)) as orders:
        while message := orders.recv(LONGEST_ORDER):
            order = json.loads(message)
            if isinstance(order, int):
                reap()
                orders.send(str(ENDED[order]).encode())
            elif pid := os.fork():
                orders.send(str(pid).encode())
            else:
                orders.close()
                return become(*order)
    return None


def become(arguments: list[str], environment: dict[str, str], given: str, log: str, errors: str) -> None:
    """Turn this fork into what was ordered."""
    ctypes.CDLL(None).prctl(SET_PDEATHSIG, signal.SIGTERM)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    written = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    for number, (path, mode) in enumerate(((given, os.O_RDONLY), (log, written), (errors, written))):
        os.dup2(os.open(path, mode), number)
    sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environment)
    kind, what, *others = arguments
    sys.argv = [what, *others]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(what, {"__name__": "__main__"})


if __name__ == "__main__":
    serve()
