"""The numbers of a text, in figures and in words, with the sentences in which they stand."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from text_to_num import find_numbers

from apps.fusion.answers.edges import is_for_the_comparison
from apps.fusion.answers.stretches import FIGURE, signed_at
from apps.fusion.answers.values import Final, classify
from apps.fusion.languages import DECIMAL_COMMA
from apps.fusion.numerals import NUMBER_WORDS
from apps.fusion.units import OF_DOLLARS
from apps.fusion.vocabulary import FinalKind

MOST = 200
"""Numbers of a text that are weighed: its last ones, and as many of its first."""
LONGEST = 80
"""Characters of a number with its unit."""
TIMES = ("clock", "date")
"""Dimensions of what says when: an hour answers no question for a number, and of a day its year may."""
SPELT = frozenset({"en", "de", "fr", "es", "it", "pt"})
"""Languages whose number words are read, of any length (``text_to_num``)."""

_MARK = re.compile(rf"{FIGURE.pattern}|\\[dt]?frac\b|(?<!\d)(?<!\d\s)[¼½¾⅓⅔⅕⅙⅛⅜⅝⅞]")
_DIGITS = re.compile(rf"[-−]?(?:{OF_DOLLARS}\\?\$\s?|[$€£¥])?\d(?:[\d.,\u202f\u00a0]{{0,30}}\d)?")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[^\w\s]")
_WORD = re.compile(r"[^\W\d_]+")
_DOLLARS = re.compile(r"(?<![\w$])\${1,2}(?=[^\s$])([^$\n]{1,200})(?<![\s*(])\${1,2}(?!\d)")
"""A formula by Pandoc's rule: no space within its marks, no figure behind the last."""
_MATHS = re.compile(r"[\\=^_{]")
_COMMAND = re.compile(r"\\[a-zA-Z]{1,20}")
_PROSE = re.compile(r"[^\W\d_]{3}")
_ONE_IN = re.compile(r"(?<!\w)one\sin\s$", re.IGNORECASE)
_SLAVIC = {"тринадцать": 13, "четырнадцать": 14, "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17} | {
    "восемнадцать": 18, "девятнадцать": 19, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60,
    "семьдесят": 70, "восемьдесят": 80, "девяносто": 90, "сто": 100,
}  # fmt: skip
_OTHER_WORDS = {"ru": {**NUMBER_WORDS, **_SLAVIC}}


class Number(NamedTuple):
    """A number of a text. ``sentence`` is the place of its sentence among those of its text."""

    final: Final
    sentence: int
    is_spelt: bool

    @property
    def start(self) -> int:
        return self.final.start

    @property
    def end(self) -> int:
        return self.final.end


class _Token:
    """A word for ``find_numbers``; signs and figures stand between numbers that are spelt out."""

    def __init__(self, found: re.Match[str]) -> None:
        self.start, self.end = found.span()
        self._text = found.group() if found.group().isalpha() or found.group() == "-" else "§"

    def text(self) -> str:
        return self._text

    def nt_separated(self, _previous: object) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False


def numbers_of(text: str, sentences: list[tuple[int, int]], language: str, is_clock: bool = False) -> list[Number]:
    """Return the numbers of a text in their order, but those in words to whoever compares the answers.

    Where a time of day is asked for, they are those.
    """
    starts = [start for start, _ in sentences]
    left_out = {at for at, span in enumerate(sentences) if is_for_the_comparison(text[slice(*span)])}
    found: list[Number] = []
    for final, is_spelt in _finals(text, language):
        if (final.dimension != "clock") if is_clock else (final.dimension in TIMES):
            continue
        sentence = max(0, bisect_right(starts, final.start) - 1)
        is_new = not found or final.start >= found[-1].end
        if is_new and sentence not in left_out:
            found.append(Number(final, sentence, is_spelt))
    return found if len(found) <= 2 * MOST else found[:MOST] + found[-MOST:]


def _finals(text: str, language: str) -> list[tuple[Final, bool]]:
    comma = language in DECIMAL_COMMA
    formulas = _formulas(text)
    written = [(one, False) for mark in _MARK.finditer(text) if (one := _written(text, mark.start(), comma, formulas))]
    spelt = [(_spelt(text, *words), True) for words in _number_words(text, language)]
    return sorted([*written, *spelt], key=lambda one: (one[0].start, -one[0].end))


def _formulas(text: str) -> list[tuple[int, int]]:
    """Return the spans between dollar signs that are marks of formulas and no money."""
    found = []
    for mark in _DOLLARS.finditer(text):
        inner = _COMMAND.sub("", mark[1])
        if not _PROSE.search(inner) and (_MATHS.search(mark[1]) or not _WORD.search(inner)):
            found.append(mark.span(1))
    return found


def _written(text: str, at: int, comma: bool, formulas: list[tuple[int, int]]) -> Final | None:
    """Return the number that figures begin, with its sign and unit; none of a formula goes beyond it."""
    line = text.rfind("\n", max(0, at - 1_000), at) + 1
    stop = text.find("\n", at, at + LONGEST)
    end = stop if stop >= 0 else min(len(text), at + LONGEST)
    start = signed_at(text, line, at)
    around = bisect_right(formulas, (start + 1, len(text))) - 1
    if around >= 0 and start <= formulas[around][1]:
        first, last = formulas[around]
        start, end = max(start, first), min(end, last)
    found = classify(text, start, end, comma)
    if not found or found.kind is not FinalKind.NUMBER:
        digits = _DIGITS.match(text, start, end)
        found = classify(text, start, digits.end(), comma) if digits else None
    return found if found and found.kind is FinalKind.NUMBER else None


def _number_words(text: str, language: str) -> Iterator[tuple[int, int, Fraction]]:
    """Yield the spans of numbers from two on that are spelt out, and their values."""
    words = _OTHER_WORDS.get(language, {})
    if words:
        for mark in _WORD.finditer(text):
            if mark.group().casefold() in words:
                yield *mark.span(), Fraction(words[mark.group().casefold()])
    if language not in SPELT:
        return
    tokens = [_Token(mark) for mark in _TOKEN.finditer(text)]
    for one in find_numbers(tokens, language, 0.0):
        if not one.is_ordinal and one.value not in (0, 1):
            start, value = tokens[one.start].start, Fraction(str(one.value))
            odds = _ONE_IN.search(text, max(0, start - 10), start)
            yield odds.start() if odds else start, tokens[one.end - 1].end, 1 / value if odds else value


def _spelt(text: str, start: int, end: int, value: Fraction) -> Final:
    """Return a number that is spelt out, with its unit."""
    digits = str(value)
    figures = digits + text[end : end + LONGEST].partition("\n")[0]
    found = classify(figures, 0, len(figures))
    if not found or found.value != value:
        found = Final(FinalKind.NUMBER, f"number:{value}", 0, len(digits), "", value, value, 0)
    return found._replace(start=start, end=found.end - len(digits) + end)
