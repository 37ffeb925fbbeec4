"""Reasoning written into the text is told apart, wherever the stream is cut."""

import pytest

from apps.providers.base import Reasoning, Text
from apps.providers.thinking import ThinkSplitter


def split(pieces):
    """The reasoning and the text that come out of these pieces."""
    splitter = ThinkSplitter()
    chunks = [chunk for piece in pieces for chunk in splitter.feed(piece)] + list(splitter.flush())
    reasoning = "".join(chunk.text for chunk in chunks if isinstance(chunk, Reasoning))
    return reasoning, "".join(chunk.text for chunk in chunks if isinstance(chunk, Text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>Hm. 1 < 2.</think>\n\nYes.", ("Hm. 1 < 2.", "Yes.")),
        ("\n<think>Hm.</think>Yes.", ("Hm.", "Yes.")),
        ("<think></think>Yes.", ("", "Yes.")),
        ("<think>Never closed", ("Never closed", "")),
        ("Use <think> tags.</think>", ("", "Use <think> tags.</think>")),
        ("<thinker>", ("", "<thinker>")),
        ("<thi", ("", "<thi")),
        ("Yes.", ("", "Yes.")),
        ("", ("", "")),
        ("<think>a</think>b</think>c", ("a", "b</think>c")),
        ("<think>a</thin b</think>c", ("a</thin b", "c")),
    ],
)
def test_split_is_the_same_wherever_the_text_is_cut(text, expected):
    assert split([text]) == expected
    assert split(text) == expected
    for cut in range(len(text)):
        assert split([text[:cut], text[cut:]]) == expected


def test_text_before_a_tag_is_impossible_to_hold_back_forever():
    splitter = ThinkSplitter()

    assert list(splitter.feed("Y")) == [Text("Y")]
