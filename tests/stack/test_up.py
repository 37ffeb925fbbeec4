"""`manage.py up` for real: all but the models starts, a killed part comes back, SIGTERM leaves nothing running."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest

from fusionweb.local.ports import inner_port
from tests.services import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data():
    folder = Path(tempfile.mkdtemp(prefix="fusionweb-test-up-"))
    yield folder
    shutil.rmtree(folder)


def environment(data, port):
    given = {"DATABASE_URL": "", "REDIS_URL": "", "FUSIONWEB_DATA": str(data), "PORT": str(port), "HOST": ""}
    return os.environ | given


def up(data, port, output):
    command = [sys.executable, "manage.py", "up", "--no-models"]
    return subprocess.Popen(command, cwd=ROOT, env=environment(data, port), stdout=output, stderr=output)


def processes(data):
    """Every process of the stack on ``data``, by id, with its command line. PostgreSQL's are known by their folder."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_ours = f"FUSIONWEB_DATA={data}".encode() in (entry / "environ").read_bytes().split(b"\0")
            if is_ours or (entry / "cwd").readlink().is_relative_to(data):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return {pid: command for pid, command in found.items() if command}  # a zombie has none


def pid_of(data, word):
    return next((pid for pid, command in processes(data).items() if word in command), None)


def answers(address):
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def stopped_parts(data):
    return re.findall(r"stopped: ([\w-]+)", (data / "logs" / "supervisor.log").read_text())


@pytest.mark.timeout(300)
def test_up_starts_restarts_refuses_a_second_and_stops_in_order(data):
    port = inner_port()
    output = data.with_suffix(".out")
    with output.open("w") as file:
        launcher = up(data, port, file)
    try:
        wait_until(lambda: "Open http" in output.read_text() or launcher.poll() is not None, "the stack is up", 200)
        text = output.read_text()
        link = re.search(rf"Open (http://127\.0\.0\.1:{port}/login/\S+)", text)
        assert link, text
        ready = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10)
        assert ready.json() == {
            "ready": True,
            "parts": {"postgres": True, "valkey": True, "workers": True, "models": None},
        }

        second = subprocess.run(
            [sys.executable, "manage.py", "up"],
            check=False, cwd=ROOT, env=environment(data, port), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert second.returncode == 1
        assert f"already running on {data} (process {launcher.pid})" in second.stdout

        killed = pid_of(data, "daphne")
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: pid_of(data, "daphne") not in (None, killed), "the web part is started again")
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the web part answers again")
        wait_until(lambda: "Web ended unexpectedly" in output.read_text(), "the death is told")

        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(60) == 0
        assert processes(data) == {}
        order = stopped_parts(data)
        assert order[0] == "web"
        assert set(order[1:4]) == {"worker", "control", "beat"}
        assert order[4:] == ["valkey", "postgres"]
    finally:
        if launcher.poll() is None:
            launcher.kill()
            launcher.wait()
            wait_until(lambda: processes(data) == {}, "what a killed launcher leaves behind is gone", 60)
        output.unlink()
