"""The spread of repeated answers: equal final answers in whatever words, their share, and the agreement."""

import pytest

from apps.fusion.answers.spread import AgreementSpread, spread_of

HALF = "The answer is 0.5."


@pytest.mark.parametrize(
    ("texts", "answers", "without", "share"),
    [
        ([], [], 0, None),
        (["The answer is 18."] * 3, [("18", 3)], 0, 1.0),
        (["The answer is 18.", "**Answer: 18**", "The answer is 20."], [("18", 2), ("20", 1)], 0, 2 / 3),
        ([HALF, "The answer is 1/2.", "The answer is 0.7."], [("1/2", 2), ("0.7", 1)], 0, 2 / 3),
        (["The answer is 18.", "", "Hard to say, it depends."], [("18", 1)], 2, 1 / 3),
        (["I cannot help with that."] * 2, [], 2, None),
    ],
)
def test_equal_final_answers_are_counted_together(texts, answers, without, share):
    found = spread_of(texts)

    assert [(one.text, one.count) for one in found.answers] == answers
    assert (found.without, found.total, found.share) == (without, len(texts), share)


@pytest.mark.parametrize(
    ("agreements", "expected"),
    [
        ((), None),
        ((None, None), None),
        ((0.5,), AgreementSpread(least=0.5, median=0.5, most=0.5)),
        ((1.0, None, 0.25, 0.5), AgreementSpread(least=0.25, median=0.5, most=1.0)),
        ((1.0, 0.5), AgreementSpread(least=0.5, median=0.75, most=1.0)),
    ],
)
def test_agreement_has_a_least_a_middle_and_a_most(agreements, expected):
    assert spread_of(["The answer is 18."], agreements).agreement == expected
