"""Profiles of the worker and the web process while a scenario runs, by `py-spy`, which samples them from outside.

It needs the right to look into other processes: root, or a container with SYS_PTRACE.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.stack import Stack

FOLDER = Path(__file__).resolve().parent / "profiles"
FORMATS = {"svg": "flamegraph", "txt": "raw"}
PARTS = ("worker", "web")
PROGRAM = Path(sys.executable).with_name("py-spy")
RATE = 200
"""Samples in a second."""


@contextmanager
def recorded(stack: Stack, scenario: str, kind: str | None) -> Iterator[None]:
    """Write ``<scenario>-<part>.<kind>`` for each part; nothing without a kind (one of ``FORMATS``)."""
    if kind is None:
        yield
        return
    FOLDER.mkdir(exist_ok=True)
    recorders = [
        _recorder(process.pid, FOLDER / f"{scenario}-{part}.{kind}", FORMATS[kind])
        for part in PARTS
        for process in stack.processes()[part]
    ]
    try:
        yield
    finally:
        for recorder in recorders:
            recorder.send_signal(signal.SIGINT)
            recorder.wait(60)


def _recorder(pid: int, path: Path, form: str) -> "subprocess.Popen[bytes]":
    command = [str(PROGRAM), "record", "--pid", str(pid), "--rate", str(RATE), "--format", form, "--output", str(path)]
    return subprocess.Popen([*command, "--nonblocking"], stdout=subprocess.DEVNULL)
