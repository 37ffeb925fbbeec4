"""A tool server of the official package, started once a process; other folders import it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import wait_until


@pytest.fixture(scope="session")
def tool_server() -> Iterator[str]:
    """The address of a server with tools, which wants a token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tool_servers.server", str(port)],
        cwd=Path(__file__).resolve().parents[2],
        env=dict(os.environ),
    )

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None
            return False
        return True

    try:
        wait_until(answers, "the tool server answers")
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()
