r"""Backslashes that a judge forgot to double: LaTeX, paths and patterns inside the strings of its JSON.

``\frac`` is a form feed and "rac" to a JSON parser, ``\theta`` a tab and "heta", ``\(`` no JSON at all. A judge that
copies words from an answer means the backslash; what follows it, and what stands in the answers, says so.
"""

import re
from collections.abc import Iterable

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[A-Za-z]+|.)", re.DOTALL)
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_CERTAIN = frozenset(
    "nabla natural nearrow neq newcommand newline ngeq nleq nmid nolimits nonumber norm not notin nsim nsubseteq "
    "nsupseteq nwarrow rVert raise rangle rbrace rbrack rceil ref relax renewcommand rfloor rho right rightarrow "
    "rightharpoonup rightleftharpoons rm root rule rvert tabular tanh tbinom text textbf textit textrm textsc textsf "
    "textstyle texttt textup tfrac therefore theta thickapprox thickspace thinspace tilde times tiny toprule triangle "
    "triangledown triangleleft trianglelefteq triangleq triangleright trianglerighteq twoheadrightarrow "
    "varnothing".split()
)
"""Commands that begin with the letter of a line break or a tab, the rest of which is no word of its own."""
_PERHAPS = frozenset("ncong ne neg nexists ni nless nparallel nsubset nu tag tan tau to top tr tt".split())
"""The same where the rest is a word or a letter: only among formulas are they commands."""
_FORMULA = re.compile(r"[$^]|\\[(\[{]|_\{|\\[a-zA-Z]{3}")
_MEANT = frozenset("()[]{}|,;:!%&#0123456789")
"""Signs that follow a backslash in formulas and patterns."""
_AROUND = 120
"""Characters on either side that tell whether a command stands in a formula."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def doubled(raw: str, answers: Iterable[str]) -> str:
    """Return a reply with the backslashes doubled that cannot be meant as escapes of JSON; linear in its length."""
    known = {found for answer in answers for found in _COMMAND.findall(answer)}

    def double(match: re.Match[str]) -> str:
        return f"\\{match.group()}" if _is_meant(match, raw, known) else match.group()

    return _ESCAPE.sub(double, raw)


def _is_meant(match: re.Match[str], raw: str, known: set[str]) -> bool:
    """Return whether a judge means this backslash itself."""
    said = match.group(1)
    first = said[0]
    if first == "u":
        return re.fullmatch("u[0-9a-fA-F]{4}", said) is None
    if first in "nrt":
        is_copied = said != first and said in known
        return said in _CERTAIN or is_copied or (said in _PERHAPS and _is_in_formula(match, raw))
    if first.isascii() and first.isalpha():
        return True  # a backspace or form feed is never wanted, and the other letters are no escapes
    return first in _MEANT or (first in known and first not in "\"\\/'")


def _is_in_formula(match: re.Match[str], raw: str) -> bool:
    # Only within the same string of the reply: a formula in the next quote says nothing about this one.
    before = raw[max(0, match.start() - _AROUND) : match.start()].rpartition('"')[2]
    after = raw[match.end() : match.end() + _AROUND].partition('"')[0]
    return bool(_FORMULA.search(before) or _FORMULA.search(after))


def without_controls(text: str) -> str:
    r"""Return a text without control characters but tabs and line breaks.

    A form feed or backspace before a letter is what is left of a command: ``\f`` or ``\b`` comes back.
    """
    text = re.sub(r"\f(?=[A-Za-z])", r"\\f", text.replace("\r\n", "\n"))
    text = re.sub("\b(?=[A-Za-z])", r"\\b", text).replace("\r", "\n")
    return _CONTROL.sub("", text)
