"""The socket of a run: who may open it, what it forwards, how it ends. The real ASGI application, over real streams."""

import asyncio
import json
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from apps.accounts.models import User
from apps.fusion.events import CallDelta, RunStarted, to_wire
from apps.fusion.vocabulary import Channel, Status
from apps.runs import valkey
from apps.runs.event_log import writer as event_log
from apps.runs.event_log.follower import follower
from apps.runs.models import Call, Run
from apps.web.run import consumer
from fusionweb.asgi import application
from tests.sockets import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey_url")]
ORIGIN = "http://localhost"


@pytest.fixture
def live_run(local: Any, alice: Any) -> Run:
    from tests.web.run_factories import make_live_run  # noqa: PLC0415 - models can be imported only after Django is set up

    valkey.client.cache_clear()
    return make_live_run(alice)


@pytest.fixture(autouse=True)
async def ended_follower():
    yield
    await follower().aclose()


def open_socket(
    run: str,
    client: Client | None = None,
    after: str = "0",
    origin: str = ORIGIN,
    host: str = "localhost",
    path: str = "",
) -> Socket:
    headers = [(b"origin", origin.encode()), (b"host", host.encode())]
    if client:
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()))
    return Socket(application, path or f"/ws/runs/{run}/?after={after}", headers=headers)


async def frame(socket: Socket) -> list[Any]:
    return json.loads(await socket.receive_from())["events"]


def delta(run: Run, text: str) -> CallDelta:
    return CallDelta(run=run.public_id, call=run.calls.first().pk, claim=1, channel=Channel.TEXT, text=text)


@database_sync_to_async
def append(run: Run, *texts: str, create: bool = False) -> None:
    first = [RunStarted(run=run.public_id, at=run.created_at.timestamp())] if create else []
    event_log.append([*first, *(delta(run, text) for text in texts)], create=create)


@pytest.mark.parametrize("who, run, code", [("nobody", "", 4401), ("charlie", "", 4404), ("alice", "nosuchrun", 4404)])
async def test_socket_is_for_the_owner(
    live_run: Run, as_alice: Client, as_charlie: Client, who: str, run: str, code: int
):
    client = {"nobody": None, "alice": as_alice, "charlie": as_charlie}[who]
    socket = open_socket(run or live_run.public_id, client)

    await socket.connect()

    assert await socket.receive_output() == {"type": "websocket.close", "code": code}
    await socket.disconnect()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://localhost:9999",
        "https://localhost:8000",
        "ftp://localhost",
        "http://localhost:port",
        "null",
        "",
    ],
)
async def test_socket_of_a_foreign_page_is_refused(live_run: Run, as_alice: Client, origin: str):
    connected, _ = await open_socket(live_run.public_id, as_alice, origin=origin).connect()

    assert connected is False


@pytest.mark.parametrize(
    "origin, host",
    [
        ("http://localhost:8000", "localhost:8000"),
        ("https://localhost", "localhost"),
        ("https://localhost:443", "localhost"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://fusion.example:8443", "web:8000"),
        ("https://a.trusted.example", "web:8000"),
    ],
)
async def test_socket_of_our_own_page_is_opened(live_run: Run, as_alice: Client, settings, origin: str, host: str):
    settings.CSRF_TRUSTED_ORIGINS = ["https://fusion.example:8443", "https://*.trusted.example"]
    socket = open_socket(live_run.public_id, as_alice, origin=origin, host=host)

    assert await socket.connect() == (True, None)
    await socket.disconnect()


async def test_socket_that_is_left_at_once_leaves_nothing_behind(live_run: Run, as_alice: Client):
    before = asyncio.all_tasks()
    for _ in range(5):
        socket = open_socket(live_run.public_id, as_alice)
        await socket.connect()
        await socket.disconnect()
    await follower().aclose()

    assert asyncio.all_tasks() == before


async def test_socket_on_a_host_that_is_not_the_sites_is_refused(live_run: Run, as_alice: Client):
    socket = open_socket(live_run.public_id, as_alice, origin="http://evil.example", host="evil.example")

    assert (await socket.connect())[0] is False


@pytest.mark.parametrize("path", ["/ws/x/", "/", "/ws/runs/a/b/", "/ws/runs/%20/"])
async def test_socket_of_an_unknown_address_is_closed(as_alice: Client, path: str):
    socket = open_socket("", as_alice, path=path)

    assert await socket.connect() == (True, None)
    assert await socket.receive_output() == {"type": "websocket.close", "code": 4404}
    await socket.disconnect()


async def test_socket_replays_then_goes_on_live(live_run: Run, as_alice: Client):
    await append(live_run, "one ", "two ", create=True)
    socket = open_socket(live_run.public_id, as_alice)
    await socket.connect()

    replayed = await frame(socket)
    await append(live_run, "three")
    live = await frame(socket)

    assert [event.get("text") for _, event in replayed] == [None, "one ", "two "]
    assert [event for _, event in live] == [to_wire(await database_sync_to_async(delta)(live_run, "three"))]
    await socket.disconnect()


async def test_socket_goes_on_behind_the_id_it_is_asked_for(live_run: Run, as_alice: Client):
    await append(live_run, "one ", "two ", create=True)
    first = open_socket(live_run.public_id, as_alice)
    await first.connect()
    seen = (await frame(first))[1][0]
    await first.disconnect()

    second = open_socket(live_run.public_id, as_alice, after=seen)
    await second.connect()

    assert [event["text"] for _, event in await frame(second)] == ["two "]
    await second.disconnect()


@pytest.mark.parametrize("after", ["", "nonsense", "1-2-3", "-1", "' OR 1=1", "9" * 400])
async def test_socket_with_an_invalid_id_starts_at_the_beginning(live_run: Run, as_alice: Client, after: str):
    await append(live_run, "one", create=True)
    socket = open_socket(live_run.public_id, as_alice, after=after.replace(" ", "%20"))
    await socket.connect()

    assert [event.get("text") for _, event in await frame(socket)] == [None, "one"]
    await socket.disconnect()


async def ends_with_resync(socket: Socket, run: Run) -> bool:
    events = await frame(socket)
    closed = await socket.receive_output()
    await socket.disconnect()
    return events == [["", {"run": run.public_id, "type": "resync"}]] and closed == {"type": "websocket.close"}


async def test_socket_of_a_finished_run_sends_a_resync(live_run: Run, as_alice: Client):
    await live_run.calls.aupdate(status=Status.DONE)
    await Run.objects.aupdate(status=Status.DONE)
    socket = open_socket(live_run.public_id, as_alice)
    await socket.connect()

    assert await ends_with_resync(socket, live_run)


async def test_socket_with_an_id_of_a_lost_log_sends_a_resync(live_run: Run, as_alice: Client):
    socket = open_socket(live_run.public_id, as_alice, after="1500000000000-0")
    await socket.connect()

    assert await ends_with_resync(socket, live_run)


async def test_heartbeat_pings_and_finds_a_run_that_ended_unheard(live_run: Run, as_alice: Client, monkeypatch):
    monkeypatch.setattr(consumer, "HEARTBEAT_S", 0.1)
    socket = open_socket(live_run.public_id, as_alice)
    await socket.connect()

    ping = await socket.receive_from()
    await Call.objects.aupdate(status=Status.CANCELLED)
    await Run.objects.aupdate(status=Status.CANCELLED)
    output = "{}"
    while "ping" in output or output == "{}":
        output = await socket.receive_from()

    assert json.loads(ping) == {"ping": True}
    assert json.loads(output)["events"][0][1]["type"] == "resync"
    await socket.disconnect()


async def test_socket_of_a_slow_reader_is_closed_for_a_reconnect(live_run: Run, as_alice: Client, monkeypatch):
    goes_on = asyncio.Event()

    async def held_send(self: consumer.RunConsumer, text: str) -> None:
        await goes_on.wait()
        await super(consumer.RunConsumer, self).send(text)

    monkeypatch.setattr("apps.runs.event_log.follower.QUEUE_LIMIT", 3)
    monkeypatch.setattr("apps.web.run.consumer.RunConsumer.send", held_send)
    await append(live_run, "0", create=True)
    socket = open_socket(live_run.public_id, as_alice)
    await socket.connect()
    for number in range(20):
        await append(live_run, str(number))
    goes_on.set()

    output = await socket.receive_output()
    while output["type"] != "websocket.close":
        output = await socket.receive_output()

    assert output["code"] == 4408
    await socket.disconnect()


@database_sync_to_async
def end_session(how: str, client: Client) -> None:
    match how:
        case "logout":
            client.post("/logout/")
        case "expired":
            Session.objects.update(expire_date="2020-01-01T00:00Z")
        case "password":
            user = User.objects.get(username="alice")
            user.set_unusable_password()
            user.save()
        case "closed":
            User.objects.filter(username="alice").update(is_active=False)
        case "closed by a form":
            user = User.objects.get(username="alice")
            user.is_active = False
            user.save()


@pytest.mark.parametrize("how", ["logout", "expired", "password", "closed"])
async def test_socket_ends_with_its_session(live_run: Run, as_alice: Client, monkeypatch, how: str):
    monkeypatch.setattr(consumer, "HEARTBEAT_S", 0.1)
    socket = open_socket(live_run.public_id, as_alice)
    await socket.connect()
    assert json.loads(await socket.receive_from()) == {"ping": True}

    await end_session(how, as_alice)

    output = await socket.receive_output()
    while output["type"] == "websocket.send":
        output = await socket.receive_output()
    assert output == {"type": "websocket.close", "code": 4401}
    await socket.disconnect()


@pytest.mark.parametrize("how", ["logout", "password", "closed by a form"])
async def test_socket_ends_at_once_with_its_session(live_run: Run, as_alice: Client, monkeypatch, how: str):
    monkeypatch.setattr(consumer, "HEARTBEAT_S", 3600)
    sockets = [open_socket(live_run.public_id, as_alice) for _ in range(2)]
    for socket in sockets:
        await socket.connect()

    await end_session(how, as_alice)

    for socket in sockets:
        output = await socket.receive_output()
        while output["type"] == "websocket.send":
            output = await socket.receive_output()
        assert output == {"type": "websocket.close", "code": 4401}
        await socket.disconnect()


async def test_socket_of_another_session_goes_on(live_run: Run, as_alice: Client, monkeypatch):
    monkeypatch.setattr(consumer, "HEARTBEAT_S", 3600)
    elsewhere = Client()
    await database_sync_to_async(elsewhere.force_login)(await User.objects.aget(username="alice"))
    await append(live_run, create=True)
    socket = open_socket(live_run.public_id, elsewhere)
    await socket.connect()
    assert [event["type"] for _, event in await frame(socket)] == ["run.started"]

    await end_session("logout", as_alice)
    await append(live_run, "one")

    assert [event["text"] for _, event in await frame(socket)] == ["one"]
    await socket.disconnect()


async def test_large_batch_comes_in_frames_of_bounded_size(live_run: Run, as_alice: Client):
    texts = [f"{number:03}" + "\x01€😀" * 6_000 for number in range(40)]
    await append(live_run, *texts, create=True)
    socket = open_socket(live_run.public_id, as_alice)
    await socket.connect()

    read: list[str] = []
    sizes: list[int] = []
    while len(read) < len(texts):
        text = await socket.receive_from()
        sizes.append(len(text.encode()))
        read += [event["text"] for _, event in json.loads(text)["events"] if "text" in event]

    assert read == texts
    assert len(sizes) > 5
    assert max(sizes) < 300_000
    await socket.disconnect()


async def test_event_that_no_frame_holds_brings_a_resync_and_the_socket_goes_on(live_run: Run, as_alice: Client):
    await append(live_run, "one", "x" * 1_100_000, "three", create=True)
    socket = open_socket(live_run.public_id, as_alice)
    await socket.connect()

    events = await frame(socket)

    assert [event.get("text", event["type"]) for _, event in events] == ["run.started", "one", "resync", "three"]
    assert all(entry_id for entry_id, _ in events)
    await socket.disconnect()


async def test_socket_that_breaks_is_closed_with_a_code_that_the_server_can_send(
    live_run: Run, as_alice: Client, monkeypatch
):
    monkeypatch.setattr(consumer, "frames", lambda run, batch: [1 / 0])
    await append(live_run, "one", create=True)
    socket = open_socket(live_run.public_id, as_alice)
    await socket.connect()

    assert await socket.receive_output() == {"type": "websocket.close", "code": 4500}
    await socket.disconnect()
