"""A person at the site, without a browser: signs in, starts runs by the form, and watches them over the socket."""

import asyncio
import re
from collections import Counter
from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.stack import NO_TLS, Stack
from bench.upstream import now_us

MARK = re.compile(r"(\d+)@(\d+) ")
END = '"run.ended"'
RUNNING = ("queued", "running")
BACK_AFTER_S = 0.5
MANY = httpx.Limits(max_connections=None)


class Watched:
    """The record of one viewer.

    Frames are kept as they come and parsed afterwards, so that no viewer waits for the bench.
    """

    def __init__(self) -> None:
        self.frames: list[tuple[int, str | bytes]] = []
        self.ended: int | None = None
        self.broken = 0
        """Sockets that ended before the run did."""
        self._document: dict[str, Any] | None = None

    def take(self, frame: str | bytes) -> None:
        """Keep a frame with the moment at which it came, µs; the one with the run's end is the last."""
        at = now_us()
        self.frames.append((at, frame))
        if is_last(frame):
            self.ended = at

    def break_off(self, document: dict[str, Any]) -> None:
        """Handle a socket that ended too early. A run that is over is read from its export, which has no lags."""
        self.broken += 1
        self.frames.clear()
        if document["status"] not in RUNNING:
            self.ended, self._document = now_us(), document

    @cached_property
    def events(self) -> list[tuple[int, dict[str, Any]]]:
        """Return every event with the moment at which it came."""
        return [(at, event) for at, frame in self.frames for _, event in orjson.loads(frame).get("events", ())]

    @cached_property
    def chunks(self) -> dict[int, list[tuple[int, int, int]]]:
        """Return the chunks of each call as they came: number, time sent and time received (µs)."""
        found: dict[int, list[tuple[int, int, int]]] = {}
        for at, event in self.events:
            if event["type"] == "call.delta":
                marks = MARK.findall(event["text"])
                found.setdefault(event["call"], []).extend((int(number), int(sent), at) for number, sent in marks)
        return {call: chunks for call, chunks in found.items() if chunks}

    @property
    def lags(self) -> list[int]:
        """Return the time from the sending of each chunk to its arrival, µs."""
        return self.lags_since(0)

    def lags_since(self, moment: int) -> list[int]:
        """Return the lags of chunks sent after ``moment``: a viewer who joins a run gets older ones late."""
        return [came - sent for chunks in self.chunks.values() for _, sent, came in chunks if sent > moment]

    @property
    def first_lags(self) -> list[int]:
        """Return the lag of the first chunk of each call."""
        return [came - sent for ((_, sent, came), *_) in self.chunks.values()]

    @property
    def status(self) -> str:
        """Return the status in which the run ended."""
        if self._document:
            return str(self._document["status"])
        return next((event["status"] for _, event in self.events if event["type"] == "run.ended"), "")

    def lost(self, calls: int, chunks: int) -> int:
        """Return the number of ``chunks`` of each of ``calls`` that did not come exactly once and in order."""
        came = self._exported() or [[number for number, *_ in one] for one in self.chunks.values()]
        return sum(amiss(numbers, chunks) for numbers in came) + max(0, calls - len(came)) * chunks

    def _exported(self) -> list[list[int]]:
        columns = self._document["columns"] if self._document else []
        return [[int(number) for number, _ in MARK.findall(column["takes"][-1]["text"])] for column in columns]


class Counted(Watched):
    """A viewer whose frames are only counted, so that many cost the bench little."""

    count = 0

    def take(self, frame: str | bytes) -> None:
        self.count += 1
        if is_last(frame):
            self.ended = now_us()


def is_last(frame: str | bytes) -> bool:
    """Return whether the run's end is in a frame."""
    return END in (frame if isinstance(frame, str) else frame.decode())


def amiss(numbers: list[int], chunks: int) -> int:
    """Return the number of ``range(chunks)`` that is missing or repeated; at least one if the order is wrong."""
    if numbers == list(range(chunks)):
        return 0
    came, sent = Counter(numbers), Counter(range(chunks))
    return ((came - sent) + (sent - came)).total() or 1


class Visitor:
    """A signed-in person."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = httpx.AsyncClient(
            base_url=stack.site,
            timeout=60,
            follow_redirects=False,
            cookies=stack.cookies,
            limits=MANY,
            verify=stack.tls,
        )

    async def sign_in(self) -> "Visitor":
        """Sign in, or go on with the session of the visitor before."""
        if not self.stack.cookies:
            path = urlsplit(self.stack.link).path
            form = {"csrfmiddlewaretoken": await self._read_token(path)}
            await self.client.post(path, data=form, headers={"Referer": self.stack.site + "/"})
        self.token = await self._read_token("/")
        self.stack.cookies.update(self.client.cookies)
        return self

    async def _read_token(self, path: str) -> str:
        """The token of a page's form."""
        page = await self.client.get(path)
        return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]  # type: ignore[index]

    async def warm_up(self) -> "Visitor":
        """Let a run go through all parts, unless one has: the first use of everything is not measured."""
        if not self.stack.is_warm:
            await self.watch(await self.start_run(["c50-r50"] * 4))
            self.stack.is_warm = True
        return self

    async def start_run(self, panel: list[str], judge: str = "judge", writer: str = "w50-r50") -> str:
        """Press Run; gives the public id of the run."""
        form = {
            "csrfmiddlewaretoken": self.token,
            "prompt": "Count.",
            "model": [f"custom/{name}" for name in panel],
            "judge": judge if "/" in judge else f"custom/{judge}",
            "writer": f"custom/{writer}",
        }
        answer = await self.client.post("/", data=form, headers={"Referer": self.stack.site + "/"})
        if answer.status_code != 302:
            raise RuntimeError(f"The run was not started: {answer.status_code} {answer.text[:500]}")
        return answer.headers["location"].split("/")[2]

    def socket(self, run: str) -> connect:
        """Return the socket of a run's page."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        address = f"{self.stack.site.replace('http', 'ws', 1)}/ws/runs/{run}/?after=0"
        headers = {"Cookie": cookies, "Origin": self.stack.site}
        tls = {"ssl": self.stack.tls} if address.startswith("wss") else {}
        return connect(address, additional_headers=headers, max_size=None, compression=None, open_timeout=30, **tls)

    async def watch(self, run: str, seconds: float = 120, watched: Watched | None = None) -> Watched:
        """Watch a run until it ends; like a page, reconnect when the socket breaks. Raise ``TimeoutError``."""
        watched = watched or Watched()
        async with asyncio.timeout(seconds):
            while watched.ended is None:
                with suppress(WebSocketException, OSError):
                    async with self.socket(run) as socket:
                        await _read(socket, watched)
                if watched.ended is None:
                    await asyncio.sleep(BACK_AFTER_S)
                    document = await self.client.get(f"/runs/{run}/export.json")
                    watched.break_off(document.raise_for_status().json())
        return watched

    async def ledger(self, clear: bool = False) -> list[dict[str, int]]:
        """Return the upstream's own account."""
        async with httpx.AsyncClient(verify=NO_TLS) as client:
            found = await client.request("DELETE" if clear else "GET", f"{self.stack.upstream}/ledger")
            return found.json()  # type: ignore[no-any-return]


async def _read(socket: ClientConnection, watched: Watched) -> None:
    async for frame in socket:
        watched.take(frame)
        if watched.ended:
            return
