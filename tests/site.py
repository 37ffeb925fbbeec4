"""The site as a process of its own for tests: Daphne on the test's own database and Valkey, one a pytest process."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
from django.conf import settings

from fusionweb.local.ports import inner_port
from fusionweb.local.supervisor import tied
from tests.runs.stack import database_url
from tests.services import wait_until

BASE_DIR = Path(__file__).resolve().parent.parent


class Site:
    """Daphne on a port that it keeps over restarts."""

    def __init__(self) -> None:
        self.port = inner_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = Path(os.devnull)
        self.program = ["-m", "fusionweb.web_server"]
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "STREAM_HEARTBEAT_SECONDS": "0.5",
        }

    def start(self) -> "Site":
        command = [*self.program, "-b", "127.0.0.1", "-p", str(self.port), "fusionweb.asgi:application"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                tied([sys.executable, *command], "TERM"),
                cwd=BASE_DIR,
                env={**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self.is_up, "Daphne answers")
        return self

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=20).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """Send SIGKILL, as if the machine went away."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):  # a busy machine: the next test needs the port all the same
                self.process.wait(60)
            self.process.kill()
            self.process.wait()
        self.process = None


SHARED: list[Site] = []
"""One for the process: fixtures that two folders import are made twice."""


def running_site() -> Site:
    """Start a site for tests to share. Call it with access to the database."""
    if not SHARED:
        SHARED.append(Site())
    if SHARED[0].process is None:
        SHARED[0].start()
    return SHARED[0]
