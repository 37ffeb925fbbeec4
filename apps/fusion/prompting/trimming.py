"""Cutting texts to the room there is: all to the same length, at a paragraph's end, saying how much is left."""

from collections.abc import Mapping
from typing import NamedTuple

LEAST = 200
"""Characters of each text that are kept however little room there is."""


class Trimmed(NamedTuple):
    """Texts as they are shown, and the share (0 to 1) of each that is shown."""

    texts: dict[str, str]
    coverage: dict[str, float]


def trimmed(texts: Mapping[str, str], room: int | None) -> Trimmed:
    """Cut texts so that together they take at most ``room`` characters; ``None`` is room for all."""
    length = _common_length([len(text) for text in texts.values()], room)
    shown = {key: text if length is None else cut(text, length) for key, text in texts.items()}
    coverage = {key: round(len(shown[key]) / len(text), 4) if text else 1.0 for key, text in texts.items()}
    return Trimmed(shown, coverage)


def cut(text: str, length: int) -> str:
    """Return at most ``length`` characters of a text, up to the end of a paragraph, a sentence or a word."""
    if len(text) <= length:
        return text
    for end, keep in (("\n\n", 0), ("\n", 0), (". ", 1), (" ", 0)):
        # Not in the first half: an early break would leave most of the room unused.
        at = text.rfind(end, length // 2, length)
        if at >= 0:
            return text[: at + keep]
    return text[:length]


def _common_length(lengths: list[int], room: int | None) -> int | None:
    """Return the length to cut the longest texts to so that all fit; room that short texts leave is shared."""
    if room is None or sum(lengths) <= room:
        return None
    left = room
    for count, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - count)
        if length > share:
            return max(share, LEAST)
        left -= length
    return None
