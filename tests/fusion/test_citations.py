"""Citations in an answer's text, and whether their words stand in the source."""

import re

import pytest

from apps.fusion.citations import check_citations, marks_in, without_marks
from apps.fusion.vocabulary import QuoteState

TOWER = "The Eiffel Tower is 330 metres tall since an antenna was added in 2022. It was 324 metres before."


@pytest.mark.parametrize(
    "text, marks",
    [
        ("It is tall [1].", [(1, "")]),
        ("It is tall [1, 12].", [(1, ""), (12, "")]),
        ('It is tall [3: "330 metres tall"].', [(3, "330 metres tall")]),
        ("Tall [3: “330 metres”][4]", [(3, "330 metres"), (4, "")]),
        ("Tall [3 “330 metres”].", [(3, "330 metres")]),
        ('Its words [2: "it\'s [sic"] end.', [(2, "it's [sic")]),
        ("A [1](https://a.test) link, [2]: note, `x[1]`.", []),
        ("```\nx = [1]\n```\nNo [2000] or [-1] or [ 1].", []),
    ],
)
def test_marks_are_read(text: str, marks: list[tuple[int, str]]) -> None:
    assert [(mark.number, mark.quote) for mark in marks_in(text)] == marks


@pytest.mark.parametrize(
    "text, state",
    [
        ('Tall [1: "330 metres tall"].', QuoteState.VERIFIED),
        ("Tall [1: “330  metres tall”].", QuoteState.VERIFIED),
        ('Tall [1: "335 metres tall"].', QuoteState.UNVERIFIED),
        ("Once. It was 324 metres before [1].", QuoteState.VERIFIED),
        ("It was never 324 metres before [1].", QuoteState.UNVERIFIED),
        ('Tall [9: "330 metres tall"].', QuoteState.UNVERIFIED),
        ("[1]", QuoteState.UNVERIFIED),
    ],
)
def test_words_are_looked_for_in_the_source(text: str, state: QuoteState) -> None:
    (cited,) = check_citations(text, {1: TOWER})

    assert cited.state == state
    assert (cited.found is not None) is (state is not QuoteState.UNVERIFIED)


def test_at_most_sixty_marks_are_looked_at() -> None:
    assert len(check_citations("x [1] " * 500, {1: TOWER})) == 60


@pytest.mark.parametrize(
    "text, plain",
    [
        ("ANSWER: B [1]", "ANSWER: B"),
        ("Tall [1, 2], and old[3].", "Tall, and old."),
        ('Tall [3: "330 metres tall"].', "Tall."),
        ("The list is [1, 2, 9].", "The list is [1, 2, 9]."),
        ('Tall [9: "330 metres tall"].', "Tall."),
        ("`x[1]` is 5 [2].", "`x[1]` is 5."),
        ("```\nx = [1]\n```\nTall [1].", "```\nx = [1]\n```\nTall."),
    ],
)
def test_marks_of_known_sources_are_blanked(text: str, plain: str) -> None:
    blanked = without_marks(text, {1, 2, 3})

    assert len(blanked) == len(text)
    assert re.sub(" +(?=[.,]|$)", "", blanked) == plain


@pytest.mark.parametrize(
    "text, bare",
    [
        ('{"n": [1], "t": "High [2]"}', '{"n": [1], "t": "High [2]"}'),
        ('{"t": "High [2]"}', '{"t": "High    "}'),
        ("[1, 2]", "[1, 2]"),
        ("[1] is high.", "    is high."),
    ],
)
def test_lists_of_numbers_in_json_are_no_marks(text, bare):
    assert without_marks(text, {1, 2}) == bare
