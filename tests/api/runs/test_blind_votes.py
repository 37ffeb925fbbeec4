"""Blind votes by a program."""

import json

import pytest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
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

    def ask(method, body=None, address=f"/api/v1/runs/{run.public_id}/blind-vote"):
        content = b"" if body is None else json.dumps(body)
        return Client().generic(method, address, content, "application/json", headers=headers)

    return ask


def test_vote_is_read_without_names_and_cast_once(ask, run):
    before = ask("GET").json()
    chosen = next(one["id"] for one in before["answers"] if one["text"] == run.answer_call.output.text)
    wrong = ask("POST", {"sheet": "0" * 20, "chosen": [chosen]})
    cast = ask("POST", {"sheet": before["sheet"], "chosen": [chosen]})
    again = ask("POST", {"sheet": before["sheet"], "chosen": []})

    assert [set(one) for one in before["answers"]] == [{"id", "text"}] * 4
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "not_now")
    assert (cast.status_code, cast.json()["vote"]["verdict"]) == (201, "best")
    assert [one["is_fused"] for one in cast.json()["vote"]["answers"] if one["is_chosen"]] == [True]
    assert again.status_code == 409
    assert ask("GET").json() == cast.json()
    assert ask("POST", {"sheet": "x", "chosen": []}).status_code == 400


def test_leaderboard_counts_own_votes(ask, run):
    sheet = ask("GET").json()
    chosen = next(one["id"] for one in sheet["answers"] if one["text"] == run.answer_call.output.text)
    ask("POST", {"sheet": sheet["sheet"], "chosen": [chosen]})

    board = ask("GET", address="/api/v1/leaderboard").json()
    other = ask("GET", address="/api/v1/leaderboard?tag=zzz%00").json()

    assert (board["votes"], board["verdicts"]) == (1, {"best": 1, "tie": 0, "all_bad": 0})
    assert board["contenders"][0] == {
        "contender": "fused", "label": "Fused answer", "points": None, "low": None, "high": None,
        "votes": 1, "chosen": 1, "wins": 3.0, "comparisons": 3.0,
    }  # fmt: skip
    assert (board["fused"]["wins"], board["fused"]["n"], board["fused"]["has_too_few"]) == (1, 1, True)
    assert (other["votes"], other["contenders"], other["fused"]["low"], other["fused"]["high"]) == (0, [], 0.0, 1.0)
