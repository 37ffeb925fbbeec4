"""Cutting texts to the room there is: all to the same length, at a paragraph's end, saying how much is left out."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

LEAST = 200
"""Characters of each text that are kept however little room there is."""
TAIL = 0.4
"""The share of a shortened text that its end gets: conclusions stand there."""
MARK = "[… {count:,} characters of this {what} are not shown …]"
MARK_LENGTH = 80
"""Characters that the mark of what is left out takes at most, with the breaks around it."""


class Trimmed(NamedTuple):
    """Texts as they are shown, and the share (0 to 1) of each that is shown."""

    texts: dict[str, str]
    coverage: dict[str, float]


class _Cut(NamedTuple):
    text: str
    shown: int


def trimmed(texts: Mapping[str, str], room: int | None, what: str = "") -> Trimmed:
    """Cut texts so that together they take at most ``room`` characters; ``None`` is room for all.

    Of ``what`` is cut ("answer") the beginning and the end are kept, and a mark between them says what is not shown.
    Without a word for it the beginning alone is kept, unmarked: for readers that would repeat a mark.
    """
    length = _common_length([len(text) for text in texts.values()], room)
    cuts = {key: _Cut(text, len(text)) for key, text in texts.items()}
    if length is not None:
        shorten: Callable[[str], _Cut] = lambda text: _shortened(text, length, what)  # noqa: E731 - a choice of two
        cuts = {key: shorten(text) for key, text in texts.items()}
    coverage = {key: round(cuts[key].shown / len(text), 4) if text else 1.0 for key, text in texts.items()}
    return Trimmed({key: one.text for key, one in cuts.items()}, coverage)


def shortened(text: str, length: int, what: str) -> str:
    """Return the beginning and the end of a text in at most ``length`` characters, with a mark for what is between."""
    return _shortened(text, length, what).text


def _shortened(text: str, length: int, what: str) -> _Cut:
    if len(text) <= length:
        return _Cut(text, len(text))
    # Where a mark would take half of the room, more is said by the words.
    if not what or length < 2 * MARK_LENGTH:
        beginning = cut(text, length)
        return _Cut(beginning, len(beginning))
    room = length - MARK_LENGTH
    head, tail = cut(text, room - int(TAIL * room)).rstrip(), _end(text, int(TAIL * room)).lstrip()
    shown = len(head) + len(tail)
    return _Cut(f"{head}\n{MARK.format(count=len(text) - shown, what=what)}\n{tail}", shown)


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


def _end(text: str, length: int) -> str:
    """Return at most the last ``length`` characters of a text, from the start of a paragraph, a sentence or a word."""
    start = len(text) - length
    for begin in ("\n\n", "\n", ". ", " "):
        at = text.find(begin, start, start + length // 2)
        if at >= 0:
            return text[at + len(begin) :]
    return text[start:]


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
