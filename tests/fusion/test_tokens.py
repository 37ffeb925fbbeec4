"""Estimating tokens is quick and safe, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.tokens import count_tokens


@pytest.mark.parametrize(
    "text, tokens", [("", 0), ("a", 1), ("word" * 25, 25), ("東京です", 3), ("слово", 3), ("👍", 1), ("\ud800", 1)]
)
def test_count_tokens_is_a_quarter_of_the_bytes(text, tokens):
    assert count_tokens(text) == tokens


@given(st.text())
def test_count_tokens_never_raises(text):
    assert (count_tokens(text) > 0) == bool(text)
