"""Find a judge's quotes in the answers: exactly, under typographic differences, in parts, or nearly.

A quote is folded (case, white space, typographic quotes and dashes, Markdown emphasis) and looked up in the equally
folded answer; every folded character remembers where it came from, so a span always counts in the original text.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

NEARLY = 90
"""The similarity (0 to 100) from which an inexact quote counts as found."""
NEARLY_LENGTH = range(12, 2_001)
"""The lengths, in characters, of quotes that are looked up inexactly."""
MOST_TEXT = 40_000
"""The length, in characters, of the longest answer that is searched inexactly."""
MOST_PARTS = 8
LONGEST_SPAN = 4_000
"""Characters that a quote with ellipses may span; a reply could otherwise make a page of any size."""
LONGEST_GAP = 2_000
"""The most characters of the answer that an ellipsis in a quote may stand for."""

_ELLIPSIS = re.compile(r"\s*(?:\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\)|…|\.{3,})\s*")
_NUMBER = re.compile(r"\d+")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|cannot|without|nicht|nie|niemals|ohne|kein\w*)\b|n't\b",
)
_SAME = str.maketrans(
    dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("‐‑‒–—−", "-")  # noqa: RUF001 - they are the point
)
_DROPPED = set("*_~\\")
_QUOTE_MARKS = "\"' "
_EDGES = _QUOTE_MARKS + ".!"


class Match(NamedTuple):
    """Where a quote stands; ``exact`` if it differs in typography at most."""

    start: int
    end: int
    exact: bool


class _Folded(NamedTuple):
    """A text as it is compared, and for each of its characters the index in the original."""

    text: str
    origin: list[int]


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Return the span of ``quote`` in ``text`` in characters (end exclusive), or ``None`` if it is not there."""
    found = find(quote, text)
    return (found.start, found.end) if found else None


def find(quote: str, text: str) -> Match | None:
    """Find a quote like :func:`locate`, and say whether the match is exact."""
    folded = _fold(text)
    needle = _fold(quote).text.strip(_QUOTE_MARKS)
    span = _exact(needle, folded.text) or _in_parts(quote, folded.text)
    if span:
        return _match(span, folded, exact=True)
    span = _nearly(needle, folded.text)
    return _match(span, folded, exact=False) if span else None


def _match(span: tuple[int, int], folded: _Folded, exact: bool) -> Match:
    start, end = span
    return Match(folded.origin[start], folded.origin[end - 1] + 1, exact)


@lru_cache(maxsize=32)  # a judge quotes the same few answers again and again
def _fold(text: str) -> _Folded:
    chars: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        for plain in _plain(char, at, text):
            if plain == " " and (not chars or chars[-1] == " "):
                continue
            chars.append(plain)
            origin.append(at)
    return _Folded("".join(chars), origin)


def _plain(char: str, at: int, text: str) -> str:
    """Return a character as it is compared: dropped (''), unchanged, or in its plain form."""
    if char in _DROPPED:
        # Between letters or digits it is no emphasis: 2*3, snake_case.
        is_inside = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
        return char if is_inside else ""
    if char.isspace():
        return " "
    if char.isascii():
        return char.lower()
    if unicodedata.category(char) == "Cf":
        return ""
    return unicodedata.normalize("NFKC", char.translate(_SAME)).casefold()


def _weight(needle: str) -> int:
    """Return the length of a quote, with digits and characters of scripts without case counted double."""
    return sum(2 if c.isdigit() or unicodedata.category(c) == "Lo" else 1 for c in needle if c.isalnum())


def _exact(needle: str, text: str, start: int = 0) -> tuple[int, int] | None:
    # A quote this short stands in any text by chance; it proves something only if it is the whole answer.
    if not needle or (_weight(needle) < 4 and needle.strip(_EDGES) != text.strip(_EDGES)):
        return None
    at = text.find(needle, start)
    while at >= 0:
        end = at + len(needle)
        # A short quote must not cut a word at either end; scripts without spaces cannot tell.
        is_cut = _is_in_word(text[at - 1 : at], text[at]) or _is_in_word(text[end - 1], text[end : end + 1])
        if len(needle) > 12 or not is_cut:
            return at, end
        at = text.find(needle, at + 1)
    return None


def _is_in_word(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and "Lo" not in (unicodedata.category(left), unicodedata.category(right))


def _in_parts(quote: str, text: str) -> tuple[int, int] | None:
    """Find a quote with ellipses: its parts in order, not too far from one another."""
    needles = [_fold(part).text.strip(_QUOTE_MARKS) for part in _ELLIPSIS.split(quote)]
    needles = [needle for needle in needles if _weight(needle) >= 4]
    if not 0 < len(needles) <= MOST_PARTS or not _ELLIPSIS.search(quote):
        return None
    spans: list[tuple[int, int]] = []
    for needle in needles:
        span = _exact(needle, text, spans[-1][1] if spans else 0)
        if not span or (spans and span[0] - spans[-1][1] > LONGEST_GAP):
            return None
        spans.append(span)
    start, end = spans[0][0], spans[-1][1]
    return (start, end) if end - start <= LONGEST_SPAN else None


def _nearly(needle: str, text: str) -> tuple[int, int] | None:
    """Find the most similar passage, unless it differs in a number or a negation: that is another statement."""
    if len(needle) not in NEARLY_LENGTH or len(text) > MOST_TEXT or len(needle) > len(text) + 2:
        return None
    found = fuzz.partial_ratio_alignment(needle, text, score_cutoff=NEARLY)
    if found is None or found.dest_end <= found.dest_start:
        return None
    start, end = _whole_words(found.dest_start, found.dest_end, text)
    passage = text[start:end]
    is_same = all(pattern.findall(needle) == pattern.findall(passage) for pattern in (_NUMBER, _NEGATION))
    return (start, end) if is_same else None


def _whole_words(start: int, end: int, text: str) -> tuple[int, int]:
    while start > 0 and _is_in_word(text[start - 1], text[start]):
        start -= 1
    while end < len(text) and _is_in_word(text[end - 1], text[end]):
        end += 1
    while end - start > 1 and text[start] == " ":
        start += 1
    while end - start > 1 and text[end - 1] == " ":
        end -= 1
    return start, end
