"""Holders of a point in the forms that models have for them, each with its quote, and scores of an answer."""

import json

import pytest

from apps.fusion.judging.reply import parse_reply

ANSWERS = {"A": "The slope is steep.", "B": "It is 330 m tall.", "C": "It is old."}
EMPTY = {name: [] for name in ("consensus", "contradictions", "partial_coverage", "unique_insights", "blind_spots")}


def parse(reply):
    return parse_reply(json.dumps(reply), ANSWERS, {letter: letter for letter in ANSWERS}, "maker/judge")


HELD = {"A": "The slope is", "B": "It is 330 m tall."}


@pytest.mark.parametrize(
    "support",
    [
        [{letter: quote} for letter, quote in HELD.items()],
        {letter: {"quote": quote} for letter, quote in HELD.items()},
        {letter: [quote] for letter, quote in HELD.items()},
        [[letter, quote] for letter, quote in HELD.items()],
        [f"{letter}: {quote}" for letter, quote in HELD.items()],
        [{"answer": [letter], "quote": [quote]} for letter, quote in HELD.items()],
        [{"answers": [letter], "quotes": [quote]} for letter, quote in HELD.items()],
    ],
)
def test_supporters_in_another_form_are_these_with_their_quotes(support):
    [finding] = parse({**EMPTY, "consensus": [{"point": "It is tall", "support": support}]}).findings

    assert {one.slot: (one.quote, one.verified) for one in finding.evidence} == {
        letter: (quote, True) for letter, quote in HELD.items()
    }


@pytest.mark.parametrize("support", [{"answer": "B", "quote": "330 m tall"}, {"B": "330 m tall"}, ["B: 330 m tall"]])
def test_single_supporter_is_no_two_answers(support):
    [finding] = parse({**EMPTY, "partial_coverage": [{"point": "It is tall", "support": support}]}).findings

    assert [(one.slot, one.quote, one.verified) for one in finding.evidence] == [("B", "330 m tall", True)]


@pytest.mark.parametrize("name", ["quotes", "quote", "excerpts", "verbatim_quotes"])
@pytest.mark.parametrize("holders", ["support", "answers", "supporters"])
def test_quotes_in_a_list_beside_that_of_the_supporters_are_theirs(name, holders):
    entry = {"point": "It is tall", holders: [*HELD], name: [*HELD.values()]}

    [finding] = parse({**EMPTY, "consensus": [entry]}).findings

    assert {one.slot: (one.quote, one.verified) for one in finding.evidence} == {
        letter: (quote, True) for letter, quote in HELD.items()
    }


@pytest.mark.parametrize("quotes", [["The slope is"], ["The slope is", "330 m tall", "old"], []])
def test_quotes_that_do_not_pair_with_the_supporters_are_nobodys(quotes):
    [finding] = parse(
        {**EMPTY, "consensus": [{"point": "It is tall", "support": ["A", "B"], "quotes": quotes}]}
    ).findings

    assert [(one.slot, one.quote) for one in finding.evidence] == [("A", ""), ("B", "")]


SIDES = {"B": ("330 m", "330 m tall"), "A": ("300 m", "The slope")}


@pytest.mark.parametrize(
    "entry",
    [
        {
            f"{word}_{mark}": {"stance": said, "support": [{"answer": slot, "quote": quote}]}
            for (slot, (said, quote)), mark in zip(SIDES.items(), marks, strict=True)
        }
        for word, marks in [("stance", "ab"), ("side", "12"), ("position", "ab"), ("view", "12")]
    ]
    + [
        {
            key: value
            for (slot, (said, quote)), mark in zip(SIDES.items(), marks, strict=True)
            for key, value in {f"stance{mark}": said, f"support{mark}": [slot], f"quote{mark}": quote}.items()
        }
        for marks in (["_a", "_b"], ["_1", "_2"], ["1", "2"], ["A", "B"])
    ],
)
def test_sides_under_lettered_keys_are_read(entry):
    [finding] = parse({**EMPTY, "contradictions": [{"topic": "Height", **entry}]}).findings

    assert (finding.text, [(one.slot, one.stance, one.verified) for one in finding.evidence]) == (
        "Height",
        [("B", "330 m", True), ("A", "300 m", True)],
    )


def test_letter_of_a_key_alone_is_no_answer():
    entry = {"topic": "Height", "stance_a": "330 m", "stance_b": "300 m"}
    other = {"point": "It is tall", "support": ["A", "B"]}

    analysis = parse({**EMPTY, "consensus": [other, other], "contradictions": [entry]})

    assert [one.kind for one in analysis.findings] == ["consensus"] * 2
    assert "contradiction without two sides" in analysis.note


@pytest.mark.parametrize(
    "sides",
    [
        {"stances": [{"stance": True, "support": ["A"]}, {"stance": False, "support": ["B"]}]},
        {"stances": {"A": True, "B": False}},
        {"stances": {"A": {"stance": True}, "B": {"stance": False}}},
        {"A": True, "B": False},
        {"sides": [{"answer": "A", "position": True}, {"answer": "B", "position": False}]},
        {"stance_a": True, "support_a": ["A"], "stance_b": False, "support_b": ["B"]},
    ],
)
def test_side_may_only_say_whether_it_is_so(sides):
    [finding] = parse({**EMPTY, "contradictions": [{"topic": "It is safe", **sides}]}).findings

    assert [(one.slot, one.stance) for one in finding.evidence] == [("A", "true"), ("B", "false")]


def test_quotes_of_both_sides_may_be_a_map():
    sides = {"330 m": {"B": "330 m tall"}, "300 m": {"A": "The slope"}}

    [finding] = parse({**EMPTY, "contradictions": [{"topic": "Height", "stances": sides}]}).findings

    assert [(one.slot, one.stance, one.verified) for one in finding.evidence] == [
        ("B", "330 m", True),
        ("A", "300 m", True),
    ]


@pytest.mark.parametrize("support", [[["A"], ["B"]], [{"B": 1, "quote": "x"}], [{"from": {"letter": "A"}}], [[]]])
def test_point_whose_holders_cannot_be_read_is_not_of_all(support):
    points = [{"point": "It is tall", "support": ["A", "B"]}, {"point": "It is old", "support": support}]

    analysis = parse({**EMPTY, "consensus": points})

    assert [finding.text for finding in analysis.findings] == ["It is tall"]
    assert "Left out: 1 point that no answer holds." in analysis.note


def test_scores_of_an_answer_may_be_a_map():
    scores = {"accuracy": 4, "depth": {"score": "3/5", "reason": "It is short."}, "style": "good"}
    said = [{"answer": "A", "scores": scores}, {"answer": "B", "criterion": "accuracy", "score": 9, "more": {"x": 2}}]

    analysis = parse({**EMPTY, "assessments": said})

    assert [(one.slot, one.criterion, one.score, one.reason) for one in analysis.assessments] == [
        ("A", "accuracy", 4, ""),
        ("A", "depth", 3, "It is short."),
    ]
    assert "Left out: 1 assessment without a score from 1 to 5." in analysis.note


def test_conclusions_that_differ_in_their_full_stop_are_one():
    said = {"A": "330 metres", "B": "330 metres.", "C": "300 metres"}

    analysis = parse(
        {**EMPTY, "bottom_lines": [{"answer": slot, "bottom_line": line, "quote": ""} for slot, line in said.items()]}
    )

    assert [line.slots for line in analysis.bottom_lines] == [("A", "B"), ("C",)]
