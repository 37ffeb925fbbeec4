"""Final answers come first: in the analysis, in the agreement, among the outliers and in the choice of the closest."""

import pytest

from apps.fusion.comparing.overlap import closest, overlap
from apps.fusion.judging.agreement import agreement
from apps.fusion.judging.analysis import wire
from apps.fusion.judging.findings import Evidence, Finding
from apps.fusion.vocabulary import FindingKind

WORKED = {
    "A": "Each of the 3 boxes holds 6 cups, so there are 3 * 6 = 18 cups. The answer is 18.",
    "B": 'We multiply.\n\n```json\n{"steps": "3 * 6 = 18", "answer": "18"}\n```',
    "C": "Each of the 3 boxes holds 6 cups, so there are 3 * 6 = 19 cups. The answer is 19.",
}


def test_bottom_lines_say_who_concludes_what_largest_group_first():
    analysis = overlap(WORKED)

    assert [(line.text, [one.slot for one in line.evidence]) for line in analysis.bottom_lines] == [
        ("18", ["A", "B"]),
        ("19", ["C"]),
    ]
    assert all(
        WORKED[one.slot][slice(*one.span)] == one.quote for line in analysis.bottom_lines for one in line.evidence
    )


def test_different_bottom_lines_are_the_first_contradiction_with_an_outlier():
    analysis = overlap(WORKED)

    first = analysis.findings[0]
    assert (first.id, first.kind, first.text) == ("contradiction-1", FindingKind.CONTRADICTION, "Bottom line")
    assert {one.slot: one.stance for one in first.evidence} == {"A": "18", "B": "18", "C": "19"}
    assert all(one.stance in one.quote for one in first.evidence)
    assert [(one.finding, one.slot) for one in analysis.outliers] == [("contradiction-1", "C")]


def test_bottom_line_weighs_as_much_as_all_other_points_of_a_pair():
    points = [
        Finding(
            id="",
            kind=FindingKind.CONSENSUS,
            text=text,
            evidence=(Evidence(slot="A", verified=True), Evidence(slot="B", verified=True)),
        )
        for text in "abcd"
    ]

    apart = agreement(points, {("A", "B"): False})

    assert (apart.score, apart.items, apart.pairs[0].same, apart.pairs[0].items) == (0.5, 5, 4, 5)
    assert agreement(points, {("A", "B"): True}).score == 1
    assert agreement([], {("A", "B"): False}).score == 0
    assert agreement(points).score == 1


def test_closest_is_of_the_largest_group_of_equal_answers():
    answers = {
        "A": "A long story about cups, boxes and what the boxes hold. The answer is 19.",
        "B": "\\boxed{18}",
        "C": "18",
        "D": "A long story about cups, boxes and what the cups hold. The answer is 20.",
    }

    assert closest(answers) == "B"


def test_closest_of_those_who_agree_is_not_decided_by_an_outsider():
    answers = {
        "A": "The jar holds many red beads. The answer is 18.",
        "B": "The box holds some blue cubes. The answer is 18.",
        "C": "The answer is 20.",
    }

    swayed = answers | {"C": "The box holds some blue cubes, blue cubes. The answer is 20."}

    assert closest(swayed) == closest(answers) == "A"


def test_closest_is_never_a_refusal():
    answers = {
        "A": "I'm sorry, but I can't help with that.",
        "B": "The lake is deep.",
        "C": "I cannot assist with this.",
    }

    assert closest(answers) == "B"
    assert closest({"A": answers["A"], "C": answers["C"]}) in ("A", "C")


def test_consensus_of_the_others_stands_beside_a_refusal():
    analysis = overlap(
        {"A": "The lake is 40 m deep.", "B": "The lake is 40 m deep.", "C": "I'm sorry, but I can't help with that."}
    )

    assert [(one.kind, {e.slot for e in one.evidence}) for one in analysis.findings] == [
        (FindingKind.CONSENSUS, {"A", "B"}),
    ]
    assert analysis.agreement.score == 1


def test_slot_without_a_conclusion_takes_no_side():
    analysis = overlap({**WORKED, "D": "Cups are useful. People have drunk from them for ages."})

    assert {one.slot for one in analysis.findings[0].evidence} == {"A", "B", "C"}
    assert [pair.concluded for pair in analysis.agreement.pairs] == [True, False, False]


def test_letter_and_number_are_not_held_against_each_other():
    analysis = overlap({"A": "The answer is (C).", "B": "The answer is 42."})

    assert [line.text for line in analysis.bottom_lines] == ["(C)", "42"]
    assert analysis.findings == ()
    assert analysis.agreement.score is None


@pytest.mark.parametrize("key", ["answer", "slots"])
def test_wire_has_bottom_lines(key):
    first = wire(overlap(WORKED))["bottom_lines"][0]

    expected = {
        "answer": "18",
        "slots": ["A", "B"],
        "support": [
            {"slot": "A", "quote": "The answer is 18.", "verified": True, "span": [64, 81]},
            {"slot": "B", "quote": '"answer": "18"', "verified": True, "span": [46, 60]},
        ],
    }
    assert first[key] == expected[key]


def test_answer_that_is_not_read_bounds_the_agreement_of_the_others():
    answers = {"A": "Answer: 42", "B": "The answer is 42.", "C": "Some of the crates were sold before noon already."}

    found = overlap(answers).agreement
    assert (found.score, found.is_bounded) == (pytest.approx((1 + 0.5 + 0.5) / 3), True)
    assert wire(overlap(answers))["agreement"]["conclusions"] == {"read": 2, "answers": 3}
    refusing = overlap({**answers, "C": "I'm sorry, but I can't help with that."}).agreement
    assert (refusing.score, refusing.is_bounded) == (1.0, False)


def test_without_conclusions_nothing_says_how_many_were_read():
    assert overlap({"A": "Cups are useful.", "B": "Many cups are blue."}).agreement.conclusions is None
