"""Quotes are found where they stand, however they are typeset, and never where they do not."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.judging.quotes import MOST_NEARLY, QuoteSearch, find, locate

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
    "quote, found",
    [
        ("die Größe der école", "Die Größe der école"),
        ("Größe", "Größe"),
        ("istanbul ist groß", "İstanbul ist groß"),
        ("İSTANBUL", "İstanbul"),
        ("한국어는 어렵다", "한국어는 어렵다"),
        ("die Grosse", None),
        ("der ecole", None),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("form_of_quote", ["NFC", "NFD"])
def test_accents_are_found_however_they_are_encoded(quote, found, form, form_of_quote):
    text = unicodedata.normalize(form, "Die Größe der école. İstanbul ist groß, und 한국어는 어렵다.")

    span = locate(unicodedata.normalize(form_of_quote, quote), text)

    assert (span and text[slice(*span)]) == (found and unicodedata.normalize(form, found))


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


SAID = (
    "The closing song of the album was sung by Lennart Berg in Malmö, and it ran for 8 hours. "
    "The night low was 5 degrees in the valley. So $x = 3$ holds, and \\(y \\leq 4\\) too. "
    "It was not found in the city. It cost $5 and rose 7%. Use `a != b` and 2 ** 3, or `x - y`. "
    "The ship had -5 degrees. It's unable to attend the meeting. It makes 40 MW and 10² m. See [the "
    "docs](http://x.test/z) &amp; more. It is his brother who sings on her album. The hours were long "
    "for the players. It is non-toxic to dogs. Option A "
    "won. So use `None`, and it prints `ABC`. The range is 3-5 km, at 1.5 kg. 値は300米です。 "
    "The lake covers 10 km² and flows at 5 m/s; it is 4 m deep/wide¹ there."
)


@pytest.mark.parametrize(
    "quote",
    [
        "The closing song of the album was sung by Robert Berg in Malmö, and it ran for 8 hours",
        "and it ran for 8 minutes",
        "and it ran for 80 hours",
        "the opening song of the album was sung by Lennart Berg",
        "The night low was -5 degrees in the valley",
        "The ship had 5 degrees",
        "5 degrees. It's unable to attend",
        "It was found in the city",
        "It cost 5 and rose 7%",
        "It cost €5 and rose 7%",
        "It cost $5 and rose 7",
        "It cost $5 and rose 7 points",
        "Use a == b and 2 ** 3",
        "Use a != b and 2 * 3",
        "2 ** 3, or x + y",
        "able to attend the meeting",
        "It is her brother who sings on her album",
        "It is his brother who sings on his album",
        "It makes 40 mW and",
        "It makes 40 kW and",
        "and 102 m",
        "toxic to dogs",
        "The range is 3",
        "5 km, at 1.5 kg",
        "5 kg. 値は",
        "So x = 3 holds, and y ≥ 4 too",
        "So x = 2 holds, and y ≤ 4 too",
        "She is his brother who sings on her album",
        "They is his brother who sings on her album",
        "So use `none`",
        "Option B won",
        "値は400米です",
        "The lake covers 10 km",
        "flows at 5 m",
        "値は300米ではない",
    ],
)
def test_quote_that_says_something_else_is_not_found(quote):
    assert find(quote, SAID) is None


@pytest.mark.parametrize(
    ("quote", "is_exact"),
    [
        ("x = 3", True),
        ("$x = 3$", True),
        ("So x = 3 holds, and y ≤ 4 too", True),
        ("use `a != b` and 2 ** 3", True),
        ("See the docs & more", True),
        ("so use none, and it prints abc", True),
        ("So use None", True),
        ("The *closing song* of the album", True),
        ("and it ran for 8 hours.", True),
        ("makes 40 MW and 10^2 m", True),
        ("値は300米です", True),
        ("The lake covers 10 km^2", True),
        ("flows at 5 m/s", True),
        ("it is 4 m deep", True),
        ("it is 4 m deep/wide", True),
        ("closing song of album was sung by Lennart Berg", False),
        ("closing songs of the album were sung by Lennart Berg", False),
        ("hours were long for players", False),
        ("The hours were long - for the players!", False),
        ("It was … found in the city", False),
    ],
)
def test_quote_may_differ_in_stop_words_endings_and_marks(quote, is_exact):
    match = find(quote, SAID)

    assert match is not None
    assert match.exact is is_exact


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


WORDS = "the a river Rhine 12 -5 $3 7% long_name “so” don't **bold** `x` 東京 2*3 |".split()


@given(st.lists(st.sampled_from(WORDS), min_size=8), st.data())
def test_locate_finds_every_run_of_whole_words(words, data):
    start = data.draw(st.integers(0, len(words) - 6))
    quote = " ".join(words[start : start + 6])

    assert locate(quote, " ".join(words)) is not None or sum(char.isalnum() for char in quote) < 13


def test_fifty_quotes_in_a_long_answer_take_a_second_at_most():
    words = [f"word{number % 977} of {number * 7 % 1013}" for number in range(1_500)]
    answer = " ".join(words)[:20_000]
    quotes = [" ".join(words[at : at + 20]).replace(" of", "", 1) for at in range(0, 1_000, 20)]
    started = time.process_time()

    found = [locate(quote, answer) for quote in quotes]

    assert time.process_time() - started < 1
    assert len([span for span in found if span]) == 50


def test_long_quote_in_a_repeating_answer_takes_a_moment():
    started = time.process_time()

    assert locate("A " * 950 + "q", "A " * 19_900) is None
    assert locate("ab x " * 190 + "q", "ab y " * 200) is None
    assert time.process_time() - started < 0.5


def test_reply_has_so_many_inexact_look_ups():
    search = QuoteSearch()
    exact, inexact = "ran for 8 hours", "closing song of album was sung by Lennart Berg"

    found = [search.find(inexact, SAID) for _ in range(MOST_NEARLY + 1)]

    assert [match is not None for match in found] == [True] * MOST_NEARLY + [False]
    assert search.find(exact, SAID) is not None
