"""The figures of a text, and those of a sentence that may be a result, whatever its words."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from apps.fusion.answers.frames import LONGEST
from apps.fusion.answers.qualifiers import asks, is_bounded_at, warns
from apps.fusion.answers.stretches import EQUALS, FIGURE, signed_at
from apps.fusion.answers.values import Final, classify
from apps.fusion.languages import DECIMAL_COMMA
from apps.fusion.numerals import NUMBER_WORDS, NUMBER_WORDS_OF
from apps.fusion.vocabulary import FinalKind

MOST_FIGURES = 300
"""Figures of a text that are known as its own."""
LABELLED = 24
"""Characters before a figure in which it may be labelled."""

_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<inner>[^*_\n]{1,80})(?P=mark)")
_LABEL = re.compile(
    r"(?i:\b(?:season|episode|chapter|part|page|step|day|grade|level|no\.|number|room|question|figure|table|phase|"
    r"version|line|staffel|folge|kapitel|teil|seite|schritt|saison|étape|temporada|capítulo|stagione)\s|\#)$|"
    r"(?<=[^.!?:\s])\s[A-ZÀ-Þ][\w'’]*\s$",
)
"""Words before a figure that is a part of a name: "season 4", "Super Bowl 51"."""
_SUPPOSES = re.compile(
    r"\W*(?:(?:if|wenn|falls|se|если)\s|si\s(?:vous|tu|te|has)\b|如果|若|もし)[^,，、\n]{0,120}(?:,(?=\s)|[，、])",
    re.IGNORECASE,
)
"""The clause of a sentence that supposes something: "if you got 5, you left out a step"."""
COMPARED_WITH = re.compile(
    r"(?<!\w)(?:(?:compared|relative)\s(?:to|with)|than|instead\sof|unlike|as\sopposed\sto|verglichen\smit|"
    r"im\s(?:vergleich|gegensatz)\szu[rm]?|(?:an)?statt|anstelle|par\srapport|au\slieu|comparée?\s(?:à|aux?)|"
    r"contrairement|en\s(?:comparación|lugar|vez)|comparad[oa]\s(?:con|com|a)|a\sdiferencia|rispetto\sa\w*|invece|"
    r"anziché|a\sdifferenza|em\s(?:comparação|vez)|ao\sinvés|por\scontraste|по\sсравнению|вместо|в\sотличие|чем)(?!\w)"
    r"[^,;:!?.()，、；：。\n]{0,80}$|而不是[^，。；]{0,20}$",
    re.IGNORECASE,
)
"""Words in front of a figure that something is only held against: "two more than the 365 of other years"."""
COMPARED = 110
"""Characters before a figure in which they stand."""
_FIGURE = re.compile(rf"{FIGURE.pattern}|\\[dt]?frac\b")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DIGITS = re.compile(r"[\d.,]{0,40}\d")
_ROW = re.compile(r"\s*\|")


def figures_of(text: str, start: int, end: int, comma: bool) -> tuple[Final, ...]:
    """Return the numbers of a sentence that may be a result: none that it denies or bounds, and none of a question."""
    if end - start > LONGEST or text[end - 1] in "?？" or asks(text[start:end]) or _ROW.match(text, start, end):
        return ()
    if warns(text, start, end):
        return ()
    supposed = _SUPPOSES.match(text, start, end)
    start = supposed.end() if supposed else start
    bold = [mark.span("inner") for mark in _BOLD.finditer(text, start, end)]
    bold = [span for span in bold if (one := classify(text, *span, comma, whole=True)) and one.kind is FinalKind.NUMBER]
    if len(bold) == 1:
        start, end = bold[0]
    equals = [mark.end() for mark in EQUALS.finditer(text, start, end)]
    figures: list[Final] = []
    for mark in _FIGURE.finditer(text, equals[-1] if equals else start, end):
        at = signed_at(text, start, mark.start())
        # A dollar sign behind a formula is its mark.
        closing = text.find("$", at, end) if text[at - 1 : at] == "$" and text[at] == "\\" else -1
        final = classify(text, at, closing if closing > 0 else end, comma)
        if (
            final
            and final.kind is FinalKind.NUMBER
            and not (figures and final.start < figures[-1].end)
            and not is_bounded_at(text, start, at, final.end, end)
            and not _LABEL.search(text, max(start, at - LABELLED), at)
            and not COMPARED_WITH.search(text, max(start, at - COMPARED), at)
        ):
            figures.append(final)
    return tuple(figures)


def values_of(text: str, comma: bool) -> set[Fraction]:
    """Return the figures of a text."""
    marks = islice(FIGURE.finditer(text), MOST_FIGURES)
    finals = (classify(text, mark.start(), min(len(text), mark.start() + 60), comma) for mark in marks)
    return {final.value for final in finals if final and final.value is not None}


def given_values(asked: str, language: str) -> set[Fraction]:
    """Return the numbers of a question, in figures and in words."""
    return {value for _, value in numbers_in(asked, 0, len(asked), language in DECIMAL_COMMA)} | spelt_values(
        asked, language
    )


def spelt_values(text: str, language: str = "") -> set[Fraction]:
    """Return the numbers that a text spells out, those of one language only if it is known."""
    words = NUMBER_WORDS_OF.get(language, NUMBER_WORDS)
    return {Fraction(words[word]) for one in _WORD.findall(text) if (word := one.casefold()) in words}


def numbers_in(text: str, start: int, end: int, comma: bool) -> Iterator[tuple[int, Fraction]]:
    """Yield the figures of a stretch with their places, each by itself: of "40*2" both, of "40kg" the figure."""
    for mark in islice(FIGURE.finditer(text, start, end), MOST_FIGURES):
        digits = _DIGITS.match(text, mark.end() - 1, end)
        words = text[mark.start() : digits.end()] if digits else ""
        final = classify(words, 0, len(words), comma)
        if final and final.value is not None:
            yield mark.start(), final.value
