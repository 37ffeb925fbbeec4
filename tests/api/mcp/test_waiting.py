"""Many clients wait for runs at the same time, and the site goes on."""

import pytest
from django.db import connection

from apps.api.mcp import tools
from apps.runs import actions
from tests.api.mcp.messages import Agent
from tests.runs.stack import Bench


def test_fuse_wait_holds_no_connection_while_it_waits(bench: Bench, key: str, monkeypatch: pytest.MonkeyPatch):
    # A worker of an earlier test may carry the run out: its model waits.
    run = bench.start(bench.model("oak", "ok", text="330 metres.", gate_after=0))
    held, waits = [], [0.0]

    def sleep(seconds: float) -> None:
        held.append(connection.connection is not None)
        waits.append(seconds)

    monkeypatch.setattr(tools, "sleep", sleep)
    monkeypatch.setattr(tools, "monotonic", lambda: sum(waits))

    waited = Agent(key).call("fuse_wait", run=run.public_id, seconds=0.2)
    bench.upstream.release("oak")
    actions.cancel_run(run)

    assert waited["is_settled"] is False
    assert held
    assert not any(held)
