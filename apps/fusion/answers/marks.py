"""Marks of emphasis, code and formulas, which come in pairs: what is shown of an answer has both of one or neither."""

import re

_PAIRS = (("**", "**"), ("__", "__"), ("`", "`"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_MARK = {
    # "2 ** 3" and "x**2" are powers, "a__b" is a name, "$5" an amount.
    "**": re.compile(r"(?<![\w)\]*])\*\*(?=[^\s*])|(?<=[^\s*])\*\*(?![\w(\[*])"),
    "__": re.compile(r"(?<![\w)\]])__(?=\S)|(?<=\S)__(?![\w(\[])"),
    "$": re.compile(r"\$(?!\d)"),
}


def balanced(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span with the other mark of a pair of which it has one, where that stands right beside it.

    Where it does not, a mark at an edge is left out. Nothing else can be done: a quote is a slice.
    """
    for opening, closing in _PAIRS:
        if not _is_lone(text[start:end], opening, closing):
            continue
        if text.endswith(opening, 0, start):
            start -= len(opening)
        elif text.startswith(closing, end):
            end += len(closing)
        elif text.startswith(opening, start, end):
            start += len(opening)
        elif text.endswith(closing, start, end):
            end -= len(closing)
    return start, end


def without_lone_marks(words: str) -> str:
    """Return words without the marks of which they have only one of a pair."""
    for opening, closing in _PAIRS:
        if _is_lone(words, opening, closing):
            words = words.replace(opening, "").replace(closing, "")
    return words


def _is_lone(words: str, opening: str, closing: str) -> bool:
    """Return whether a mark has no other in some words."""
    if opening != closing:
        return words.count(opening) != words.count(closing)
    pattern = _MARK.get(opening)
    return bool((len(pattern.findall(words)) if pattern else words.count(opening)) % 2)
