"""Batches in which something goes wrong, or two things happen at once: each row ends, and none holds up the others."""

import threading
from decimal import Decimal

import pytest
from django.db import OperationalError, connections
from django.utils import timezone
from psycopg import errors

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.api import limits
from apps.batches import actions, dispatch
from apps.batches.actions import InvalidBatch
from apps.batches.dispatch import dispatch_round, prepare_row
from apps.batches.models import Batch, BatchState
from apps.batches.reading import counts_of
from apps.catalogue.models import Model
from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.actions import cancel_run, continue_run
from apps.runs.lifecycle.reservations import reserve
from apps.runs.models import Call, Run
from tests.batches.steps import make_batch, state, statuses
from tests.runs.stack import somebody_waits_for_a_row
from tests.services import wait_until


def test_row_that_breaks_on_its_start_fails_alone(bench, private_valkey):
    batch = make_batch(bench, bench.model("a"))
    actions.start_batch(batch)

    def prepare(batch, row):
        if row.number == 1:
            raise ZeroDivisionError
        return prepare_row(batch, row)

    dispatch_round(prepare)

    assert statuses(batch) == ["failed", "running", "running"]
    assert batch.rows.get(number=1).error["code"] == "internal_error"


def test_batch_that_the_database_refuses_to_carry_on_keeps_no_other(bench, private_valkey):
    first, second = make_batch(bench, bench.model("a")), make_batch(bench, bench.model("b"))
    for batch in (first, second):
        actions.start_batch(batch)

    def prepare(batch, row):
        if batch.pk == first.pk:
            error = OperationalError("canceling statement due to statement timeout")
            raise error from errors.QueryCanceled()
        return prepare_row(batch, row)

    dispatch_round(prepare)

    assert [statuses(batch) for batch in (first, second)] == [["queued"] * 3, ["running"] * 3]


def test_run_that_cannot_go_on_stays_with_its_row(bench, private_valkey, monkeypatch):
    batch = make_batch(bench, bench.model("a"))
    actions.start_batch(batch)
    dispatch_round()
    row = batch.rows.get(number=1)
    capped = {"status": Status.CANCELLED, "cap_reached": True, "cost": Decimal("0.5"), "ended_at": timezone.now()}
    Run.objects.filter(pk=row.run_id).update(**capped)
    batch.rows.filter(pk=row.pk).update(status=Status.QUEUED)
    monkeypatch.setattr("apps.batches.dispatch.continue_run", lambda run: 1 / 0)

    dispatch_round()

    assert statuses(batch) == ["failed", "running", "running"]
    assert "status" not in batch.rows.get(pk=row.pk).error  # it has no run only where that was deleted
    assert (batch.rows.get(pk=row.pk).run_id, counts_of([batch])[batch.pk].cost) == (row.run_id, Decimal("0.5"))


def test_row_ends_although_its_checks_cannot_be_read(bench, private_valkey):
    batch = make_batch(bench, bench.model("a"))
    actions.start_batch(batch)
    dispatch_round()
    Batch.objects.filter(pk=batch.pk).update(checks="nonsense")  # as an archive brought it once
    for row in batch.rows.all():
        cancel_run(row.run)

    dispatch_round()

    assert (state(batch), statuses(batch)) == (BatchState.DONE, ["cancelled"] * 3)
    assert {row.passed for row in batch.rows.all()} == {None}


def test_run_that_somebody_lets_go_on_in_that_moment_stays_its_row_s(bench, private_valkey, monkeypatch):
    batch = make_batch(bench, bench.model("a"), table="city\nParis\n", max_cost=Decimal(2))
    actions.start_batch(batch)
    dispatch_round()
    capped = {"status": Status.FAILED, "failure_code": FailureCode.CAPPED, "cap_reached": True}
    Call.objects.update(status=Status.CANCELLED, failure_code=FailureCode.CAPPED, ended_at=timezone.now())
    Run.objects.update(**capped, ended_at=timezone.now())
    dispatch_round()
    run = batch.rows.get().run

    def continue_twice(run):
        continue_run(Run.objects.get(pk=run.pk))
        continue_run(run)

    monkeypatch.setattr(dispatch, "continue_run", continue_twice)
    Batch.objects.update(state=BatchState.PAUSED)
    actions.start_batch(batch)
    dispatch_round()

    row = batch.rows.get()
    assert (row.run, row.status, row.error) == (run, Status.RUNNING, None)


def test_batch_whose_run_is_just_being_started_is_not_deleted(bench, private_valkey):
    batch = make_batch(bench, bench.model("a"))
    actions.start_batch(batch)
    refused = []

    def delete():
        try:
            actions.delete_batch(batch)
        except InvalidBatch as error:
            refused.append(error.sentence)
        finally:
            connections.close_all()

    thread = threading.Thread(target=delete)

    def prepare(batch, row):
        make = prepare_row(batch, row)

        def make_late(locked):
            if row.number == 1:
                thread.start()
                wait_until(somebody_waits_for_a_row, "the deletion waits for the batch")
            return make(locked)

        return make_late

    dispatch_round(prepare)
    thread.join(60)

    assert refused == ["Runs of the batch are still at work. Stop it, or wait for them."]
    assert statuses(batch) == ["running"] * 3


def test_batch_is_paused_while_a_long_file_of_its_row_is_read(bench, private_valkey):
    batch = make_batch(bench, bench.model("a"))
    actions.start_batch(batch)
    pausing = threading.Thread(target=lambda: (actions.pause_batch(batch), connections.close_all()))

    def prepare(batch, row):
        pausing.start()
        pausing.join(10)
        assert not pausing.is_alive()
        return prepare_row(batch, row)

    dispatch_round(prepare)

    assert (state(batch), statuses(batch)) == (BatchState.PAUSED, ["queued"] * 3)


def test_batch_with_long_files_lets_the_next_one_have_its_turn(bench, private_valkey, monkeypatch):
    first, second = make_batch(bench, bench.model("a")), make_batch(bench, bench.model("b"))
    monkeypatch.setattr(dispatch, "TURN_S", 0)
    for batch in (first, second):
        actions.start_batch(batch)

    dispatch_round()

    assert [statuses(batch) for batch in (first, second)] == [["running", "queued", "queued"]] * 2


def test_run_that_a_cap_of_several_let_ask_nobody_goes_on_with_its_batch(bench, private_valkey):
    recipe = bench.recipe(bench.model("a")).model_copy(update={"max_cost": Decimal(1)})
    batch = make_batch(bench, recipe=recipe, max_cost=Decimal(2))
    actions.start_batch(batch)
    dispatch_round()
    for number, cost in ((1, None), (2, Decimal("0.5")), (3, Decimal(1))):
        capped = {"status": Status.CANCELLED, "cap_reached": True, "cost": cost, "ended_at": timezone.now()}
        Run.objects.filter(batch_row__number=number).update(**capped)
    actions.pause_batch(batch)
    dispatch_round()
    stopped = statuses(batch)

    actions.start_batch(batch)

    assert (stopped, statuses(batch)) == (["failed"] * 3, ["queued", "queued", "failed"])


@pytest.mark.parametrize("is_own", [False, True])
def test_cap_with_too_little_room_for_a_call_pauses_the_batch(bench, private_valkey, is_own):
    recipe, cap = bench.recipe(bench.model("a")), Decimal("0.05")
    Model.objects.update(price_input=0, price_output=1000)  # 100 tokens are 0.1 USD
    batch = make_batch(
        bench, recipe=recipe.model_copy(update={"max_cost": cap if is_own else None}), max_cost=None if is_own else cap
    )
    actions.start_batch(batch)
    dispatch_round()
    for call in Call.objects.with_output().select_related("run"):
        assert not reserve(call)

    dispatch_round()

    batch.refresh_from_db()
    assert statuses(batch) == ["failed"] * 3
    assert (batch.state, batch.reason) == (
        (BatchState.DONE, "") if is_own else (BatchState.PAUSED, "The cap of this batch is $0.05.")
    )


def test_run_of_a_batch_waits_for_a_request_of_its_key_that_is_just_let_in(bench, private_valkey):
    key, _ = api_keys.make_key(bench.owner, "narrow", [Scope.RUN], concurrent_runs=1)
    model = bench.model("a")
    batch = make_batch(bench, model, api_key=key)
    actions.start_batch(batch)

    def dispatch_all():
        dispatch_round()
        connections.close_all()

    dispatching = threading.Thread(target=dispatch_all)
    with limits.in_turn(key):
        Run.objects.filter(pk=bench.start(model).pk).update(api_key=key)
        dispatching.start()
        wait_until(lambda: somebody_waits_for_a_row() or not dispatching.is_alive(), "the dispatcher waits for the key")
    dispatching.join(60)

    assert statuses(batch) == ["queued"] * 3
