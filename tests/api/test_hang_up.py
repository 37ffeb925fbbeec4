"""A client that hangs up stops its run, unless that is detached; and the stream of a slow or restarted run."""

import asyncio
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from django.db import OperationalError
from django.http import HttpRequest

from apps.api import sse, start
from apps.api.answering import stopping_at_hang_up
from apps.api.idempotency import IDEMPOTENCY_HEADER
from apps.api.run_requests import GONE, UNHEARD
from apps.api.start import Started
from apps.fusion.vocabulary import Status
from apps.runs.models import Call, Run
from tests.api.factories import FUSED
from tests.services import wait_until
from tests.sockets import LIMIT_S

ASK = {"model": "fusion", "messages": [{"role": "user", "content": "How high is the Eiffel Tower?"}]}
SLOW: dict[str, Any] = {**ASK, "fusion": {"quorum": 3}}


def hang_up(http: httpx.Client, path: str, body: dict[str, Any]) -> Run:
    """Ask, wait until the panel is at work, and go without an answer."""
    asked = http.build_request("POST", path, json=body)
    with closing(HTTPConnection(asked.url.host, asked.url.port, timeout=60)) as client:
        client.request("POST", path, asked.content, dict(asked.headers))
        wait_until(lambda: Call.objects.filter(status=Status.RUNNING).exists(), "the panel is at work")
    return Run.objects.get()


class Making:
    """The making of run 7 for a request, which goes on until ``is_made`` is set."""

    def __init__(self) -> None:
        self.has_begun, self.is_made, self.is_stopped = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.request = HttpRequest()
        self.request.scope = {}  # type: ignore[attr-defined]
        self.is_detached = False

    async def make(self, *_: Any) -> Started:
        self.has_begun.set()
        await self.is_made.wait()
        run = Run(pk=7, public_id="seven", idempotency_key=self.request.headers.get(IDEMPOTENCY_HEADER))
        return Started(run, "", [], self.is_detached, self.request.scope)  # type: ignore[attr-defined]

    async def stop(self, run_id: int) -> None:
        assert run_id == 7
        self.is_stopped.set()

    def ask(self) -> asyncio.Task[Started]:
        body: Any = self
        return asyncio.create_task(start.start(self.request, body, lambda _: body))

    def hang_up(self) -> None:
        self.request.scope[GONE] = True  # type: ignore[attr-defined]


@pytest.fixture
def making(monkeypatch: pytest.MonkeyPatch) -> Making:
    making = Making()
    monkeypatch.setattr(start, "_start", making.make)
    monkeypatch.setattr(start, "stop", making.stop)
    return making


@pytest.mark.parametrize("detach", [True, False])
async def test_run_that_is_made_for_a_client_that_has_gone_is_stopped(making: Making, detach: bool) -> None:
    making.is_detached = detach
    asking = making.ask()
    await making.has_begun.wait()
    asking.cancel()
    await asyncio.sleep(0)
    making.is_made.set()

    with pytest.raises(asyncio.CancelledError):
        await asking
    assert making.is_stopped.is_set() is not detach


async def test_run_is_stopped_although_the_wait_for_that_is_cancelled(making: Making) -> None:
    asking = making.ask()
    await making.has_begun.wait()
    for _ in range(2):
        asking.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await asking

    making.is_made.set()

    async with asyncio.timeout(LIMIT_S):
        await making.is_stopped.wait()


async def test_run_that_cannot_be_stopped_is_logged(
    making: Making, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: int) -> None:
        raise OperationalError

    monkeypatch.setattr(start, "stop", fail)
    asking = making.ask()
    await making.has_begun.wait()
    asking.cancel()
    making.is_made.set()

    with pytest.raises(asyncio.CancelledError):
        await asking
    assert "Run seven, whose client has gone, could not be stopped" in caplog.text


@pytest.mark.parametrize("detach", [True, False])
async def test_run_whose_client_hangs_up_unseen_while_it_is_made_is_stopped(making: Making, detach: bool) -> None:
    making.is_detached = detach
    asking = making.ask()
    await making.has_begun.wait()
    making.hang_up()
    making.is_made.set()

    with pytest.raises(asyncio.CancelledError):
        await asking
    assert making.is_stopped.is_set() is not detach


@pytest.mark.parametrize("outlasts", ["", "detached", "shared"])
async def test_client_that_has_gone_gets_only_a_run_that_goes_on_without_it(making: Making, outlasts: str) -> None:
    making.is_detached = outlasts == "detached"
    if outlasts == "shared":
        making.request.META["HTTP_IDEMPOTENCY_KEY"] = outlasts
    making.hang_up()
    making.is_made.set()

    with pytest.raises(asyncio.CancelledError):
        await making.ask()
    assert (making.has_begun.is_set(), making.is_stopped.is_set()) == (bool(outlasts), False)


async def test_run_is_heard_once_its_answer_is_waited_for() -> None:
    started = Started(Run(pk=7), "", [], False, {UNHEARD: "stops it"})

    async with stopping_at_hang_up(started):
        assert started.scope == {}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_hanging_up_stops_the_run(panel, http, bench, path: str, stream: bool) -> None:
    bench.upstream.script("oak", "stall-mid")
    body = SLOW if "chat" in path else {"model": "fusion", "input": "How high?", "fusion": {"quorum": 3}}

    run = hang_up(http, path, {**body, "stream": stream})

    assert bench.finish(run).status == Status.CANCELLED


def test_a_detached_run_goes_on(panel, http, bench) -> None:
    bench.upstream.script("oak", "stall-mid")
    run = hang_up(http, "/v1/chat/completions", {**SLOW, "stream": True, "fusion": {"quorum": 3, "detach": True}})

    bench.upstream.release("oak")

    assert bench.finish(run).status == Status.DONE


@pytest.mark.parametrize("stream", [True, False])
def test_hanging_up_leaves_a_run_with_an_idempotency_key_to_others(panel, http, bench, stream: bool) -> None:
    bench.upstream.script("oak", "stall-mid")
    http.headers["Idempotency-Key"] = "shared"
    body = {**SLOW, "stream": stream}
    run = hang_up(http, "/v1/chat/completions", body)

    bench.upstream.release("oak")
    again = http.post("/v1/chat/completions", json=body)

    assert (again.status_code, bench.finish(run).status) == (200, Status.DONE)
    assert Run.objects.count() == 1


def test_a_silent_stream_says_that_it_lives(panel, http, bench) -> None:
    bench.upstream.script("oak", "stall-mid")
    with http.stream("POST", "/v1/chat/completions", json={**SLOW, "stream": True}) as response:
        lines = (line for line in response.iter_lines() if line.startswith(":"))
        first = next(lines)

    assert first.encode() == sse.COMMENT.strip()


def test_events_ride_along_when_they_are_asked_for(panel, sdk) -> None:
    options: Any = {"include_fusion": True}
    with sdk.chat.completions.create(**ASK, stream=True, stream_options=options) as stream:
        chunks = list(stream)

    events = [chunk.fusion_event for chunk in chunks if not chunk.choices]
    started = [(event["role"], event["slot"]) for event in events if event["type"] == "call.started"]
    assert events[0]["type"] == "run.started"
    assert events[-1]["type"] == "run.ended"
    assert sorted(started) == [("judge", ""), ("panel", "A"), ("panel", "B"), ("panel", "C"), ("synthesis", "")]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == FUSED


def test_the_hosted_services_request_is_understood(panel, http, bench) -> None:
    plugin = {"id": "fusion", "analysis_models": ["up/oak", "up/yew"], "model": "up/elm", "max_tool_calls": 8}
    answer = http.post("/v1/chat/completions", json={**ASK, "model": "openrouter/fusion", "plugins": [plugin]}).json()

    recipe = Run.objects.get().recipe
    assert [spec.model for spec in recipe.panel] == ["up/oak", "up/yew"]
    assert (recipe.settings.judge, recipe.settings.writer) == ("up/elm", "up/elm")
    assert answer["model"] == "openrouter/fusion"


def test_sampling_goes_to_the_panel_and_the_answers_limits_to_the_writer(panel, http, bench) -> None:
    http.post("/v1/chat/completions", json={**ASK, "temperature": 0.1, "max_tokens": 77, "stop": "END"})

    spec, writer = bench.upstream.ledger("oak")[0]["body"], bench.upstream.ledger("writer")[0]["body"]
    assert (spec["temperature"], spec.get("max_tokens"), spec.get("stop")) == (0.1, None, None)
    assert (writer["temperature"], writer["max_tokens"], writer["stop"]) == (0.1, 77, ["END"])
