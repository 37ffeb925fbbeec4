"""The site as a process of its own for tests: Daphne on the test's own database and Valkey, one a pytest process."""

import os
import signal
import subprocess
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from django.conf import settings

from fusionweb.local.ports import inner_port
from tests.runs.stack import database_url
from tests.services import wait_until
from tests.warm_python import Started, start_python


class Site:
    """Daphne on a port that it keeps over restarts."""

    def __init__(self) -> None:
        self.port = inner_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = Path(os.devnull)
        self.program = ["-m", "fusionweb.web_server"]
        self.process: Started | None = None
        self.environment = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "STREAM_HEARTBEAT_SECONDS": "0.5",
        }

    def start(self) -> "Site":
        options = ["-b", "127.0.0.1", "-p", str(self.port), "--websocket_connect_timeout", "60"]
        command = [*self.program, *options, "fusionweb.asgi:application"]
        environment = {**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"}
        self.process = start_python(command, environment, self.log)
        wait_until(self.is_up, "Daphne answers")
        return self

    def is_up(self) -> bool:
        """Whether it answers. A client of httpx takes 20 ms to make, which is asked for fifty times a second."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection), suppress(OSError, HTTPException):
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
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
