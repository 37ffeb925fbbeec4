"""Weighted votes and the early exit over real HTTP: whose answer wins, who is cut off, and what is refused."""

import pytest

from apps.accounts.models import User
from apps.catalogue.recipes.calibrations import save_calibration
from apps.fusion.values import Calibration, MemberRecord, SlotSpec, VoteOptions
from apps.fusion.weights import panel_fingerprint, prompt_fingerprint
from apps.runs.models import Run
from tests.api.runs.test_vote import ASK, SMALL, SURE, TALL, ended

PANEL = {"panel": ["up/oak", "up/elm", "up/yew"], "writer": "up/writer"}
STRONG_ELM = [
    {"model": "up/oak", "correct": 120, "items": 200, "family": "tree"},
    {"model": "up/elm", "correct": 190, "items": 200},
    {"model": "up/yew", "correct": 120, "items": 200, "family": "tree"},
]
MEASURED = {"task": "heights", "measured_on": "2026-11-28", "members": STRONG_ELM}


@pytest.fixture
def voters(panel, bench):
    """The panel's models with final answers, two of which are equal."""
    for name, text in (("oak", TALL), ("elm", SMALL), ("yew", SURE)):
        bench.upstream.script(name, "ok", text=text)
    return bench


def test_the_sdk_gets_the_answer_that_weighs_most(voters, sdk) -> None:
    fusion = {"strategy": "weighted", "calibration": MEASURED}

    whole = sdk.chat.completions.create(model="fusion", messages=ASK, extra_body={"fusion": fusion})

    run = Run.objects.get()
    ballot = whole.fusion["ballot"]
    assert (whole.choices[0].message.content, whole.fusion["answer_kind"]) == (SMALL, "voted")
    assert (ballot["weighed_by"], ballot["result"], ballot["winner"]) == ("accuracy", "majority", "B")
    # Of a family that agrees, both together weigh as much as one.
    weights = [round(sum(vote["weight"] for vote in one["votes"]), 2) for one in ballot["classes"]]
    assert weights == [2.85, 0.4]
    assert (run.recipe.strategy, run.recipe.settings.calibration.task) == ("weighted", "heights")


@pytest.mark.parametrize(
    ("body", "answer", "basis", "notice"),
    [
        ({"weigh_by": "hand", "weights": {"A": 1, "B": 1, "C": 2}}, SURE, "hand", ""),
        ({"weights": {"A": 2, "C": 1}}, TALL, "hand", ""),
        ({}, TALL, "equal", "No accuracy was measured for this panel, so all votes weigh the same."),
        (
            {"calibration": {"members": [{"model": "up/other", "correct": 9, "items": 10}]}},
            TALL,
            "equal",
            "The calibration measured no model of this panel, so it is not applied.",
        ),
    ],
)
def test_run_says_what_its_votes_weigh(voters, http, body, answer, basis, notice) -> None:
    document = ended(http, {**PANEL, "strategy": "weighted", **body})

    assert document["ballot"]["weighed_by"] == basis
    assert document["notices"] == ([notice] if notice else [])
    assert document["answer"]["text"] in (TALL, SURE)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"strategy": "early_exit"}, "no calibration was chosen; so the vote ends once nobody can change it."),
        (
            {"strategy": "cascade", "calibration": MEASURED},
            "the calibration certifies nothing for this first stage; so a stage agrees only where all say the same.",
        ),
    ],
)
def test_run_says_that_no_certificate_can_hold(voters, http, body, why) -> None:
    told = ended(http, {**PANEL, **body, "at_certificate": True})["notices"]

    assert f"No certificate can hold here, as {why}" in told
    assert not any("certificate" in one for one in ended(http, {**PANEL, **body})["notices"])


def test_votes_weigh_by_price_as_it_was_when_the_run_was_made(voters, http) -> None:
    document = ended(http, {**PANEL, "strategy": "weighted", "weigh_by": "cost"})

    assert document["recipe"]["weights"].keys() == {"A", "B", "C"}
    assert document["ballot"]["weighed_by"] == "cost"


def test_the_sdk_gets_the_answer_that_no_outstanding_member_could_change(voters, sdk, http) -> None:
    voters.upstream.script("elm", "ok", text=SMALL, gate_after=0)
    fusion = {"fusion": {**PANEL, "strategy": "early_exit"}}

    whole = sdk.chat.completions.create(model="fusion", messages=ASK, extra_body=fusion)

    assert whole.choices[0].message.content == TALL
    document = http.get(f"/api/v1/runs/{Run.objects.get().public_id}").json()
    ballot = document["ballot"]
    assert (document["answer"]["text"], document["answer"]["kind"]) == (TALL, "voted")
    assert (ballot["exit"], ballot["waived"], ballot["nulls"], ballot["members"]) == ("certain", ["B"], [], 3)
    assert [(call["slot"], call["status"]) for call in document["calls"]] == [
        ("A", "done"),
        ("B", "cancelled"),
        ("C", "done"),
    ]
    # Who was cut off had been sent the question, and may be billed for it: that counts.
    costs = [call["cost"] for call in document["calls"]]
    assert costs[1] > 0
    assert document["cost"] == pytest.approx(sum(costs))
    assert document["notices"] == [
        "B was not waited for: it could not have changed the result. A call that was cut off may be billed.",
    ]


def test_calibration_is_named_and_its_version_is_kept_with_the_run(voters, http) -> None:
    records = tuple(MemberRecord(model=one["model"], correct=one["correct"], items=200) for one in STRONG_ELM)
    save_calibration(User.objects.get(username="alice"), "Heights", Calibration(members=records))

    document = ended(http, {**PANEL, "strategy": "weighted", "calibration": "Heights"})
    unknown = http.post("/api/v1/runs", json={"prompt": "?", **PANEL, "strategy": "weighted", "calibration": "Depths"})

    kept = document["recipe"]["calibration"]
    assert (document["answer"]["text"], kept["name"], kept["version"]) == (SMALL, "Heights", 1)
    error = unknown.json()["error"]
    assert (error["code"], error["message"]) == ("unknown_calibration", "There is no calibration “Depths” of yours.")


def test_calibration_of_another_system_prompt_is_void_and_says_so(voters, sdk) -> None:
    records = tuple(MemberRecord(model=one["model"], correct=one["correct"], items=200) for one in STRONG_ELM)
    slots = [SlotSpec(slot=slot, model=name) for slot, name in zip("ABC", PANEL["panel"], strict=True)]
    made = Calibration(members=records, panel=panel_fingerprint(slots), prompt=prompt_fingerprint("Be brief."))
    save_calibration(User.objects.get(username="alice"), "Heights", made)
    fusion = {**PANEL, "strategy": "weighted", "calibration": "Heights"}

    same, other = (
        sdk.chat.completions.create(
            model="fusion", messages=[{"role": "system", "content": system}, *ASK], extra_body={"fusion": fusion}
        )
        for system in ("Be brief.", "Be long.")
    )

    assert [one.fusion["ballot"]["weighed_by"] for one in (same, other)] == ["accuracy", "equal"]
    void = Run.objects.latest("pk").recipe.settings.calibration.void
    assert void == "The calibration “Heights” was made under another system prompt, so it is not applied."


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({"strategy": "vote", "weights": {"A": 1}}, "fusion.weights", "“weighted” and “early_exit” weigh votes"),
        ({"strategy": "weighted", "at_certificate": True}, "fusion.at_certificate", "accept at a certificate"),
        ({"strategy": "vote", "threshold": 0.7}, "fusion.threshold", "Only the strategy “cascade”"),
        (
            {"strategy": "cascade", "threshold": 0.7, "at_certificate": True},
            "fusion.threshold",
            "or at the share that is certified. Choose one of the two.",
        ),
        ({"strategy": "weighted", "weights": {"A": 0}}, "fusion.weights", "need a weight above 0"),
        ({"strategy": "weighted", "weights": {"D": 1}}, "fusion.weights", "does not have"),
        *(
            ({"strategy": "early_exit", "weights": {"A": 1}, "weigh_by": by}, "fusion.weights", "weigh by `hand`")
            for by in ("cost", "accuracy", "equal")
        ),
        (
            {"strategy": "early_exit", "at_certificate": True, "answer_kind": "meaning"},
            "fusion.at_certificate",
            "Groups of texts by meaning have no certificate",
        ),
        ({"strategy": "best_of", "calibration": MEASURED}, "fusion.calibration", "have a use for measured"),
    ],
)
def test_weights_that_mean_nothing_are_refused(voters, http, body, field, sentence) -> None:
    answer = http.post("/api/v1/runs", json={"prompt": "How high?", **PANEL, **body})

    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, field)
    assert sentence in error["message"]


@pytest.mark.parametrize(
    ("strategy", "name", "value"),
    [
        ("weighted", "weights", {"A": 1}),
        ("weighted", "json_fields", "winner"),
        ("early_exit", "weigh_by", "cost"),
        ("early_exit", "at_certificate", True),
        ("cascade", "threshold", 0.7),
        ("cascade", "calibration", MEASURED),
        ("vote", "labels", ["a", "b"]),
        (None, "answer_kind", "number"),
        (None, "stages", [["A", "B"], ["C"]]),
        ("vote", "layers", 2),
    ],
)
def test_option_of_a_panel_of_one_is_refused_for_that_reason(voters, http, strategy, name, value) -> None:
    refused = http.post("/api/v1/runs", json={"prompt": "?", "panel": ["up/oak"], "strategy": strategy, name: value})

    error = refused.json()["error"]
    assert (refused.status_code, error["param"]) == (400, f"fusion.{name}")
    assert error["message"].startswith("A panel of one is always “single”")


@pytest.mark.parametrize(
    ("kept", "said", "expected"),
    [
        ({"at_certificate": True}, {"threshold": 0.7}, (0.7, False)),
        ({"threshold": 0.7}, {"at_certificate": True}, (None, True)),
        ({"threshold": 0.7}, {"at_certificate": False}, (0.7, False)),
        ({"threshold": 0.7}, {}, (0.7, False)),
    ],
)
def test_request_says_when_a_stage_agrees_in_place_of_its_preset(panel, http, kept, said, expected) -> None:
    panel.strategy, panel.votes = "cascade", VoteOptions(**kept)
    panel.save()

    made = http.post("/api/v1/runs", json={"prompt": "How high?", "preset": panel.slug, **said}).json()

    own = Run.objects.get(public_id=made["id"]).recipe.settings
    assert (own.threshold, own.at_certificate) == expected


def test_run_counts_only_what_it_is_told_to(voters, http) -> None:
    voters.upstream.script("oak", "ok", text="It is surely not spam.")
    voters.upstream.script("elm", "ok", text="Not spam. The answer is 5.")
    voters.upstream.script("yew", "ok", text="The answer is 5.")
    fusion = {**PANEL, "strategy": "vote", "labels": ["spam", "Not spam"]}

    document = ended(http, fusion)
    settings = Run.objects.get(public_id=document["id"]).recipe.settings

    ballot = document["ballot"]
    assert (ballot["counts"], ballot["labels"]) == ("label", ["spam", "Not spam"])
    assert (ballot["result"], ballot["winner"], ballot["nulls"]) == ("majority", "A", ["C"])
    assert [one["answer"] for one in ballot["classes"]] == ["Not spam"]
    assert (settings.answer_kind, settings.labels) == ("label", ("spam", "Not spam"))


@pytest.mark.parametrize("strategy", ["vote", "weighted", "early_exit", "cascade"])
def test_texts_that_say_the_same_are_counted_where_meanings_count(voters, http, strategy) -> None:
    voters.upstream.script("oak", "ok", text="The council owned the old bridge until 1987.")
    voters.upstream.script("elm", "ok", text="The old bridge was owned by the council until 1987.")
    voters.upstream.script("yew", "ok", text="The council owned the old bridge until 1978.")

    document = ended(http, {**PANEL, "strategy": strategy, "answer_kind": "meaning"})

    ballot = document["ballot"]
    assert (ballot["counts"], ballot["winner"]) == ("meaning", "A")
    assert [vote["slot"] for vote in ballot["classes"][0]["votes"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"strategy": "fuse", "answer_kind": "number"}, "fusion.answer_kind"),
        ({"strategy": "best_of", "labels": ["a", "b"]}, "fusion.labels"),
        ({"strategy": "vote", "answer_kind": "label"}, "fusion.labels"),
        ({"strategy": "vote", "answer_kind": "number", "labels": ["a", "b"]}, "fusion.labels"),
        ({"strategy": "weighted", "labels": ["a", "A"]}, "fusion.labels"),
        ({"strategy": "early_exit", "labels": ["a", " b"]}, "fusion.labels"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_parameter(voters, http, body, param) -> None:
    refused = http.post("/api/v1/runs", json={"prompt": "Is it?", **PANEL, **body})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
