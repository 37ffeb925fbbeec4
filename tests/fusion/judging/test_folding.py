"""Texts as quotes of them are looked up: words that are read at once are folded like their characters."""

import random
import re

import pytest

from apps.fusion.judging import folding

PIECES = [
    *(
        "The Tower",
        "  ",
        " ",
        "\n",
        "- ",
        "\t",
        "330",
        "*",
        "**",
        "_",
        "~~",
        "`",
        "```py\n",
        "$5",
        "$x^2$",
        "\\(",
        "\\text{m}",
    ),
    *("\\text{m}", "[link](https://a.example)", "&amp;", "<b>", "10²", "Über", "“so”", "‐", "a_b", "2 * 3", "\\times"),
    *("> ", "# "),
]


@pytest.mark.parametrize("seed", range(40))
def test_words_that_are_read_at_once_are_folded_like_their_characters(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(random.Random(seed).choices(PIECES, k=60))
    at_once = folding.fold(text)

    monkeypatch.setattr(folding, "_PLAIN_RUN", re.compile("(?!)"))

    assert at_once == folding.fold(text)
    assert len(at_once.text) == len(at_once.starts) == len(at_once.ends)
