"""Statements with SQL of our own load and write what the querysets do that they stand for."""

from decimal import Decimal

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.fusion.values import Attempt, Failure, Message, Reply, Usage
from apps.fusion.vocabulary import Billing, CostSource, FailureCode, FinishReason, Role, Status
from apps.runs import hot_rows
from apps.runs.lifecycle import claims, rate_limits, transitions
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.models import Call, Run
from tests.calls import create_call
from tests.factories import SMOL, make_local_models, make_recipe, make_run, make_user
from tests.web.run_factories import ANSWERS, make_analysis

TEXT = 'say 100 % "so" \\ ü \u2028 𝄞'
FAILED = Attempt(
    model=SMOL,
    started_at=1.5,
    ended_at=2.25,
    failure=Failure(code=FailureCode.OVERLOADED, sentence=TEXT),
    http_status=503,
    waited_s=0.25,
    billing=Billing.UNCERTAIN,
    usage=Usage(output_tokens=10**30),
    cost=Decimal("0.000031"),
    possible_cost=Decimal("12.5"),
)


@pytest.fixture
def run(db):
    make_local_models()
    recipe = make_recipe(max_cost=Decimal("0.25"), criteria=TEXT)
    return make_run(make_user("alice"), TEXT, recipe=recipe, status=Status.RUNNING)


def columns(row):
    """Return the columns that an instance has loaded."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


@pytest.mark.parametrize("is_programs", [False, True])
def test_queued_call_is_what_a_queryset_loads(run, settings, is_programs, django_assert_num_queries):
    key = api_keys.make_key(run.owner, "test", [Scope.RUN])[0] if is_programs else None
    Run.objects.filter(pk=run.pk).update(api_key=key)
    call = create_call(run, Role.JUDGE, model=SMOL, usage=FAILED.usage, inputs=(1, 2), dropped=("seed",))

    settings.HOT_ROWS = False
    expected = rate_limits.queued(call.pk)
    settings.HOT_ROWS = True
    with django_assert_num_queries(1):
        found = rate_limits.queued(call.pk)
        rows = [found, found.run, found.run.owner, found.run.api_key]

    assert [one and columns(one) for one in rows] == [
        one and columns(one) for one in (expected, expected.run, expected.run.owner, expected.run.api_key)
    ]
    assert rows[3] == key
    Call.objects.update(status=Status.RUNNING)
    assert rate_limits.queued(call.pk) is None


def test_locked_run_is_what_querysets_load(run, settings):
    create_call(run, slot="A", model=SMOL, text=TEXT, html="<p>large</p>", finish_reason=FinishReason.STOP)
    create_call(run, Role.JUDGE, model=SMOL, analysis=make_analysis(ANSWERS), cost=Decimal("0.5"))
    loaded = []
    with transitions.locked_run(run.pk):
        pass  # the run has its cost, and what else a first change writes

    for settings.HOT_ROWS in (False, True):
        with transitions.locked_run(run.pk) as change:
            loaded.append([columns(change.run), *(columns(row) for c in change.calls for row in (c, c.output))])
            assert [call.run is change.run for call in change.calls] == [True, True]

    assert loaded[1] == loaded[0]
    assert {"messages", "prompt", "html"} & {name for row in loaded[1] for name in row} == set()
    with pytest.raises(Run.DoesNotExist), transaction.atomic():
        hot_rows.locked_run(0)


@pytest.mark.parametrize("attempts", [(), (FAILED,), (FAILED, Attempt(model=SMOL, started_at=3))])
def test_end_writes_what_querysets_write(run, settings, attempts):
    calls = [create_call(run, Role.JUDGE, take=take, model=SMOL) for take in (1, 2)]
    reply = Reply(text=TEXT, reasoning="Hm", finish_reason=FinishReason.STOP, upstream_id="7")
    outcome = Outcome(Status.DONE, reply, attempts=attempts, ttft_s=0.25, duration_s=2, dropped=("seed",))
    analysis = make_analysis(ANSWERS)
    result = Result(
        outcome, Usage(output_tokens=3), Decimal("0.1"), CostSource.COMPUTED, "<p>It</p>", analysis, {"A": 0.5}
    )

    for call, settings.HOT_ROWS in zip(calls, (False, True), strict=True):
        assert claims.claim(call)
        claims.heartbeat(call, "say", "", attempts[:1])
        assert claims.end(call, result).is_mine

    different = {"id", "take", "ended_at", "started_at", "heartbeat_at", "enqueued_at", "call_id"}
    stored = [
        [{n: v for n, v in columns(row).items() if n not in different} for row in (call, call.output)]
        for call in Call.objects.filter(run=run).select_related("output").order_by("pk")
    ]
    assert stored[1] == stored[0]
    assert (stored[1][1]["text"], stored[1][1]["analysis"]) == (TEXT, analysis)
    assert [call.attempt_values for call in calls] == [attempts, attempts]


def test_end_of_a_call_that_was_taken_away_writes_nothing(run):
    call = create_call(run, slot="A", model=SMOL)
    assert claims.claim(call)
    Call.objects.update(claim=9)

    ended = claims.end(
        call, Result(Outcome(Status.DONE, Reply(text=TEXT), attempts=(FAILED,)), Usage(), None, "unknown")
    )

    row = Call.objects.get()
    assert (ended.is_mine, row.status, row.output.text, row.attempt_values) == (False, Status.RUNNING, "", ())


@pytest.mark.django_db(transaction=True)
def test_wait_for_a_lock_that_ends_in_an_error_raises_what_django_raises(transactional_db):
    make_local_models()
    run = make_run(make_user("alice"))
    given = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: given[name] for name in names}) as other:
        other.execute("SELECT 1 FROM runs_run WHERE id = %s FOR UPDATE", [run.pk])
        connection.cursor().execute("SET lock_timeout = '100ms'")
        with pytest.raises(OperationalError), transaction.atomic():
            hot_rows.locked_run(run.pk)

    connection.cursor().execute("RESET lock_timeout")
    with transaction.atomic():
        assert hot_rows.locked_run(run.pk)[0] == run
    assert Run.objects.get().messages == (Message(role="user", text="How high is the Eiffel Tower?"),)
