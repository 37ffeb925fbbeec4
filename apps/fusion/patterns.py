"""Parts of regular expressions for foreign text: lists of words, and gaps that are bounded."""

import re
from collections.abc import Iterable

_LOOSE = (
    (re.compile(r"(?<!\[)\\s\*"), r"\\s{0,9}"),
    (re.compile(r"(?<!\[)\\s\+"), r"\\s{1,9}"),
    (re.compile(r"(?<=\])\*"), r"{0,40}"),
)


_AS_IN_PATTERNS = str.maketrans({"\u0130": "i", "\u0131": "i", "\u017f": "s"})
"""The letters that are another's capital or small form to a pattern that ignores case, and to no list of words."""


def in_small_letters(found: str) -> str:
    """Return what a pattern that ignores case has found as lists of words have it, in small letters.

    To such a pattern the two letters i of Turkish are one, and the long s is an s. So it finds "miles" in MİLES, of
    which ``lower()`` makes another word.
    """
    return found.translate(_AS_IN_PATTERNS).lower()


def bounded(pattern: str) -> str:
    r"""Return a pattern with ``\s*`` and ``\s+`` for at most 9 blanks, and ``[…]*`` for at most 40 characters.

    Without an end, a gap at the beginning of a pattern is tried anew from each of its places, in quadratic time.
    """
    for loose, tight in _LOOSE:
        pattern = loose.sub(tight, pattern)
    return pattern


def any_of(words: Iterable[str]) -> str:
    r"""Return a pattern that matches any of some words, the longest first; a space in one stands for ``\s+``.

    An alternation tries its branches one by one, so the words are grouped by their first letter: one comparison then
    rules most of them out.
    """
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        groups.setdefault(word[0].lower(), []).append(re.escape(word[1:]).replace(r"\ ", r"\s+"))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items())
