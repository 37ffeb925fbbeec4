"""Unchanged clients of other makers: each runs its script, and every feature of it must work.

The seven of the core run with every test run; ``CLIENTS=all`` (``make clients``) adds the others.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from apps.runs.models import Run
from tests.api.factories import ANSWERS, FUSED
from tests.clients.matrix import CLIENTS, FEATURES, HERE, HOME, RESULTS, ROOT, Client

CHOSEN = [client for client in CLIENTS if client.is_core or os.environ.get("CLIENTS") == "all"]
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


def note(client: Client, problems: dict[str, str]) -> None:
    """Keep the outcome for the table in the documents."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    works = [feature for feature in FEATURES if problems.get(feature) == ""]
    results[client.name] = {"version": client.version, "works": works, "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    RESULTS.write_text(json.dumps(results, indent=2))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_an_unchanged_client_works(run_script, bench, client: Client) -> None:
    problems = run_script(client)

    note(client, problems)
    broken = {feature: problem for feature, problem in problems.items() if problem}
    assert broken == {}, "\n\n".join(f"{feature}: {problem}" for feature, problem in broken.items())
    assert sorted(problems) == sorted(client.features)
    paid = [run for run in Run.objects.all() if run.recipe.panel[0].model == "up/prose"]
    assert (len(paid), len(bench.upstream.ledger("prose"))) == (1, 2)  # one run, with one repair of its form
