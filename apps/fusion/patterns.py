"""Build the pattern of a list of words."""

import re
from collections.abc import Iterable


def any_of(words: Iterable[str]) -> str:
    r"""Return a pattern that matches any of some words, the longest first; a space in one stands for ``\s+``.

    An alternation tries its branches one by one, so the words are grouped by their first letter: one comparison then
    rules most of them out.
    """
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        groups.setdefault(word[0].lower(), []).append(re.escape(word[1:]).replace(r"\ ", r"\s+"))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items())
