"""The Model Context Protocol's clients for JavaScript, unchanged; ``make clients`` tries them."""

import os
from collections.abc import Callable

import pytest

from tests.clients.matrix import Client

CLIENT = Client("MCP, JavaScript", "mcp_js.mjs", "npm-mcp", "@modelcontextprotocol/client")


@pytest.mark.skipif(os.environ.get("CLIENTS") != "all", reason="needs npm; `make clients` runs it")
@pytest.mark.timeout(600)
def test_clients_for_javascript_work(run_script: Callable[[Client], dict[str, str]]):
    problems = run_script(CLIENT)

    assert problems == {"of 2026": "", "by handshake": "", "of before": "", "wrong key": ""}
