"""Limits per provider: calls wait in the queue, oldest first, and no thread waits with them."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import AnswerKind, FailureCode, Priority, Role, Status, WaitReason
from apps.runs import actions, presence, tasks, valkey
from apps.runs.execution import requests
from apps.runs.lifecycle import claims, rate_limits, reservations, sweep
from apps.runs.lifecycle.transitions import rank_of
from apps.runs.models import Call, Run
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.spending import caps
from tests.runs.conftest import use_valkey
from tests.services import wait_until


@pytest.fixture
def sent(private_valkey, monkeypatch):
    """Return the ids of the calls that were enqueued again, by whomever."""
    ids = []
    for module in (rate_limits, sweep):
        monkeypatch.setattr(module, "enqueue", lambda calls: ids.extend(call.pk for call in calls))
    return ids


def limit(bench, **limits):
    for name, value in limits.items():
        setattr(bench.provider, name, value)
    bench.provider.save()


def queued(bench, count):
    """Create runs of one model and return their calls, oldest first; the messages are taken."""
    model = bench.model("a")
    calls = [bench.start(model).calls.get() for _ in range(count)]
    for queue in valkey.client().scan_iter("calls*"):
        valkey.client().delete(queue)  # what is forgotten is looked for only where no message waits
    return calls


def acquire(call):
    """Do as a worker whose message names the call."""
    found = rate_limits.queued(call.pk)
    return rate_limits.acquire(found) if found else None


def of(call):
    call.refresh_from_db()
    return call


def test_call_that_a_provider_has_no_stream_for_waits_in_the_queue(bench, sent):
    limit(bench, max_streams=1)
    first, second = queued(bench, 2)
    lease = acquire(first)

    assert acquire(second) is None

    assert (of(second).status, second.wait_reason, second.claim) == (Status.QUEUED, WaitReason.CONCURRENCY, 0)
    assert (sent, Run.objects.get(needs_resync=True)) == ([], second.run)
    rate_limits.release(lease)
    assert sent == [second.pk]


@pytest.mark.parametrize(
    "module, name", [(reservations, "reserve"), (claims, "claim"), (requests, "prepare"), (caps, "watch")]
)
def test_place_is_free_again_where_the_database_goes_away_before_the_stream(bench, sent, monkeypatch, module, name):
    limit(bench, max_streams=1)
    first, second = queued(bench, 2)

    def away(*_):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(module, name, away)
        with pytest.raises(OperationalError):
            tasks.perform_call(first.pk)

    assert acquire(second)


def test_call_whose_run_is_deleted_as_it_begins_leaves_its_place(bench, sent, monkeypatch):
    limit(bench, max_streams=1)
    first, second = queued(bench, 2)
    first.run.owner.cap_per_day = 1
    first.run.owner.save()
    acquired = rate_limits.acquire

    def acquire_then_delete(call):
        lease = acquired(call)
        actions.delete_run(call.run)
        return lease

    with monkeypatch.context() as patch:
        patch.setattr(rate_limits, "acquire", acquire_then_delete)
        tasks.perform_call(first.pk)

    assert acquire(second)


def elsewhere(bench, **limits):
    """Create a model at another provider, with these limits."""
    other = Provider.objects.create(slug="other", name="Other", base_url=bench.upstream.url_of("other"), **limits)
    return Model.objects.create(reference="other/b", provider=other, name="b", label="b", price_input=1, price_output=2)


def test_fallback_waits_for_a_place_at_its_own_provider(bench, sent, upstream, settings):
    settings.RETRY_SECONDS = 0.02
    fallback = elsewhere(bench, max_streams=1)
    lease = acquire(bench.start(fallback.reference).calls.get())
    recipe = bench.recipe(bench.model("a", "503"))
    spec = recipe.panel[0].model_copy(update={"fallback": fallback.reference})
    message = bench.message("How high is it?")
    call = actions.start_run(bench.owner, [message], recipe.model_copy(update={"panel": (spec,)})).calls.get()

    tasks.perform_call(call.pk)
    sweep.send_calls_put_back()
    tasks.perform_call(call.pk)

    assert (of(call).status, call.wait_reason, call.next_model) == (Status.QUEUED, WaitReason.CONCURRENCY, "other/b")
    assert (sent, len(upstream.ledger("a")), upstream.ledger("b")) == ([call.pk], 3, [])
    assert take_snapshot(call.run).columns[0].newest.provider == "Other"
    Call.objects.update(enqueued_at=None)
    rate_limits.release(lease)
    assert call.pk in sent[1:]
    tasks.perform_call(call.pk)
    assert (of(call).status, call.answered_by, len(upstream.ledger("b"))) == (Status.DONE, "other/b", 1)
    assert [one.model for one in call.attempt_values] == [*["up/a"] * 3, "other/b"]


def test_fallback_counts_among_the_requests_of_its_provider(bench, sent, upstream, settings):
    settings.RETRY_SECONDS = 0.02
    fallback = elsewhere(bench, requests_per_minute=1)
    tasks.perform_call(bench.start(fallback.reference).calls.get().pk)
    call = bench.start(bench.model("a", "503")).calls.get()
    Call.objects.filter(pk=call.pk).update(fallback=fallback.reference)

    for _ in range(2):
        tasks.perform_call(call.pk)

    assert (of(call).status, call.wait_reason, len(upstream.ledger("b"))) == (Status.QUEUED, "rate_limit", 1)


def test_call_beyond_the_requests_of_a_minute_waits_until_one_is_over(bench, sent, upstream):
    limit(bench, requests_per_minute=2)
    calls, before = queued(bench, 3), timezone.now()
    for call in calls:
        tasks.perform_call(call.pk)

    assert [of(call).status for call in calls] == [Status.DONE, Status.DONE, Status.QUEUED]
    assert calls[2].wait_reason == WaitReason.RATE_LIMIT
    assert before + timedelta(seconds=59.9) < calls[2].not_before <= timezone.now() + timedelta(seconds=60)
    assert len(upstream.ledger("a")) == 2


def test_waiting_call_is_let_in_when_the_minute_is_over(bench, sent, monkeypatch):
    limit(bench, requests_per_minute=1)
    first, second = queued(bench, 2)
    tasks.perform_call(first.pk)
    tasks.perform_call(second.pk)
    sweep.sweep()
    assert sent == []

    monkeypatch.setattr(rate_limits, "WINDOW_S", 0)  # as if the minute were over
    sweep.sweep()

    assert sent == [second.pk]
    tasks.perform_call(second.pk)
    assert (of(second).status, second.wait_reason) == (Status.DONE, None)


def test_calls_that_wait_are_let_in_before_new_ones(bench, sent):
    limit(bench, max_streams=1)
    first, second, third = queued(bench, 3)
    lease = acquire(first)
    acquire(second)
    rate_limits.release(lease)

    assert acquire(third) is None
    assert acquire(second) is not None


def test_person_overtakes_bulk_at_a_limited_provider(bench, sent):
    limit(bench, max_streams=1)
    first, bulk, person = queued(bench, 3)
    Run.objects.filter(pk__in=[first.run_id, bulk.run_id]).update(priority="bulk")
    lease = acquire(first)
    acquire(bulk)
    acquire(person)

    rate_limits.release(lease)

    assert sent == [person.pk]
    assert acquire(bulk) is None
    assert acquire(person) is not None


@pytest.mark.parametrize("priority", Priority)
@pytest.mark.parametrize("is_crowded", [False, True])
@pytest.mark.parametrize("role", Role)
def test_database_ranks_calls_as_the_queue_does(bench, priority, role, is_crowded):
    (call,) = queued(bench, 1)
    Run.objects.update(priority=priority, is_crowded=is_crowded)
    Call.objects.update(role=role)

    ranked = Call.objects.annotate(rank=rate_limits.RANK).select_related("run").get(pk=call.pk)

    assert ranked.rank == rank_of(ranked)


def test_two_hundred_waiting_calls_are_not_polled(bench, sent):
    limit(bench, max_streams=3)
    leases = [acquire(call) for call in queued(bench, 3)]
    run = Run.objects.first()
    waiting = Call.objects.bulk_create(
        Call(run=run, role="panel", take=take, model="up/a", wait_reason="concurrency", enqueued_at="2000-01-01T00:00Z")
        for take in range(10, 210)
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        sweep.sweep()
    assert (sent, len(queries) < 30) == ([], True)

    rate_limits.release(leases[0])
    rate_limits.release(leases[1])
    sweep.sweep()

    assert sent == [call.pk for call in waiting[:2]]


def test_message_that_was_lost_is_sent_again_when_there_is_room(bench, sent, settings):
    limit(bench, max_streams=1)
    first, second = queued(bench, 2)
    lease = acquire(first)
    claims.claim(first)
    acquire(second)
    rate_limits.release(lease)
    sweep.sweep()
    assert sent == [second.pk]

    settings.REQUEUE_AFTER_SECONDS = 0
    sweep.sweep()

    assert sent == [second.pk, second.pk]


def test_place_of_a_dead_worker_is_free_when_its_heartbeat_is_overdue(bench, sent, settings):
    limit(bench, max_streams=2)
    settings.LOST_AFTER_SECONDS = 60
    dead, alive, waiting = queued(bench, 3)
    lease, _ = acquire(dead), acquire(alive)
    assert acquire(waiting) is None
    sweep.sweep()
    before = list(sent)

    # As if its worker's last heartbeat had been so long ago.
    valkey.client().zincrby(rate_limits._keys(bench.provider)[0], -60_000, lease.token)
    sweep.sweep()

    assert (before, sent) == ([], [waiting.pk])
    assert (acquire(waiting) is None, presence.queue_length("calls")) == (False, 0)


def test_delivery_beside_another_takes_no_place(bench, sent):
    limit(bench, max_streams=2, requests_per_minute=2)
    first, second = queued(bench, 2)
    acquire(first)
    claims.claim(first)

    tasks.perform_call(first.pk)

    assert acquire(second) is not None


def test_call_that_was_claimed_meanwhile_gives_its_place_back(bench, sent, monkeypatch):
    limit(bench, max_streams=1, requests_per_minute=1)
    first, second = queued(bench, 2)
    monkeypatch.setattr(claims, "claim", lambda _: None)

    tasks.perform_call(first.pk)

    assert acquire(second) is not None


def test_limit_that_was_taken_away_lets_all_go(bench, sent):
    limit(bench, max_streams=0)
    calls = queued(bench, 3)
    for call in calls:
        acquire(call)
    sweep.sweep()
    assert sent == []

    limit(bench, max_streams=None)
    sweep.sweep()

    assert sent == [call.pk for call in calls]


def test_failure_at_a_rationed_provider_is_asked_again_through_the_queue(bench, sent, upstream, settings):
    settings.RETRY_SECONDS = 0
    limit(bench, requests_per_minute=9)
    call = bench.start(bench.model("b", "500", times=1)).calls.get()

    tasks.perform_call(call.pk)

    assert (of(call).wait_reason, len(upstream.ledger("b"))) == (WaitReason.RETRY_AFTER, 1)
    tasks.perform_call(call.pk)
    assert (of(call).status, len(call.attempt_values)) == (Status.DONE, 2)


def test_rationed_model_is_asked_three_times_before_its_fallback(bench, sent, settings):
    settings.RETRY_SECONDS = 0
    limit(bench, requests_per_minute=9)
    call = bench.start(bench.model("b", "500")).calls.get()
    Call.objects.update(fallback=bench.model("c", text="I stand in."))

    asked = []
    for _ in range(4):
        tasks.perform_call(call.pk)
        asked.append([one.model for one in of(call).attempt_values])

    assert asked == [["up/b"], ["up/b"] * 2, ["up/b"] * 3, ["up/b"] * 3 + ["up/c"]]
    assert (call.status, call.output.text) == (Status.DONE, "I stand in.")


def waiting_run(bench):
    """Create a run of two columns of which the second waits for its provider."""
    limit(bench, requests_per_minute=1)
    run = bench.start(bench.model("a"), bench.model("b"), writer="builtin/closest")
    for call in run.calls.all():
        tasks.perform_call(call.pk)
    assert run.calls.get(slot="B").wait_reason == WaitReason.RATE_LIMIT
    return run


def test_waiting_call_is_cut_at_the_hard_limit(bench, sent):
    run = waiting_run(bench)
    now = timezone.now()
    Run.objects.update(created_at=now - timedelta(seconds=run.recipe.hard_limit_s), wake_at=now)

    sweep.sweep()

    run.refresh_from_db()
    cut = run.calls.get(slot="B")
    assert (cut.status, cut.failure_code, run.answer_kind) == (Status.CANCELLED, FailureCode.TOO_SLOW, AnswerKind.ONLY)


def test_fuse_now_ends_calls_that_wait_for_their_provider(bench, sent):
    run = waiting_run(bench)

    actions.fuse_now(run)

    run.refresh_from_db()
    assert (run.calls.get(slot="B").status, run.answer_kind) == (Status.CANCELLED, AnswerKind.ONLY)


def test_calls_are_admitted_while_valkey_is_away(bench, own_valkey, monkeypatch):
    limit(bench, max_streams=0)
    (call,) = queued(bench, 1)
    server = own_valkey(durable=False)
    using = use_valkey(server.url, monkeypatch)
    next(using)
    server.stop()

    assert acquire(call) is not None

    server.start()
    next(using, None)


def test_streams_of_a_provider_stay_within_its_limit_and_start_oldest_first(bench, worker, upstream):
    limit(bench, max_streams=2)
    model = bench.model("a", delay_s=0.02, gate_after=0)
    runs = [bench.start(model, prompt=f"Question {number}") for number in range(8)]
    in_line = Call.objects.filter(wait_reason=WaitReason.CONCURRENCY)
    wait_until(lambda: in_line.count() == 6, "all but two wait in line")  # any two, if they come at the same time
    last = [call.run.prompt for call in in_line.select_related("run").order_by("pk")[4:]]
    upstream.release("a")

    for run in runs:
        bench.finish(run)

    entries = upstream.ledger("a")
    marks = sorted([(entry["started"], 1) for entry in entries] + [(entry["ended"], -1) for entry in entries])
    open_streams = [sum(step for _, step in marks[: lease + 1]) for lease in range(len(marks))]
    prompts = [entry["body"]["messages"][-1]["content"] for entry in entries]
    assert max(open_streams) == 2
    assert prompts[-1] in last
    wait_until(lambda: presence.queue_length("calls") == 0, "what was sent twice is taken")
