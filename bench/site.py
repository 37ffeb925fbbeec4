"""A person at the site, without a browser: signs in, starts runs by the form, and watches them over the socket."""

import asyncio
import re
from collections import Counter
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from bench.stack import Stack
from bench.upstream import now_us

MARK = re.compile(r"(\d+)@(\d+) ")
END = '"run.ended"'
MANY = httpx.Limits(max_connections=None)


class Watched:
    """What one viewer saw. Frames are only kept while they come and read afterwards, so that no viewer waits for the
    bench itself.
    """

    def __init__(self) -> None:
        self.frames: list[tuple[int, str | bytes]] = []
        self.ended: int | None = None

    def take(self, frame: str | bytes) -> None:
        """Keep a frame with the moment at which it came, µs; the one with the run's end is the last."""
        at = now_us()
        self.frames.append((at, frame))
        if END in (frame if isinstance(frame, str) else frame.decode()):
            self.ended = at

    @cached_property
    def events(self) -> list[tuple[int, dict[str, Any]]]:
        """Every event with the moment at which it came."""
        return [(at, event) for at, frame in self.frames for _, event in orjson.loads(frame).get("events", ())]

    @cached_property
    def chunks(self) -> dict[int, list[tuple[int, int]]]:
        """The chunks of each call that had any, as they came: number and lag (µs)."""
        found: dict[int, list[tuple[int, int]]] = {}
        for at, event in self.events:
            if event["type"] == "call.delta":
                marks = MARK.findall(event["text"])
                found.setdefault(event["call"], []).extend((int(number), at - int(sent)) for number, sent in marks)
        return {call: chunks for call, chunks in found.items() if chunks}

    @property
    def lags(self) -> list[int]:
        return [lag for chunks in self.chunks.values() for _, lag in chunks]

    @property
    def first_lags(self) -> list[int]:
        return [chunks[0][1] for chunks in self.chunks.values()]

    @property
    def status(self) -> str:
        """How the run ended."""
        return next((event["status"] for _, event in self.events if event["type"] == "run.ended"), "")

    def lost(self, calls: int, chunks: int) -> int:
        """How many of ``chunks`` of each of ``calls`` did not come exactly once and in order."""
        came = [[number for number, _ in one] for one in self.chunks.values()]
        return sum(amiss(numbers, chunks) for numbers in came) + max(0, calls - len(came)) * chunks


def amiss(numbers: list[int], chunks: int) -> int:
    """How many of ``range(chunks)`` are missing or there too often; at least one if they are in another order."""
    if numbers == list(range(chunks)):
        return 0
    came, sent = Counter(numbers), Counter(range(chunks))
    return ((came - sent) + (sent - came)).total() or 1


class Visitor:
    """A signed-in person."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = httpx.AsyncClient(
            base_url=stack.site, timeout=60, follow_redirects=False, cookies=stack.cookies, limits=MANY
        )

    async def sign_in(self) -> "Visitor":
        """Sign in, or go on with the session of the visitor before."""
        if not self.stack.cookies:
            link = await asyncio.to_thread(self.stack.login_link)
            await self.client.get(urlsplit(link).path)
        page = await self.client.get("/")
        self.token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]  # type: ignore[index]
        self.stack.cookies.update(self.client.cookies)
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
        """The socket of a run's page."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        address = f"{self.stack.site.replace('http', 'ws', 1)}/ws/runs/{run}/?after=0"
        headers = {"Cookie": cookies, "Origin": self.stack.site}
        return connect(address, additional_headers=headers, max_size=None, compression=None, open_timeout=30)

    async def watch(self, run: str, seconds: float = 120) -> Watched:
        """Watch a run until it ends; a socket that breaks is opened anew, from the run's start. Raises TimeoutError."""
        watched = Watched()
        async with asyncio.timeout(seconds):
            while watched.ended is None:
                watched.frames.clear()
                async with self.socket(run) as socket:
                    await _read(socket, watched)
        return watched

    async def sit(self, run: str, frames: list[int], seat: int) -> None:
        """Take frames until the run's end is among them, only counting them at a seat of ``frames``."""
        async with self.socket(run) as socket:
            async for frame in socket:
                frames[seat] += 1
                if END in (frame if isinstance(frame, str) else frame.decode()):
                    return

    async def ledger(self, clear: bool = False) -> list[dict[str, int]]:
        """The upstream's own account."""
        async with httpx.AsyncClient() as client:
            found = await client.request("DELETE" if clear else "GET", f"{self.stack.upstream}/ledger")
            return found.json()  # type: ignore[no-any-return]


async def _read(socket: ClientConnection, watched: Watched) -> None:
    async for frame in socket:
        watched.take(frame)
        if watched.ended:
            return
