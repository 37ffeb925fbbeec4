"""Templates and batches by the API: made, changed, read and refused; the runs are the dispatcher's to test."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.batches import actions
from apps.batches.models import Batch
from tests.factories import make_hosted_models, make_user

TEXTS = {"name": "Ages", "prompt": "How old is {{city}}?", "system": "Be brief.", "checks": ["contains: {{city}}"]}
ROWS = [{"city": "Paris"}, {"city": "Rome"}]


@pytest.fixture
def call(transactional_db: None, valkey_url: str, shared_worker: Any) -> Any:
    """Send a request of Alice's key, and return the status and the answer."""
    shared_worker.step_aside()  # it would carry on the batches
    make_hosted_models()
    _key, secret = api_keys.make_key(make_user("alice"), "script", [Scope.ADMIN])

    def send(method: str, path: str, body: Any = None, once: str = "") -> tuple[int, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": once} if once else {})
        answer = Client().generic(method, f"/api/v1{path}", content, "application/json", headers=headers)
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return send


def test_template_is_made_changed_filled_in_and_deleted(call: Any) -> None:
    status, made = call("POST", "/templates", TEXTS)
    _status, changed = call("PUT", f"/templates/{made['id']}", {**TEXTS, "prompt": "How large is {{city}}?"})
    filled = call("POST", f"/templates/{made['id']}/fill", {"values": {"city": "Paris"}})
    missing = call("POST", f"/templates/{made['id']}/fill", {})
    _status, versions = call("GET", f"/templates/{made['id']}/versions")

    assert (status, made["version"], made["variables"], made["checks"]) == (201, 1, ["city"], TEXTS["checks"])
    assert (changed["version"], call("GET", "/templates")[1]["data"]) == (2, [changed])
    assert filled == (200, {"prompt": "How large is Paris?", "system": "Be brief."})
    assert (missing[0], missing[1]["error"]["param"]) == (400, "values.city")
    assert [one["prompt"] for one in versions["data"]] == ["How large is {{city}}?", TEXTS["prompt"]]
    assert call("POST", "/templates", TEXTS)[1]["error"]["code"] == "invalid_template"
    assert (call("DELETE", f"/templates/{made['id']}")[0], call("GET", f"/templates/{made['id']}")[0]) == (204, 404)


def test_same_key_and_body_make_one_batch_even_at_the_same_moment(call: Any) -> None:
    wanted = {"prompt": "Why?", "model": "router/anvil-1", "repetitions": 2}

    def ask(_: int) -> tuple[int, Any]:
        try:
            return call("POST", "/batches", wanted, once="b-1")
        finally:
            connection.close()  # each thread has one of its own

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(ask, range(4)))

    other = call("POST", "/batches", {**wanted, "repetitions": 3}, once="b-1")
    too_long = call("POST", "/batches", wanted, once="x" * 256)

    assert [status for status, _ in made] == [201] * 4
    assert {(one["id"], one["state"]) for _, one in made} == {(Batch.objects.get().public_id, "running")}
    assert (other[0], other[1]["error"]["code"]) == (409, "idempotency_conflict")
    assert (too_long[0], too_long[1]["error"]["param"]) == (400, "Idempotency-Key")
    assert call("POST", "/batches", wanted)[1]["id"] != made[0][1]["id"]


def test_batch_that_was_made_and_not_started_is_started_by_the_same_request(call: Any, monkeypatch: Any) -> None:
    wanted = {"prompt": "Why?", "model": "router/anvil-1"}
    with monkeypatch.context() as broken:
        broken.setattr(actions, "start_batch", lambda _: 1 / 0)
        assert call("POST", "/batches", wanted, once="b-1")[0] == 500

    assert call("POST", "/batches", wanted, once="b-1")[1]["state"] == "running"
    assert Batch.objects.count() == 1


def test_batch_says_its_cost_first_and_is_started_paused_and_cancelled(call: Any) -> None:
    _status, template = call("POST", "/templates", TEXTS)
    wanted = {"template": template["id"], "model": "router/anvil-1", "rows": ROWS, "repetitions": 2, "cap": 1.5}

    status, made = call("POST", "/batches", {**wanted, "start": False, "metadata": {"report": "1"}})
    path = f"/batches/{made['id']}"
    states = [call("POST", f"{path}/{verb}")[1]["state"] for verb in ("start", "pause", "resume", "cancel")]
    _status, rows = call("GET", f"{path}/rows?limit=3")

    assert (status, made["state"], made["counts"]["total"], made["cap"]) == (201, "ready", 4, 1.5)
    assert made["estimate"]["runs"] == 4
    assert 0 < made["estimate"]["expected"] < made["estimate"]["most"]
    assert states == ["running", "paused", "running", "cancelled"]
    assert [row["values"]["city"] for row in rows["data"]] == ["Paris", "Paris", "Rome"]
    assert (rows["next_after"], rows["data"][0]["status"]) == (3, "cancelled")
    assert call("POST", f"{path}/start")[1]["error"]["code"] == "not_now"
    assert call("POST", f"{path}/cap", {"cap": 3})[1]["cap"] == 3
    assert call("POST", f"{path}/checks", {"checks": ["contains: {{city}}"]})[1]["checks"] == ["contains: {{city}}"]
    for wrong in ("nonsense", "contains: {{town}}"):
        error = call("POST", f"{path}/checks", {"checks": [wrong]})[1]["error"]
        assert (error["code"], error["param"]) == ("invalid_batch", "checks")
    assert call("GET", "/batches")[1]["data"][0]["id"] == made["id"]
    status, again = call("POST", f"{path}/repeat")
    assert (status, again["state"], again["counts"]["total"], again["cap"]) == (201, "ready", 4, 3)
    assert (call("DELETE", path)[0], call("GET", path)[0]) == (204, 404)


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({"prompt": "{{city}}", "rows": [{"town": "x"}]}, "invalid_batch", "table"),
        ({"prompt": "{{city}}", "csv": "city\na,b\n"}, "invalid_batch", "table"),
        ({"prompt": "Why?", "rows": ROWS, "csv": "city\na\n"}, "invalid_parameter", "csv"),
        ({"prompt": "Why?", "rows": [{"a": "1"}, {"b": "2"}]}, "invalid_batch", "table"),
        ({"prompt": "Why?", "template": "absent"}, "not_found", None),
        ({"prompt": "Why?", "thread": "x"}, "invalid_parameter", "thread"),
        ({"prompt": "Why?", "checks": ["x"]}, "invalid_batch", "checks"),
        ({"prompt": "Why?", "repetitions": 31}, "invalid_parameter", "repetitions"),
        ({"prompt": "Why?", "model": "router/none"}, "model_not_found", "model"),
        ({}, "invalid_parameter", "prompt"),
    ],
)
def test_batch_that_cannot_be_made_is_refused(call: Any, body: dict[str, Any], code: str, param: str | None) -> None:
    _status, answer = call("POST", "/batches", {"model": "router/anvil-1", **body})

    assert (answer["error"]["code"], answer["error"]["param"]) == (code, param), answer
    assert not Batch.objects.exists()


def test_a_key_without_admin_spends_on_its_own_batches_alone(call: Any) -> None:
    _status, made = call(
        "POST", "/batches", {"prompt": "Why {{city}}?", "rows": ROWS, "model": "router/anvil-1", "start": False}
    )
    owner = Batch.objects.get().owner
    _key, secret = api_keys.make_key(owner, "another", [Scope.RUN])
    headers = {"Authorization": f"Bearer {secret}"}

    for action, body in (("start", {}), ("resume", {}), ("retry", {}), ("cap", {"cap": 10_000})):
        address = f"/api/v1/batches/{made['id']}/{action}"
        answer = Client().post(address, json.dumps(body), "application/json", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "missing_scope"), action
    assert Batch.objects.get().state == "ready"
