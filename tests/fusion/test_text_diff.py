"""Differences of two versions of a text: each version can be put together again from them."""

import pytest

from apps.fusion.text_diff import MOST_WORDS, changed_share, diff

BEFORE = "The tower is 300 metres high.\n\nIt was opened in 1889."


@pytest.mark.parametrize(
    ("after", "share"),
    [(BEFORE, 0), (BEFORE.replace("\n", " "), 0), ("", 1), (BEFORE.replace("300", "330"), 2 / 22)],
)
def test_share_of_words_that_changed(after, share):
    assert changed_share(BEFORE, after) == pytest.approx(share)


@pytest.mark.parametrize("after", [BEFORE, "", BEFORE.replace("300", "330") + " It is painted.", "Nothing of it."])
def test_both_versions_are_in_the_difference(after):
    parts = diff(BEFORE, after)

    for version, other in ((BEFORE, "added"), (after, "removed")):
        words = " ".join(part.text for part in parts if part.kind != other).split()
        assert words == version.split()


def test_what_changed_is_marked():
    parts = diff(BEFORE, BEFORE.replace("300", "330"))

    assert [(part.kind, part.text) for part in parts if part.kind != "same"] == [("removed", "300"), ("added", "330")]


def test_texts_that_are_too_long_are_not_compared():
    long = "word " * MOST_WORDS

    assert [part.kind for part in diff(long, "word")] == ["removed", "added"]
