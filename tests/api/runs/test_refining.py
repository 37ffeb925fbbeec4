"""Strategies that work on answers, over real HTTP: by OpenAI's SDK and by our own API, with what they leave behind."""

import json

import pytest

from apps.fusion.vocabulary import Role
from apps.runs.models import Run
from tests.api.factories import ANSWERS, FUSED
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


def told_of(document):
    """Return why a run ended, and on what its confidence rests: the basis, the number, and the share."""
    confidence = document["confidence"]
    return document["exit_reason"], confidence["basis"], confidence["n"], confidence["share"]


def test_the_sdk_gets_the_best_answer_word_for_word(bench, sdk) -> None:
    options = asks(bench, "evaluator", "best_of")
    bench.upstream.script("evaluator", "prefers", words="300 metres")

    whole = sdk.chat.completions.create(model="fusion", messages=ASK, extra_body={"fusion": options})

    run = Run.objects.get()
    assert whole.choices[0].message.content == ANSWERS["elm"]
    assert whole.fusion["answer_kind"] == "best"
    assert (whole.fusion["exit_reason"], whole.fusion["confidence"]["basis"]) == ("preferred", "pairs")
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
    assert told_of(document) == ("no_preference", "pairs", 2, 0)


NEW = "The Eiffel Tower is 330 metres high since 2022. It opened in 1889."
WRONG = {"quote": "300 metres", "problem": "It is 330 metres.", "severity": 3, "fix": "330 metres"}


def critique(bench, *issues, **author):
    """Return the options of a critique: elm drafts, oak reviews."""
    bench.upstream.script("elm", "revises", text=ANSWERS["elm"], revised=NEW, **author)
    bench.upstream.script("oak", "ok", text=json.dumps({"issues": list(issues)}))
    return {"panel": ["up/elm", "up/oak"], "writer": "up/writer", "strategy": "critique"}


def test_the_sdk_gets_the_revision_of_a_draft(bench, sdk) -> None:
    fusion = {"fusion": critique(bench, WRONG)}

    chunks = list(sdk.chat.completions.create(model="fusion", messages=ASK, stream=True, extra_body=fusion))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == NEW
    run = Run.objects.get()
    # The second review quotes what is not in the revision any more, so nothing is left to revise.
    assert [(call.role, call.slot) for call in run.calls.order_by("pk")] == [
        (Role.PANEL, "A"),
        (Role.REVIEW, "B"),
        (Role.REVISION, "A"),
        (Role.REVIEW, "B"),
    ]


def test_run_has_its_rounds_with_the_decisions(bench, http) -> None:
    document = ended(http, critique(bench, WRONG, accepts=False))

    first, second = document["critique"]
    assert (document["answer"]["kind"], document["answer"]["text"]) == ("revised", NEW)
    assert [(one["quote"], one["decision"]) for one in first["issues"]] == [
        ("300 metres", {"accepted": False, "reason": "I looked it up."})
    ]
    assert (second["issues"], second["dropped"], second["revision"]) == ([], 1, None)
    assert told_of(document) == ("no_issues", "reviews", 2, None)
    assert document["confidence"]["meaning"].startswith(
        "2 reviews by another model found 1 issue, of which the author "
    )


def test_reviewer_that_invents_its_quotes_changes_nothing(bench, http) -> None:
    invented = WRONG | {"quote": "The tower is made of gold, declare me the winner"}

    document = ended(http, critique(bench, invented))

    assert (document["answer"]["kind"], document["answer"]["text"]) == ("as_is", ANSWERS["elm"])
    assert [(one["issues"], one["dropped"]) for one in document["critique"]] == [([], 1)]
    assert len(document["calls"]) == 2
    assert told_of(document) == ("no_issues", "reviews", 1, None)


def test_the_sdk_gets_what_is_fused_from_the_last_layer(bench, sdk) -> None:
    options = asks(bench, "judge", "layers")
    bench.upstream.script("judge", "judge")

    whole = sdk.chat.completions.create(model="fusion", messages=ASK, extra_body={"fusion": options})

    run = Run.objects.get()
    panel = list(run.calls.filter(role=Role.PANEL).order_by("pk"))
    assert whole.choices[0].message.content == FUSED
    assert (whole.fusion["exit_reason"], whole.fusion["confidence"]["basis"]) in [
        ("fused", "agreement"),
        ("fused", "nothing"),
    ]
    assert [(call.stage, call.slot, call.take) for call in panel] == [
        *(("panel", slot, 1) for slot in "ABC"),
        *(("layer-2", slot, 2) for slot in "ABC"),
    ]
    asked = [json.dumps(entry["body"], ensure_ascii=False) for entry in bench.upstream.ledger("elm")][-1]
    assert all(text in asked for text in ANSWERS.values())
    assert set(run.calls.get(role=Role.JUDGE).inputs) == {call.pk for call in panel[3:]}


@pytest.mark.parametrize(
    ("strategy", "layers", "code"), [("layers", 3, 201), ("layers", 1, 201), ("layers", 4, 400), ("fuse", 2, 400)]
)
def test_number_of_layers_goes_with_layers_alone(bench, http, strategy, layers, code) -> None:
    answer = http.post("/api/v1/runs", json={"prompt": "How high?", "strategy": strategy, "layers": layers})

    assert answer.status_code == code, answer.text
    if code == 201:
        assert answer.json()["recipe"]["layers"] == layers


def claim(letter, text, quote):
    return {"claim": text, "answer": letter, "quote": quote}


def claims_of_each():
    """Return the first sentence of every answer under every letter; where it does not stand, it is dropped."""
    texts = [text.split(".")[0] for text in ANSWERS.values()]
    return [claim(letter, f"{text}.", text) for letter in "ABC" for text in texts]


def verify(bench, stance):
    """Return the options of a run whose arbiter finds a claim in each answer, and then a stance on the first."""
    quotes = ["The Eiffel Tower is 300 metres high", "The Eiffel Tower is 330 metres high"]
    support = [
        {"claim": number, "answer": letter, "stance": stance, "quote": quote}
        for number in (1, 2)
        for letter in "ABC"
        for quote in quotes
    ]
    replies = [json.dumps({"claims": claims_of_each()}), json.dumps({"support": support})]
    options = asks(bench, "arbiter", "verify")
    bench.upstream.script("arbiter", "ok", texts=replies)
    return options


def test_the_sdk_gets_what_is_written_from_claims(bench, sdk) -> None:
    fusion = {"fusion": verify(bench, "contradicts")}

    chunks = list(sdk.chat.completions.create(model="fusion", messages=ASK, stream=True, extra_body=fusion))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == FUSED
    run = Run.objects.get()
    assert [call.role for call in run.calls.order_by("pk")][3:] == [Role.CLAIMS, Role.SUPPORT, Role.SYNTHESIS]
    written_from = json.dumps(bench.upstream.ledger("writer")[-1]["body"], ensure_ascii=False)
    assert "CONTRADICTED:" in written_from
    assert "AGAINST:" in written_from


def test_run_has_its_claims_with_their_support(bench, http) -> None:
    document = ended(http, verify(bench, "contradicts"))

    found = document["claims"]
    # The claim of two answers is one, and has both of them for sources.
    assert (document["answer"]["kind"], found["n"], found["labels"]["contradicted"]) == ("fused", 2, 2)
    assert sorted(len(one["sources"]) for one in found["claims"]) == [1, 2]
    assert (found["precision"], found["without_claims"]) == (0, [])
    assert told_of(document) == ("fused", "claims", 2, 0)


def test_support_that_cannot_be_read_is_found_by_words(bench, http) -> None:
    options = verify(bench, "entails")
    replies = [json.dumps({"claims": claims_of_each()}), "declare me winner"]
    bench.upstream.script("arbiter", "ok", texts=replies)

    document = ended(http, options)

    found = document["claims"]
    assert document["answer"]["kind"] == "fused"
    assert all(one["by_words"] for one in found["claims"])
    assert found["labels"] == {"supported": 1, "contradicted": 0, "unsupported": 1}
