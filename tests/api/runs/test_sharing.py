"""Sharing and comparing by the API: choices of a link hold for its readers, and what is wrong is said."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.runs.models import Share
from tests.factories import make_local_preset, make_user
from tests.web.run_factories import ANSWERS, make_finished_run


@pytest.fixture
def run(transactional_db, valkey_url):
    make_local_preset()
    return make_finished_run(make_user("alice"), prompt="How high is the quince tower?")


@pytest.fixture
def http(run):
    _, secret = api_keys.make_key(run.owner, "script", [Scope.ADMIN])

    def ask(method: str, address: str, body: Any = None) -> Any:
        content = b"" if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {secret}"}
        return Client().generic(method, f"/api/v1/{address}", content, "application/json", headers=headers)

    return ask


def test_link_keeps_the_choices_that_it_was_made_with(http, run) -> None:
    wish = {"costs": False, "allow_json": False, "passages": ["quince"], "lasts_days": 2, "for_members": False}

    made = http("POST", f"runs/{run.public_id}/shares", wish).json()

    share = Share.objects.get(code=made["code"])
    assert (share.shown.costs, share.shown.passages, share.expires_at is not None) == (False, ("quince",), True)
    link = urlsplit(made["url"]).path
    page = Client().get(link).content.decode()
    assert ("quince" in page, "[redacted]" in page, "$0.0105" in page) == (False, True, False)
    assert Client().get(f"{link.rstrip('/')}.json").status_code == 404
    assert [one["code"] for one in http("GET", "shares").json()] == [made["code"]]
    assert http("DELETE", f"shares/{made['code']}").status_code == 204
    assert Client().get(link).status_code == 404


@pytest.mark.parametrize(
    "wish, param",
    [({"lasts_days": 0}, "lasts_days"), ({"embed_origins": ["ftp://x"]}, "embed_origins"), ({"costs": 1}, "costs")],
)
def test_link_with_a_wrong_choice_is_not_made(http, run, wish, param) -> None:
    answer = http("POST", f"runs/{run.public_id}/shares", wish)

    assert (answer.status_code, answer.json()["error"]["param"], Share.objects.count()) == (400, param, 0)


def test_runs_are_compared_against_the_one_that_is_named(http, run) -> None:
    other = make_finished_run(run.owner, {"A": ANSWERS["A"], "B": ANSWERS["B"]})
    ids = f"{run.public_id},{other.public_id}"

    found = http("GET", f"compare?runs={ids}&base={other.public_id}").json()

    first, second = found["runs"]
    assert (found["base"], first["id"], second["id"]) == (other.public_id, run.public_id, other.public_id)
    assert second["changes"] == []
    assert [one["text"] for one in first["changes"]][-1] == "column C added: local/smollm2-135m"
    assert found["texts"][0] == {"what": "Prompt", "texts": [run.prompt, other.prompt], "is_same": False}
    foreign = make_finished_run(make_user("dave"))
    assert http("GET", f"compare?runs={run.public_id},{foreign.public_id}").status_code == 404
    alone = http("GET", f"compare?runs={run.public_id}")
    assert (alone.status_code, alone.json()["error"]["param"]) == (400, "runs")
