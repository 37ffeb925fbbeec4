"""Debian's PostgreSQL, Redis and HAProxy: those of the system, else unpacked from packages that apt-get downloads.

Nothing is installed, so no service of Debian's starts beside ours, now or when the machine does.
"""

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from fusionweb.local.errors import StackError
from fusionweb.local.folders import PROJECT

UNPACKED = PROJECT / ".servers"
PATIENCE_S = 150
PLACES = {
    "postgresql": "usr/lib/postgresql/*/bin/postgres",
    "redis-server": "usr/bin/redis-server",
    "haproxy": "usr/sbin/haproxy",
}
"""The program of each package, below the root of the system or of what was unpacked."""


@dataclass(frozen=True)
class Executable:
    """A program with the folder of the libraries that were unpacked beside it; ``None`` for the system's own."""

    path: Path
    libraries: Path | None = None

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs the program."""
        if self.libraries is None:
            return [str(self.path), *arguments]
        return ["env", f"LD_LIBRARY_PATH={self.libraries}", str(self.path), *arguments]

    def sibling(self, name: str) -> "Executable":
        """Return another program of the same folder."""
        return Executable(self.path.with_name(name), self.libraries)

    def runs(self, user: str | None) -> bool:
        """Return whether ``user`` may and can run it."""
        try:
            option = "--version" if self.path.name == "postgres" else "-v"
            done = subprocess.run(self.command(option), check=False, user=user, capture_output=True, cwd="/")
        except OSError:
            return False
        return done.returncode == 0


def find_programs(user: str | None, folder: Path) -> dict[str, Executable]:
    """Return the programs by package; download those that the system lacks. Raise ``StackError`` with a sentence.

    They are copied to ``folder`` if ``user`` may not enter the project.
    """
    found = {package: _find(package) for package in PLACES}
    if missing := [package for package, program in found.items() if not (program and program.runs(None))]:
        _download(missing)
    programs = {package: program for package in PLACES if (program := _find(package))}
    if any(program.libraries and not program.runs(user) for program in programs.values()):
        copied = folder / "servers"
        shutil.copytree(UNPACKED, copied, ignore=shutil.ignore_patterns("archives"))
        programs = {package: program for package in PLACES if (program := _find(package, copied))}
    if lacking := [package for package in PLACES if package not in programs or not programs[package].runs(user)]:
        raise StackError(
            f"Debian's {', '.join(lacking)} cannot be had here. On Debian 12 or later: apt-get install "
            f"{' '.join(lacking)}, and apt-get update before that if it finds none."
        )
    return programs


def _find(package: str, unpacked: Path | None = None) -> Executable | None:
    """Return the program of a package in its newest version, the system's own first."""
    for root in (Path("/"), unpacked or UNPACKED):
        found = sorted(root.glob(PLACES[package]), key=lambda path: [len(str(path)), str(path)])
        if found:
            libraries = next(root.glob("usr/lib/*-linux-gnu*"), root)  # as in usr/lib/x86_64-linux-gnu
            return Executable(found[-1], None if root == Path("/") else libraries)
    return None


def _download(packages: list[str]) -> None:
    """Unpack Debian's packages, with those that they need and the system lacks; without apt-get do nothing."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    archives = UNPACKED / "archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=true"]
    fetch = ["apt-get", "install", "--download-only", "--yes", "--no-install-recommends", *options, *packages]
    with contextlib.suppress(subprocess.TimeoutExpired):  # what is then missing is said
        if os.geteuid() == 0:
            subprocess.run(["apt-get", "update"], check=False, capture_output=True, timeout=PATIENCE_S)
        subprocess.run(fetch, check=False, capture_output=True, timeout=PATIENCE_S)
    for archive in archives.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", str(archive), str(UNPACKED)], check=False, capture_output=True)
