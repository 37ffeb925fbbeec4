"""Rows that are read and written with SQL of our own are what querysets make of them."""

from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import Role, Status
from apps.runs.lifecycle import rate_limits
from apps.runs.models import CALLS, RUNS, Call, Run
from apps.tables import Table, joined, together
from tests.factories import SMOL, make_local_models, make_run, make_user


@pytest.fixture
def run(db):
    make_local_models()
    return make_run(make_user("alice"))


def columns(row):
    """Return the columns of a row as its instance has them."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


WRITTEN = {
    "status": Status.DONE,
    "text": "100 % “sure”",
    "usage": {"output_tokens": 3},
    "inputs": [1, 2],
    "analysis": None,
    "cost": Decimal("0.000031"),
    "accrued": None,
    "ttft_s": 0.25,
    "cancel_requested": True,
    "ended_at": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
}


def test_row_that_is_updated_is_what_a_queryset_reads(run):
    call = Call.objects.create(run=run, role=Role.PANEL, slot="C", model=SMOL, html="<p>kept</p>")

    changed = CALLS.update(WRITTEN, "WHERE id = %s AND claim = %s", [call.pk, 0])
    missed = CALLS.update({"text": "other"}, "WHERE id = %s AND claim = %s", [call.pk, 9])

    stored = Call.objects.get(pk=call.pk)
    assert (changed, missed, stored.html) == (1, 0, "<p>kept</p>")
    assert {name: getattr(stored, name) for name in WRITTEN} == WRITTEN


def test_row_that_is_selected_is_what_a_queryset_reads(run):
    call = Call.objects.create(run=run, role=Role.JUDGE, model=SMOL, analysis={"status": "ok"}, **{
        name: value for name, value in WRITTEN.items() if name != "analysis"
    })  # fmt: skip

    (selected,) = CALLS.select("WHERE id = %s", [call.pk])

    expected = columns(Call.objects.defer("html").get(pk=call.pk))
    assert columns(selected) == expected
    assert columns(RUNS.select("WHERE id = %s", [run.pk])[0]) == columns(Run.objects.get(pk=run.pk))


def test_rows_that_are_inserted_have_their_ids_and_defaults(run):
    rows = [Call(run=run, role=Role.JUDGE, take=take, model=SMOL) for take in (7, 8)]

    CALLS.insert(rows)
    CALLS.insert([])

    assert [columns(row) for row in Call.objects.filter(take__gt=6)] == [columns(row) for row in rows]
    rows[0].save()  # it is an update
    with pytest.raises(IntegrityError), transaction.atomic():
        CALLS.insert([Call(run=run, role=Role.JUDGE, take=7, model=SMOL)])


def test_row_that_is_inserted_is_what_a_queryset_reads(run):
    written = WRITTEN | {"usage": {"output_tokens": 10**30, "say": 'a "b" \\ ü'}}
    row = Call(run=run, role=Role.JUDGE, take=7, model=SMOL, **written)

    CALLS.insert([row])

    assert columns(Call.objects.get(pk=row.pk)) == columns(row)
    with pytest.raises(TypeError, match="is not written as JSON"):
        CALLS.insert([Call(run=run, role=Role.JUDGE, take=8, model=SMOL, usage={"output_tokens": object()})])


def test_row_and_its_children_are_written_together_and_know_each_other(run, django_assert_num_queries):
    new = Run(owner=run.owner, team=run.team, prompt="Why?", title="Why?", messages=[], recipe=run.recipe)
    calls = [Call(run=new, role=Role.PANEL, slot=slot, model=SMOL) for slot in "ABC"]

    with django_assert_num_queries(1):
        RUNS.insert_with(new, CALLS, calls, "run")
        assert all(call.run is new for call in calls)

    assert columns(Run.objects.get(pk=new.pk)) == columns(new)
    assert [columns(call) for call in Call.objects.filter(run=new).order_by("pk")] == [columns(call) for call in calls]
    with pytest.raises(IntegrityError), transaction.atomic():
        RUNS.insert_with(Run(owner=run.owner, team=run.team, public_id=new.public_id), CALLS, [Call(model=SMOL)], "run")


@pytest.mark.django_db(transaction=True)
def test_wait_for_a_lock_that_ends_in_an_error_raises_what_django_raises(transactional_db):
    make_local_models()
    run = make_run(make_user("alice"))
    given = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: given[name] for name in names}) as other:
        other.execute("SELECT 1 FROM runs_run WHERE id = %s FOR UPDATE", [run.pk])
        connection.cursor().execute("SET lock_timeout = '100ms'")
        with pytest.raises(OperationalError):
            together((RUNS, "WHERE id = %s FOR UPDATE", [run.pk]), (CALLS, "WHERE run_id = %s", [run.pk]))

    connection.cursor().execute("RESET lock_timeout")
    assert together((RUNS, "WHERE id = %s", [run.pk])) == [[run]]


def test_rows_of_several_tables_are_told_apart_and_missing_ones_are_none(run):
    tables = (Table(Model, "model"), Table(Provider, "provider"))
    source = "FROM catalogue_model AS model LEFT JOIN catalogue_provider AS provider ON provider.slug = %s"

    found = joined(tables, f"{source} WHERE model.reference = %s", ["local", SMOL])
    alone = joined(tables, f"{source} WHERE model.reference = %s", ["nobody", SMOL])

    assert found == [[Model.objects.get(reference=SMOL), Provider.objects.get(slug="local")]]
    assert alone == [[Model.objects.get(reference=SMOL), None]]


@pytest.mark.parametrize("is_programs", [False, True])
def test_queued_call_comes_with_its_run_and_who_pays(run, is_programs):
    key = api_keys.make_key(run.owner, "test", [Scope.RUN])[0] if is_programs else None
    Run.objects.filter(pk=run.pk).update(api_key=key)
    call = Call.objects.create(run=run, role=Role.JUDGE, take=9, model=SMOL)

    found = rate_limits.queued(call.pk)

    assert (found, found.run, found.run.owner, found.run.api_key) == (call, run, run.owner, key)
    assert found.candidates == {SMOL: Model.objects.get(reference=SMOL)}
    assert found.candidates[SMOL].provider == Provider.objects.get(slug="local")
