"""Clients that ask again by themselves: what cost money, and would not be helped by asking again, is not paid twice."""

import threading
from typing import Any

import httpx
import pytest
import redis

from apps.runs import actions
from apps.runs.models import Run
from tests.services import wait_until

ASK: dict[str, Any] = {"model": "up/elm", "messages": [{"role": "user", "content": "How high is the Eiffel Tower?"}]}
FUSE = {**ASK, "model": "fusion"}
FORM = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object", "required": ["metres"]}}}
CHAT = "/v1/chat/completions"


def retried_by_ai_sdk(answer: httpx.Response) -> bool:
    return answer.status_code in (408, 409, 429) or answer.status_code >= 500


def retried_by_langchain_js(answer: httpx.Response) -> bool:
    return answer.status_code not in (200, 400, 401, 402, 403, 404, 405, 406, 407, 409, 413)


def retried_by_openai(answer: httpx.Response) -> bool:
    if wanted := answer.headers.get("X-Should-Retry"):
        return wanted == "true"
    return retried_by_ai_sdk(answer)


RULES = [retried_by_ai_sdk, retried_by_langchain_js, retried_by_openai]


def ask_again_like(
    rule: Any, http: httpx.Client, body: dict[str, Any], answers: list[httpx.Response]
) -> list[httpx.Response]:
    """Ask as a client does that tries four times."""
    while rule(answers[-1]) and len(answers) < 4:
        answers.append(http.post(CHAT, json=body))
    return answers


def requests_to(bench, *names: str) -> int:
    return sum(len(bench.upstream.ledger(name)) for name in names)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "body, scripts",
    [
        ({**FUSE, "response_format": FORM}, {}),
        ({**ASK, "response_format": FORM}, {}),
        (ASK, {"elm": "empty"}),
        (ASK, {"elm": "broken-json"}),
        (ASK, {"elm": "401"}),
        (FUSE, {"oak": "empty", "elm": "empty", "yew": "empty"}),
        (FUSE, {"oak": "401", "elm": "401", "yew": "401"}),
        (FUSE, {"oak": "empty", "elm": "error-mid-stream", "yew": "401"}),
    ],
    ids=["form", "form of one", "empty", "broken", "key", "all empty", "all keys", "one in passing"],
)
def test_a_failure_is_paid_once(panel, http, bench, rule, body, scripts) -> None:
    for name, behaviour in scripts.items():
        bench.upstream.script(name, behaviour)

    first = http.post(CHAT, json=body)
    calls = requests_to(bench, "oak", "elm", "yew", "writer")
    answers = ask_again_like(rule, http, body, [first])

    assert {answer.is_success for answer in answers} == {False}
    assert len({answer.json()["error"]["code"] for answer in answers}) == 1
    assert (Run.objects.count(), requests_to(bench, "oak", "elm", "yew", "writer")) == (1, calls)


def test_a_failure_in_passing_that_cost_nothing_may_be_tried_again(panel, http, bench) -> None:
    bench.upstream.script("elm", "503")

    failed = http.post(CHAT, json=ASK)
    bench.upstream.script("elm", "ok", text="330 metres.")
    http.post("/api/v1/runs", json={"prompt": "Does it answer?", "model": "up/elm"})
    again = http.post(CHAT, json=ASK)

    assert (failed.status_code, failed.headers.get("X-Should-Retry")) == (503, None)
    assert all(map(retried_by_openai, [failed]))
    assert Run.objects.exclude(public_id=again.headers["X-Request-Id"]).count() == 2


def test_a_kept_failure_is_for_the_same_request_of_the_same_key_for_a_minute(
    panel, http, bench, make_key, valkey_url
) -> None:
    bench.upstream.script("elm", "401")
    other_key = {"Authorization": f"Bearer {make_key()}"}

    first, same = http.post(CHAT, json=ASK), http.post(CHAT, json=ASK)
    stream = http.post(CHAT, json={**ASK, "stream": True})
    foreign = http.post(CHAT, json=ASK, headers=other_key)
    with redis.Redis.from_url(valkey_url) as client:
        lives = [client.ttl(name) for name in client.scan_iter("fusionweb:failed:*")]

    runs = [answer.headers["X-Request-Id"] for answer in (first, same, stream, foreign)]
    assert (runs[0], len(set(runs))) == (runs[1], 3)
    assert same.json() == first.json()
    assert all(0 < life <= 60 for life in lives)
    assert lives


def test_a_conflict_is_not_tried_again(panel, http) -> None:
    headers = {"Idempotency-Key": "one"}
    http.post(CHAT, json=ASK, headers=headers)

    conflict = http.post(CHAT, json=FUSE, headers=headers)

    assert (conflict.status_code, conflict.headers["X-Should-Retry"]) == (409, "false")


def test_a_run_that_was_stopped_is_not_started_again(panel, http, bench) -> None:
    bench.upstream.script("elm", "stall-mid")
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(http.post(CHAT, json=ASK)))
    thread.start()
    wait_until(Run.objects.exists, "the run is made")
    actions.cancel_run(Run.objects.get())
    thread.join()

    assert (answers[0].status_code, answers[0].json()["error"]["code"]) == (400, "cancelled")
    assert not any(rule(answers[0]) for rule in RULES)
