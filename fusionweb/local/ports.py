"""Find free ports for the parts."""

import errno
import random
import socket

from fusionweb.local.errors import StackError

TAKEN = (errno.EADDRINUSE, errno.EACCES)
INNER_PORTS = range(20_000, 32_000)  # below the range from which Linux picks ports for outgoing connections


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on ``port`` now. Raise ``OSError`` if it could on no port of ``host``."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno not in TAKEN:
                raise
            return False
    return True


def next_free_port(wanted: int, host: str = "127.0.0.1") -> int:
    """Return ``wanted``, or the first free port after it. Raise ``StackError`` if ``host`` has none up to 65535."""
    try:
        for port in range(wanted, 65_536):
            if is_free(port, host):
                return port
    except OSError as error:
        sentence = f"HOST={host} cannot be listened on: {error.strerror}."
        raise StackError(
            f"{sentence} It takes an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all."
        ) from error
    raise StackError(f"No free port from {wanted} up on {host}.")


def inner_port() -> int:
    """Return a free port for a part that only other parts talk to; random, so that two stacks do not collide."""
    for port in random.sample(INNER_PORTS, 200):
        if is_free(port):
            return port
    raise OSError("No free port for an inner part.")
