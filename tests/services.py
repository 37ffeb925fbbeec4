"""Real servers for tests: PostgreSQL and Valkey as processes of their own, which a test may stop, kill and restart.

`python -m tests.services COMMAND…` runs a command with a fresh pair of them as its DATABASE_URL and REDIS_URL.

They are tied to the thread that starts them (use the main thread): when it ends, even by SIGKILL, so do they.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from fusionweb.local import postgres, valkey
from fusionweb.local.ports import inner_port
from fusionweb.local.supervisor import tied

PASSWORD = "tests"


def wait_until(is_true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait until ``is_true()``; raises ``TimeoutError`` that says ``what`` did not happen.

    The limit is for faults: a busy machine takes a minute for what takes a second elsewhere. What takes long is looked
    at less often: each look costs what one waits for some of the processor.
    """
    began = time.monotonic()
    while not is_true():
        waited = time.monotonic() - began
        if waited > seconds:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(min(0.02 + waited / 20, 0.1))


class Server:
    """One server process on a port that it keeps over restarts, with its data in a temporary folder.

    ``stop`` is orderly, ``kill`` is SIGKILL; both wait for the end. ``pause`` and ``resume`` make it hang for a while.
    """

    name = "server"
    stop_signal = signal.SIGTERM

    def __init__(self, durable: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"fusionweb-test-{self.name}-"))
        self.folder.chmod(0o711)  # PostgreSQL runs as a user of its own when root runs the tests
        self.port = inner_port()
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> tuple[list[str], str | None]:
        """Return the command and the user it runs as."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        command, user = self.prepare()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                tied(command, self.stop_signal.name.removeprefix("SIG")),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd=self.folder, user=user,
            )  # fmt: skip
        wait_until(self._is_up, f"{self.name} is ready")

    def _is_up(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {(self.folder / 'log').read_text()[-2000:]}")
        return self.is_ready()

    def stop(self) -> None:
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Also wait for what it had started: PostgreSQL does not start beside processes of the one before."""
        started = psutil.Process(self.process.pid).children(recursive=True) if self.process else []
        self._end(signal.SIGKILL)
        psutil.wait_procs(started, 60)

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop for good and remove the data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(number)
        self.process.wait(60)
        self.process = None


class Postgres(Server):
    """A PostgreSQL with an empty database ``fusionweb``."""

    name = "postgres"
    stop_signal = signal.SIGINT

    @property
    def url(self) -> str:
        return postgres.url(self.port, PASSWORD)

    def prepare(self) -> tuple[list[str], str | None]:
        programs, user = postgres.prepare(self.folder, PASSWORD, self.durable)
        return postgres.serve_command(programs, self.folder / "postgres", self.port, self.durable), user

    def is_ready(self) -> bool:
        return postgres.is_ready(self.port, PASSWORD)


class Valkey(Server):
    """A Valkey; with ``durable=False`` it forgets everything at a restart."""

    name = "valkey"

    @property
    def url(self) -> str:
        return self.index_url(0)

    def index_url(self, index: int) -> str:
        return valkey.url(self.port, PASSWORD, index)

    def prepare(self) -> tuple[list[str], str | None]:
        return valkey.serve_command(valkey.write_config(self.folder, self.port, PASSWORD, self.durable)), None

    def is_ready(self) -> bool:
        return valkey.is_ready(self.url)


def run_with_servers(command: list[str]) -> int:
    """Run ``command`` with servers of its own, which end with it. Gives its exit status."""
    database, broker = Postgres(durable=False), Valkey(durable=False)
    try:
        database.start()
        broker.start()
        addresses = {"DATABASE_URL": database.url, "REDIS_URL": broker.url}
        return subprocess.run(command, check=False, env=os.environ | addresses).returncode
    finally:
        broker.close()
        database.close()


if __name__ == "__main__":
    sys.exit(run_with_servers(sys.argv[1:]))
