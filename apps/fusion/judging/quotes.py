"""Find a judge's quotes in the answers: word for word, in parts, or else nearly.

A quote stands in an answer word for word if both are equal when folded (``folding.py``: case, spacing, typography,
emphasis, the marks of formulas and code). One that differs in stop words, endings and marks only is *similar*: the
answer's own words are then what is shown. Any other difference makes another statement of it.
"""

import re
import unicodedata
from typing import NamedTuple

from rapidfuzz import fuzz

from apps.fusion.judging.folding import Folded, fold, fold_answer, words_of
from apps.fusion.judging.likeness import denies, passage_like

NEARLY = 75
"""The similarity (0 to 100) from which a passage is compared word by word with an inexact quote."""
NEARLY_LENGTH = range(12, 2_001)
"""The lengths, in characters, of quotes that are looked up inexactly."""
MOST_TEXT = 40_000
"""The length, in characters, of the longest answer that is searched inexactly."""
PIECE = 64
"""Characters of a quote that find the place of an inexact one: time is quadratic in more of them."""
MOST_NEARLY = 300
"""Quotes of one reply that are looked up inexactly, each in one answer; hostile ones take a fifth of a second each."""
MOST_PARTS = 8
LONGEST_SPAN = 4_000
"""Characters that a quote with ellipses may span; a reply could otherwise make a page of any size."""
LONGEST_GAP = 2_000
"""The most characters of the answer that an ellipsis in a quote may stand for."""
AROUND = (0, 15, 40)
"""Characters on either side of a passage that may belong to it, tried in turn: far ones may be another sentence's."""

_ELLIPSIS = re.compile(r"\s*(?:\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\)|…|\.{3,})\s*")
_ENDS_SENTENCE = re.compile(r"[.!?。！？؟]\s|[。！？]")  # noqa: RUF001 - full-width marks end sentences
_QUOTE_MARKS = "\"' "
_EDGES = _QUOTE_MARKS + ".!"
_LAST_MARKS = _QUOTE_MARKS + ".,;:"
_SIGNS = "-+±"
_CURRENCIES = "$€£¥"
_OPERATORS = "=<>≤≥≠≈±×÷+^"
_BOUNDS = "<>≤≥≠≈~^#"
_UNIT = re.compile(r"\d\s?[^\W\d_]{1,3}$")
_PREFIX = re.compile(r"(?:^|[^a-z])(?:non|un|in|im|anti|dis|mis|ex|pre|post|pseudo|semi|half|counter|nicht)-$")


class Match(NamedTuple):
    """Where a quote stands; ``exact`` if it differs in typography at most."""

    start: int
    end: int
    exact: bool


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Return the span of ``quote`` in ``text`` in characters (end exclusive), or ``None`` if it is not there."""
    found = find(quote, text)
    return (found.start, found.end) if found else None


class QuoteSearch:
    """Finds the quotes of one reply, inexactly while it has not had too many of that."""

    def __init__(self) -> None:
        self._left = MOST_NEARLY

    def find(self, quote: str, text: str) -> Match | None:
        match = find(quote, text, is_loose=self._left > 0)
        self._left -= match is None or not match.exact
        return match


def find(quote: str, text: str, is_loose: bool = True) -> Match | None:
    """Find a quote like :func:`locate`, and say whether the match is exact, as all are unless it ``is_loose``."""
    folded, asked = fold_answer(text), fold(quote)
    needle = asked.text.strip(_QUOTE_MARKS)
    # A full stop that the quote ends in need not be the answer's.
    span = _exact(needle, folded.text) or _exact(needle.rstrip(_LAST_MARKS), folded.text)
    if span:
        start, end = folded.original(*span)
        return Match(start, end, True) if is_same_case(quote, text[start:end]) else None
    joined = _in_parts(quote, folded.text)
    if joined:
        return Match(*folded.original(*joined.span), joined.is_plain)
    span = _nearly(asked, folded, quote, text) if is_loose else None
    return Match(*folded.original(*span), False) if span else None


def is_same_case(quote: str, said: str) -> bool:
    """Return whether case changes nothing.

    It does in a unit ("mW" and "MW"), within a word ("abX" and "abx") and between marks of code ("`None`", "`none`").
    """
    quote, said = (unicodedata.normalize("NFC", one) for one in (quote, said))
    letters = [char for char in quote if char.isalpha()]
    if all(char.islower() for char in letters) or all(char.isupper() for char in letters):
        return True
    mine, theirs = list(words_of(quote)), list(words_of(said))
    if len(mine) != len(theirs):
        return True
    # The last mark may stand behind the quote.
    code = {word for part in said.split("`")[1::2] for word in words_of(part)}
    for at, (one, other) in enumerate(zip(mine, theirs, strict=True)):
        is_unit = at > 0 and mine[at - 1][-1].isdigit() and len(one) <= 4
        is_inner = one[1:] != other[1:] and not (one.isupper() or other.isupper() or (one.islower() and at == 0))
        if one != other and one.casefold() == other.casefold() and (is_unit or is_inner or other in code):
            return False
    return True


def _weight(needle: str) -> int:
    """Return the length of a quote, with digits, operators and characters of scripts without case counted double."""
    says_much = (c.isdigit() or c in _OPERATORS or unicodedata.category(c) == "Lo" for c in needle)
    return sum(2 if much else c.isalnum() for c, much in zip(needle, says_much, strict=True))


def _exact(needle: str, text: str, start: int = 0) -> tuple[int, int] | None:
    # A quote this short stands in any text by chance; it proves something only if it is the whole answer.
    if not needle or (_weight(needle) < 4 and needle.strip(_EDGES) != text.strip(_EDGES)):
        return None
    at = text.find(needle, start)
    while at >= 0:
        if not (_cuts_before(text, at) or _cuts_behind(text, at + len(needle))):
            return at, at + len(needle)
        at = text.find(needle, at + 1)
    return None


def _cuts_before(text: str, at: int) -> bool:
    """Return whether what stands before a position belongs to what begins there: a word, a sign, a currency."""
    before, first, earlier = text[at - 1 : at], text[at], text[at - 2 : at - 1] if at > 1 else ""
    if not before or before == " ":
        return False
    if _is_in_word(before, first):
        return True
    if first.isdigit() or first in _CURRENCIES or (first == "." and text[at + 1 : at + 2].isdigit()):
        is_signed = before in _SIGNS and not (earlier.isalpha() and before == "-")
        is_part = before in ".,:/" and earlier.isdigit()
        return is_signed or is_part or before in _CURRENCIES or before in _BOUNDS
    if before == "-" and first.isalpha():
        return bool(_PREFIX.search(text[max(0, at - 12) : at]))
    return before in "!¬" and (earlier in ("", " ", "(") or not earlier.isalnum())


def _cuts_behind(text: str, at: int) -> bool:
    """Return whether what stands behind a position belongs to what ends there: a word, a unit's sign, a decimal."""
    last, behind, later = text[at - 1], text[at : at + 1], text[at + 1 : at + 2]
    if not behind:
        return False
    if _is_in_word(last, behind):
        return True
    if last.isdigit():
        sign = later if behind == " " else behind
        if behind == " " and sign in _CURRENCIES and text[at + 2 : at + 3].isdigit():
            return False  # "12 $3": the sign is the next number's
        return sign in ("%", "‰", "°", *_CURRENCIES, "^") or (behind in ".,:/-" and later.isdigit())
    # "10 km" is neither "10 km²" nor "10 km/h".
    if (behind == "^" and later.isdigit()) or (behind in "/·" and later.isalpha()):
        return bool(_UNIT.search(text[max(0, at - 8) : at]))
    return behind == "'" and later == "t"


def _is_in_word(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and "Lo" not in (unicodedata.category(left), unicodedata.category(right))


class _Joined(NamedTuple):
    """The span of a quote with ellipses, and whether nothing that it leaves out denies what it says."""

    span: tuple[int, int]
    is_plain: bool


def _in_parts(quote: str, text: str) -> _Joined | None:
    """Find a quote with ellipses: its parts in order, not too far from one another."""
    needles = [fold(part).text.lstrip(_QUOTE_MARKS).rstrip(_LAST_MARKS) for part in _ELLIPSIS.split(quote)]
    needles = [needle for needle in needles if _weight(needle) >= 4]
    if not 0 < len(needles) <= MOST_PARTS or not _ELLIPSIS.search(quote):
        return None
    spans: list[tuple[int, int]] = []
    is_plain = True
    for needle in needles:
        span = _exact(needle, text, spans[-1][1] if spans else 0)
        if not span or (spans and span[0] - spans[-1][1] > LONGEST_GAP):
            return None
        gap = text[spans[-1][1] : span[0]] if spans else ""
        # "It was … found" of "It was not found" turns a sentence round.
        is_plain = is_plain and not (denies(gap) and not _ENDS_SENTENCE.search(gap))
        spans.append(span)
    start, end = spans[0][0], spans[-1][1]
    return _Joined((start, end), is_plain) if end - start <= LONGEST_SPAN else None


def _nearly(asked: Folded, folded: Folded, quote: str, answer: str) -> tuple[int, int] | None:
    """Find the passage that a quote differs from in stop words, endings and marks only."""
    needle, text = asked.text.strip(), folded.text
    if len(needle) not in NEARLY_LENGTH or len(text) > MOST_TEXT or len(needle) > len(text) + AROUND[-1]:
        return None
    windows = [(0, len(text))]
    if len(text) > len(needle) + 2 * AROUND[-1]:
        start = _place_of(needle, text)
        if start is None:
            return None
        windows = [_window(text, start - around, start + len(needle) + around) for around in AROUND]
    surface = _surface(asked, quote, 0, len(asked.text))
    for start, end in windows:
        span = passage_like(asked.text, surface, text[start:end], _surface(folded, answer, start, end))
        if span and not (_cuts_before(text, start + span[0]) or _cuts_behind(text, start + span[1])):
            return start + span[0], start + span[1]
    return None


def _place_of(needle: str, text: str) -> int | None:
    """Return about where a passage like a quote begins, by the quote's beginning or else its end."""
    for at in dict.fromkeys((0, max(0, len(needle) - PIECE))):
        found = fuzz.partial_ratio_alignment(needle[at : at + PIECE], text, score_cutoff=NEARLY)
        if found and found.dest_end > found.dest_start:
            return int(found.dest_start) - at
    return None


def _window(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span widened to whole words."""
    behind = text.find(" ", min(end, len(text)))
    return text.rfind(" ", 0, max(0, start)) + 1, len(text) if behind < 0 else behind


def _surface(folded: Folded, text: str, start: int, end: int) -> str:
    """Return a folded span, character by character, as it was written."""
    return "".join(text[at] for at in folded.starts[start:end])
