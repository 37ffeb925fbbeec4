"""A worker takes interactive runs before bulk, and within each the end of a run before its beginning."""

import pytest

from apps.fusion.values import Message
from apps.fusion.vocabulary import Priority, Role, Status
from apps.runs import actions, presence, valkey
from apps.runs.lifecycle.transitions import rank_of
from apps.runs.models import Call, Run
from tests.services import wait_until

RANKS = [
    (Priority.INTERACTIVE, Role.SYNTHESIS, 0),
    (Priority.INTERACTIVE, Role.JUDGE, 1),
    (Priority.INTERACTIVE, Role.PANEL, 2),
    (Priority.BULK, Role.SYNTHESIS, 3),
    (Priority.BULK, Role.JUDGE, 4),
    (Priority.BULK, Role.PANEL, 5),
]


@pytest.mark.parametrize("priority, role, rank", RANKS)
def test_call_rank_is_interactive_first_and_late_stages_first(priority, role, rank):
    assert rank_of(Call(run=Run(priority=priority), role=role)) == rank


def test_interactive_run_overtakes_bulk(bench, private_valkey, own_worker):
    bulk = [start(bench, f"bulk{number}", Priority.BULK) for number in range(4)]
    person = start(bench, "person", Priority.INTERACTIVE)
    waiting = presence.queue_length("calls")

    own_worker(threads=1)
    runs = [bench.finish(run) for run in (*bulk, person)]

    assert waiting == 5
    assert [run.status for run in runs] == [Status.DONE] * 5
    assert bench.upstream.ledger()[0]["model"] == "person"


def test_bulk_run_that_was_forgotten_is_sent_again(bench, private_valkey, own_worker):
    run = start(bench, "bulk", Priority.BULK)
    valkey.client().flushdb()

    own_worker()
    bench.finish(run)

    wait_until(lambda: presence.queue_length("calls") == 0, "all messages are taken")
    assert len(bench.upstream.ledger("bulk")) == 1


def start(bench, model, priority):
    recipe = bench.recipe(bench.model(model))
    return actions.start_run(bench.owner, [Message(role="user", text="Hello?")], recipe, priority=priority)
