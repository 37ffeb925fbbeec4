"""The process manager: `supervisord` is configured for a plan, started, asked and stopped here.

It restarts a part that dies, with back-off, and stops the groups one after the other, last started first. Each part
has a session of its own, and is tied to its parent: should the parent be killed, the kernel sends it its stop signal,
so nothing stays behind.
"""

import contextlib
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from rich.console import Console
from supervisor.xmlrpc import SupervisorTransport

from fusionweb.local.display import say
from fusionweb.local.errors import StackError
from fusionweb.local.folders import PROJECT, DataFolder, write_private
from fusionweb.local.parts import STAGES, Part
from fusionweb.local.plan import Plan

CONFIG = """\
[supervisord]
nodaemon=true
logfile={logs}/supervisor.log
logfile_maxbytes=2MB
logfile_backups=1
pidfile={pidfile}
childlogdir={logs}
minfds={files}
{user}
[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

GROUP = """
[group:{name}]
programs={programs}
priority={priority}
"""

PROGRAM = """
[program:{name}]
command={command}
directory={directory}
{user}
autostart=false
autorestart=true
startsecs={start_seconds}
startretries=8
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
stopasgroup=true
killasgroup=true
umask=077
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=3
"""


def tied(command: list[str], stop_signal: str) -> list[str]:
    """Return the command wrapped to get ``stop_signal`` when its parent dies (Linux; elsewhere unchanged)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop_signal, "--", *command] if setpriv else command


def render_config(plan: Plan, socket: Path, pidfile: Path) -> str:
    """Return supervisord's configuration for ``plan``: one group a stage, one program a part."""
    most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = 8192 if most_files == resource.RLIM_INFINITY else min(8192, most_files)
    user = "user=root\n" if os.geteuid() == 0 else ""
    text = CONFIG.format(
        logs=_quoted(plan.folder.logs), pidfile=_quoted(pidfile), socket=socket, files=files, user=user
    )
    for priority, stage in enumerate(STAGES):
        if members := plan.stage(stage):
            programs = ",".join(part.name for part in members)
            text += GROUP.format(name=stage, programs=programs, priority=priority)
            text += "".join(_program(plan, part) for part in members)
    return text


def _program(plan: Plan, part: Part) -> str:
    return PROGRAM.format(
        name=part.name,
        command=_quoted(shlex.join(tied(part.command, part.stop_signal))),
        directory=_quoted(PROJECT if part.user is None else plan.folder.path),
        user=f"user={part.user}" if part.user else "",
        start_seconds=part.start_seconds,
        stop_signal=part.stop_signal,
        stop_seconds=part.stop_seconds,
        log=_quoted(plan.folder.log(part.name)),
    )


def _quoted(text: Path | str) -> str:
    return str(text).replace("%", "%%")  # supervisor expands %(…)s


class Supervisor:
    """A running supervisord. Its socket lies in a short temporary folder: socket paths end at 107 characters."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.run = Path(tempfile.mkdtemp(prefix="fusionweb-"))
        config = config_of(plan.folder)
        write_private(config, render_config(plan, self.run / "socket", pidfile_of(plan.folder)))
        command = tied([sys.executable, "-m", "fusionweb.local.supervisord", "-c", str(config)], "TERM")
        self._ended = f"The process manager ended. See {plan.folder.log('supervisor')}."
        self.process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=plan.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.transport = SupervisorTransport(serverurl=f"unix://{self.run / 'socket'}")
        self.rpc: Any = ServerProxy("http://127.0.0.1", self.transport)

    def answers(self) -> bool:
        """Return whether supervisord is up; raises ``StackError`` if it ended."""
        if self.process.poll() is not None:
            raise StackError(self._ended)
        try:
            return bool(self.rpc.supervisor.getState())
        except (OSError, Fault):
            self.transport.close()  # or it would go on with a half-made connection
            return False

    def start(self, stage: str) -> None:
        """Start the parts of a stage, without waiting."""
        if self.plan.stage(stage):
            self.rpc.supervisor.startProcessGroup(stage, False)

    def states(self) -> dict[str, dict[str, Any]]:
        """Return supervisord's information on each part by name: ``statename``, ``pid``, ``stop``, ``exitstatus``…"""
        try:
            return {info["name"]: info for info in self.rpc.supervisor.getAllProcessInfo()}
        except OSError as error:
            raise StackError(self._ended) from error

    def stop(self) -> None:
        """Stop every part in order and wait until all are gone."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.transport.close()
        shutil.rmtree(self.run, ignore_errors=True)


def config_of(folder: DataFolder) -> Path:
    """Return the configuration of the supervisord that runs on a data folder."""
    return folder.path / "supervisor.conf"


def pidfile_of(folder: DataFolder) -> Path:
    """Return where that supervisord leaves the number of its process."""
    return folder.path / "supervisor.pid"


def wait_for_previous(folder: DataFolder, console: Console, stop: threading.Event, seconds: float = 90) -> None:
    """Wait until ``stop`` is set or a supervisord is gone whose launcher was killed: its parts still use the data.

    Raises ``StackError`` if it does not go within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    if pid := _running_on(folder):
        say(console, f"The parts of an earlier start (process {pid}) are still stopping; waiting for them.")
    while (pid := _running_on(folder)) and not stop.wait(0.2):
        if time.monotonic() > deadline:
            raise StackError(f"Process {pid} still uses {folder.path}. Stop it first.")


def _running_on(folder: DataFolder) -> str:
    """Return the process number of this folder's supervisord, '' if there is none.

    The number alone says little: the file may have come with a copy of the folder, or from before the machine started.
    """
    try:
        pid = pidfile_of(folder).read_text().strip()
        command = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return pid if b"fusionweb.local.supervisord" in command and os.fsencode(config_of(folder)) in command else ""
