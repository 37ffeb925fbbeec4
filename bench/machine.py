"""Describe the machine of a measurement, and the CPU time that its host took away."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("django", "channels", "daphne", "celery", "redis", "httpx", "httpx-sse")


def description() -> dict[str, object]:
    """Return the machine, the versions and the commit."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "commit": _commit(),
    }


def steal() -> tuple[int, int]:
    """Return the jiffies that the host took away, and all jiffies, since the machine started."""
    figures = [int(figure) for figure in _lines("/proc/stat")[0].split()[1:9]]
    return figures[7], sum(figures)


def steal_share(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Return the share (0 to 1) of the time between two readings that the host took away."""
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()
