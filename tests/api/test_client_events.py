"""The events of a run as the command line reads them, over connections that end too soon."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.api.conftest import CLIENT

RUN: dict[str, Any] = {"id": "run1", "links": {"events": "/api/v1/runs/run1/events"}}
BEGUN = b'id: 1-0\ndata: {"type": "run.started"}\n\n'
ENDED = b'id: 1-1\ndata: {"type": "run.ended"}\n\n'
FAILED = b'event: error\ndata: {"error": {"message": "The database does not answer.", "code": "unavailable"}}\n\n'


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The command line as a module, which does not sleep."""
    monkeypatch.syspath_prepend(str(CLIENT.parent))
    import fusionweb_client  # noqa: PLC0415 - not on the path before

    monkeypatch.setattr(fusionweb_client.time, "sleep", lambda _: None)
    return fusionweb_client


def read(program: ModuleType, *answers: httpx.Response, status: str = "running") -> tuple[list[str], list[str | None]]:
    """Return the events from a server that answers so, one connection after the other, and the ids gone on behind."""
    asked: list[str | None] = []
    left = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/events"):
            return httpx.Response(200, json={"status": status})
        asked.append(request.headers.get("Last-Event-ID"))
        return next(left)

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://site") as client:
        events: Iterator[dict[str, Any]] = program._events(client, RUN)
        return [event["type"] for event in events], asked


def stream(*frames: bytes) -> httpx.Response:
    return httpx.Response(200, content=b"".join(frames), headers={"Content-Type": "text/event-stream"})


@pytest.mark.parametrize(
    "cut",
    [
        [stream(BEGUN, FAILED)],
        [stream(BEGUN)],
        [stream(BEGUN), httpx.Response(503, json={"error": {"message": "Try again in a moment."}})],
        [stream(BEGUN), httpx.Response(502, text="Bad gateway")],
    ],
    ids=[
        "the server says that it fails",
        "a slow reader's stream is closed",
        "no database",
        "no server behind a proxy",
    ],
)
def test_a_stream_that_ends_too_soon_is_gone_on_with(program: ModuleType, cut: list[httpx.Response]) -> None:
    events, asked = read(program, *cut, stream(ENDED))

    assert events == ["run.started", "run.ended"]
    assert asked == [None, *["1-0"] * len(cut)]


def test_a_stream_of_a_run_that_has_ended_is_over(program: ModuleType) -> None:
    assert read(program, stream(BEGUN), status="done") == (["run.started"], [None])


def test_a_refusal_is_not_asked_again(program: ModuleType) -> None:
    refused = httpx.Response(404, json={"error": {"message": "There is no such run."}})

    with pytest.raises(program.Trouble, match="There is no such run"):
        read(program, refused)


def test_a_server_that_stays_away_is_given_up(program: ModuleType) -> None:
    with pytest.raises(program.Trouble, match="again and again"):
        read(program, *(stream(FAILED) for _ in range(program.TRIES)))


def test_a_batch_is_waited_for_through_a_restart_of_the_server(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fusionweb_batches  # noqa: PLC0415 - not on the path before

    monkeypatch.setattr(fusionweb_batches.time, "sleep", lambda _: None)
    batch = {"id": "b1", "url": "/batches/b1/", "state": "running", "reason": "", "cost": 0.0, "estimate": None}
    counts = dict.fromkeys(("total", "queued", "running", "failed", "passed", "not_passed", "to_check"), 0)
    answers: list[Any] = [
        httpx.Response(201, json=batch | {"counts": counts}),
        httpx.ConnectError("refused"),
        httpx.Response(503, json={"error": {"message": "The server is stopping."}}),
        httpx.Response(200, json=batch | {"counts": counts, "state": "done"}),
        httpx.Response(200, json={"data": [], "next_after": None}),
    ]

    def answer(_: httpx.Request) -> httpx.Response:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    options = program._options(["batch", "run", "--prompt", "x", "--key", "fw-key"])
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://site") as client:
        assert fusionweb_batches.do_batch(client, options, program.Console(stderr=True)) == 0

    assert answers == []
