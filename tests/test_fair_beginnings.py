"""The door of the site: a payer's requests begin a few at a time, and another's are not behind them."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from fusionweb.fair_beginnings import AT_ONCE, BEGUN, FairBeginnings, payer_of

MANY = 5 * AT_ONCE
KEY = (b"authorization", b"Bearer fw-many")
OTHER = (b"authorization", b"Bearer fw-other")


def post(*headers: tuple[bytes, bytes], method: str = "POST", path: str = "/v1/chat/completions") -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "headers": list(headers)}


class Site:
    """An application that notes who is inside, and goes on when it is told to."""

    def __init__(self) -> None:
        self.entered: Counter[bytes] = Counter()
        self.left: Counter[bytes] = Counter()
        self.may_end = asyncio.Event()
        self.answers_first = False
        self.begins = False
        self.bodies: list[bytes] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        who = dict(scope["headers"]).get(b"authorization", b"")
        self.entered[who] += 1
        self.bodies.append((await receive())["body"])
        if self.begins:
            await asyncio.to_thread(scope[BEGUN])
            await asyncio.to_thread(scope[BEGUN])
        if self.answers_first:
            await send({"type": "http.response.start"})
        await self.may_end.wait()
        self.left[who] += 1


class Client:
    """A client that has sent its request and may hang up."""

    def __init__(self, door: FairBeginnings, scope: dict[str, Any]) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.messages.put_nowait({"type": "http.request", "body": b"hello"})
        self.task = asyncio.create_task(door(scope, self.messages.get, self._sent))

    async def _sent(self, message: dict[str, Any]) -> None:
        pass

    def hang_up(self) -> None:
        self.messages.put_nowait({"type": "http.disconnect"})


async def settled() -> None:
    """Let everything happen that can."""
    for _ in range(200):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)


@pytest.fixture
async def site() -> Site:
    return Site()


@pytest.fixture
async def door(site: Site) -> FairBeginnings:
    return FairBeginnings(site)


async def test_requests_of_one_payer_begin_a_few_at_a_time(site: Site, door: FairBeginnings) -> None:
    many = [Client(door, post(KEY)) for _ in range(MANY)]
    await settled()
    assert site.entered == {KEY[1]: AT_ONCE}

    other = Client(door, post(OTHER))
    await settled()
    assert site.entered == {KEY[1]: AT_ONCE, OTHER[1]: 1}

    site.may_end.set()
    await asyncio.gather(*(client.task for client in (*many, other)))
    assert site.left == {KEY[1]: MANY, OTHER[1]: 1}
    assert site.bodies == [b"hello"] * (MANY + 1)
    assert door.turns == {}


@pytest.mark.parametrize("way", ["begins", "answers_first"])
async def test_turn_ends_when_the_run_is_made_or_the_answer_begins(site: Site, door: FairBeginnings, way: str) -> None:
    setattr(site, way, True)

    many = [Client(door, post(KEY)) for _ in range(MANY)]
    for _ in range(3000):
        if site.entered[KEY[1]] == MANY:
            break
        await asyncio.sleep(0.01)

    assert (site.entered[KEY[1]], site.left) == (MANY, {})
    site.may_end.set()
    await asyncio.gather(*(client.task for client in many))
    assert door.turns == {}


async def test_client_that_hangs_up_while_it_waits_never_begins(site: Site, door: FairBeginnings) -> None:
    inside = [Client(door, post(KEY)) for _ in range(AT_ONCE)]
    gone, stays = Client(door, post(KEY)), Client(door, post(KEY))
    await settled()

    gone.hang_up()
    await asyncio.wait_for(gone.task, 30)
    site.may_end.set()
    await asyncio.gather(stays.task, *(client.task for client in inside))

    assert site.entered[KEY[1]] == AT_ONCE + 1


async def test_request_that_is_given_up_or_breaks_takes_no_turn_with_it(site: Site, door: FairBeginnings) -> None:
    waiting = [Client(door, post(KEY)) for _ in range(2 * AT_ONCE)]
    await settled()

    for client in waiting:
        client.task.cancel()
    await asyncio.gather(*(client.task for client in waiting), return_exceptions=True)
    after = [Client(door, post(KEY)) for _ in range(AT_ONCE)]
    await settled()

    assert site.entered[KEY[1]] == 2 * AT_ONCE
    site.may_end.set()
    await asyncio.gather(*(client.task for client in after))
    assert door.turns == {}


@pytest.mark.parametrize(
    "scope, payer",
    [
        (post(KEY), KEY[1]),
        (post(KEY, path="/api/v1/runs"), KEY[1]),
        (post(KEY, path="/api/v1/runs/x/cancel"), None),
        (post((b"cookie", b"theme=dark; sessionid=abc; x=1"), path="/"), b"sessionid=abc"),
        (post((b"cookie", b"theme=dark")), None),
        (post(), None),
        (post(KEY, method="GET"), None),
        ({"type": "lifespan"}, None),
    ],
)
def test_payer_is_named_by_a_key_or_a_session(scope: dict[str, Any], payer: bytes | None) -> None:
    assert payer_of(scope) == payer
