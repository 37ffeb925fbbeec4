"""Estimating tokens is quick and safe, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.tokens import characters_per_token, count_tokens, fewest_tokens


@pytest.mark.parametrize(
    "text, tokens", [("", 0), ("a", 1), ("word" * 25, 25), ("東京です", 3), ("слово", 3), ("👍", 1), ("\ud800", 1)]
)
def test_count_tokens_is_a_quarter_of_the_bytes(text, tokens):
    assert count_tokens(text) == tokens


@given(st.text())
def test_count_tokens_never_raises(text):
    assert (count_tokens(text) > 0) == bool(text)


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("", 0),
        ("word" * 25, 25),
        ("x = 1\n" + " " * 400 + "y = 2", 3),
        ("слово" * 20, 25),
        ("नमस्ते" * 10, 15),
        ("สวัสดี" * 10, 15),
        ("東京です" * 10, 30),
        ("한국어" * 4, 9),
        ("👍" * 4, 3),
        ("\ud800", 1),
    ],
)
def test_fewest_tokens_counts_characters_and_most_of_an_ideograph(text, tokens):
    assert fewest_tokens(text) == tokens


@given(st.text())
def test_fewest_tokens_is_hardly_ever_more_than_the_estimate(text):
    assert fewest_tokens(text) <= count_tokens(text) + 1


@pytest.mark.parametrize(
    "text, characters",
    [("", 3), ("word", 3), ("слово", 3), ("नमस्ते", 2), ("東京", 1), ("word東京", 6 / (4 / 3 + 2)), ("\ud800", 1)],
)
def test_characters_per_token_are_fewer_where_characters_say_more(text, characters):
    assert characters_per_token(text) == pytest.approx(characters)
