"""The webhook of a run or a batch over real HTTP: who may name which address, and the message at its end."""

import pytest

from apps.batches.models import Batch
from apps.runs.models import WebhookDelivery
from tests.api.runs.test_runs import ended
from tests.receiver import receiver
from tests.services import wait_until

QUESTION = "How high is the Eiffel Tower?"


def test_run_tells_the_server_of_its_program(panel, http, bench) -> None:
    bench.owner.is_superuser = True
    bench.owner.save()
    with receiver(500, 200) as server:
        bench.owner.api_keys.update(webhook_hosts=[server.host])
        made = http.post("/api/v1/runs", json={"prompt": QUESTION, "webhook": server.url})
        assert made.status_code == 201, made.text
        run_id = made.json()["id"]
        ended(http, run_id)
        wait_until(lambda: len(server.taken) == 2, "the message is sent, and once more after its failure")
        wait_until(lambda: http.get(f"/api/v1/runs/{run_id}/webhook").json()["status"] == "delivered", "it is taken")
        told = http.get(f"/api/v1/runs/{run_id}/webhook").json()
        again = http.post(f"/api/v1/runs/{run_id}/webhook/send")
        wait_until(lambda: len(server.taken) == 3, "it is sent again")

    assert [message["data"]["id"] for message in server.messages] == [run_id] * 3
    assert [one["http_status"] for one in told["attempts"]] == [500, 200]
    assert (again.status_code, again.json()["status"]) == (202, "waiting")


def test_batch_tells_the_server_of_its_program_after_its_last_row(panel, http, bench) -> None:
    bench.owner.is_superuser = True
    bench.owner.save()
    rows = [{"city": "Paris"}, {"city": "Rome"}]
    with receiver(500, 200) as server:
        bench.owner.api_keys.update(webhook_hosts=[server.host])
        wanted = {"prompt": "How old is {{city}}?", "rows": rows, "model": "up/elm", "webhook": server.url}
        made = http.post("/api/v1/batches", json=wanted)
        assert made.status_code == 201, made.text
        path = f"/api/v1/batches/{made.json()['id']}"
        early = http.post(f"{path}/webhook/send")
        wait_until(lambda: len(server.taken) == 2, "the message is sent, and once more after its failure")
        wait_until(lambda: http.get(path).json()["webhook"]["status"] == "delivered", "it is taken")
        told = http.get(path).json()
        again = http.post(f"{path}/webhook/send")
        wait_until(lambda: len(server.taken) == 3, "it is sent again")
        repeated = http.post(f"{path}/repeat").json()

    assert (made.json()["webhook"]["status"], early.status_code) == ("waiting", 409)
    assert (told["state"], told["counts"]["done"]) == ("done", 2)
    for message in server.messages:
        assert (message["type"], message["data"]["id"]) == ("batch.ended", told["id"])
        assert (message["data"]["counts"], message["data"]["cost"]) == (told["counts"], told["cost"])
        assert message["data"]["url"] == told["url"]
    assert [one["http_status"] for one in told["webhook"]["attempts"]] == [500, 200]
    assert (again.status_code, again.json()["status"]) == (202, "waiting")
    assert repeated["webhook"] is None
    assert http.post(f"/api/v1/batches/{repeated['id']}/webhook/send").status_code == 404


def test_webhook_of_a_batch_is_for_keys_that_may_run_and_allow_its_host(panel, http, bench, make_key) -> None:
    bench.owner.api_keys.update(webhook_hosts=["hooks.example"])
    wanted = {"prompt": "Why?", "model": "up/elm", "start": False}
    reader = {"Authorization": f"Bearer {make_key('read', webhook_hosts=['hooks.example'])}"}

    foreign = http.post("/api/v1/batches", json={**wanted, "webhook": "https://other.example/"})
    unscoped = http.post("/api/v1/batches", json={**wanted, "webhook": "https://hooks.example/"}, headers=reader)
    assert (foreign.status_code, foreign.json()["error"]["param"]) == (400, "webhook")
    assert foreign.json()["error"]["message"].startswith("This key may send webhooks to hooks.example only.")
    assert (unscoped.status_code, unscoped.json()["error"]["code"]) == (403, "missing_scope")
    assert not Batch.objects.exists()

    taken = http.post("/api/v1/batches", json={**wanted, "webhook": "https://hooks.example/"})
    path = f"/api/v1/batches/{taken.json()['id']}"
    assert taken.json()["webhook"]["url"] == "https://hooks.example/"
    assert http.get(path, headers=reader).json()["webhook"] == taken.json()["webhook"]
    assert http.post(f"{path}/webhook/send", headers=reader).status_code == 403


def test_run_without_a_webhook_has_none(panel, http) -> None:
    made = http.post("/api/v1/runs", json={"prompt": QUESTION, "model": "up/elm"}).json()

    missing = http.get(f"/api/v1/runs/{made['id']}/webhook")

    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == "This run was made without a webhook."


@pytest.mark.parametrize(
    "address, sentence",
    [
        ("https://other.example/", "This key may send webhooks to hooks.example, hooks.example:8443 only."),
        ("https://hooks.example:444/", "This key may send webhooks to hooks.example"),
        ("http://hooks.example/", "A webhook is sent over https only."),
        ("https://user:secret@hooks.example/", "Leave user name, password and “#” out"),
        ("https://hooks.example/#part", "Leave user name, password and “#” out"),
        ("hooks.example", "A webhook is a web address"),
        ("ftp://hooks.example/", "A webhook is a web address"),
        ("https://hooks.example:port/", "A webhook is a web address"),
        ("https://xn--ls8h.example/", "A webhook is a web address"),
        ("https://hooks.example/" + "é" * 100, "A webhook has at most 500 characters"),
        ("https://hooks.example@evil.example/", "Leave user name, password and “#” out"),
    ],
)
def test_address_that_the_key_does_not_allow_is_refused(panel, http, bench, address, sentence) -> None:
    bench.owner.api_keys.update(webhook_hosts=["hooks.example", "hooks.example:8443"])

    refused = http.post("/api/v1/runs", json={"prompt": QUESTION, "webhook": address})

    error = refused.json()["error"]
    assert (refused.status_code, error["param"]) == (400, "webhook")
    assert error["message"].startswith(sentence)
    assert not WebhookDelivery.objects.exists()


def test_openai_routes_want_a_run_that_goes_on_and_is_stored(panel, http, bench) -> None:
    bench.owner.api_keys.update(webhook_hosts=["hooks.example"])
    fusion = {"webhook": "https://hooks.example/"}
    request = {"model": "up/elm", "messages": [{"role": "user", "content": "Why?"}]}

    attached = http.post("/v1/chat/completions", json={**request, "fusion": fusion})
    unstored = http.post("/v1/chat/completions", json={**request, "store": False, "fusion": {**fusion, "detach": True}})
    taken = http.post("/v1/chat/completions", json={**request, "fusion": {**fusion, "detach": True}})

    assert (attached.status_code, attached.json()["error"]["param"]) == (400, "fusion.webhook")
    assert "Set fusion.detach to true." in attached.json()["error"]["message"]
    assert unstored.json()["error"]["message"] == "A run that is not stored has no webhook."
    assert taken.status_code == 200
    assert WebhookDelivery.objects.get().url == "https://hooks.example/"
