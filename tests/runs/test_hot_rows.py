"""Rows that are read and written with SQL of our own are what querysets make of them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import Role, Status
from apps.runs import admission
from apps.runs.models import CALLS, RUNS, Call, Run
from apps.tables import Table, joined
from tests.factories import SMOL, make_local_models, make_run, make_user


@pytest.fixture
def run(db):
    make_local_models()
    return make_run(make_user("alice"))


def columns(row):
    """The columns of a row as its instance has them."""
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

    found = admission.queued(call.pk)

    assert (found, found.run, found.run.owner, found.run.api_key) == (call, run, run.owner, key)
    assert found.candidates == {SMOL: Model.objects.get(reference=SMOL)}
    assert found.candidates[SMOL].provider == Provider.objects.get(slug="local")
