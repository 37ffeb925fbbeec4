"""Strategies that work on answers, over real HTTP: by OpenAI's SDK and by our own API, with what they leave behind."""

import json

import pytest

from apps.fusion.vocabulary import Role
from apps.runs.models import Run
from tests.api.factories import ANSWERS
from tests.api.runs.test_vote import ASK, ended

pytestmark = pytest.mark.usefixtures("panel")


def better(letter):
    return json.dumps({"reason": "It is more exact.", "better": letter})


def asks(bench, name, strategy, **options):
    """Return the options that name a panel of the vendor's models, with ``name`` as judge."""
    judge = bench.model(name)
    return {
        "panel": ["up/oak", "up/elm", "up/yew"],
        "judge": judge,
        "writer": "up/writer",
        "strategy": strategy,
    } | options


def test_the_sdk_gets_the_best_answer_word_for_word(bench, sdk) -> None:
    options = asks(bench, "evaluator", "best_of")
    bench.upstream.script("evaluator", "prefers", words="300 metres")

    whole = sdk.chat.completions.create(model="fusion", messages=ASK, extra_body={"fusion": options})

    run = Run.objects.get()
    assert whole.choices[0].message.content == ANSWERS["elm"]
    assert whole.fusion["answer_kind"] == "best"
    assert sorted(call.role for call in run.calls.all()) == [Role.COMPARISON] * 4 + [Role.PANEL] * 3


def test_run_has_its_contest(bench, http) -> None:
    options = asks(bench, "evaluator", "best_of")
    bench.upstream.script("evaluator", "ok", text=better("X"))

    document = ended(http, options)

    contest = document["contest"]
    first = contest["best"]
    assert document["answer"]["kind"] == "best"
    assert (contest["state"], contest["is_decided"], contest["evaluator"]) == ("done", False, "up/evaluator")
    assert [pair["winner"] for pair in contest["pairs"]] == [None, None]
    assert all(pair["slots"][0] == first and pair["preferred"] == pair["slots"] for pair in contest["pairs"])
    assert document["recipe"]["strategy"] == "best_of"
