"""PostgreSQL and Redis with TLS and passwords, and the load balancer, each as a part of the stack."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fusionweb.local import postgres, valkey
from fusionweb.local.folders import PROJECT, DataFolder, hand_over, write_private
from fusionweb.local.parts import Part
from fusionweb.local.ports import inner_port
from fusionweb.local.probes import page_answers
from fusionweb.scaled.certificates import Certificates
from fusionweb.scaled.debian import Executable

ONLY_TLS = "hostssl all all 127.0.0.1/32 scram-sha-256\n"
REDIS = """\
port 0
tls-port {port}
bind 127.0.0.1
tls-cert-file {tls.certificate}
tls-key-file {tls.key}
tls-ca-cert-file {tls.authority}
tls-auth-clients no
requirepass {password}
dir {folder}
appendonly yes
save ""
maxmemory-policy noeviction
"""
BALANCER = PROJECT / "deploy" / "haproxy.cfg"
STATISTICS = "global\n\tstats socket {socket} mode 600 level user\n\n"


def postgres_part(folder: DataFolder, program: Executable, tls: Certificates, user: str | None) -> tuple[Part, str]:
    """Return PostgreSQL, which takes no connection without TLS, and its address."""
    data, access, port = folder.path / "postgres", folder.path / "pg_hba.conf", inner_port()
    password = folder.secret("postgres_password")
    postgres.make_data(program.sibling("initdb").command(), data, password, user, locale=["--locale=C.UTF-8"])
    write_private(access, ONLY_TLS)
    hand_over(access, user)
    more = {"hba_file": access, "ssl": "on", "ssl_cert_file": tls.certificate, "ssl_key_file": tls.key}
    command = program.command(*postgres.serve_options(data, port, more))
    query = f"?sslmode=verify-full&sslrootcert={tls.authority}"
    is_ready = partial(postgres.is_ready, port, password, query)
    part = Part("postgres", "PostgreSQL", "postgres", command, is_ready, user, stop_signal="INT", stop_seconds=60)
    return part, postgres.url(port, password, query=query)


def redis_part(folder: DataFolder, program: Executable, tls: Certificates, user: str | None) -> tuple[Part, str]:
    """Return Redis, which listens with TLS alone, and its address."""
    data, password, port = folder.path / "redis", folder.secret("redis_password"), inner_port()
    data.mkdir(mode=0o700, exist_ok=True)
    config = data / "redis.conf"
    write_private(config, REDIS.format(port=port, tls=tls, password=password, folder=data))
    hand_over(data, user)
    hand_over(config, user)
    address = f"rediss://:{password}@127.0.0.1:{port}/0?ssl_ca_certs={tls.authority}"
    return Part(
        "redis", "Redis", "valkey", program.command(str(config)), partial(valkey.is_ready, address), user
    ), address


def balancer_part(
    folder: DataFolder,
    program: Executable,
    tls: Certificates,
    user: str | None,
    ports: tuple[int, int],
    web: Sequence[int],
) -> Part:
    """Return HAProxy on ``ports``, for plain HTTP and for TLS, before the web processes on the ports ``web``.

    Its configuration is ``deploy/haproxy.cfg`` with the addresses of this start, and the statistics in a socket.
    """
    home = folder.path / "haproxy"
    home.mkdir(mode=0o700, exist_ok=True)
    config = home / "haproxy.cfg"
    write_private(config, balancer_config(BALANCER.read_text(), ports, tls.both, web, home / "socket"))
    hand_over(home, user)
    hand_over(config, user)
    is_ready = partial(page_answers, f"http://127.0.0.1:{ports[0]}/healthz")
    command = program.command("-db", "-f", str(config))
    return Part("balancer", "Load balancer", "balancer", command, is_ready, user, stop_seconds=10)


def balancer_config(text: str, ports: tuple[int, int], certificate: Path, web: Sequence[int], socket: Path) -> str:
    """Return ``text``, an HAProxy configuration, with other addresses and as many servers as ``web`` has ports."""
    servers = "".join(f"\tserver web{number} 127.0.0.1:{port}\n" for number, port in enumerate(web, 1))
    text = text.replace("bind :80\n", f"bind 127.0.0.1:{ports[0]}\n")
    text = re.sub(r"bind :443 ssl crt \S+", f"bind 127.0.0.1:{ports[1]} ssl crt {certificate}", text)
    return STATISTICS.format(socket=socket) + re.sub(r"(\tserver .+\n)+", servers, text)
