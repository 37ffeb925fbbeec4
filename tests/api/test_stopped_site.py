"""A site that is told to stop while its clients wait: it gives them a moment, then an answer, and ends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from apps.fusion.vocabulary import Status
from apps.runs.models import Call, Run
from tests.api.factories import FUSED
from tests.services import wait_until
from tests.site import Site

ASK: dict[str, Any] = {
    "model": "fusion",
    "messages": [{"role": "user", "content": "How high is the Eiffel Tower?"}],
    "fusion": {"quorum": 3},
}
PATIENT = "from fusionweb import web_server; web_server.GRACE_S = 60.0; web_server.main()"


@pytest.fixture
def site(base_url: str) -> Iterator[Site]:
    """A site of its own beside the one that tests share, not started yet."""
    site = Site()
    yield site
    site.stop()


@pytest.fixture
def client(site: Site, key: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=site.url, headers=headers, timeout=90) as client:
        yield client


def tell_to_stop(site: Site) -> None:
    """Send SIGTERM while the panel is at work."""
    wait_until(lambda: Call.objects.filter(status=Status.RUNNING).exists(), "the panel is at work")
    assert site.process is not None
    site.process.terminate()


def ask_and_stop(site: Site, client: httpx.Client, **headers: str) -> httpx.Response:
    """Ask, tell the site to stop meanwhile, wait until it has ended; return what the client got."""
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(client.post, "/v1/chat/completions", json=ASK, headers=headers)
        tell_to_stop(site)
        site.process.wait(60)
        return waiting.result()


def test_client_that_waits_is_told_and_its_run_is_stopped(panel, bench, site, client) -> None:
    bench.upstream.script("oak", "stall-mid")
    site.start()

    answer = ask_and_stop(site, client)

    error = answer.json()["error"]
    assert (answer.status_code, answer.headers["retry-after"], error["code"]) == (503, "5", "stopping")
    assert bench.finish(Run.objects.get()).status == Status.CANCELLED


def test_run_with_an_idempotency_key_goes_on_for_who_asks_again(panel, http, bench, site, client) -> None:
    bench.upstream.script("oak", "stall-mid")
    site.start()

    answer = ask_and_stop(site, client, **{"Idempotency-Key": "shared"})
    bench.upstream.release("oak")
    again = http.post("/v1/chat/completions", json=ASK, headers={"Idempotency-Key": "shared"})

    assert (answer.status_code, again.status_code) == (503, 200)
    assert Run.objects.count() == 1


def test_stream_is_cut_and_its_run_is_stopped(panel, bench, site, client) -> None:
    bench.upstream.script("oak", "stall-mid")
    site.start()

    with client.stream("POST", "/v1/chat/completions", json={**ASK, "stream": True}) as response:
        tell_to_stop(site)
        with pytest.raises(httpx.RemoteProtocolError):  # no end that a client could take for the answer's
            for _ in response.iter_bytes():
                pass

    site.process.wait(60)
    assert bench.finish(Run.objects.get()).status == Status.CANCELLED


def test_request_that_ends_in_time_is_answered(panel, bench, site, client) -> None:
    bench.upstream.script("oak", "stall-mid")
    site.program = ["-c", PATIENT]
    site.start()

    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(client.post, "/v1/chat/completions", json=ASK)
        tell_to_stop(site)
        wait_until(lambda: not site.is_up(), "nobody new is let in")
        bench.upstream.release("oak")
        answer = waiting.result()

    site.process.wait(60)
    assert answer.json()["choices"][0]["message"]["content"] == FUSED
