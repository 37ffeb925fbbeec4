"""The runs API over real HTTP."""

import threading
from typing import Any

import httpx
import pytest

from apps.runs.models import Run
from tests.api.factories import FUSED
from tests.factories import make_user
from tests.services import wait_until

PROMPT = {"prompt": "How high is the Eiffel Tower?"}
QUESTION = {"role": "user", "content": "How high is the Eiffel Tower?"}


def ended(http: httpx.Client, run_id: str) -> dict[str, Any]:
    """The run once it has ended."""
    wait_until(lambda: http.get(f"/api/v1/runs/{run_id}").json()["status"] not in ("queued", "running"), "ends")
    document: dict[str, Any] = http.get(f"/api/v1/runs/{run_id}").json()
    return document


def test_a_run_is_made_at_once_and_read_until_it_ended(panel, http) -> None:
    made = http.post("/api/v1/runs", json={**PROMPT, "metadata": {"report": "7"}})
    run = ended(http, made.json()["id"])

    assert (made.status_code, made.json()["status"]) == (201, "running")
    assert (run["status"], run["answer"]["text"], run["answer"]["kind"]) == ("done", FUSED, "fused")
    assert run["metadata"] == {"report": "7"}
    assert [call["role"] for call in run["calls"]] == ["panel"] * 3 + ["judge", "synthesis"]
    assert sum(line["cost"] for line in run["bill"]) == pytest.approx(run["cost"])
    assert http.get(run["links"]["export"]).json()["id"] == run["id"]


def test_a_run_remembers_its_key(panel, http, bench) -> None:
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]

    assert Run.objects.get(public_id=run_id).api_key == bench.owner.api_keys.get()


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("/api/v1/runs", {**PROMPT, "priority": "bulk"}),
        ("/api/v1/runs", {**PROMPT, "priority": "bulk", "model": "up/writer"}),
        ("/v1/chat/completions", {"model": "fusion", "messages": [QUESTION], "fusion": {"priority": "bulk"}}),
    ],
)
def test_an_order_in_bulk_makes_a_run_in_bulk(panel, http, path, wish) -> None:
    first, second = http.post("/api/v1/runs", json=PROMPT), http.post(path, json=wish)

    assert (first.status_code, second.is_success) == (201, True)
    assert list(Run.objects.order_by("pk").values_list("priority", flat=True)) == ["interactive", "bulk"]


def test_the_same_key_and_body_make_one_run_even_at_the_same_moment(panel, http) -> None:
    headers = {"Idempotency-Key": "once"}
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(http.post("/api/v1/runs", json=PROMPT, headers=headers)))
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other = http.post("/api/v1/runs", json={"prompt": "Something else?"}, headers=headers)

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_a_list_is_paged_by_cursor_and_filtered(panel, http) -> None:
    ids = [http.post("/api/v1/runs", json=PROMPT).json()["id"] for _ in range(3)]
    single = http.post("/api/v1/runs", json={**PROMPT, "model": "up/elm"}).json()["id"]
    for run_id in [*ids, single]:
        ended(http, run_id)

    first = http.get("/api/v1/runs", params={"limit": 3}).json()
    second = http.get("/api/v1/runs", params={"limit": 3, "cursor": first["next_cursor"]}).json()

    assert [run["id"] for run in first["data"] + second["data"]] == [single, *reversed(ids)]
    assert second["next_cursor"] is None
    for params, expected in (
        ({"model": "up/yew"}, 3),
        ({"preset": "trees"}, 3),
        ({"status": "done"}, 4),
        ({"status": "failed"}, 0),
        ({"until": "2020-01-01T00:00:00Z"}, 0),
        ({"since": "2020-01-01"}, 4),
    ):
        assert len(http.get("/api/v1/runs", params=params).json()["data"]) == expected, params
    assert http.get("/api/v1/runs", params={"cursor": "nonsense"}).status_code == 400


def test_slots_of_one_model_have_own_prompts(panel, http, bench) -> None:
    brief = {"name": " brief ", "system": "Be brief.", "prompt": "In a word: {{prompt}}"}
    slots = ["up/yew", {"model": "up/yew", "variant": brief}]
    body = {"prompt": "How high is it?", "panel": slots, "judge": "builtin/overlap", "writer": "up/yew"}

    run = ended(http, http.post("/api/v1/runs", json=body).json()["id"])

    assert run["recipe"]["panel"][1]["variant"] == {**brief, "name": "brief"}
    assert [call["variant"] for call in run["calls"] if call["role"] == "panel"] == ["", "brief"]
    sent = [[turn["content"] for turn in one["body"]["messages"]] for one in bench.upstream.ledger("yew")]
    assert ["Be brief.", "In a word: How high is it?"] in sent
    for wrong, param, sentence in (
        ({"name": "n" * 41, "system": "s"}, "panel.1.variant.name", "at most 40 characters"),
        ({"name": " ", "system": "s"}, "panel", "B: the own prompt has no name."),
        ({"name": "x"}, "panel", "B: the variant “x” changes nothing."),
    ):
        refused = http.post("/api/v1/runs", json={**body, "panel": ["up/yew", {"model": "up/yew", "variant": wrong}]})
        error = refused.json()["error"]
        assert (refused.status_code, error["param"], sentence in error["message"]) == (400, param, True), error


def test_a_run_is_stopped(panel, http, bench) -> None:
    bench.upstream.script("oak", "stall-mid")
    run_id = http.post("/api/v1/runs", json={**PROMPT, "quorum": 3}).json()["id"]

    answer = http.post(f"/api/v1/runs/{run_id}/cancel")

    assert answer.status_code == 200
    assert ended(http, run_id)["status"] == "cancelled"


def test_a_column_is_retried_and_a_run_shared_and_unshared(panel, http, base_url, make_key) -> None:
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]
    call = ended(http, run_id)["calls"][0]
    admin = {"Authorization": f"Bearer {make_key('admin')}"}

    again = http.post(f"/api/v1/calls/{call['id']}/retry")
    wait_until(lambda: http.get(f"/api/v1/runs/{run_id}").json()["calls"][1]["status"] == "done", "second take")
    refused = http.post(f"/api/v1/runs/{run_id}/shares")
    share = http.post(f"/api/v1/runs/{run_id}/shares", headers=admin)

    assert (again.status_code, again.json()["take"]) == (201, 2)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "missing_scope")
    assert httpx.get(share.json()["url"], timeout=60).status_code == 200
    assert http.delete(f"/api/v1/shares/{share.json()['code']}", headers=admin).status_code == 204
    assert httpx.get(share.json()["url"], timeout=60).status_code == 404


def test_an_estimate_costs_nothing(panel, http) -> None:
    answer = http.post("/api/v1/estimates", json=PROMPT).json()

    assert answer["calls"] == 4
    assert answer["low"] <= answer["high"]
    assert http.get("/api/v1/runs").json()["data"] == []


def test_a_run_of_somebody_else_does_not_exist(panel, http, make_key, bench) -> None:
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]
    foreign = {"Authorization": f"Bearer {make_key('admin', owner=make_user('charlie'))}"}

    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("DELETE", ""), ("POST", "/shares")):
        answer = http.request(method, f"/api/v1/runs/{run_id}{path}", headers=foreign)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path
