"""A run's events: a reader that is cut off anywhere gets exactly the missing rest, and the end is told even late."""

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import redis
from httpx_sse import EventSource, ServerSentEvent

from tests.api.factories import FUSED
from tests.services import wait_until

PROMPT = {"prompt": "How high is the Eiffel Tower?"}


def events(http: httpx.Client, run_id: str, after: str = "") -> Iterator[ServerSentEvent]:
    headers = {"Last-Event-ID": after} if after else {}
    with http.stream("GET", f"/api/v1/runs/{run_id}/events", headers=headers) as response:
        assert response.status_code == 200
        yield from EventSource(response).iter_sse()


def told(found: list[ServerSentEvent]) -> list[tuple[str, str]]:
    return [(event.id, event.data) for event in found]


def test_a_reader_that_is_killed_at_any_event_resumes_with_exactly_the_rest(panel, http) -> None:
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]
    whole = list(events(http, run_id))

    assert whole[0].event == "run.started"
    assert whole[-1].event == "run.ended"
    for cut in range(len(whole)):
        rest = list(events(http, run_id, after=whole[cut].id))
        assert told(rest) == told(whole[cut + 1 :]), cut


def test_a_reader_that_is_killed_while_the_run_streams_misses_nothing(panel, http, bench) -> None:
    bench.upstream.script("writer", "ok", text=FUSED, gate_after=3)
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]
    heard: list[ServerSentEvent] = []
    writing: list[int] = []

    while not heard or heard[-1].event != "run.ended":  # a new connection for every event
        stream = events(http, run_id, after=heard[-1].id if heard else "")
        heard.append(next(stream))
        stream.close()
        document = heard[-1].json()
        if heard[-1].event == "call.started" and document["role"] == "synthesis":
            writing.append(document["call"])
        if heard[-1].event == "call.delta" and document["call"] in writing:  # however its pieces came together
            bench.upstream.release("writer")

    assert len(writing) == 1
    assert told(heard) == told(list(events(http, run_id)))


def test_after_the_log_expired_the_stored_end_is_told_once(panel, http, valkey_url) -> None:
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]
    last = list(events(http, run_id))[-1]
    with redis.Redis.from_url(valkey_url) as client:
        wait_until(lambda: client.ttl(f"fusionweb:run:{run_id}:events") > 0, "the log is to expire")
        client.delete(f"fusionweb:run:{run_id}:events")

    for after in ("", last.id, "9999999999999-0"):
        (only,) = list(events(http, run_id, after))
        document: dict[str, Any] = orjson.loads(only.data)
        assert (only.event, only.id) == ("resync", "")
        assert document["state"]["answer"]["text"] == FUSED


def test_an_id_that_is_none_is_refused(panel, http) -> None:
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]

    answer = http.get(f"/api/v1/runs/{run_id}/events", headers={"Last-Event-ID": "yesterday"})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "Last-Event-ID")
