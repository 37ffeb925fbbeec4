"""A cascade over real HTTP: whom it asks, whose answer stands, and which stages are refused."""

import pytest

from apps.runs.models import Run
from tests.api.factories import FUSED
from tests.api.runs.test_vote import ASK, ESSAY, SMALL, TALL, ended

PANEL = {"panel": ["up/oak", "up/elm", "up/yew"], "writer": "up/writer", "strategy": "cascade"}


@pytest.fixture
def members(panel, bench):
    """The panel's models, the first two of which agree."""
    for name, text in (("oak", TALL), ("elm", "330"), ("yew", SMALL)):
        bench.upstream.script(name, "ok", text=text)
    return bench


def test_the_sdk_gets_what_the_first_stage_agrees_on(members, sdk) -> None:
    whole = sdk.chat.completions.create(model="fusion", messages=ASK, extra_body={"fusion": {"strategy": "cascade"}})

    run = Run.objects.get()
    assert whole.choices[0].message.content == TALL
    assert (whole.fusion["answer_kind"], whole.fusion["ballot"]["result"]) == ("voted", "agreed")
    assert (whole.fusion["exit_reason"], whole.fusion["confidence"]["basis"]) == ("agreed", "votes")
    assert [(call.slot, call.stage) for call in run.calls.order_by("pk")] == [("A", "panel"), ("B", "panel")]
    assert members.upstream.ledger("yew") == []


def test_last_stage_answers_what_the_first_does_not_agree_on(members, http) -> None:
    members.upstream.script("elm", "ok", text="The answer is 324.")

    document = ended(http, PANEL)

    assert (document["answer"]["kind"], document["answer"]["text"]) == ("escalated", SMALL)
    assert (document["ballot"]["result"], document["ballot"]["winner"]) == ("escalated", "C")
    assert document["recipe"]["stages"] == [["A", "B"], ["C"]]
    assert (len(document["calls"]), document["notices"]) == (3, [])
    assert (document["exit_reason"], document["confidence"]["n"]) == ("escalated", 3)


def test_texts_without_a_final_answer_are_escalated_and_say_so(members, http) -> None:
    for name in ("oak", "elm"):
        members.upstream.script(name, "ok", text=ESSAY)

    document = ended(http, PANEL)

    assert (document["answer"]["text"], document["ballot"]["nulls"]) == (SMALL, ["A", "B"])
    assert document["notices"] == [
        "Agreement was not applicable: no other text has a final answer. C answered alone.",
    ]


def test_what_there_is_is_judged_where_the_last_stage_fails(members, http) -> None:
    members.upstream.script("elm", "ok", text="The answer is 324.")
    members.upstream.script("yew", "401")

    document = ended(http, PANEL)

    assert (document["answer"]["kind"], document["answer"]["text"]) == ("fused", FUSED)
    assert (document["ballot"]["result"], document["exit_reason"]) == ("tie", "undecided")


def test_three_stages_are_asked_one_after_the_other(members, http) -> None:
    members.upstream.script("elm", "ok", text="The answer is 324.")
    panel = ["up/oak", "up/elm", "up/oak", "up/yew"]

    document = ended(http, {**PANEL, "panel": panel, "stages": [["A", "B"], ["C"], ["D"]]})

    assert (document["answer"]["kind"], document["ballot"]["winner"]) == ("voted", "A")
    assert [call["slot"] for call in document["calls"]] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"panel": ["up/oak", "up/elm"]}, "A cascade needs three models."),
        ({"stages": [["A"], ["C"]]}, "The first stage needs two members"),
        ({"stages": [["A", "B"], ["D"]]}, "names a slot that the panel does not have"),
        ({"strategy": "vote", "stages": [["A", "B"], ["C"]]}, "Only the strategy “cascade” has stages."),
    ],
)
def test_stages_that_cannot_be_asked_are_refused(members, http, body, sentence) -> None:
    answer = http.post("/api/v1/runs", json={"prompt": "How high?", **PANEL, **body})

    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "fusion.stages")
    assert sentence in error["message"]
