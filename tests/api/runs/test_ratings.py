"""Ratings by a program, each person's own."""

import json

import pytest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.fusion.vocabulary import Role
from tests.factories import make_local_preset, make_user
from tests.web.run_factories import make_finished_run


@pytest.fixture
def run(transactional_db, valkey_url):
    make_local_preset()
    return make_finished_run(make_user("alice"))


@pytest.fixture
def ask(run):
    _, secret = api_keys.make_key(run.owner, "script", [Scope.RUN])
    headers = {"Authorization": f"Bearer {secret}"}

    def ask(method, path="", body=None):
        content = b"" if body is None else json.dumps(body)
        address = f"/api/v1/runs/{run.public_id}/ratings{path}"
        return Client().generic(method, address, content, "application/json", headers=headers)

    return ask


def test_ratings_are_put_listed_and_removed(ask, run):
    column = run.calls.get(slot="A").pk

    put = ask("PUT", body={"thumb": "up", "reasons": ["clear"], "comment": "Short."})
    ask("PUT", body={"thumb": "up", "call": column})
    again = ask("PUT", body={"thumb": "down", "call": column, "reasons": ["wrong", "wrong"]})

    (first,) = put.json()["data"]
    assert first.pop("changed_at")
    assert first.pop("created_at")
    assert first == {
        "call": run.answer_call_id,
        "slot": "",
        "thumb": "up",
        "reasons": ["clear"],
        "comment": "Short.",
        "author": "alice",
    }
    assert [(one["call"], one["thumb"], one["reasons"]) for one in again.json()["data"][1:]] == [
        (column, "down", ["wrong"])
    ]
    assert [ask("DELETE", f"/{column}").status_code, ask("DELETE", f"/{column}").status_code] == [204, 404]
    assert [one["call"] for one in ask("GET").json()["data"]] == [run.answer_call_id]


def test_bad_rating_is_refused_with_its_parameter(ask, run):
    refused = {
        "thumb": ask("PUT", body={"thumb": "sideways"}),
        "reasons": ask("PUT", body={"thumb": "up", "reasons": ["wrong"]}),
        "comment": ask("PUT", body={"thumb": "up", "comment": "x" * 2_001}),
        "call": ask("PUT", body={"thumb": "up", "call": run.calls.get(role=Role.JUDGE).pk}),
        "stars": ask("PUT", body={"thumb": "up", "stars": 5}),
    }
    run.answer_call = None
    run.save()
    without_answer = ask("PUT", body={"thumb": "up"})

    found = {name: (one.status_code, one.json()["error"]["param"]) for name, one in refused.items()}
    assert found == {name: (400, name) for name in refused}
    assert without_answer.json()["error"]["message"] == "The run has no answer. Name a call of its panel."
