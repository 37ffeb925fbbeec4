"""Quotes are found where they stand, however they are typeset, and never where they do not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.judging.quotes import find, locate

ANSWER = """The **Eiffel Tower** is 324 metres tall.

It was “completed” in 1889 — for the World’s Fair.
Today it’s visited by 7 million people, who don't mind the queue. See `snake_case`, 2*3 and ﬁne Straße."""


@pytest.mark.parametrize(
    "quote, found",
    [
        ("324 metres tall", "324 metres tall"),
        ("the eiffel tower is", "The **Eiffel Tower** is"),
        ('It was "completed" in 1889 - for the World\'s Fair', "It was “completed” in 1889 — for the World’s Fair"),
        ("  World's Fair.\nToday it's ", "World’s Fair.\nToday it’s"),
        ("tall. It was", "tall.\n\nIt was"),
        ('"324 metres tall."', "324 metres tall."),
        ("snake_case, 2*3 and fine strasse", "snake_case`, 2*3 and ﬁne Straße"),
        ("The Eiffel Tower … for the World's Fair", ANSWER[: ANSWER.index("Fair") + 4]),
        ("… 324 metres [...] in 1889 ...", ANSWER[ANSWER.index("324") : ANSWER.index("1889") + 4]),
        ("1889", "1889"),
    ],
)
def test_locate_finds_a_quote_under_typographic_differences(quote, found):
    span = locate(quote, ANSWER)

    assert span is not None
    assert ANSWER[slice(*span)] == found


@pytest.mark.parametrize(
    "quote",
    [
        "",
        " ",
        "…",
        "is",
        "to",
        "otr",
        "iffe",
        "189",
        "325 metres tall",
        "The Eiffel Tower is 342 metres tall.",
        "visited by 7 million people, who do mind the queue",
        "The Louvre houses the Mona Lisa",
        "for the World's Fair … The Eiffel Tower",
        "23",
    ],
)
def test_locate_does_not_find_what_is_not_said(quote):
    assert locate(quote, ANSWER) is None


def test_find_tells_an_inexact_quote_from_an_exact_one():
    assert find("visited by 7 million people", ANSWER).exact is True
    assert find("It was complete in 1889 - for the Worlds Fair", ANSWER).exact is False


@pytest.mark.parametrize("text", ["42", "東京です。", "**No.**"])
def test_locate_finds_a_whole_short_answer(text):
    assert locate(text, text) is not None


@given(st.text(), st.text())
def test_locate_gives_spans_inside_the_text(quote, text):
    span = locate(quote, text)

    assert span is None or 0 <= span[0] < span[1] <= len(text)


@given(st.text(min_size=20), st.data())
def test_locate_finds_every_slice_that_says_something(text, data):
    start = data.draw(st.integers(0, len(text) - 13))
    quote = text[start : start + 13]

    span = locate(quote, text)

    assert span is not None or sum(char.isalnum() for char in quote) < 13


def test_fifty_quotes_in_a_long_answer_take_a_second_at_most():
    words = [f"word{number % 977} of {number * 7 % 1013}" for number in range(1_500)]
    answer = " ".join(words)[:20_000]
    quotes = [" ".join(words[at : at + 20]).replace("word", "ward", 2) for at in range(0, 1_000, 20)]
    started = time.process_time()

    found = [locate(quote, answer) for quote in quotes]

    assert time.process_time() - started < 1
    assert len([span for span in found if span]) == 50
