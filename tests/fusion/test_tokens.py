"""Estimating tokens is quick and safe, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.tokens import count_tokens


@pytest.mark.parametrize("text, tokens", [("", 0), ("a", 1), ("word" * 25, 25), ("東京です", 4), ("東京 is", 3)])
def test_count_tokens_is_a_quarter_of_the_characters_and_all_of_dense_ones(text, tokens):
    assert count_tokens(text) == tokens


@given(st.text())
def test_count_tokens_never_raises(text):
    assert (count_tokens(text) > 0) == bool(text)
