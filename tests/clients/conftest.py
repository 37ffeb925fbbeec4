"""Clients of other makers, each in an environment of its own, on the site that the tests of the API start."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.api.conftest import base_url, http, key, make_key, panel, warm_worker
from tests.clients.matrix import HERE, HOME, ROOT, Client

__all__ = ["base_url", "http", "key", "make_key", "panel", "warm_worker"]

PROSE = "It is 330 metres high."
SILENCE_S = 1.2
"""Before each fused answer: two heartbeats of the site that tests start."""


def install(client: Client) -> None:
    """Make the client's environment, if it is not there already."""
    done = subprocess.run([ROOT / "bin/bootstrap", "client", client.environment], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    if client.is_npm:  # modules are looked for beside the script that imports them
        for script in (HERE / "scripts").glob("*.mjs"):
            shutil.copy(script, HOME / client.environment)


@pytest.fixture
def run_script(panel, base_url: str, key: str, bench) -> Callable[[Client], dict[str, str]]:
    """Return a function that runs a client's script and returns the problem of each feature, '' for none."""
    # Not above: named by its path, this file is read before Django is set up.
    from tests.api.factories import ANSWERS, FUSED

    bench.model("json", "ok", text='{"metres": 330}')
    bench.model("prose", "ok", text=PROSE)
    bench.model("caller", "calls", text=ANSWERS["elm"], arguments='{"city": "Paris"}')
    bench.model("filler", "calls", text=ANSWERS["elm"], arguments='{"metres": 330}')
    bench.upstream.script("writer", "ok", text=FUSED, first_delay_s=SILENCE_S)

    def run(client: Client) -> dict[str, str]:
        install(client)
        given = {
            "CLIENT_BASE_URL": f"{base_url}/v1",
            "CLIENT_SITE": base_url,
            "CLIENT_KEY": key,
            "CLIENT_ANSWER": ANSWERS["elm"],
            "CLIENT_FUSED": FUSED,
        }
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        done = subprocess.run(
            client.command, check=False, capture_output=True, text=True, env=kept | given, cwd=HOME, timeout=240
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"feature"')]
        assert lines, done.stderr
        return {line["feature"]: line["problem"] for line in lines}

    return run
