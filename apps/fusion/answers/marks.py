"""Marks of emphasis, code and formulas, which come in pairs: what is shown of an answer has both of one or neither."""

import re

_PAIRS = (("**", "**"), ("__", "__"), ("`", "`"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_MARK = {
    # "2 ** 3" and "x**2" are powers, "a__b" is a name, "$5", "R$ 5" and "5 $" are amounts.
    "**": re.compile(r"(?<![\w)\]*])\*\*(?=[^\s*])|(?<=[^\s*])\*\*(?![\w(\[*])"),
    "__": re.compile(r"(?<![\w)\]])__(?=\S)|(?<=\S)__(?![\w(\[])"),
    "`": re.compile("`"),
    "$": re.compile(
        r"(?P<pair>(?<![\w$])\${1,2}(?=[^\s$])[^$]{1,400}(?<![\s*(])\${1,2}(?!\d))|"
        r"(?<![A-Z\d])\$(?![\s),.;:!?]|[-−]?\d|\Z)|(?<=[^\sA-Z\d(])\$(?!\s?\d)"
    ),
    r"\(": re.compile(r"\\[()]"),
    r"\[": re.compile(r"\\[\[\]]"),
}
"""The marks of each pair; a ``pair`` of dollars is told from amounts as a whole."""


def balanced(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span with the other mark of a pair of which it has one, where that stands right beside it.

    Where it does not, a mark at an edge is left out. Nothing else can be done: a quote is a slice.
    """
    for opening, closing in _PAIRS:
        marks = _unpaired(text[start:end], opening, closing)
        if not marks:
            continue
        if text.endswith(opening, 0, start):
            start -= len(opening)
        elif text.startswith(closing, end):
            end += len(closing)
        elif (0, opening) in marks:
            start += len(opening)
        elif (end - len(closing) - start, closing) in marks:
            end -= len(closing)
    return start, end


def closes_formula(text: str, start: int, end: int) -> bool:
    """Return whether a span ends with the mark of a formula that begins before it: in "$x = 5$" is no amount."""
    line = text.rfind("\n", 0, start) + 1
    formulas = (mark for mark in _MARK["$"].finditer(text, line) if mark.lastgroup and mark.start() < start)
    return text.endswith("$", start, end) and any(mark.end() == end for mark in formulas)


def without_lone_marks(words: str) -> str:
    """Return words without the marks of which they have only one of a pair."""
    for opening, closing in _PAIRS:
        if _unpaired(words, opening, closing):
            words = _MARK[opening].sub(lambda mark: mark.group() if mark.lastgroup else "", words).strip()
    return words


def _unpaired(words: str, opening: str, closing: str) -> list[tuple[int, str]]:
    """Return the marks in some words, with their places, if one of them has no other."""
    found = [(mark.start(), mark.group()) for mark in _MARK[opening].finditer(words) if not mark.lastgroup]
    opened = sum(mark == opening for _, mark in found)
    is_lone = len(found) % 2 or (opening != closing and 2 * opened != len(found))
    return found if is_lone else []
