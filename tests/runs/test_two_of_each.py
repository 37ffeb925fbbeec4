"""Two workers and two web processes share the runs; one of each is killed in mid-stream, and nobody loses a word."""

import threading
from collections.abc import Iterator

import orjson
import psutil
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from apps.fusion.events import Resync, from_wire
from apps.fusion.state import RunState, apply
from apps.fusion.vocabulary import Role, Status
from apps.runs.models import Call, Run
from tests.runs.log_reader import stored, told
from tests.services import wait_until
from tests.site import Site
from tests.upstream import Upstream

PATIENT = {"compression": None, "open_timeout": 60, "ping_interval": None}
"""A page waits for its socket for as long as a busy machine takes, or it would go to the other site."""
RUNS, SLOTS, GATE = 12, "ab", 5
SHOWN = "one two three four five"
PROMPT = f"{SHOWN} six seven eight nine ten, says number"


class Viewer(threading.Thread):
    """A page on one of two sites: it folds what comes, and goes to the other site with its last id when one dies."""

    def __init__(self, run: Run, sites: list[Site], cookie: str) -> None:
        super().__init__(daemon=True)
        self.sites, self.cookie, self.watched = sites, cookie, run
        self.state, self.last_id = RunState(id=run.public_id), "0"
        self.ids: list[str] = []
        self.at: Site | None = None

    def run(self) -> None:
        while not self.is_over():
            try:
                self._watch(self.sites[0])
            except (OSError, WebSocketException):
                self.at = None
                self.sites = self.sites[1:] + self.sites[:1]

    def _watch(self, site: Site) -> None:
        address = f"{site.url.replace('http', 'ws', 1)}/ws/runs/{self.state.id}/?after={self.last_id}"
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={self.cookie}", "Origin": site.url}
        with connect(address, additional_headers=headers, **PATIENT) as socket:
            self.at = site
            while not self.is_over():
                for entry_id, event in orjson.loads(socket.recv()).get("events", ()):
                    self._take(entry_id, from_wire(event))

    def _take(self, entry_id: str, event) -> None:
        if isinstance(event, Resync):  # Valkey did not answer in time: a page draws itself anew
            self.state = stored(self.watched)
            connections.close_all()
        else:
            self.state = apply(self.state, event)
        self.last_id = entry_id or self.last_id
        self.ids += filter(None, [entry_id])

    def is_over(self) -> bool:
        return self.state.status.is_final and all(call.is_final for call in self.state.calls)

    def shows(self) -> list[str]:
        return [call.text for call in self.state.calls]


@pytest.fixture
def two_sites() -> Iterator[list[Site]]:
    sites = [Site(), Site()]
    for site in sites:
        site.start()
    yield sites
    for site in sites:
        site.stop()


def streams_of(worker, upstream: Upstream) -> int:
    """Return the number of connections to the vendor that a worker holds."""
    port = int(upstream.root.rpartition(":")[2])
    parts = [psutil.Process(worker.process.pid), *psutil.Process(worker.process.pid).children(recursive=True)]
    connected = [one for part in parts for one in part.net_connections() if one.raddr and one.raddr.port == port]
    return sum(one.status == psutil.CONN_ESTABLISHED for one in connected)


def watch(bench, runs: list[Run], sites: list[Site]) -> list[Viewer]:
    """Return a viewer for each run, alternately on either site."""
    client = Client()
    client.force_login(bench.owner)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    viewers = [Viewer(run, sites[n % 2 :] + sites[: n % 2], cookie) for n, run in enumerate(runs)]
    for viewer in viewers:
        viewer.start()
    return viewers


def finish(bench, viewers: list[Viewer], upstream: Upstream) -> None:
    """Let the vendor write on, until all runs have ended for all."""
    for name in SLOTS:
        upstream.release(name)
    for viewer in viewers:
        bench.finish(viewer.watched)
        viewer.join(120)


def test_killed_worker_and_killed_web_lose_nothing(bench, own_worker, private_valkey, upstream, two_sites):
    workers = [own_worker("first"), own_worker("second", queues="calls", beat=False)]
    models = [bench.model(name, "echo", gate_after=GATE) for name in SLOTS]
    runs = [bench.start(*models, prompt=f"{PROMPT} {number}.") for number in range(RUNS)]
    viewers = watch(bench, runs, two_sites)
    wait_until(lambda: all(viewer.shows() == [SHOWN] * 2 for viewer in viewers), "all viewers see both columns grow")
    carried = [streams_of(worker, upstream) for worker in workers]
    watched = [[viewer.at for viewer in viewers].count(site) for site in two_sites]

    workers[1].kill()
    two_sites[1].kill()
    bench.age_heartbeats(alive=carried[0])
    wait_until(lambda: all(viewer.at is two_sites[0] for viewer in viewers), "all viewers are at the other site")
    finish(bench, viewers, upstream)

    assert (sum(carried), min(carried) > 0, watched) == (RUNS * 2, True, [RUNS / 2] * 2)
    assert {run.status for run in Run.objects.all()} == {Status.DONE}
    assert Call.objects.filter(role=Role.PANEL, claim=2).count() == carried[1]
    assert len(upstream.ledger("a") + upstream.ledger("b")) == RUNS * 2 + carried[1]
    texts = list(Call.objects.filter(role=Role.PANEL).order_by("run_id", "slot").values_list("output__text", flat=True))
    assert texts == [f"{PROMPT} {number}." for number in range(RUNS) for _ in SLOTS]
    assert [len(viewer.ids) - len(set(viewer.ids)) for viewer in viewers] == [0] * RUNS
    assert [told(viewer.state) for viewer in viewers] == [stored(run) for run in runs]
