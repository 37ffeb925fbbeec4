"""The socket of a link to a run at work: what its readers hear, and that it closes with the link."""

import asyncio
import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import connections

from apps.fusion.events import CallArguments, CallDelta, CallEnded, CallStarted, CallTool, RunEnded, RunStarted, to_wire
from apps.fusion.lookup_steps import Lookup
from apps.fusion.sharing import Shown
from apps.fusion.values import Failure
from apps.fusion.vocabulary import Channel, FailureCode, Role, Status
from apps.runs import actions, sharing, valkey
from apps.runs.event_log import writer as event_log
from apps.runs.event_log.follower import follower
from apps.runs.models import Run, Share
from apps.runs.reading.shown_events import shown_event
from apps.runs.reading.threads import find_thread
from apps.runs.sharing import Terms
from apps.web.run import share_consumer
from apps.web.run.consumer import ANONYMOUS, UNKNOWN
from fusionweb.asgi import application
from tests.sockets import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey_url")]
SAID = "Rate limit for org_4Kq at 10.1.2.3"
CALL = {
    "run": "r",
    "call": 1,
    "claim": 1,
    "role": Role.PANEL,
    "slot": "A",
    "take": 1,
    "at": 1,
    "model": "local/nightjar",
}


@pytest.fixture
def live_run(local: Any, alice: Any) -> Run:
    from tests.web.run_factories import make_live_run  # noqa: PLC0415 - models can be imported only after Django is set up

    valkey.client.cache_clear()
    return make_live_run(alice)


@pytest.fixture(autouse=True)
async def ended_follower():
    yield
    await follower().aclose()
    await sync_to_async(connections.close_all)()


def open_socket(code: str) -> Socket:
    headers = [(b"origin", b"http://localhost"), (b"host", b"localhost")]
    return Socket(application, f"/ws/shares/{code}/?after=0", headers=headers)


@database_sync_to_async
def share(run: Run, *passages: str, **terms: Any) -> Share:
    return sharing.share_run(run, Shown(passages=passages), Terms(**terms))


@database_sync_to_async
def share_thread(run: Run) -> Share:
    return sharing.share_thread(find_thread(run.owner, run.public_id))


@database_sync_to_async
def append(run: Run, *texts: str) -> None:
    call = run.calls.first().pk
    event_log.append(
        [
            RunStarted(run=run.public_id, at=1),
            *(CallDelta(run=run.public_id, call=call, claim=1, channel=Channel.TEXT, text=text) for text in texts),
        ],
        create=True,
    )


async def frame(socket: Socket) -> list[Any]:
    return [event for _, event in json.loads(await socket.receive_from())["events"]]


async def closed_with(socket: Socket) -> int:
    while True:
        message = await socket.receive_output()
        if message["type"] == "websocket.close":
            return int(message["code"])


@pytest.mark.parametrize("is_of_thread", [False, True])
async def test_reader_of_a_link_hears_the_run_until_it_is_revoked(live_run, is_of_thread):
    link = await (share_thread(live_run) if is_of_thread else share(live_run))
    await append(live_run, "The tower", " is high.")
    socket = open_socket(link.code)
    await socket.connect()

    heard = await frame(socket)
    await database_sync_to_async(actions.revoke_share)(link)

    assert [event.get("text") for event in heard] == [None, "The tower", " is high."]
    assert await closed_with(socket) == UNKNOWN
    await socket.disconnect()


async def test_socket_closes_within_five_seconds_of_the_revocation(live_run, monkeypatch):
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0.01)

    monkeypatch.setattr(share_consumer, "asyncio", SimpleNamespace(sleep=sleep))
    link = await share(live_run)
    socket = open_socket(link.code)
    await socket.connect()
    await database_sync_to_async(actions.revoke_share)(link)
    asleep = max(0, len(slept) - 1)  # the pause that it is in, or the look after it, began before the revocation

    assert await closed_with(socket) == UNKNOWN
    assert 0 < sum(slept[asleep:]) <= 5
    await socket.disconnect()


async def test_no_piece_of_a_blacked_out_passage_is_streamed(live_run):
    link = await share(live_run, "Nightjar")
    await append(live_run, "It is Nigh", "tjar.")
    socket = open_socket(link.code)
    await socket.connect()

    assert [event["type"] for event in await frame(socket)] == ["run.started"]
    await socket.disconnect()


@pytest.mark.parametrize(("for_members", "code"), [(True, ANONYMOUS), (False, UNKNOWN)])
async def test_socket_is_refused_where_the_page_is(live_run, for_members, code):
    link = await share(live_run, for_members=for_members)
    socket = open_socket(link.code if for_members else "x" * 32)
    await socket.connect()

    assert await closed_with(socket) == code
    await socket.disconnect()


FAILED = Failure(code=FailureCode.RATE_LIMITED, sentence=SAID)
TOLD = [
    CallEnded(**CALL, status=Status.FAILED, failure=FAILED, cost=Decimal(1), text="Nightjar", analysis={"note": SAID}),
    CallTool(run="r", call=1, claim=1, phase="ended", lookup=Lookup(step=1, ordinal=1, tool="fetch", sentence=SAID)),
    RunEnded(run="r", at=1, status=Status.FAILED, failure=FAILED),
    CallDelta(run="r", call=1, claim=1, channel=Channel.REASONING, text=SAID),
    CallStarted(**CALL),
    CallArguments(run="r", call=1, claim=1, place=0, id="t", name="f", text=SAID),
]


@pytest.mark.parametrize("event", TOLD, ids=lambda event: event.type)
def test_no_event_tells_what_the_page_hides(event):
    shown = shown_event(event, Shown(costs=False, passages=("nightjar",)))

    wire = json.dumps(to_wire(shown)) if shown else ""
    assert [word for word in ("org_4Kq", "10.1.2.3", "ightjar", '"cost"') if word in wire] == []


def test_event_keeps_what_is_shown():
    ended, _, _, thought, started, arguments = TOLD
    shown = Shown(reasoning=True)

    assert shown_event(ended, shown).cost == 1
    assert shown_event(thought, shown) == thought
    assert shown_event(started, shown) == started
    assert shown_event(arguments, shown) == arguments
