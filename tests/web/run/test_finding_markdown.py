"""A finding as it is copied: Markdown with the letters and the quotes, whatever its kind."""

import pytest

from apps.fusion.vocabulary import QuoteState
from apps.web.run.agreement import Contradiction, Point, Quote, Stance
from apps.web.run.answer_check import CheckedPoint
from apps.web.run.finding_markdown import finding_markdown

FOUND = Quote("A", "", "It is *330* m\nhigh.", QuoteState.VERIFIED)
SIMILAR = Quote("B", "", "It is 300 metre.", QuoteState.SIMILAR, source="It is 300 metres.")
MISSING = Quote("C", "", "Nobody knows.", QuoteState.UNVERIFIED)
SILENT = Quote("C", "unclear", "", QuoteState.UNVERIFIED)
OF_ANSWER = Quote("", "", "It is 330 m.", QuoteState.VERIFIED)


@pytest.mark.parametrize(
    ("finding", "markdown"),
    [
        (
            Point("c1", "How **tall** it is", ("A", "C"), (FOUND, MISSING, SILENT)),
            "How **tall** it is (A, C)\n\n> A: “It is *330* m high.”\n\n> C: “Nobody knows.” (not found in the answer)",
        ),
        (Point("c2", "It is *330* m\nhigh.", ("A",), (FOUND,)), "“It is *330* m high.” (A)"),
        (Point("c3", "A blind spot", (), ()), "A blind spot"),
        (
            Contradiction(
                "k1",
                "The\nheight",
                (
                    Stance("330 m", ("A", "D"), (FOUND,), is_outlier=False, folds=False),
                    Stance("300 m", ("B",), (SIMILAR,), is_outlier=True, folds=False),
                    Stance("", ("C",), (SILENT,), is_outlier=False, folds=True),
                ),
                (),
            ),
            "**The height**\n\n- A, D: 330 m\n  - A: “It is *330* m high.”\n"
            "- B: 300 m\n  - B: “It is 300 metres.”\n- C:",
        ),
        (
            CheckedPoint("f1", "not supported", "The figure", "A", (OF_ANSWER, FOUND), is_grounded=True),
            "**Not supported:** The figure (A)\n\n> The answer: “It is 330 m.”\n\n> A: “It is *330* m high.”",
        ),
    ],
)
def test_finding_is_copied_with_letters_and_quotes(finding, markdown):
    assert finding_markdown(finding) == markdown
