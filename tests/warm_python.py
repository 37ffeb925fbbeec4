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
from pathlib import Path

import psutil

from fusionweb.local.supervisor import tied

BASE_DIR = Path(__file__).resolve().parent.parent
PURE = ("apps.fusion", "apps.providers", "apps.lookup", "apps.tool_servers", "apps.markdown")
"""Packages without Django, as the import contracts say."""
LIBRARIES = """
anyio._backends._asyncio celery.apps.beat celery.apps.worker celery.backends.redis celery.bin.beat celery.bin.celery
celery.bin.worker celery.concurrency.thread celery.worker.consumer celery.worker.worker channels.layers
cryptography.fernet cryptography.x509 django.core.management django.db.backends.postgresql.base django.db.models
django.forms django.template.defaulttags django.test django.views.generic kombu.transport.redis lark PIL.Image stamina
uvloop
""".split()
SET_PDEATHSIG = 1
LONGEST_ORDER = 2**18


class Started:
    """A forked process, with the methods of ``subprocess.Popen``; it has a session of its own and ends with us."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process = psutil.Process(pid)

    def poll(self) -> int | None:
        """Return ``None`` while it runs."""
        return None if self._process is not None and self._process.is_running() else 0

    def wait(self, timeout: float | None = None) -> None:
        if self._process is not None:
            try:
                self._process.wait(timeout)
            except psutil.TimeoutExpired as error:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from error

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


def start_python(arguments: list[str], environment: dict[str, str], log: Path) -> Started:
    """Start ``python`` with arguments (``-m MODULE …`` or ``-c CODE …``) in the project's folder."""
    if not PARENTS:
        PARENTS.append(start_parent())
    PARENTS[0].send(json.dumps([arguments, environment, str(log)]).encode())
    return Started(int(PARENTS[0].recv(64)))


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


def serve() -> None:
    """Fork for each order, until nobody can give one any more."""
    load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is forgotten
    with socket.socket(fileno=os.dup(0)) as orders:
        while order := orders.recv(LONGEST_ORDER):
            if pid := os.fork():
                orders.send(str(pid).encode())
                continue
            orders.close()
            return become(*json.loads(order))
    return None


def become(arguments: list[str], environment: dict[str, str], log: str) -> None:
    """Turn this fork into what was ordered."""
    ctypes.CDLL(None).prctl(SET_PDEATHSIG, signal.SIGTERM)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number, source in enumerate((nothing, output, output)):
        os.dup2(source, number)
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
