"""Statements with SQL of our own load and write what the querysets do that they stand for."""

from decimal import Decimal
from types import SimpleNamespace

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey
from apps.catalogue.queries import find_models
from apps.fusion.strategies import first_calls
from apps.fusion.values import Attempt, CallSpec, Failure, Message, Parameters, Reply, Usage
from apps.fusion.vocabulary import Billing, CostSource, FailureCode, FinishReason, Role, Status, WaitReason
from apps.runs import hot_rows
from apps.runs.execution.sent import keep_sent
from apps.runs.lifecycle import claims, crowding, rate_limits, transitions
from apps.runs.lifecycle.claims import Heartbeat
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.models import Call, Run, SentRequest
from apps.runs.reading.snapshot import take_snapshot
from tests.calls import create_call
from tests.factories import GEMMA, SMOL, make_local_models, make_model, make_provider, make_recipe, make_run, make_user
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


def without_keys(row):
    """Return the columns of a row but those in which two rows that are written alike differ."""
    different = {"id", "public_id", "run_id", "call_id", "take", "idempotency_key"}
    different |= {"created_at", "wake_at", "enqueued_at", "started_at", "heartbeat_at", "ended_at"}
    return {name: value for name, value in columns(row).items() if name not in different}


def columns(row):
    """Return the columns that an instance has loaded."""
    names = {field.attname for field in row._meta.concrete_fields}
    return {name: value for name, value in vars(row).items() if name in names}


@pytest.mark.parametrize("is_programs", [False, True])
def test_queued_call_is_what_a_queryset_loads(run, settings, is_programs, django_assert_num_queries):
    key = api_keys.make_key(run.owner, "test", [Scope.RUN])[0] if is_programs else None
    Run.objects.filter(pk=run.pk).update(api_key=key)
    call = create_call(run, Role.JUDGE, model=SMOL, usage=FAILED.usage, inputs=(1, 2), dropped=("seed",))

    settings.HOT_ROWS = False
    expected = rate_limits.queued(call.pk)
    settings.HOT_ROWS = True
    with django_assert_num_queries(3):  # the call, models, inputs
        found = rate_limits.queued(call.pk)
        rows = [found, found.run, found.run.owner, found.run.api_key]

    assert [one and columns(one) for one in rows] == [
        one and columns(one) for one in (expected, expected.run, expected.run.owner, expected.run.api_key)
    ]
    assert rows[3] == key
    Call.objects.update(status=Status.RUNNING)
    assert rate_limits.queued(call.pk) is None


def test_queued_call_brings_its_models_and_the_calls_that_it_reads(run, settings, django_assert_num_queries):
    answers = [create_call(run, slot=slot, model=SMOL, text=TEXT, html="<p>large</p>") for slot in "BA"]
    writer = create_call(run, Role.SYNTHESIS, model=SMOL, fallback=GEMMA, inputs=tuple(answer.pk for answer in answers))
    loaded = []

    for settings.HOT_ROWS in (False, True):
        call = rate_limits.queued(writer.pk)
        models, inputs = call.models_by_reference, call.input_calls
        rows = [row for name in (SMOL, GEMMA) for row in (models[name], models[name].provider)]
        loaded.append([columns(row) for row in (*rows, *(row for one in inputs for row in (one, one.output)))])
    with django_assert_num_queries(3):  # the call, models, inputs
        call = rate_limits.queued(writer.pk)
        assert (len(call.models_by_reference), call.input_calls) == (2, answers)

    assert loaded[1] == loaded[0]


@pytest.mark.parametrize("changes", [{}, {"revoked_at": "2000-01-01T00:00Z"}])
def test_key_is_what_a_queryset_loads(run, changes, django_assert_num_queries):
    key, secret = api_keys.make_key(run.owner, "test", [Scope.RUN])
    ApiKey.objects.update(**changes)

    with django_assert_num_queries(1):
        found = hot_rows.key_of_digest(key.digest)
        owner = found.owner

    expected = api_keys.key_of_digest(key.digest)
    assert [columns(found), columns(owner)] == [columns(expected), columns(expected.owner)]
    assert (hot_rows.key_of_digest("0"), api_keys.key_of_digest("0")) == (None, None)
    assert (api_keys.find_key(secret, hot_rows.key_of_digest) is None) == bool(changes)


def test_models_that_can_be_asked_are_what_a_queryset_finds(db, django_assert_num_queries):
    make_local_models()
    alice, bob = make_user("alice"), make_user("bob")
    own, theirs = (make_provider(user.username, team=user.personal_team) for user in (alice, bob))
    away = make_provider("away", is_connected=False)
    made = [make_model(provider, "one") for provider in (own, theirs, away)]
    gone = make_model(own, "gone", is_available=False)
    names = [SMOL, "local/none", gone.reference, *(model.reference for model in made)]

    found, expected = hot_rows.find_models(names, alice), find_models(names, alice)

    assert set(found) == {SMOL, made[0].reference}
    assert {name: columns(model) for name, model in found.items()} == {
        name: columns(model) for name, model in expected.items()
    }
    with django_assert_num_queries(1):
        assert hot_rows.find_models([SMOL], alice)[SMOL].provider.slug == "local"


def test_server_keeps_these_statements_and_none_of_a_queryset(run):
    for _ in range(2):
        assert hot_rows.run(run.pk) == Run.objects.get(pk=run.pk)

    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        kept = dict(cursor.fetchall())
    assert [times >= 2 for sql, times in kept.items() if sql.endswith("FROM runs_run AS run WHERE id = $1")] == [True]
    assert [sql for sql in kept if '"runs_run"."id" =' in sql] == []


@pytest.mark.parametrize("is_programs", [True, False])
def test_unfinished_runs_are_what_a_queryset_counts(run, is_programs, django_assert_num_queries):
    keys = [api_keys.make_key(run.owner, name, [Scope.RUN])[0] for name in "ab"]
    for key in (None, None, *keys, keys[0]):
        make_run(run.owner, api_key=key, status=Status.QUEUED)
    make_run(make_user("bob"), status=Status.QUEUED)
    make_run(run.owner, api_key=keys[0], status=Status.DONE)
    payer = (run.owner, keys[0] if is_programs else None)

    for most, expected in ((8, 2 if is_programs else 3), (1, 1)):
        with django_assert_num_queries(1):
            assert hot_rows.count_unfinished(*payer, most) == expected
        assert crowding._count_unfinished(*payer, most) == expected


def test_new_run_is_what_querysets_write(run, settings):
    key = api_keys.make_key(run.owner, "test", [Scope.RUN])[0]
    messages = (Message(role="system", text=TEXT), Message(role="user", text="x" * 100_000))
    first, *others = first_calls(run.recipe)
    specs = [first.model_copy(update={"parameters": Parameters(temperature=0.5, stop=(TEXT,))}), *others]
    made = []

    for settings.HOT_ROWS in (False, True):
        programs = {
            "api_key": key,
            "team": key.team,
            "metadata": {"for": TEXT},
            "idempotency_key": str(settings.HOT_ROWS),
        }
        for program in ({}, programs):
            given = {"prompt": TEXT, "title": TEXT, "messages": messages, "estimate_low": Decimal("0.000001")}
            new = Run(owner=run.owner, recipe=run.recipe, **given, **program)
            transitions.create(new, specs)
            made.append(new)

    stored = []
    for new in made:
        row = Run.objects.get(pk=new.pk)
        calls = list(row.calls.select_related("output"))
        assert row.team == run.owner.personal_team
        assert [columns(one) for one in (row, *calls)] == [columns(one) for one in (new, *calls)]
        stored.append([without_keys(one) for one in (row, *(part for call in calls for part in (call, call.output)))])
    assert len(stored[0]) == 1 + 2 * len(specs)
    assert stored[2:] == stored[:2]


def test_later_calls_are_what_querysets_write(run, settings):
    specs = [CallSpec(role=Role.PANEL, slot=slot, model=SMOL, inputs=(1, 2)) for slot in "AB"]
    stored = []

    for take, settings.HOT_ROWS in enumerate((False, True), start=1):
        with transitions.locked_run(run.pk) as change:
            added = transitions.add_calls(change, [one.model_copy(update={"take": take}) for one in specs])
        rows = list(Call.objects.filter(take=take).select_related("output"))
        assert ([one.pk for one in rows], [one.output.pk for one in added]) == ([one.pk for one in added],) * 2
        stored.append([without_keys(part) for row in rows for part in (row, row.output)])

    assert (len(stored[0]), stored[1]) == (4, stored[0])


@pytest.mark.parametrize(
    "changes, is_claimed",
    [
        ({}, True),
        ({"claim": 1}, True),
        ({"cancel_requested": True}, False),
        ({"status": Status.RUNNING}, False),
        ({"not_before": "2999-01-01T00:00Z"}, False),
        ({"not_before": "2000-01-01T00:00Z", "wait_reason": WaitReason.RATE_LIMIT}, True),
    ],
)
def test_claim_writes_what_querysets_write(run, settings, changes, is_claimed):
    stored = []

    for take, settings.HOT_ROWS in enumerate((False, True), start=1):
        row = create_call(run, slot="A", take=take, model=SMOL, text=TEXT, **changes)
        call = Call.objects.get(pk=row.pk)
        assert claims.claim(call) is is_claimed
        row = Call.objects.select_related("output").get(pk=call.pk)
        assert columns(row) == columns(call)
        stored.append([without_keys(row), without_keys(row.output)])

    assert stored[1] == stored[0]
    assert stored[1][1]["text"] == ("" if is_claimed else TEXT)


def test_claim_that_is_not_the_newest_takes_nothing(run):
    call = create_call(run, slot="A", model=SMOL)
    Call.objects.update(claim=7)

    assert not claims.claim(call)


@pytest.mark.parametrize(
    "changes, beat",
    [
        ({}, Heartbeat.CONTINUE),
        ({"status": Status.QUEUED}, Heartbeat.CONTINUE),
        ({"cancel_requested": True}, Heartbeat.STOP),
        ({"claim": 9}, Heartbeat.LOST),
        ({"status": Status.FAILED}, Heartbeat.LOST),
    ],
)
def test_heartbeat_writes_what_querysets_write(run, settings, changes, beat):
    stored = []

    for take, settings.HOT_ROWS in enumerate((False, True), start=1):
        call = create_call(run, slot="A", take=take, model=SMOL)
        assert claims.claim(call)
        Call.objects.filter(pk=call.pk).update(**changes)
        assert claims.heartbeat(call, TEXT, "Hm", (FAILED,)) is beat
        row = Call.objects.select_related("output").get(pk=call.pk)
        stored.append([without_keys(row), without_keys(row.output), row.attempt_values])

    assert stored[1] == stored[0]
    assert (stored[1][1]["text"], stored[1][2]) == (("", ()) if beat is Heartbeat.LOST else (TEXT, (FAILED,)))


def test_what_is_sent_is_what_querysets_write(run, settings, django_assert_num_queries):
    asked, told = run.messages[-1], Message(role="system", text=TEXT)
    stored = []

    for take, settings.HOT_ROWS in enumerate((False, True), start=1):
        call = create_call(run, slot="A", take=take, model=SMOL)
        for messages, schema in (((asked, told), None), ((told, asked), {"title": TEXT, "enum": [None, 0.5]})):
            keep_sent(call, prepared_with(call, messages, schema))
        stored.append([(row.model, row.messages, row.schema) for row in call.sent.all()])

    assert stored[1] == stored[0] == [(SMOL, (told, 0), {"title": TEXT, "enum": [None, 0.5]})]
    with django_assert_num_queries(1):
        keep_sent(call, prepared_with(call, (told, asked), None))
    assert [row.schema for row in SentRequest.objects.filter(call=call)] == [None]
    assert SentRequest.objects.filter(call=call, schema__isnull=True).exists()


def prepared_with(call, messages, schema):
    """Return what keeping looks at of a prepared call: the messages and the schema of one route."""
    request = SimpleNamespace(messages=messages, json_schema=schema)
    return SimpleNamespace(routes=(SimpleNamespace(reference=call.model, request=request),))


@pytest.mark.parametrize("claim", [1, 2])
def test_html_is_kept_for_the_claim_that_ended_the_call(run, settings, claim):
    for take, settings.HOT_ROWS in enumerate((False, True), start=1):
        call = create_call(run, slot="A", take=take, model=SMOL, claim=1, html="<p>old</p>")
        Call.objects.filter(pk=call.pk).update(claim=claim)

        claims.keep_html(call, TEXT)

        assert Call.objects.get(pk=call.pk).output.html == (TEXT if claim == 1 else "<p>old</p>")


def test_snapshot_is_what_querysets_load(run, settings, django_assert_num_queries):
    calls = [create_call(run, slot=slot, model=SMOL, text=TEXT, html=TEXT, status=Status.DONE) for slot in "BA"]
    create_call(run, Role.JUDGE, model=SMOL, answered_by=GEMMA, analysis=make_analysis(ANSWERS))
    for call in calls:
        claims.store_attempts(call, (FAILED, Attempt(model=SMOL, started_at=3)))
    settings.HOT_ROWS = False
    expected = take_snapshot(run)

    settings.HOT_ROWS = True
    with django_assert_num_queries(5):  # ratings, votes; calls, attempts, models
        found = take_snapshot(run)

    assert found == expected
    assert len(found.columns[0].newest.attempts) == 2


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

    stored = [
        [without_keys(row) for row in (call, call.output)]
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

    assert connection.connection.prepare_threshold is None  # what follows an error is not kept either
    connection.cursor().execute("RESET lock_timeout")
    with transaction.atomic():
        assert hot_rows.locked_run(run.pk)[0] == run
    assert Run.objects.get().messages == (Message(role="user", text="How high is the Eiffel Tower?"),)
