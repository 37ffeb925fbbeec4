"""A person at the site, without a browser: signs in, starts runs by the form, and watches them over the socket."""

import asyncio
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from bench.stack import Stack
from bench.upstream import now_us

MARK = re.compile(r"(\d+)@(\d+) ")


@dataclass
class Watched:
    """What one viewer saw: the lag of every chunk (µs), their numbers by call, and when the run ended for it."""

    lags: list[int] = field(default_factory=list)
    first_lags: list[int] = field(default_factory=list)
    numbers: dict[int, list[int]] = field(default_factory=dict)
    ended: int | None = None
    status: str = ""

    def take(self, frame: str | bytes) -> None:
        """Note what a frame brought."""
        at = now_us()
        for _, event in orjson.loads(frame).get("events", ()):
            if event["type"] == "call.delta":
                self._take_text(event["call"], event["text"], at)
            elif event["type"] == "run.ended":
                self.ended, self.status = at, event["status"]

    def _take_text(self, call: int, text: str, at: int) -> None:
        numbers = self.numbers.setdefault(call, [])
        for number, sent in MARK.findall(text):
            if not numbers:
                self.first_lags.append(at - int(sent))
            numbers.append(int(number))
            self.lags.append(at - int(sent))

    def lost(self, chunks: int) -> int:
        """How many chunks did not come exactly once and in order."""
        panels = [numbers for numbers in self.numbers.values() if numbers]
        return sum(0 if numbers == list(range(chunks)) else abs(chunks - len(numbers)) or 1 for numbers in panels)


class Visitor:
    """A signed-in person."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = httpx.AsyncClient(base_url=stack.site, timeout=60, follow_redirects=False)

    async def sign_in(self) -> "Visitor":
        link = await asyncio.to_thread(self.stack.login_link)
        await self.client.get(urlsplit(link).path)
        page = await self.client.get("/")
        self.token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]  # type: ignore[index]
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
        """Watch a run until it ends."""
        watched = Watched()
        async with asyncio.timeout(seconds):
            while watched.ended is None:
                watched.numbers.clear()
                async with self.socket(run) as socket:
                    await _read(socket, watched)
        return watched

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
