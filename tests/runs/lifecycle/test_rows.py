"""Rows that every run and call needs: what is written and loaded, and with how many statements."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.catalogue.models import Model, Provider
from apps.fusion.values import Attempt, CallSpec, Failure, Message, Reply, Usage
from apps.fusion.vocabulary import Billing, CostSource, FailureCode, FinishReason, Role, Status
from apps.runs.lifecycle import claims, rate_limits, transitions
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.models import Call, CallOutput, Run
from tests.calls import create_call
from tests.factories import SMOL, make_local_models, make_recipe, make_run, make_user

REFUSED = Attempt(
    model=SMOL,
    started_at=1.5,
    ended_at=2.5,
    failure=Failure(code=FailureCode.OVERLOADED, sentence="Come back later."),
    http_status=503,
    waited_s=0.25,
    billing=Billing.NOT_BILLED,
)
COUNTED = Attempt(
    model=SMOL,
    started_at=3.25,
    failure=Failure(code=FailureCode.TIMEOUT, sentence="It stalled."),
    billing=Billing.UNCERTAIN,
    usage=Usage(input_tokens=3),
    cost=Decimal("0.000031"),
    possible_cost=Decimal("0.5"),
)
ANSWERED = Attempt(model=SMOL, started_at=4.0, ended_at=5.0)


@pytest.fixture
def run(db):
    make_local_models()
    return make_run(make_user("alice"), status=Status.RUNNING)


def specs(run):
    return [CallSpec(role=Role.PANEL, **spec.call_fields) for spec in run.recipe.panel]


def stored(call):
    """Return what the database has of a call now: its text, its attempts, and what they may cost."""
    row = Call.objects.get(pk=call.pk)
    return row.output.text, row.attempt_values, row.possible_extra_cost


def test_new_run_is_written_with_its_calls_and_their_outputs(run, django_assert_num_queries):
    new = Run(owner=run.owner, team=run.team, prompt="Why?", title="Why?", messages=run.messages, recipe=make_recipe())

    with django_assert_num_queries(1):
        transitions.create(new, specs(new))

    row = Run.objects.get(pk=new.pk)
    assert (row.recipe, row.messages, row.wake_at) == (new.recipe, new.messages, new.wake_at)
    calls = list(row.calls.with_output())
    assert [(call.stage, call.slot, call.output.text) for call in calls] == [("panel", "A", ""), ("panel", "B", "")]
    with pytest.raises(IntegrityError), transaction.atomic():
        transitions.create(
            Run(owner=run.owner, team=run.team, public_id=new.public_id, messages=(), recipe=new.recipe), specs(new)
        )


@pytest.mark.parametrize("is_programs", [False, True])
def test_queued_call_comes_with_its_run_and_who_pays(run, is_programs, django_assert_num_queries):
    key = api_keys.make_key(run.owner, "test", [Scope.RUN])[0] if is_programs else None
    Run.objects.filter(pk=run.pk).update(api_key=key)
    call = create_call(run, Role.JUDGE, take=9, model=SMOL)

    with django_assert_num_queries(2):  # the call, and its models
        found = rate_limits.queued(call.pk)
        payers = (found.run, found.run.owner, found.run.api_key)
        models = found.models_by_reference
        providers = [model.provider for model in models.values()]

    assert (found, *payers) == (call, run, run.owner, key)
    assert (models, providers) == ({SMOL: Model.objects.get(reference=SMOL)}, [Provider.objects.get(slug="local")])


def test_claim_empties_a_text_that_an_earlier_claim_left(run):
    call = create_call(run, slot="A", model=SMOL, claim=1, deliveries=1, text="It is", cost_so_far=Decimal(1))

    assert claims.claim(call)

    row = Call.objects.get(pk=call.pk)
    assert (row.claim, row.cost_so_far, row.output.text) == (2, None, "")


def test_heartbeat_and_end_store_the_text_and_every_attempt_once(run):
    call = create_call(run, slot="A", model=SMOL)
    assert claims.claim(call)

    claims.heartbeat(call, "It", "Hm", (REFUSED.model_copy(update={"waited_s": None}),))
    first = stored(call)
    claims.heartbeat(call, "It is", "Hm", (REFUSED, COUNTED))
    second = stored(call)
    reply = Reply(text="It is so.", reasoning="Hm", finish_reason=FinishReason.STOP)
    outcome = Outcome(Status.DONE, reply, attempts=(REFUSED, COUNTED, ANSWERED))
    claims.end(call, Result(outcome, Usage(output_tokens=3), Decimal("0.1"), CostSource.COMPUTED, html="<p>It</p>"))

    assert first == ("It", (REFUSED.model_copy(update={"waited_s": None}),), 0)
    assert second == ("It is", (REFUSED, COUNTED), Decimal("0.000031"))
    assert stored(call) == ("It is so.", (REFUSED, COUNTED, ANSWERED), Decimal("0.5"))
    ended = Call.objects.get(pk=call.pk)
    assert (ended.usage, ended.cost, ended.output.html) == (Usage(output_tokens=3), Decimal("0.1"), "<p>It</p>")


def test_worker_that_was_taken_for_lost_writes_its_attempts_over_the_lost_one(run):
    call = create_call(run, slot="A", model=SMOL)
    assert claims.claim(call)
    with transitions.locked_run(run.pk) as change:
        claims.rescue(change, change.run.calls.for_update().get(pk=call.pk))
    assert [one.failure.code for one in Call.objects.get(pk=call.pk).attempt_values] == [FailureCode.WORKER_LOST]

    claims.end(call, Result(Outcome(Status.DONE, Reply(text="So."), attempts=(ANSWERED,)), Usage(), None, "unknown"))

    assert Call.objects.get(pk=call.pk).attempt_values == (ANSWERED,)


def test_large_parts_are_not_loaded_where_the_status_changes(run, django_assert_num_queries):
    create_call(run, slot="A", model=SMOL, html="<p>large</p>")
    Run.objects.filter(pk=run.pk).update(messages=(Message(role="user", text="large"),))

    with transitions.locked_run(run.pk) as change:
        (call,) = change.calls

    assert "html" in call.output.get_deferred_fields()
    assert change.run.get_deferred_fields() == {"messages", "own_answers", "prompt", "tools"}
    assert CallOutput.objects.get(pk=call.pk).html == "<p>large</p>"
