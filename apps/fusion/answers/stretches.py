"""Stretches of a text in which an answer is looked for, and the value that one begins with or works out."""

import re
from typing import NamedTuple

from apps.fusion.answers.formulas import closing_brace
from apps.fusion.answers.values import LONGEST_LITERAL, Final, classify
from apps.fusion.units import OF_DOLLARS
from apps.fusion.vocabulary import FinalKind

_OPENING = re.compile(r"[\s*_:]*(?:```\w*\n)?\s*")
_LINE_END = re.compile(
    r"\n\s*\n|\n(?=\s*(?:[-*+]\s|\d+[.)]\s|#|```))|(?<=[^\W\d_])[.!?](?=\s|$)|(?<=[\d)\]}%°'\"`$*_])[.!?](?=\s|$)|。|(?=<\|)"
)
_BRACKETED = re.compile(r"\([A-J]\)(?:\*\*|__)?+(?!\s?[-+*/×÷^=$\\])")
_BOX = re.compile(r"(?:\$\$?|\\[(\[])?\s*\\(?:boxed|fbox)\s*\{")
_OPERATION = re.compile(r"[-+*/×÷^=]")
EQUALS = re.compile(r"(?:==?|≈|≃|→|\\approx|\\Rightarrow)\s*")
_CALCULATES = re.compile(
    r"[\d)}\]A-Za-z]\s*(?:[-+*/×÷·^]|\bx\b|\\times|\\div|\\cdot)\s*[\d($\\]|^[\s$\\(]*[A-Za-z]\w{0,12}\s*=|\)\s*(?:==?|→)"
)
FIGURE = re.compile(
    r"(?<!frac\{)(?<!\}\{)(?:(?<![\w.,^/:])|(?<=[\u3040-\u30ff\u3400-\u9fff]))(?:(?<!\S)[-−])?"
    rf"(?:{OF_DOLLARS}\\?\$\s?|[$€£¥])?\d|(?<=[\u3040-\u30ff\u3400-\u9fff])[-−]\d"
)
"""The beginning of a number; scripts without spaces write it right behind a word. Parts of a fraction are none."""

_SIGN = re.compile(r"(?<![\d\w)])(?i:minus|moins|menos|meno|минус)\s$|(?:マイナス|零下|负|負)$|(?<![A-Za-z\d)])[-−]$")


class Found(NamedTuple):
    """A candidate with the place from which its quote begins, and that where it ends if that is no sentence's end."""

    final: Final
    start: int
    end: int | None = None
    is_bare: bool = False
    is_announced: bool = False


def signed_at(text: str, start: int, at: int) -> int:
    """Return where a number begins whose figures do: at its sign, in words too, which is none between two numbers."""
    sign = _SIGN.search(text, max(start, at - 10), at)
    return sign.start() if sign else at


def stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def value_after(text: str, at: int, comma: bool, is_announced: bool = True) -> Final | None:
    """Return the conclusion that stands behind a mark: on its line, or on the next if there it ends.

    Of a whole sentence that is announced as the answer, its only figure is the conclusion.
    """
    opened = _OPENING.match(text, at)
    at = opened.end() if opened else at
    stop = _LINE_END.search(text, at)
    end = stop.start() + (stop.group() in ("", "。")) if stop else len(text)
    # Of "the answer is \boxed{\sqrt{8}}" the box holds all, and 8 is no answer.
    box = _BOX.match(text, at, end)
    closing = closing_brace(text, box.end() - 1, min(end, box.end() + LONGEST_LITERAL)) if box else None
    boxed = classify(text, box.end(), closing, comma) if box and closing else None
    if boxed and boxed.kind is not FinalKind.TEXT:
        return boxed
    # Where an equation stands, its result does, unless it is the reason for a letter: "(B), since 2 + 3 = 5".
    letter = classify(text, at, end, comma) if _BRACKETED.match(text, at, end) else None
    if letter and letter.kind is FinalKind.CHOICE:
        return letter
    found = _result(text, at, end, comma) or classify(text, at, end, comma)
    if found and found.kind is not FinalKind.TEXT:
        return found
    # "The answer is that she has 54 points" names its only figure.
    figures = list(FIGURE.finditer(text, at, end))
    at_sign = signed_at(text, at, figures[0].start()) if figures else at
    only = classify(text, at_sign, end, comma) if is_announced and len(figures) == 1 else None
    return only if only and only.kind is FinalKind.NUMBER and not _OPERATION.search(text, at, end) else found


def _result(text: str, start: int, end: int, comma: bool) -> Final | None:
    """Return what stands behind the last equals sign of a stretch that begins with an equation."""
    marks = list(EQUALS.finditer(text, start, end))
    if not marks or text[start] in "'\"`[" or not _CALCULATES.search(text, start, marks[0].end()):
        return None
    return classify(text, marks[-1].end(), end, comma)
