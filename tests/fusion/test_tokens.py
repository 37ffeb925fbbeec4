"""Counting tokens is quick and safe, whatever the text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.tokens import MOST_CHARACTERS, PIECE, count_tokens, rough_tokens


@pytest.mark.parametrize("text, tokens", [("", 0), ("a", 1), ("word" * 25, 25), ("東京です", 4)])
def test_rough_tokens_is_a_quarter_of_the_characters(text, tokens):
    assert rough_tokens(text) == tokens


@pytest.mark.parametrize(
    "text, tokens",
    [("", 0), ("The tower is 330 m", 6), ("<|endoftext|>", 7), ("a" * (2 * PIECE), 2 * PIECE // 8)],
)
def test_count_tokens_counts_in_a_public_vocabulary(text, tokens):
    assert count_tokens(text) == tokens


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "😀👩‍👩‍👧" * 30_000, "東京タワーは高い" * 25_000, "\n" * 200_000, "\ud800" * 200]
)
def test_count_tokens_of_hostile_text_is_quick(text):
    count_tokens("")
    began = time.process_time()

    tokens = count_tokens(text)

    assert time.process_time() - began < 1
    assert 0 < tokens <= 4 * len(text)


def test_count_tokens_of_an_enormous_text_is_the_rule_of_thumb():
    text = "12345678" * (MOST_CHARACTERS // 8 + 1)

    assert count_tokens(text) == len(text) // 4


@given(st.text())
def test_count_tokens_never_raises(text):
    assert (count_tokens(text) > 0) == bool(text)
