"""Unchanged clients of other makers: each runs its script, and every feature of it must work.

The seven of the core run with every test run; ``CLIENTS=all`` (``make clients``) adds the others.
"""

import json
import os
from datetime import UTC, datetime

import pytest

from apps.runs.models import Run
from tests.clients.matrix import CLIENTS, FEATURES, RESULTS, Client

CHOSEN = [client for client in CLIENTS if client.is_core or os.environ.get("CLIENTS") == "all"]


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
