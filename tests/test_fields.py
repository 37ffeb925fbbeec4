"""Fields whose attribute is the value: written and read alike, in queries, in forms, in the admin, and as JSON."""

import json
from decimal import Decimal

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, JSONField, Value
from django.test import Client
from pydantic import ValidationError as InvalidValue

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.values import Parameters, SlotSpec, Usage
from apps.fusion.vocabulary import CostSource, FailureCode, Role, Status, WaitReason
from apps.runs.models import Call, Run
from tests.calls import create_call
from tests.factories import SMOL, make_local_models, make_local_preset, make_recipe, make_run, make_user

USAGE = Usage(input_tokens=3, output_tokens=10**30)


@pytest.fixture
def run(db):
    make_local_models()
    return make_run(make_user("alice"), recipe=make_recipe(max_cost=Decimal("0.25")))


@pytest.fixture
def call(run):
    return create_call(run, slot="A", model=SMOL, usage=USAGE, inputs=(1, 2), wait_reason=WaitReason.CONCURRENCY)


def test_row_that_is_loaded_has_the_values_that_were_stored(run, call):
    stored = Call.objects.select_related("run").get(pk=call.pk)

    assert (stored.usage, stored.inputs, stored.dropped, stored.parameters) == (USAGE, (1, 2), (), Parameters())
    assert (stored.run.recipe, stored.run.messages) == (run.recipe, run.messages)
    assert stored.run.recipe.max_cost == Decimal("0.25")
    words = (stored.status, stored.wait_reason, stored.failure_code, stored.cost_source)
    assert words == (Status.QUEUED, WaitReason.CONCURRENCY, None, CostSource.UNKNOWN)
    assert [type(word) for word in words] == [Status, WaitReason, type(None), CostSource]


def test_filter_takes_values_words_keys_and_none(call):
    other = create_call(call.run, Role.JUDGE, model=SMOL)

    def found(*conditions, **lookups):
        return list(Call.objects.filter(*conditions, **lookups))

    assert found(usage=USAGE) == found(usage__input_tokens=3) == found(usage__input_tokens__gt=2) == [call]
    assert found(wait_reason=WaitReason.CONCURRENCY) == found(wait_reason__in=list(WaitReason)) == [call]
    assert found(wait_reason=None) == list(Call.objects.exclude(wait_reason__in=list(WaitReason))) == [other]
    assert found(inputs=(1, 2)) == found(inputs__contains=[2]) == [call]


def test_values_gives_values_and_a_key_inside_gives_json(call):
    (row,) = Call.objects.values("usage", "status", "failure_code", "usage__input_tokens", "run__recipe__max_cost")

    assert row == {
        "usage": USAGE,
        "status": Status.QUEUED,
        "failure_code": None,
        "usage__input_tokens": 3,
        "run__recipe__max_cost": "0.25",
    }


def test_update_and_bulk_create_write_values(call):
    Call.objects.update(usage=Usage(), status=Status.DONE, failure_code=FailureCode.CAPPED, inputs=())
    (made,) = Call.objects.bulk_create([Call(run=call.run, stage="x", role=Role.JUDGE, model=SMOL, usage=USAGE)])
    Call.objects.filter(pk=made.pk).update(dropped=F("inputs"))

    call.refresh_from_db()
    made.refresh_from_db()
    assert (call.usage, call.status, call.failure_code, call.inputs) == (Usage(), Status.DONE, FailureCode.CAPPED, ())
    assert (made.usage, made.dropped) == (USAGE, ())


@pytest.mark.parametrize("wrong", [{"input_tokens": 3}, "text", Parameters()])
def test_what_is_no_value_is_not_written(call, wrong):
    call.usage = wrong

    with pytest.raises((InvalidValue, TypeError)):
        call.save()
    with pytest.raises((InvalidValue, TypeError)):
        Call.objects.update(usage=wrong)


def test_stored_json_that_is_no_value_is_not_read(call):
    Call.objects.update(usage=Value({"words": 3}, JSONField()))

    with pytest.raises(InvalidValue):
        call.refresh_from_db()
    assert Call.objects.defer("usage").get(pk=call.pk).status is Status.QUEUED


def test_failure_is_two_columns(call):
    call.failure_code, call.failure_sentence = FailureCode.TIMEOUT, "It stalled."
    failure = call.failure

    call.failure = None
    assert (call.failure_code, call.failure_sentence, call.failure) == (None, "", None)
    call.failure = failure
    assert (call.failure_code, call.failure_sentence) == (FailureCode.TIMEOUT, "It stalled.")


def test_form_gives_json_and_the_row_gets_the_value(call):
    usage, status = Call._meta.get_field("usage"), Call._meta.get_field("status")

    assert usage.clean({"input_tokens": 3}, call) == Usage(input_tokens=3)
    assert status.clean("done", call) is Status.DONE
    for field, wrong in ((usage, {"words": 3}), (status, "odd")):
        with pytest.raises(ValidationError):
            field.clean(wrong, call)
    form_field = usage.formfield()
    assert json.loads(form_field.prepare_value(USAGE))["input_tokens"] == 3


def test_fixture_of_a_row_loads_as_the_same_row(run, call):
    dumped = serializers.serialize("json", [run, call])

    loaded = [item.object for item in serializers.deserialize("json", dumped)]

    assert (loaded[0].recipe, loaded[0].messages, loaded[1].usage) == (run.recipe, run.messages, USAGE)
    assert (loaded[1].wait_reason, loaded[1].failure_code) == (WaitReason.CONCURRENCY, None)


def test_migrations_know_django_s_own_fields_alone():
    for name, kind in (("recipe", models.JSONField), ("answer_kind", models.CharField), ("status", models.CharField)):
        _, path, _, options = Run._meta.get_field(name).deconstruct()
        assert path == f"django.db.models.{kind.__name__}"
        assert [value for value in options.values() if type(value) not in (int, bool, str)] == []
        assert isinstance(Run._meta.get_field(name).clone(), type(Run._meta.get_field(name)))


def test_admin_shows_values(db):
    preset = make_local_preset()
    client = Client()
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))

    page = client.get(f"/admin/catalogue/preset/{preset.pk}/change/").content.decode()

    assert f"&quot;model&quot;: &quot;{SMOL}&quot;" in page
    assert Preset.objects.get(pk=preset.pk).panel[0] == SlotSpec(
        slot="A", model=SMOL, parameters=Parameters(temperature=0.2, max_tokens=150)
    )
