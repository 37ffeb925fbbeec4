"""A run is live while anything of it can still change by itself: rows, snapshots, readers and scripts agree."""

import asyncio
from contextlib import aclosing

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from apps.accounts.api_keys import Scope, make_key
from apps.fusion.state import is_live
from apps.fusion.vocabulary import Status
from apps.runs.event_log import writer as event_log
from apps.runs.event_log.run_stream import liveness, watch
from apps.runs.lifecycle.rows_to_events import ended_event, run_ended, run_started
from apps.runs.models import Run
from apps.runs.reading.snapshot import take_snapshot
from apps.web.run.consumer import is_live as is_live_for_the_socket
from tests.factories import make_local_models, make_run, make_user
from tests.web.run_factories import make_call

CASES = [
    (Status.RUNNING, [], True),
    (Status.RUNNING, [Status.DONE], True),
    (Status.DONE, [Status.DONE, Status.QUEUED], True),
    (Status.CANCELLED, [Status.RUNNING], True),
    (Status.DONE, [Status.DONE, Status.FAILED], False),
    (Status.FAILED, [], False),
    (Status.CANCELLED, [Status.CANCELLED], False),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status, calls, live", CASES)
def test_everybody_calls_the_same_runs_live(valkey_url, status, calls, live):
    make_local_models()
    run = make_run(make_user("alice"), status=status)
    for letter, of_call in zip("ABC", calls, strict=False):
        make_call(run, slot=letter, status=of_call)

    said = {
        "core": is_live(status, calls),
        "row": Run.objects.get().is_live(),
        "queryset": Run.objects.live().exists(),
        "snapshot": take_snapshot(run).is_live,
        "stream": async_to_sync(liveness)(run.public_id).is_live,
        "socket": async_to_sync(is_live_for_the_socket)(run.public_id),
    }

    assert said == dict.fromkeys(said, live)


@pytest.mark.django_db(transaction=True)
def test_program_stops_a_run_that_ended_while_a_column_is_asked_again(valkey_url):
    make_local_models()
    alice = make_user("alice")
    run = make_run(alice)
    make_call(run, slot="A", text="Yes.")
    again = make_call(run, slot="A", take=2, status=Status.RUNNING)
    _, secret = make_key(alice, "test", [Scope.RUN])

    response = Client().post(f"/api/v1/runs/{run.public_id}/cancel", headers={"Authorization": f"Bearer {secret}"})

    again.refresh_from_db()
    assert (response.status_code, again.cancel_requested) == (200, True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "batches", [["run", "call"], ["call", "run"], ["run+call"], ["call+run"], ["run", "call", "call"]]
)
def test_reader_is_done_soon_after_the_last_end_however_the_ends_are_batched(valkey_url, settings, batches):
    settings.STREAM_HEARTBEAT_SECONDS = 60
    make_local_models()
    run = make_run(make_user("alice"))
    late = make_call(run, slot="A", status=Status.RUNNING)
    events = {"run": run_ended(run), "call": ended_event(late, with_text=True)}
    event_log.append([run_started(run)], create=True)

    async def read_to_the_end() -> list[str]:
        told, waiting = [], iter(batches)
        async with asyncio.timeout(20), aclosing(watch(run.public_id)) as reader:
            async for batch in reader:
                told += [entry.text for entry in batch]
                if batch and (following := next(waiting, None)):
                    await asyncio.to_thread(event_log.append, [events[one] for one in following.split("+")])
                if len(told) > sum(len(one.split("+")) for one in batches):
                    await run.calls.aupdate(status=Status.DONE)
        return told

    assert len(async_to_sync(read_to_the_end)()) == 1 + len("+".join(batches).split("+"))
