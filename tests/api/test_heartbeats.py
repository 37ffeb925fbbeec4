"""A run that is silent for several heartbeats, as each reader of streams sees it: comments disturb none of them."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource

from apps.api import sse
from apps.fusion.vocabulary import Status
from apps.runs.models import Call, Run
from tests.api.factories import ANSWERS
from tests.services import wait_until

CLIENT = Path(__file__).resolve().parents[2] / "client" / "fusionweb_client.py"
SILENCE_S = 1.6
"""Three heartbeats of the site that tests start."""
ASK: dict[str, Any] = {"model": "up/elm", "messages": [{"role": "user", "content": "How high is the Eiffel Tower?"}]}
ANSWER = ANSWERS["elm"]


@pytest.fixture
def silent(panel, http, bench) -> Iterator[httpx.Client]:
    """A client of a site whose model says nothing for three heartbeats before it answers, and once more inside."""
    bench.upstream.script("elm", "ok", text=ANSWER, first_delay_s=SILENCE_S, gate_after=2)
    over = threading.Event()

    def release() -> None:
        while not any(entry["text"] for entry in bench.upstream.ledger("elm")):
            if over.wait(0.1):
                return
        over.wait(SILENCE_S)
        bench.upstream.release("elm")

    thread = threading.Thread(target=release)
    thread.start()
    yield http
    over.set()
    thread.join()


def blank_line_dispatches(lines: Iterator[str]) -> Iterator[str]:
    """The rule of openai-go's decoder before 1.0: each blank line ends an event, whatever stood before it."""
    data = ""
    for line in lines:
        if not line:
            yield data
            data = ""
        elif line.startswith("data:"):
            data += line.removeprefix("data:").removeprefix(" ") + "\n"


def bodies(path: str) -> dict[str, Any]:
    return ASK if "chat" in path else {"model": "up/elm", "input": "How high is the Eiffel Tower?"}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_a_decoder_that_ends_an_event_at_each_blank_line_sees_no_empty_event(panel, http, bench, path: str) -> None:
    bench.upstream.script("elm", "ok", text=ANSWER, gate_after=[0, 2])
    lines: list[str] = []
    comments = 0
    with http.stream("POST", path, json={**bodies(path), "stream": True}) as response:
        for line in response.iter_lines():
            lines.append(line)
            comments += line.startswith(":")
            if line.startswith(":") and comments % 2 == 0:
                bench.upstream.release("elm")  # it was silent for two heartbeats

    events = list(blank_line_dispatches(iter(lines)))
    assert comments >= 4
    assert [event for event in events if not event.strip()] == []
    assert [json.loads(event) for event in events if event.strip() != "[DONE]"]


def test_httpx_sse_reads_the_events_of_a_run_without_an_empty_one(silent) -> None:
    run = silent.post("/api/v1/runs", json={"prompt": "How high?", "model": "up/elm"}).json()

    with silent.stream("GET", run["links"]["events"]) as response:
        events = list(EventSource(response).iter_sse())

    assert [event.json()["type"] for event in events][:1] == ["run.started"]
    assert [event.json()["type"] for event in events][-1:] == ["run.ended"]


def test_openais_client_reads_through_the_silence(silent, sdk) -> None:
    with sdk.chat.completions.create(**ASK, stream=True) as chunks:
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    with sdk.responses.stream(model="up/elm", input="How high is the Eiffel Tower?") as stream:
        final = stream.get_final_response()

    assert (text, final.output_text) == (ANSWER, ANSWER)


def test_langchain_reads_through_the_silence(silent, base_url, key) -> None:
    # Not above: it takes a second, in every parallel worker.
    chat = import_module("langchain_openai").ChatOpenAI(
        base_url=f"{base_url}/v1", api_key=key, model="up/elm", max_retries=0
    )

    assert "".join(str(piece.content) for piece in chat.stream("How high is the Eiffel Tower?")) == ANSWER


def test_the_command_line_waits_through_the_silence(silent, base_url, key) -> None:
    done = subprocess.run(
        [sys.executable, str(CLIENT), "ask", "How high?", "--model", "up/elm"],
        env={**os.environ, "FUSIONWEB_URL": base_url, "FUSIONWEB_API_KEY": key},
        input="",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, f"{ANSWER}\n"), done.stderr


def test_a_client_skips_the_empty_events_of_older_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """httpx-sse makes an event of the blank line after a comment once an id was seen."""
    sys.path.insert(0, str(CLIENT.parent))
    import fusionweb_client  # noqa: PLC0415 - not on the path before

    body = b'id: 1-0\ndata: {"type": "run.started"}\n\n: still at work\n\nid: 1-1\ndata: {"type": "run.ended"}\n\n'
    headers = {"Content-Type": "text/event-stream"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body, headers=headers))

    with httpx.Client(transport=transport, base_url="http://site") as client:
        events = list(fusionweb_client._events(client, {"links": {"events": "/events"}}))

    assert [event["type"] for event in events] == ["run.started", "run.ended"]


def test_a_client_that_is_stopped_waits_until_its_run_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    sys.path.insert(0, str(CLIENT.parent))
    import fusionweb_client  # noqa: PLC0415 - not on the path before

    monkeypatch.setattr(fusionweb_client.time, "sleep", lambda _: None)
    answers = iter(
        [httpx.Response(409, json={"error": {"message": "Not now."}}), httpx.Response(200, json={"id": "run"})]
    )

    assert fusionweb_client._run_of(lambda: next(answers)) == {"id": "run"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_though_a_script_had_interrupts_ignored(panel, base_url, key, bench, number) -> None:
    bench.upstream.script("elm", "stall-mid")
    command = [sys.executable, str(CLIENT), "ask", "How high?", "--model", "up/elm", "--server", f"{base_url}/v1/"]
    with subprocess.Popen(
        [*command, "--key", key],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509 - no threads use it
    ) as process:
        wait_until(lambda: Call.objects.filter(status=Status.RUNNING).exists(), "the model is asked")
        process.send_signal(number)
        try:
            process.wait(60)
        finally:
            process.kill()

    assert process.returncode == 130
    assert bench.finish(Run.objects.get()).status == Status.CANCELLED


def test_a_client_that_breaks_stops_the_run(panel, base_url, key, bench) -> None:
    bench.upstream.script("elm", "stall-mid")
    broken = (
        f"import sys; sys.path.insert(0, {str(CLIENT.parent)!r}); import fusionweb_client as client\n"
        "def breaks(*_): raise RuntimeError('the display broke')\n"
        "client.Progress.apply = breaks; client.main()"
    )
    variables = {**os.environ, "FUSIONWEB_URL": base_url, "FUSIONWEB_API_KEY": key}

    done = subprocess.run(
        [sys.executable, "-c", broken, "ask", "How high?", "--model", "up/elm"],
        env=variables,
        input=b"",
        capture_output=True,
        check=False,
    )

    assert b"the display broke" in done.stderr
    assert bench.finish(Run.objects.get()).status == Status.CANCELLED


def test_line_separators_of_unicode_are_escaped() -> None:
    frame = sse.data({"text": "one\u2028two\u2029three\u0085four"})

    assert len(frame.decode().splitlines()) == 2
    assert json.loads(frame.removeprefix(b"data: "))["text"] == "one\u2028two\u2029three\u0085four"
