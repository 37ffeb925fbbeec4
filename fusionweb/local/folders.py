"""Folders: the project, and the data folder with who may enter it and the lock that keeps a second stack out of it."""

import fcntl
import os
import pwd
import secrets
import stat
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from fusionweb.local.errors import StackError

PROJECT = Path(__file__).resolve().parents[2]
SERVER_USER = "fusionweb"


@dataclass(frozen=True)
class DataFolder:
    """Paths inside one data folder."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def state(self) -> Path:
        """Return the file that lets other commands join a running stack: the environment of its parts, as JSON."""
        return self.path / "stack.json"

    def log(self, part: str) -> Path:
        return self.logs / f"{part}.log"

    def secret(self, name: str) -> str:
        """Return the random secret in the file ``name``; made at the first call, readable by its owner only."""
        path = self.path / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def default_folder() -> Path:
    """Return the folder used without ``FUSIONWEB_DATA``.

    For root it is under /var/lib, because root's home stays closed.
    """
    return Path("/var/lib/fusionweb") if os.geteuid() == 0 else Path.home() / ".local" / "share" / "fusionweb"


def private_parent(path: Path) -> Path | None:
    """Return the outermost folder above ``path`` that users other than its owner cannot enter, or ``None``."""
    closed = [folder for folder in path.parents if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH]
    return closed[-1] if closed else None


def open_folder(wanted: str) -> DataFolder:
    """Make the data folder ready; raises ``StackError`` with a sentence for a person.

    As root, PostgreSQL runs as a user of its own and must be able to enter; no parent's permissions are changed.
    """
    path = Path(wanted).expanduser().resolve() if wanted else default_folder()
    if os.geteuid() == 0 and (closed := private_parent(path)):
        raise StackError(
            f"The data folder {path} lies inside {closed}, which only its owner may enter, but PostgreSQL never runs "
            f"as root and needs to get in. Set FUSIONWEB_DATA to another folder, for example {default_folder()}."
        )
    folder = DataFolder(path)
    try:
        folder.logs.mkdir(parents=True, exist_ok=True)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        folder.logs.chmod(0o700)
    except OSError as error:
        raise StackError(f"The data folder {path} cannot be written: {error.strerror}.") from error
    return folder


def lock(folder: DataFolder) -> IO[str]:
    """Hold the folder's lock until the file is closed; raises ``StackError`` if another stack holds it."""
    file = (folder.path / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise StackError(
            f"FusionWeb is already running on {folder.path} (process {owner}). "
            "Stop it first, or set FUSIONWEB_DATA to another folder."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def server_user() -> str | None:
    """Return the user that PostgreSQL runs as: for root a system user, made if missing, else ``None``."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        options = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run(["useradd", *options, SERVER_USER], check=True)
    return SERVER_USER


def hand_over(path: Path, user: str | None) -> None:
    """Give ``path`` to ``user``; ``None`` leaves it as it is."""
    if user:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def repair_owner(path: Path, user: str | None) -> None:
    """Give everything under ``path`` to ``user`` if some of it is another's: a copy may have lost its owners."""
    if user is None:
        return
    wanted = pwd.getpwnam(user).pw_uid
    for entry in (path, *path.rglob("*")):
        if entry.lstat().st_uid != wanted:
            os.chown(entry, wanted, pwd.getpwnam(user).pw_gid, follow_symlinks=False)
    path.chmod(0o700)  # PostgreSQL starts on no other


def package_folder(package: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = find_spec(package)
    if not (spec and spec.submodule_search_locations):
        raise StackError(f"The package {package} is not installed; run `make install`.")
    return Path(spec.submodule_search_locations[0])
