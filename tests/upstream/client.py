"""The small synchronous client that tests hold: starts, scripts and reads the upstream. See the package's docstring."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any, TypedDict

import httpx

from tests.upstream.server import Server

WAIT_S = 120.0


class Entry(TypedDict):
    """One request in the ledger. Times are seconds since the epoch, ``ended`` that before the last bytes were sent;
    ``closed_early`` says that the client hung up.
    """

    id: int
    model: str
    behaviour: str
    path: str
    dialect: str
    provider: str
    headers: dict[str, str]
    body: dict[str, Any]
    started: float
    ended: float | None
    closed_early: bool
    status: int | None
    events: int
    text: str
    usage: dict[str, Any] | None
    cost: float | None
    billed: dict[str, Any] | None


class Upstream:
    """A handle on an upstream in a thread of this process, or, given ``url``, on one that runs elsewhere."""

    def __init__(self, url: str = "") -> None:
        self.root = url.rstrip("/").removesuffix("/v1")
        self._client = httpx.Client(trust_env=False, timeout=WAIT_S, verify=False)
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL of the API, ending in ``/v1``."""
        return f"{self.root}/v1"

    def url_of(self, provider: str) -> str:
        """The base URL of one of several providers that live here, each with its own way to be down."""
        return f"{self.root}/{provider}/v1"

    def start(self, port: int = 0, tls: bool = False) -> "Upstream":
        """Serve from a thread of this process on 127.0.0.1; with ``tls`` behind a certificate that nobody trusts."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="upstream", daemon=True)
        self._thread.start()
        self._server = Server()
        starting = asyncio.run_coroutine_threadsafe(self._server.start(port, tls), self._loop)
        self.root = f"{'https' if tls else 'http'}://127.0.0.1:{starting.result(WAIT_S)}"
        return self

    def stop(self) -> None:
        """Close everything that `start` opened."""
        self._client.close()
        if self._server and self._loop and self._thread:
            asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(WAIT_S)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(WAIT_S)
            self._loop.close()

    def script(self, model: str, behaviour: str = "ok", **options: Any) -> None:
        """Set what requests for ``model`` meet from now on."""
        self._post("script", {model: {"behaviour": behaviour, **options}})

    def release(self, model: str, *, earlier: bool = False) -> None:
        """Let every waiting stream of ``model`` go on, and those that would have waited later.

        With ``earlier`` only those go on that came before its newest script.
        """
        self._post("release", {"model": model, "earlier": earlier})

    def serve(self, path: str, body: Any, status: int = 200, media: str = "application/json") -> None:
        """Set the answer to ``path`` (as in '/v1/models' or '/api/tags'); ``body`` is text, or becomes JSON."""
        text = body if isinstance(body, str) else json.dumps(body)
        self._post("page", {"path": path, "status": status, "type": media, "body": text})

    def down(self, provider: str = "") -> None:
        """Cut every connection to a provider (of `url_of`; '' is that of `url`) until it is `up` again."""
        self._post("down", {"provider": provider})

    def up(self, provider: str = "") -> None:
        self._post("up", {"provider": provider})

    def reset(self) -> None:
        """Forget scripts, pages, releases and the ledger."""
        self._post("reset", {})

    def ledger(self, model: str = "") -> list[Entry]:
        """All requests so far, oldest first; with ``model`` only those for it."""
        entries: list[Entry] = json.loads(self._told(model))
        return entries

    def wait_for(
        self, model: str, requests: int = 1, events: int = 0, ended: bool = False, within_s: float = WAIT_S
    ) -> list[Entry]:
        """The ledger for ``model`` once ``requests`` entries have ``events`` events or more (and have ``ended``)."""
        deadline = time.monotonic() + within_s
        while not self._has(model, requests, events, ended):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {within_s} s for {model}: {self.ledger(model)}")
            time.sleep(0.01)
        return self.ledger(model)

    def _has(self, model: str, requests: int, events: int, ended: bool) -> bool:
        """Whether the ledger has so many such entries; asked again and again, so nothing is copied for it."""
        entries = self._here(self._server.entries, model) if self._server else self.ledger(model)
        return sum(e["events"] >= events and (e["ended"] is not None or not ended) for e in entries) >= requests

    def _told(self, model: str) -> str:
        if self._server:
            return self._here(lambda: json.dumps(self._server.entries(model)))
        return self._client.get(f"{self.root}/control/ledger", params={"model": model}).text

    def _post(self, action: str, body: dict[str, Any]) -> None:
        if self._server:
            self._here(self._server.control, action, json.loads(json.dumps(body)))
        else:
            self._client.post(f"{self.root}/control/{action}", json=body).raise_for_status()

    def _here(self, function: Callable[..., Any], *given: Any) -> Any:
        """Call a function of our own server between two steps of its loop, for a twentieth of a request."""

        async def call() -> Any:
            return function(*given)

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(WAIT_S)
