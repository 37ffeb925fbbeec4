"""Presets by a program: their targets, the newest runs against them, and advice."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.annotations.models import Ruling
from apps.catalogue.recipes.presets import create_preset
from apps.fusion.vocabulary import RulingKind
from tests.factories import GEMMA, SMOL, make_local_preset, make_recipe, make_run, make_user
from tests.web.run_factories import make_call


@pytest.fixture
def alice(transactional_db, valkey_url):
    make_local_preset()
    return make_user("alice")


@pytest.fixture
def mine(alice):
    return create_preset(alice, "Legal", make_recipe(SMOL, GEMMA))


def ask(owner, method, path, body=None):
    _, secret = api_keys.make_key(owner, "script", [Scope.RUN])
    headers = {"Authorization": f"Bearer {secret}"}
    content = b"" if body is None else json.dumps(body)
    return Client().generic(method, f"/api/v1/presets{path}", content, "application/json", headers=headers)


def test_programs_set_targets_of_ones_own_presets_and_read_them(alice, mine) -> None:
    run = make_run(alice, age_s=0)
    run.preset, run.ended_at = mine.slug, run.created_at + timedelta(seconds=21)
    run.answer_call = make_call(run, slot="A", text="330 m")
    run.save()
    put = ask(alice, "PUT", "/legal/targets", {"seconds": 20, "accuracy": 0.9})
    assert put.json() == {
        "targets": {"seconds": 20.0, "cost": None, "accuracy": 0.9, "question_set": ""},
        "record": {"runs": 1, "seconds": {"met": 0, "of": 1}, "cost": None, "accuracy": {"met": 0, "of": 0}},
    }
    assert ask(alice, "PUT", "/local/targets", {"seconds": 20}).json()["error"]["message"].startswith("The site’s own")
    assert ask(make_user("charlie"), "PUT", "/legal/targets", {"seconds": 1}).status_code == 404
    assert ask(alice, "PUT", "/legal/targets", {"seconds": 0}).status_code == 400

    listed = {one["slug"]: one for one in ask(alice, "GET", "").json()["data"]}

    assert list(listed) == ["local", "legal"]
    assert {name: listed["legal"][name] for name in ("is_own", "strategy", "models", "targets", "record")} == {
        "is_own": True, "strategy": "fuse", "models": [SMOL, GEMMA], **put.json(),
    }  # fmt: skip
    assert (listed["legal"]["advice"]["questions"], listed["legal"]["advice"]["missing"]) == (0, 200)
    assert ask(alice, "PUT", "/legal/targets", {}).json() == {"targets": None, "record": None}


def test_advice_is_given_with_the_figures_on_which_it_rests(alice, mine):
    for right in ["A"] * 193 + ["AB"] * 7:
        run = make_run(alice)
        for slot, model, cost in (("A", SMOL, "0.001"), ("B", GEMMA, "0.0004")):
            make_call(run, slot=slot, model=model, text="7", cost=Decimal(cost))
        Ruling.objects.create(run=run, author=alice, verdict=RulingKind.SIDE, right=tuple(right))

    advice = next(one for one in ask(alice, "GET", "").json()["data"] if one["slug"] == "legal")["advice"]

    assert (advice["questions"], advice["missing"], advice["additions"], advice["proposal"]) == (200, 0, [], None)
    assert advice["cost"] == pytest.approx(0.0014)
    assert advice["removals"] == [{"model": GEMMA, "gain": 0.0, "cost": 0.0004, "questions": 200}]
    assert {name: advice["figures"][name] for name in ("best", "best_alone", "ceiling", "headroom")} == {
        "best": SMOL, "best_alone": 1.0, "ceiling": 1.0, "headroom": 0.0,
    }  # fmt: skip
