"""Ctrl-C for the processes that tests start, also where a script began the test run in its background."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SLEEPER = "import time; print('ready', flush=True); time.sleep(60)"


def test_process_that_a_test_starts_can_be_interrupted() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()

        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)

    assert process.returncode == -signal.SIGINT


@pytest.mark.skipif("FUSIONWEB_NESTED" in os.environ, reason="it is the outer one that starts a test run")
def test_processes_can_be_interrupted_in_a_test_run_that_began_with_sigint_ignored() -> None:
    test = f"{Path(__file__).relative_to(ROOT)}::{test_process_that_a_test_starts_can_be_interrupted.__name__}"
    command = f"trap '' INT; exec {sys.executable} -m pytest -q -p no:cacheprovider -p no:xdist {test}"
    nested = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    done = subprocess.run(
        ["sh", "-c", command],
        check=False, cwd=ROOT, env=nested | {"FUSIONWEB_NESTED": "1"}, capture_output=True, text=True, timeout=250,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
