"""Work that comes due by itself: one query finds nothing, and whatever is due is found and done."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError
from django.utils import timezone
from psycopg import errors

from apps.accounts.models import User
from apps.api.tasks import dispatch_batches
from apps.fusion.vocabulary import Status
from apps.runs import files, tasks
from apps.runs.lifecycle import deletion, due, sweep, webhooks
from apps.runs.lifecycle.due import Work, do_what_is_due
from apps.runs.lifecycle.transitions import locked_run
from apps.runs.models import BulkChange, PendingFile, Run, Share, WebhookDelivery
from tests.factories import make_local_preset, make_run, make_user
from tests.web.run_factories import make_finished_run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("task", [tasks.sweep_runs, dispatch_batches])
def test_idle_second_asks_the_database_once(task, django_assert_num_queries):
    make_local_preset()
    run = make_finished_run(make_user("alice"))
    Run.objects.filter(pk=run.pk).update(needs_indexing=False)
    task()  # which connects

    with django_assert_num_queries(1):
        task()


def test_all_that_needs_no_worker_is_found_and_done(monkeypatch):
    monkeypatch.setattr(webhooks.current_app, "send_task", lambda *_, **__: None, raising=False)
    make_local_preset()
    alice, long_ago = make_user("alice"), timezone.now() - timedelta(days=deletion.BIN_DAYS + 1)
    kept, over = make_finished_run(alice, needs_indexing=True, needs_resync=True), {"ended_at": long_ago}
    make_run(alice, status=Status.DONE, is_kept=False, **over)
    make_run(alice, status=Status.DONE, binned_at=long_ago, **over)
    make_run(alice, status=Status.RUNNING, wake_at=long_ago)
    WebhookDelivery.objects.create(run=kept, url="https://elsewhere.example", site="https://fusion.example")
    Share.objects.create(run=kept, snapshot={}, is_frozen=False)
    Share.objects.create(run=kept, snapshot={}, expires_at=long_ago)
    files.keep_pending(alice, files.read_prompt_file("a.txt", b"330 metres"))
    PendingFile.objects.update(created_at=long_ago)
    BulkChange.objects.create(owner=alice, kind="star", waiting=[kept.pk], total=1)
    of_calls = sweep.WORKS[:1] + sweep.WORKS[2:5]
    works = [work for work in (*sweep.WORKS, *tasks.MORE) if work not in of_calls]
    before = due.look(works)

    tasks.sweep_runs()

    assert before == [True] * len(works)
    assert due.look(works) == [False] * len(works)


def test_work_behind_other_work_is_done_in_the_same_round():
    make_user("alice")
    nothing, something = Run.objects.all, User.objects.all
    done: list[str] = []
    rows = {"earlier": nothing, "due": something, "later": nothing}

    do_what_is_due([Work(due, partial(done.append, name)) for name, due in rows.items()], 1)

    assert done == ["due", "later"]


REFUSED, AWAY, FULL = (
    OperationalError("canceling statement due to statement timeout"),
    OperationalError("the connection is lost"),
    OperationalError("No space left on device"),
)
REFUSED.__cause__, FULL.__cause__ = errors.QueryCanceled(), errors.DiskFull()


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), REFUSED])
def test_work_that_breaks_keeps_no_other_from_being_done(caplog, error):
    make_user("alice")
    done: list[str] = []

    def breaks() -> None:
        raise error

    do_what_is_due([Work(User.objects.all, breaks), Work(User.objects.all, partial(done.append, "next"))], 1)

    assert done == ["next"]
    assert str(error) in caplog.text


@pytest.mark.parametrize("error", [AWAY, FULL])
def test_round_ends_where_the_database_goes_away(error):
    make_user("alice")
    done: list[str] = []

    def away() -> None:
        raise error

    with pytest.raises(OperationalError):
        do_what_is_due([Work(User.objects.all, away), Work(User.objects.all, partial(done.append, "next"))], 1)

    assert done == []


def test_run_that_the_database_refuses_to_change_keeps_no_other_from_being_woken(monkeypatch):
    make_local_preset()
    late = timezone.now() - timedelta(seconds=1)
    runs = [make_run(make_user(name), status=Status.RUNNING, wake_at=late) for name in ("alice", "bob")]
    locked: list[int] = []

    def lock(run_id: int):
        locked.append(run_id)
        if run_id == runs[0].pk:
            raise REFUSED
        return locked_run(run_id)

    monkeypatch.setattr(sweep, "locked_run", lock)

    sweep.wake_runs()

    assert sorted(locked) == [run.pk for run in runs]
