"""The parts of the stack: what each runs, when it is ready, how it is stopped, and in which order."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fusionweb.local import models, postgres, valkey
from fusionweb.local.folders import DataFolder
from fusionweb.local.ports import inner_port
from fusionweb.local.probes import page_answers, worker_answers

STAGES = (
    "postgres",
    "valkey",
    "models",
    "control",
    "workers",
    "web",
    "balancer",
)  # started in this order, stopped in the reverse


@dataclass(frozen=True)
class Part:
    """One process of the stack.

    ``user=None`` is the user who starts it; ``stop_seconds`` is its time to end well; a part that lives for
    ``start_seconds`` counts as started, and that is also how a part without ``is_ready`` is known to be ready.
    """

    name: str
    title: str
    stage: str
    command: list[str]
    is_ready: Callable[[], bool] | None = None
    user: str | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 15
    start_seconds: int = 1


def postgres_part(folder: DataFolder) -> tuple[Part, str]:
    """Return PostgreSQL and its address. SIGINT is its "fast" stop: it ends connections instead of waiting for them."""
    password, port = folder.secret("postgres_password"), inner_port()
    programs, user = postgres.prepare(folder.path, password)
    command = postgres.serve_command(programs, folder.path / "postgres", port)
    is_ready = partial(postgres.is_ready, port, password)
    part = Part("postgres", "PostgreSQL", "postgres", command, is_ready, user, stop_signal="INT", stop_seconds=60)
    return part, postgres.url(port, password)


def valkey_part(folder: DataFolder) -> tuple[Part, str]:
    """Return Valkey and its address."""
    password, port = folder.secret("valkey_password"), inner_port()
    config = valkey.write_config(folder.path / "valkey", port, password)
    address = valkey.url(port, password)
    part = Part("valkey", "Valkey", "valkey", valkey.serve_command(config), partial(valkey.is_ready, address))
    return part, address


def model_parts(folder: DataFolder) -> tuple[list[Part], str]:
    """Return the model servers and their addresses, in the form of ``LOCAL_MODELS``: ``name=url name=url``."""
    threads = models.threads_per_server(len(models.LOCAL_MODELS))
    parts, addresses = [], []
    for model in models.LOCAL_MODELS:
        port = inner_port()
        command = models.serve_command(model, port, folder.path / "models", threads)
        parts.append(Part(model.name, model.title, "models", command, partial(models.is_ready, port)))
        addresses.append(f"{model.name}={models.url(port)}")
    return parts, " ".join(addresses)


def worker_parts(folder: DataFolder, broker: str) -> list[Part]:
    """Return Celery's three: ``worker`` streams calls, ``control`` advances runs and sweeps, ``beat`` is the clock."""
    return [calls_part(broker), control_part(broker), beat_part(folder.path / "beat-schedule")]


def control_part(broker: str) -> Part:
    """Return the worker that sweeps."""
    return _worker("control", "Control worker", "control", "control", broker, "--concurrency", "4")


def beat_part(schedule: Path) -> Part:
    """Return the clock of ``control``; ``schedule`` is a file of its own."""
    command = celery("beat", "--schedule", str(schedule), "--pidfile=", app="fusionweb.clock")
    return Part("beat", "Beat", "control", command, start_seconds=3)


def calls_part(broker: str, number: int = 0) -> Part:
    """Return a worker that streams calls; ``number`` tells it from others on this machine, which need a name each."""
    if not number:
        return _worker("worker", "Worker", "workers", "calls", broker)
    return _worker(f"worker-{number}", f"Worker {number}", "workers", "calls", broker, node=f"{number}.%h")


def _worker(name: str, title: str, stage: str, queue: str, broker: str, *more: str, node: str = "%h") -> Part:
    """Return a worker with WORKER_THREADS threads, unless ``more`` says otherwise."""
    options = ["--queues", queue, *more, "--hostname", f"{queue}@{node}"]
    options += ["--prefetch-multiplier=1", "--without-mingle", "--without-gossip", "--without-heartbeat"]
    command = celery("worker", *options)
    return Part(name, title, stage, command, partial(worker_answers, broker, queue), stop_seconds=30, start_seconds=5)


def celery(*arguments: str, app: str = "fusionweb") -> list[str]:
    """Return a Celery command of this project."""
    return [sys.executable, "-m", "celery", "-A", app, *arguments]


def web_part(host: str, port: int) -> Part:
    """Return Daphne on ``host`` and ``port``.

    Its own limit of 5 s is too short for hundreds of sockets opened at once.
    """
    options = ["-b", host, "-p", str(port), "--websocket_connect_timeout", "30"]
    command = [sys.executable, "-m", "fusionweb.web_server", *options, "fusionweb.asgi:application"]
    return Part("web", "Web", "web", command, partial(page_answers, site_url(host, port) + "/healthz"), start_seconds=3)


def site_url(host: str, port: int) -> str:
    """Return the address to open in a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
