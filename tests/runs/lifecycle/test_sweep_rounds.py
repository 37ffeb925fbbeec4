"""The sweep after a time in which nobody could write a heartbeat."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from apps.fusion.vocabulary import Status
from apps.runs.lifecycle import claims, due, sweep
from apps.runs.lifecycle.sweep import Rounds
from apps.runs.lifecycle.transitions import locked_run
from apps.runs.models import Call, Run
from tests.runs.stack import somebody_waits_for_a_row
from tests.services import wait_until

BEGINNING = 1_000_000


@pytest.fixture
def at(monkeypatch, settings):
    """Let the sweep's clock show so many seconds; a call is lost after 30 without a heartbeat, which comes every 5."""
    settings.LOST_AFTER_SECONDS, settings.HEARTBEAT_SECONDS = 30, 5
    return lambda seconds: monkeypatch.setattr(sweep.time, "time", lambda: BEGINNING + seconds)


@pytest.mark.parametrize(
    "last, moments, expected",
    [
        (0, [0, 1, 9.9, 10, 11], [False, False, False, True, True]),
        (BEGINNING, [1, 2, 24], [True] * 3),
        (BEGINNING, [60, 61, 69.9, 70, 71], [False, False, False, True, True]),
        (BEGINNING, [60, 120, 180], [False, True, False]),
    ],
    ids=["a start", "slow rounds", "an outage", "rounds so slow that each could be the first after an outage"],
)
def test_workers_have_two_heartbeats_of_time_after_a_gap_between_rounds(at, last, moments, expected):
    rounds, found = Rounds(last), []
    for moment in moments:
        at(moment)
        found.append(rounds.may_rescue())

    assert found == expected


@pytest.mark.parametrize(
    "moments",
    [
        [0, *range(-60, 0), 1, 2, *range(-62, -2), 63, 64],  # a second outage soon after one of a minute
        [0, *range(-20, 0), 21, *range(-41, -21), 42, 43],  # two of which neither is long
        [0, *range(-60, 0), 61, *range(-120, -61), 121],  # a single round between two
    ],
)
def test_workers_have_their_time_after_each_of_two_outages(at, moments):
    """A moment below zero is one at which the database does not answer."""
    rounds, found = Rounds(), []
    for moment in moments:
        if moment < 0:
            rounds.has_failed = True
        else:
            at(1_000 + moment)
            found.append(rounds.may_rescue())

    assert found[1:] == [False] * (len(found) - 1)


@pytest.fixture
def under_way(bench, private_valkey, at):
    """Return a call that was under way when the database went away, a minute ago for its last heartbeat."""
    call = bench.claimed(bench.start(bench.model("a")))
    at(0)
    sweep.sweep()
    Call.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=60))
    return call


@pytest.mark.parametrize("is_told", [True, False])
def test_events_that_are_lost_while_readers_are_told_are_another_gap(bench, private_valkey, monkeypatch, is_told):
    run = bench.start(bench.model("a"))
    Run.objects.filter(pk=run.pk).update(needs_resync=True)

    def lose():
        with connections["default"].cursor() as cursor:
            cursor.execute("UPDATE runs_run SET needs_resync = true WHERE id = %s", [run.pk])
        connections.close_all()

    losing = threading.Thread(target=lose)

    def announce(_public_id):
        losing.start()
        wait_until(lambda: somebody_waits_for_a_row() or not losing.is_alive(), "more is lost")
        return is_told

    monkeypatch.setattr(sweep.event_log, "announce_gap", announce)

    sweep.tell_of_lost_events()
    losing.join(60)

    run.refresh_from_db()
    assert run.needs_resync


def test_gap_that_readers_were_told_of_is_over(bench, private_valkey):
    run = bench.start(bench.model("a"))
    Run.objects.filter(pk=run.pk).update(needs_resync=True)

    sweep.tell_of_lost_events()

    run.refresh_from_db()
    assert not run.needs_resync


def test_round_that_the_database_does_not_answer_is_none(under_way, at, monkeypatch):
    def away(_works):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(due, "look", away)
        for moment in (20, 40, 59):
            at(moment)
            with pytest.raises(OperationalError):
                sweep.sweep()
    at(60)
    sweep.sweep()

    assert Call.objects.get().status == Status.RUNNING


@pytest.mark.parametrize("statement", ["SELECT EXISTS", "SELECT pg_try_advisory_lock"])
def test_round_that_began_while_the_database_was_away_comes_after_the_outage(under_way, at, statement):
    def stall(execute, sql, *arguments):
        if sql.startswith(statement):
            at(60)
        return execute(sql, *arguments)

    at(1)
    with connection.execute_wrapper(stall):
        sweep.sweep()

    assert Call.objects.get().status == Status.RUNNING


def test_call_is_not_lost_because_its_run_was_locked_for_long(bench, private_valkey, monkeypatch):
    run = bench.start(bench.model("a"), bench.model("b"))
    alive, lost = (bench.claimed(run, call) for call in run.calls.order_by("slot"))
    Call.objects.filter(pk=lost.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))

    @contextmanager
    def lock_for_long(run_id):
        with locked_run(run_id) as change:
            later = timezone.now() + timedelta(minutes=1)
            monkeypatch.setattr(timezone, "now", lambda: later)
            yield change

    monkeypatch.setattr(sweep, "locked_run", lock_for_long)
    sweep.sweep()

    statuses = [Call.objects.get(pk=call.pk).status for call in (alive, lost)]
    assert statuses == [Status.RUNNING, Status.QUEUED]


def test_call_under_way_outlasts_the_start_of_a_process(under_way, at, monkeypatch):
    monkeypatch.setattr(sweep, "rounds", Rounds())
    sweep.sweep()

    assert Call.objects.get().status == Status.RUNNING


def test_call_under_way_outlasts_an_outage_of_the_database_and_a_lost_one_is_rescued(bench, private_valkey, at):
    alive, lost = bench.claimed(bench.start(bench.model("a"))), bench.claimed(bench.start(bench.model("b")))
    at(0)
    sweep.sweep()
    Call.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=60))

    at(60)
    sweep.sweep()
    after_it = [Call.objects.get(pk=call.pk).status for call in (alive, lost)]
    claims.heartbeat(alive, "so far", "")
    at(71)
    sweep.sweep()

    alive.refresh_from_db()
    lost.refresh_from_db()
    assert after_it == [Status.RUNNING] * 2  # or a free worker would have started them again
    assert [(call.status, call.claim) for call in (alive, lost)] == [(Status.RUNNING, 1), (Status.QUEUED, 1)]
