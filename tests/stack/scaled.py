"""The stack of `python -m fusionweb.scaled` for tests: its processes by name, a visitor, and a viewer of a run."""

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
import psycopg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from apps.fusion.events import Resync, from_wire
from apps.fusion.state import RunState, apply
from tests.services import wait_until

PATIENT = {"compression": None, "open_timeout": 60, "ping_interval": None}
"""A page waits for its socket for as long as a busy machine takes."""
ROOT = Path(__file__).resolve().parents[2]
OF_TESTS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FUSIONWEB_DATA", "SITE_URL", "SSL_CERT_DIR", "PORT", "HOST")
"""Names in the environment of the tests that mean other servers, which this stack is not to see."""


class Unavailable(Exception):
    """The stack cannot be started on this machine; the message is its own sentence."""


class Scaled:
    """A running stack."""

    def __init__(self, **settings: str) -> None:
        """Start it and wait until it is up. Raise ``Unavailable`` where Debian's programs cannot be had."""
        self.environment = {name: value for name, value in os.environ.items() if name not in OF_TESTS} | settings
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fusionweb.scaled"],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        try:
            wait_until(lambda: "signs you in" in self.said or not self.is_running, "the stack is up", 400)
        except TimeoutError as error:
            self.stop()
            raise TimeoutError(self.said) from error
        if not self.is_running:
            raise (Unavailable if "cannot be had" in self.said else RuntimeError)(self.said)
        self.folder = Path(re.search(r"its data is in (\S+)", self.said)[1])
        self.site, self.link = re.search(r"Open (https://localhost:\d+)(\S+)", self.said).groups()
        self.tls = ssl.create_default_context(cafile=self.folder / "tls" / "authority.pem")
        self.addresses = json.loads((self.folder / "stack.json").read_text())

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(self.process.stdout)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """Stop it as Ctrl-C does, and return its exit status; SIGKILL if it does not end."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(120)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join(10)
            self.process.stdout.close()

    def processes(self) -> list[psutil.Process]:
        """Return every process of the stack but the launcher."""
        return psutil.Process(self.process.pid).children(recursive=True) if self.is_running else []

    def find(self, name: str) -> psutil.Process:
        """Return the process of a part; raise ``LookupError`` while it is not there."""
        manager = next(one for one in self.processes() if "fusionweb.local.supervisord" in " ".join(one.cmdline()))
        for process in manager.children():
            with contextlib.suppress(psutil.Error):
                command, own = " ".join(process.cmdline()), process.environ().get("FUSIONWEB_DATA", "")
                words = {"postgres": "bin/postgres -D", "redis": "redis-server", "balancer": "haproxy"}
                if Path(own).name == name or (name in words and words[name] in command):
                    return process
        raise LookupError(name)

    def kill(self, *names: str) -> None:
        """Send SIGKILL to these parts at once, and wait until each has been started again."""
        killed = {name: self.find(name) for name in names}
        for process in killed.values():
            process.kill()
        for name, before in killed.items():
            wait_until(lambda n=name, pid=before.pid: self._pid(n) not in (0, pid), f"{name} is started again")

    def _pid(self, name: str) -> int:
        try:
            return self.find(name).pid
        except LookupError:
            return 0

    def is_ready(self) -> bool:
        """Return whether every part that a run needs answers, by the site's own word, and both web processes do."""
        with httpx.Client(verify=self.tls, timeout=5) as client, contextlib.suppress(httpx.HTTPError):
            return client.get(f"{self.site}/readyz").status_code == 200 and len(self.sockets()) == 2
        return False

    def sockets(self) -> dict[str, int]:
        """Return the number of open connections of each web process that the load balancer uses, by its own count."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.folder / "haproxy" / "socket"))
            client.sendall(b"show stat -1 4 -1\n")
            lines = b"".join(iter(lambda: client.recv(65_536), b"")).decode().splitlines()
        names = lines[0].removeprefix("# ").split(",")
        rows = [dict(zip(names, line.split(","), strict=False)) for line in lines[1:] if ",UP" in line]
        return {row["svname"].replace("web", "web-"): int(row["scur"]) for row in rows}

    def streams(self, port: int) -> dict[str, int]:
        """Return how many connections to the vendor each worker holds."""
        return {
            name: sum(one.raddr.port == port for one in self.find(name).net_connections() if one.raddr)
            for name in ("worker-1", "worker-2", "worker-3")
        }

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query, none for a change."""
        with psycopg.connect(self.addresses["DATABASE_URL"], autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def manage(self, *arguments: str, **settings: str) -> str:
        """Return the output of a management command, as from another terminal."""
        environment = self.environment | {"FUSIONWEB_DATA": str(self.folder)} | settings
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def visitor(self, key: str = "") -> httpx.Client:
        """Return a client that asks through the load balancer, with an API key if one is given."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.site, verify=self.tls, timeout=60, headers=headers)


def signed_in(stack: Scaled) -> httpx.Client:
    """Return a visitor with a session. Its form is fetched and sent in connections that any web process may get."""
    visitor = stack.visitor()
    post(visitor, stack.link, stack.link)
    return visitor


def post(visitor: httpx.Client, path: str, form_at: str, **fields: Any) -> httpx.Response:
    """Send a form with the token of the page ``form_at``."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', visitor.get(form_at).text)
    assert token
    headers = {"Referer": f"{visitor.base_url}"}
    return visitor.post(path, data={"csrfmiddlewaretoken": token[1], **fields}, headers=headers)


class Viewer(threading.Thread):
    """A page that folds what comes, and comes back with its last id through the load balancer if its socket breaks.

    At a ``resync`` it would draw itself anew from the database; here it stops folding and waits for the end.
    """

    def __init__(self, stack: Scaled, visitor: httpx.Client, run: str) -> None:
        super().__init__(daemon=True)
        self.stack, self.visitor, self.run_id = stack, visitor, run
        self.cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        self.state, self.last_id, self.ids = RunState(id=run), "0", []
        self.has_gap, self.breaks, self.given_up = False, 0, threading.Event()

    def run(self) -> None:
        while not (self.is_over() or self.given_up.is_set()):
            try:
                self._watch()
            except (OSError, WebSocketException):
                self.breaks += 1
                self.given_up.wait(0.2)

    def _watch(self) -> None:
        address = f"{self.stack.site.replace('http', 'ws', 1)}/ws/runs/{self.run_id}/?after={self.last_id}"
        headers = {"Cookie": self.cookie, "Origin": self.stack.site}
        with connect(address, additional_headers=headers, ssl=self.stack.tls, **PATIENT) as page:
            while not (self.is_over() or self.given_up.is_set()):
                for entry_id, event in orjson.loads(page.recv()).get("events", ()):
                    self._take(entry_id, from_wire(event))

    def _take(self, entry_id: str, event: Any) -> None:
        self.has_gap = self.has_gap or isinstance(event, Resync)
        if not self.has_gap:
            self.state = apply(self.state, event)
        self.last_id = entry_id or self.last_id
        self.ids += filter(None, [entry_id])

    def is_over(self) -> bool:
        return self.has_gap or (self.state.status.is_final and all(call.is_final for call in self.state.calls))

    def shows(self) -> list[str]:
        return [call.text for call in self.state.calls]
