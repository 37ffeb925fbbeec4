"""The real stack for a bench: `manage.py up` on a folder of its own, beside the deterministic upstream.

Or `python -m fusionweb.scaled`, several of each part, which is reached over TLS.
"""

import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from fusionweb.local.ports import inner_port

BASE_DIR = Path(__file__).resolve().parent.parent
PARTS = {"web_server": "web", "--queues calls": "worker", "--queues control": "control", "beat": "beat",
         "postgres": "postgres", "valkey": "valkey", "redis-server": "valkey", "haproxy": "balancer"}  # fmt: skip
START_S = 240
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP: it knows no certificate, and reading them takes a client 50 ms of CPU."""


class Unavailable(RuntimeError):
    """A stack whose programs cannot be had on this machine."""


@dataclass
class Stack:
    """A running stack: its address, the upstream's and the echo's, and its processes by part."""

    site: str
    upstream: str
    echo: str
    process: psutil.Process
    environment: dict[str, str]
    vendor: psutil.Process
    link: str
    """The address that the start printed; it signs in once."""
    tls: ssl.SSLContext = NO_TLS
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    keys: dict[tuple[str, ...], str] = field(default_factory=dict)
    is_warm: bool = False
    """Whether a run has been through all parts: the first use of everything is not what is measured."""

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Return the processes of each part, children included."""
        found: dict[str, list[psutil.Process]] = {}
        for process in self.process.children(recursive=True):
            try:
                command = " ".join(process.cmdline())
            except psutil.Error:
                continue
            part = next((name for words, name in PARTS.items() if words in command), None)
            if part:
                found.setdefault(part, []).append(process)
        return found

    def cpu(self) -> dict[str, float]:
        """Return the seconds of CPU that each part has used since its start, user and system."""
        return {part: sum(map(cpu_of, processes)) for part, processes in self.processes().items()}

    def busiest(self, part: str) -> float:
        """Return the seconds of CPU that the busiest process of a part has used since its start."""
        return max(map(cpu_of, self.processes().get(part, [])), default=0.0)

    def memory(self, part: str) -> int:
        """Return the bytes that belong to a part alone (USS)."""
        return sum(process.memory_full_info().uss for process in self.processes().get(part, []))


def cpu_of(process: psutil.Process) -> float:
    """Return the seconds of CPU that a process has used, user and system; 0 if it has gone."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return times.user + times.system


@contextmanager
def running(scaled: tuple[int, int] | None = None, **settings: str) -> Iterator[Stack]:
    """Run a stack without local models whose only provider is the upstream; stop and remove all of it at the end.

    ``scaled`` is a number of web processes and one of workers, behind a load balancer. The folder that ``BENCH_FOLDER``
    names is kept, with all that is stored in it, and used again by the next bench.
    """
    kept = "" if scaled else os.environ.get("BENCH_FOLDER", "")
    folder = Path(kept or tempfile.mkdtemp(prefix="fusionweb-bench-")).resolve()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    port, upstream_port, echo_port = inner_port(), inner_port(), inner_port()
    tools = [_tool("bench.upstream", upstream_port), _tool("bench.echo", echo_port)]
    environment = _environment(folder, port, upstream_port) | settings
    command = ["manage.py", "up", "--no-models"]
    if scaled:
        command = ["-m", "fusionweb.scaled", "--web", str(scaled[0]), "--workers", str(scaled[1])]
    log = (folder / "up.log").open("wb")
    up = subprocess.Popen(
        [sys.executable, *command], cwd=BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        site, link = _site_and_link(up, folder / "up.log")
        upstream, echo = f"http://127.0.0.1:{upstream_port}", f"ws://127.0.0.1:{echo_port}"
        stack = Stack(site, upstream, echo, psutil.Process(up.pid), environment, psutil.Process(tools[0].pid), link)
        if scaled:
            data = Path(re.search(r"its data is in (\S+)", (folder / "up.log").read_text())[1])  # type: ignore[index]
            stack.tls = ssl.create_default_context(cafile=data / "tls" / "authority.pem")
        yield stack
    finally:
        for process in (up, *tools):
            process.terminate()
            process.wait(120)
        log.close()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, port: int, upstream_port: int) -> dict[str, str]:
    """Return our environment without keys and servers that belong to others."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    vendor = {"OPENAI_API_KEY": "bench-key", "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream_port}/v1"}
    own = {"DATABASE_URL": "", "REDIS_URL": "", "FUSIONWEB_DATA": str(folder), "PORT": str(port)}
    return {**kept, **vendor, **own, "LOG_LEVEL": "WARNING"}


def _tool(module: str, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", module, str(port)], cwd=BASE_DIR)


def _site_and_link(up: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    """Return the site's address, and the login link that the start prints when all is ready.

    Raise ``RuntimeError``, or ``Unavailable`` where Debian's programs are missing.
    """
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if up.poll() is not None:
            kind = Unavailable if "cannot be had" in log.read_text() else RuntimeError
            raise kind(f"The stack did not start:\n{log.read_text()[-2000:]}")
        if link := re.search(r"Open ((https?://[\w.]+:\d+)/\S+)\s+It signs you in", log.read_text()):
            return link[2], link[1]
        time.sleep(0.2)
    raise RuntimeError(f"The stack was not ready within {START_S} s:\n{log.read_text()[-2000:]}")
