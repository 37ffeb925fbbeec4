"""A database that answers and refuses a result: it is tried again, and no call is asked and paid for twice for it."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError
from django.utils import timezone
from psycopg import errors

from apps.fusion.values import Reply, Usage
from apps.fusion.vocabulary import CostSource, FailureCode, Status
from apps.runs import tasks
from apps.runs.execution import lookup_loop
from apps.runs.lifecycle import claims
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.models import Call

OUTCOME = Outcome(Status.DONE, Reply(text="330 m", usage=Usage(input_tokens=1, output_tokens=1)))
RESULT = Result(OUTCOME, OUTCOME.reply.usage, Decimal("0.5"), CostSource.COMPUTED)


def failing(write, error: Exception, times: int):
    """Return a write that fails so many times first, and the moments of the heartbeats that it met."""
    seen = []

    def failing_write(call, *arguments, **options):
        if len(seen) < times:
            seen.append(Call.objects.get(pk=call.pk).heartbeat_at)
            raise OperationalError(str(error)) from error
        return write(call, *arguments, **options)

    return failing_write, seen


@pytest.fixture
def call(bench, private_valkey, monkeypatch):
    monkeypatch.setattr(tasks.time, "sleep", lambda _: None)
    call = bench.claimed(bench.start(bench.model("a")))
    Call.objects.filter(pk=call.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    return call


@pytest.mark.parametrize(
    "error, times",
    [
        (errors.DeadlockDetected("deadlock detected"), tasks.MOST_REFUSED - 1),
        (errors.QueryCanceled("canceling statement due to statement timeout"), tasks.MOST_REFUSED - 1),
        (errors.DiskFull("No space left on device"), 3 * tasks.MOST_REFUSED),
        (errors.AdminShutdown("terminating connection"), 3 * tasks.MOST_REFUSED),
    ],
)
def test_result_is_written_once_the_database_takes_it(call, monkeypatch, error, times):
    write, seen = failing(claims.end, error, times)
    monkeypatch.setattr(claims, "end", write)

    tasks._finish(call, lambda: RESULT, OUTCOME)

    call = Call.objects.with_output().get(pk=call.pk)
    assert (call.status, call.output.text, call.cost, len(seen)) == (Status.DONE, "330 m", Decimal("0.5"), times)
    assert max(seen) - min(seen) > timedelta(seconds=50)  # the sweep sees it alive from the second try on


def test_call_whose_result_is_refused_for_good_fails_with_its_text(call, monkeypatch):
    write, seen = failing(claims.end, errors.ProgramLimitExceeded("too large"), tasks.MOST_REFUSED)
    monkeypatch.setattr(claims, "end", write)

    tasks._finish(call, lambda: RESULT, OUTCOME)

    call = Call.objects.with_output().get(pk=call.pk)
    assert (call.status, call.failure_code) == (Status.FAILED, FailureCode.UNEXPECTED_ERROR)
    assert (call.output.text, call.deliveries, len(seen)) == ("330 m", 1, tasks.MOST_REFUSED)


def test_database_without_an_answer_is_waited_for(call, monkeypatch):
    write, seen = failing(claims.end, errors.OperationalError("connection refused"), 3 * tasks.MOST_REFUSED)
    monkeypatch.setattr(claims, "end", write)

    tasks._finish(call, lambda: replace(RESULT, cost=Decimal(1)), OUTCOME)

    assert Call.objects.get(pk=call.pk).cost == Decimal(1)
    assert len(set(seen)) == 1  # nobody is told that a call is alive while there is nobody to tell


@pytest.mark.parametrize(
    "error, times, tries",
    [
        (errors.QueryCanceled("canceling statement due to statement timeout"), 100, tasks.MOST_REFUSED),
        (errors.DeadlockDetected("deadlock detected"), 1, 2),
        (errors.AdminShutdown("terminating connection"), 20, 21),
    ],
)
async def test_look_up_waits_for_a_database_that_is_away_and_for_no_refusal(monkeypatch, error, times, tries):
    async def no_pause(_seconds: float) -> None:
        pass

    monkeypatch.setattr(lookup_loop.asyncio, "sleep", no_pause)
    tried = []

    def do() -> str:
        tried.append(error)
        if len(tried) <= times:
            raise OperationalError(str(error)) from error
        return "done"

    found = None
    with suppress(OperationalError):
        found = await lookup_loop.in_database(do)

    assert (len(tried), found) == (tries, "done" if tries > times else None)
