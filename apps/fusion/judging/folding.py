r"""Texts as quotes of them are looked up: without case, spacing, emphasis, and the marks of formulas, code and HTML.

Every folded character remembers where it came from, so a span always counts in the original text. Operators, signs,
currencies and exponents are no marks: "2 ** 3", "-5", "$5" and "10²" keep theirs.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_SAME = str.maketrans(
    dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‘’‚‛′´", "'") | dict.fromkeys("‐‑‒–—−", "-")  # noqa: RUF001 - they are the point
)
_COMMANDS = {
    "times": "×",
    "cdot": "·",
    "pm": "±",
    "approx": "≈",
    "div": "÷",
    "infty": "∞",
    "pi": "π",
    **dict.fromkeys(("leq", "le", "leqslant"), "≤"),
    **dict.fromkeys(("geq", "ge", "geqslant"), "≥"),
    **dict.fromkeys(("neq", "ne"), "≠"),
    **dict.fromkeys(("to", "rightarrow", "longrightarrow"), "→"),
    **dict.fromkeys(("circ", "degree"), "°"),
    **dict.fromkeys(("quad", "qquad", "left", "right", "displaystyle"), " "),
}
_WRAPPER = re.compile(
    r"\\(?:text(?:bf|it|rm|tt)?|math(?:rm|bf|it|sf)|boxed|operatorname|mbox)\s{0,3}\{([^{}]{0,300})(\})"
)
_LINK = re.compile(r"(\[)[^\[\]\n]{1,300}(\]\([^()\s]{0,500}\))")
_FORMULA = re.compile(r"(?<!\\)(\$)(?=[^\s$])[^$\n]{0,500}?(?<=[^\s\\])(\$)(?!\d)")
_LINE_MARK = re.compile(r"^[ \t]{0,12}(?:>[ \t]?|[-*+•][ \t]+(?![\d$€£¥(]{1,12}\s*[=\d])|#{1,6}[ \t]+)+", re.MULTILINE)
_MARK = re.compile(
    r"(?P<entity>&(?:\#\d{1,7}|\#[xX][\da-fA-F]{1,6}|[A-Za-z]{2,8}\d{0,2});)"
    r"|(?P<delimiter>\\[()\[\],;!: ]|\$\$)"
    r"|\\(?P<escaped>[$%&_#{}*`~])"
    r"|\\(?P<command>[A-Za-z]{2,15})(?![A-Za-z])"
    r"|(?P<fence>`{3,}[\w+#.-]{0,20}|`+)"
    r"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|<(?P<tag>/?(?:b|i|u|em|strong|code|sub|sup|mark|br|p)\s?/?)>",
    re.IGNORECASE,
)
_DROPPED = set("*_~\\")
_NOT_ASCII = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_MOST_JOINED = 31
"""Characters that one may be written in: a letter and 30 accents, as in Unicode's stream-safe format (UAX #15)."""
_PLAIN_RUN = re.compile(r"[!-)+-\[\]^`-}]+(?: [!-)+-\[\]^`-}]+)*")
"""Words of ASCII with single spaces between, which nothing but a mark changes."""


class Folded(NamedTuple):
    """A text as it is compared, and for each of its characters the span in the original that it stands for."""

    text: str
    starts: list[int]
    ends: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the original text of a span, not empty, of the folded one."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=32)  # a judge quotes the same few answers again and again
def fold_answer(text: str) -> Folded:
    """Return an answer folded, from a cache if it was folded not long ago."""
    return fold(text)


def fold(text: str) -> Folded:
    """Return a text folded; linear in its length."""
    marks = _marks(text)
    coming = [*sorted(marks, reverse=True)]
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(text):
        while coming and coming[-1] < at:
            coming.pop()
        if run := _PLAIN_RUN.match(text, at, coming[-1] if coming else len(text)):
            parts.append(run[0].lower())
            starts.extend(range(at, run.end()))
            at = run.end()
            ends.extend(range(run.start() + 1, at + 1))
            continue
        end, said = marks.get(at) or (at + 1, _plain(text[at], at, text))
        for plain in said:
            if plain == " " and (not parts or parts[-1] == " "):
                continue
            parts.append(plain)
            starts.append(at)
            ends.append(end)
        at = end
    return Folded("".join(parts), starts, ends)


def _marks(text: str) -> dict[int, tuple[int, str]]:
    """Return, by where they start, the marks that are no plain characters: where they end and what stands for them."""
    marks = {start: (end, _folded_char(text[start:end])) for start, end in _clusters(text)}
    for match in _MARK.finditer(text):
        marks[match.start()] = match.end(), _of_mark(match)
    for pattern, groups in ((_FORMULA, (1, 2)), (_LINK, (1, 2))):
        for match in pattern.finditer(text):
            marks |= {match.start(group): (match.end(group), "") for group in groups}
    for match in _WRAPPER.finditer(text):
        marks[match.start()] = match.start(1), ""
        marks[match.start(2)] = match.end(2), ""
    for match in _LINE_MARK.finditer(text):
        marks[match.start()] = match.end(), " "
    return marks


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of characters that are written in several: a letter and its accents, a syllable of Hangul."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return
    for found in _NOT_ASCII.finditer(text):
        start = found.start()
        for at in range(start + 1, found.end() + 1):
            if at < found.end() and at - start < _MOST_JOINED and _joins(text[at]) and not text[start].isspace():
                continue
            if at - start > 1:
                yield start, at
            start = at


def _joins(char: str) -> bool:
    """Return whether a character is a part of the one before it: a mark, or the vowel or final of Hangul."""
    return unicodedata.category(char)[0] == "M" or "\u1161" <= char <= "\u11c2"


def _of_mark(match: re.Match[str]) -> str:
    kind, said = match.lastgroup, match[match.lastgroup or 0]
    if kind == "entity":
        return "".join(_folded_char(char) for char in html.unescape(said))
    if kind == "command":
        return _COMMANDS.get(said, said.lower())
    if kind == "raised":
        # "10²" is not 102.
        return "^" + unicodedata.normalize("NFKC", said)
    if kind == "tag":
        return {"sup": "^", "br": " ", "br/": " ", "p": " ", "/p": " "}.get(said.lower().replace(" ", ""), "")
    return said if kind == "escaped" else ""


def _plain(char: str, at: int, text: str) -> str:
    """Return a character as it is compared: dropped (''), unchanged, or in its plain form."""
    return "" if char in _DROPPED and _is_emphasis(char, at, text) else _folded_char(char)


def _is_emphasis(char: str, at: int, text: str) -> bool:
    """Return whether a mark only dresses the text. Between letters or digits, or alone, it does not: 2*3, a_b."""
    if char == "\\":
        return True
    first = last = at
    while first > 0 and text[first - 1] == char and at - first < 4:
        first -= 1
    while last < len(text) - 1 and text[last + 1] == char and last - at < 4:
        last += 1
    before, after = text[first - 1 : first], text[last + 1 : last + 2]
    if char == "~":
        return first < last
    is_single = first == last
    is_operand = before.isdigit() or after.isdigit()
    if before.isalnum() and after.isalnum():
        return not (is_single or is_operand)
    # A star with space on both sides multiplies: no emphasis begins or ends like that.
    return not (char == "*" and before.isspace() and after.isspace())


def _folded_char(char: str) -> str:
    """Return a character, perhaps written in several, as it is compared."""
    if char.isspace():
        return " "
    return char.lower() if char.isascii() else _folded_letter(char)


@lru_cache(maxsize=4_096)  # a text has few of them, each many times
def _folded_letter(char: str) -> str:
    if len(char) == 1 and unicodedata.category(char) == "Cf":
        return ""
    plain = unicodedata.normalize("NFKC", char.translate(_SAME))
    # Turkish writes "istanbul" and "İstanbul", whose case Unicode folds to an i with another dot.
    return "i" if plain == "İ" else plain.casefold()


def words_of(text: str) -> Iterator[str]:
    """Yield the words and figures of a text as they are written."""
    yield from re.findall(r"[^\W_]+", text)
