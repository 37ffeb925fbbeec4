"""The quick bench on the real stack. It fails when something is lost or hangs; times are for quiet machines."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(900)
def test_quick_bench_loses_nothing_and_no_run_hangs():
    command = [sys.executable, "-m", "bench", "--quick"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=840)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"^([\w-]+): \d+ s$", done.stdout, re.MULTILINE) == list(SCENARIOS)
