"""A worker takes interactive runs before bulk, and within each the end of a run before its beginning."""

from itertools import product

import pytest

from apps.accounts.api_keys import Scope, make_key
from apps.fusion.values import Message
from apps.fusion.vocabulary import Priority, Role, Status
from apps.runs import actions, presence, valkey
from apps.runs.lifecycle.crowding import CROWDED_FROM
from apps.runs.lifecycle.transitions import FIRST_ROLES, rank_of
from apps.runs.models import Call, Run
from apps.runs.starting import ApiClient
from tests.services import wait_until

ROLES = (Role.SYNTHESIS, Role.JUDGE, Role.PANEL)
RANKS = list(enumerate(product(Priority, (False, True), ROLES)))


@pytest.mark.parametrize("rank, kind", RANKS)
def test_call_rank_is_interactive_first_then_others_before_the_crowd_then_late_stages_first(rank, kind):
    priority, is_crowded, role = kind

    assert rank_of(Call(run=Run(priority=priority, is_crowded=is_crowded), role=role)) == rank


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_rank_and_those_beside_an_answer_that_of_the_panel(role):
    rank = rank_of(Call(run=Run(), role=role))

    usual = Role.PANEL if role.is_beside else role
    assert rank == FIRST_ROLES.index(
        {
            Role.COMPARISON: Role.JUDGE,
            Role.REVIEW: Role.JUDGE,
            Role.CLAIMS: Role.JUDGE,
            Role.SUPPORT: Role.JUDGE,
            Role.REVISION: Role.SYNTHESIS,
        }.get(role, usual)
    )


def test_queue_has_a_list_for_every_rank(settings):
    assert [rank for rank, _ in RANKS] == list(settings.CELERY_RANKS)


def test_run_is_crowded_by_the_unfinished_runs_of_its_payer(bench, private_valkey):
    first, second = (make_key(bench.owner, name, [Scope.RUN])[0] for name in ("first", "second"))
    runs = [start(bench, "a", client=ApiClient(first)) for _ in range(CROWDED_FROM + 1)]

    assert [run.is_crowded for run in runs] == [False] * CROWDED_FROM + [True]
    assert not start(bench, "a", client=ApiClient(second)).is_crowded
    assert not start(bench, "a").is_crowded
    Run.objects.filter(pk=runs[0].pk).update(status=Status.DONE)
    assert start(bench, "a", client=ApiClient(first)).is_crowded
    Run.objects.filter(pk=runs[1].pk).update(status=Status.FAILED)
    Run.objects.filter(pk=runs[2].pk).update(status=Status.CANCELLED)
    assert not start(bench, "a", client=ApiClient(first)).is_crowded


def test_run_of_another_overtakes_the_crowd(bench, private_valkey, own_worker):
    many, one = (make_key(bench.owner, name, [Scope.RUN])[0] for name in ("many", "one"))
    crowd = [start(bench, f"crowd{number}", client=ApiClient(many)) for number in range(CROWDED_FROM + 4)]
    other = start(bench, "other", client=ApiClient(one))

    own_worker(WORKER_THREADS="1")
    runs = [bench.finish(run) for run in (*crowd, other)]

    order = [entry["model"] for entry in bench.upstream.ledger()]
    assert {run.status for run in runs} == {Status.DONE}
    assert order.index("other") < min(order.index(f"crowd{CROWDED_FROM + number}") for number in range(4))


def test_interactive_run_overtakes_bulk(bench, private_valkey, own_worker):
    bulk = [start(bench, f"bulk{number}", Priority.BULK) for number in range(4)]
    person = start(bench, "person", Priority.INTERACTIVE)
    waiting = presence.queue_length("calls")

    own_worker(WORKER_THREADS="1")
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


def start(bench, model, priority=Priority.INTERACTIVE, **values):
    recipe = bench.recipe(bench.model(model))
    return actions.start_run(bench.owner, [Message(role="user", text="Hello?")], recipe, priority=priority, **values)
