"""Plan a start with several of each part: the servers, the processes, and the environment of each."""

from collections.abc import Mapping
from dataclasses import replace

from rich.console import Console

from fusionweb.local import parts
from fusionweb.local.folders import DataFolder, server_user
from fusionweb.local.parts import Part
from fusionweb.local.plan import Plan
from fusionweb.local.ports import inner_port
from fusionweb.scaled.certificates import write_certificates
from fusionweb.scaled.debian import find_programs
from fusionweb.scaled.servers import balancer_part, postgres_part, redis_part
from fusionweb.secret_key import read_secret_key


def make_plan(folder: DataFolder, _console: Console, web: int, workers: int, given: Mapping[str, str]) -> Plan:
    """Plan ``web`` web processes and as many ``workers``, one control, one beat, and the servers with TLS.

    Raises ``StackError`` if Debian's programs cannot be had.
    """
    user = server_user()
    programs = find_programs(user, folder.path)
    tls = write_certificates(folder.path / "tls", user)
    database, database_url = postgres_part(folder, programs["postgresql"], tls, user)
    broker, redis_url = redis_part(folder, programs["redis-server"], tls, user)
    ports, inner = (inner_port(), inner_port()), [inner_port() for _ in range(web)]
    site = f"https://localhost:{ports[1]}"
    shared = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": read_secret_key(folder.path),
        "SITE_URL": site,
        "SECURE": "true",
        "BEHIND_PROXY": "true",
        "FUSIONWEB_DATA": str(folder.path),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "fusionweb.settings",
    }
    processes = [
        *(parts.calls_part(redis_url, number) for number in range(1, workers + 1)),
        parts.control_part(redis_url),
        parts.beat_part(folder.path / "beat" / "schedule"),
        *(
            replace(parts.web_part("127.0.0.1", port), name=f"web-{number}", title=f"Web {number}")
            for number, port in enumerate(inner, 1)
        ),
    ]
    chosen = [database, broker, *(_apart(folder, part) for part in processes)]
    chosen.append(balancer_part(folder, programs["haproxy"], tls, user, ports, inner))
    inside = f"http://127.0.0.1:{ports[0]}"
    return Plan(folder, tuple(chosen), {**given, **shared}, site, inside)


def _apart(folder: DataFolder, part: Part) -> Part:
    """Return a part with a data folder of its own, as on a machine of its own: what needs a shared one would fail."""
    own = folder.path / part.name
    own.mkdir(mode=0o700, exist_ok=True)
    return replace(part, command=["env", f"FUSIONWEB_DATA={own}", *part.command])
