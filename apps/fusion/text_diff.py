"""Changes between two versions of a text, word by word, and how much they are of it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel

MOST_WORDS = 12_000
"""Words of both texts together that are compared for a page; the matching takes their square in the worst case."""


class DiffPart(NamedTuple):
    """Words that both versions have, or that only the newer (``added``) or the older one (``removed``) has."""

    kind: Literal["same", "added", "removed"]
    text: str


def changed_share(before: str, after: str) -> float:
    """Return the share (0 to 1) of the words of two versions that the other one does not have in its place."""
    return float(Indel.normalized_distance(before.split(), after.split()))


def diff(before: str, after: str) -> tuple[DiffPart, ...]:
    """Return a text and its newer version as pieces, in order; of texts that are too long, both as they are."""
    old, new = _words(before), _words(after)
    if len(old) + len(new) > MOST_WORDS:
        return DiffPart("removed", before), DiffPart("added", after)
    pieces: list[DiffPart] = []
    for code in Indel.opcodes(old, new):
        if code.tag == "equal":
            pieces.append(DiffPart("same", _text(old[code.src_start : code.src_end])))
        if code.tag in ("delete", "replace"):
            pieces.append(DiffPart("removed", _text(old[code.src_start : code.src_end])))
        if code.tag in ("insert", "replace"):
            pieces.append(DiffPart("added", _text(new[code.dest_start : code.dest_end])))
    for at, (one, other) in enumerate(pairwise(pieces)):
        if (one.kind, other.kind) == ("added", "removed"):  # a reader expects what went before what came
            pieces[at : at + 2] = [other, one]
    return tuple(pieces)


def _words(text: str) -> list[str]:
    """Return the words of a text, and its line breaks as words of their own."""
    return [word for word in text.replace("\n", " \n ").split(" ") if word]


def _text(words: Sequence[str]) -> str:
    return " ".join(words).replace(" \n ", "\n").replace(" \n", "\n").replace("\n ", "\n")
