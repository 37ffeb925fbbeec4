"""Texts as quotes of them are looked up: words that are read at once are folded like their characters."""

import random
import re
import unicodedata

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
    *("> ", "# ", "Gro\u0308ße ", "e\u0301cole", "*e\u0301*", "\u1112\u1161\u11ab", "İ", " \u0301"),
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


@pytest.mark.parametrize(
    "text", ["Größe der école", "한국어 문장", "がぎぐ と ば", "ầ ộ ǰ x̂", "ΐ Ά", "İstanbul ISPARTA", "Å Ω ﬁ", "আমরা কোন"]
)
def test_text_in_several_characters_a_letter_is_folded_like_one_in_single_ones(text: str) -> None:
    whole, apart = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))

    one, other = folding.fold(whole), folding.fold(apart)

    assert one.text == other.text
    spans = zip(one.starts, one.ends, other.starts, other.ends, strict=True)
    assert all(whole[start:end] in unicodedata.normalize("NFC", apart[first:last]) for start, end, first, last in spans)


def test_accents_without_end_are_folded_in_linear_time() -> None:
    folded = folding.fold("e" + "\u0301" * 20_000 + " x\u0302 ")

    assert max(end - start for start, end in zip(folded.starts, folded.ends, strict=True)) == 31
