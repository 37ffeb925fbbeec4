"""The options that a request lists by letters, in whatever alphabet."""

import re
from typing import NamedTuple

FEWEST = 3
"""Options from which on a request lists some."""
_LETTERS = "ABCDEFGHIJ"
_ALPHABETS = (_LETTERS, _LETTERS.lower(), "АБВГДЕЖЗИК", "абвгдежзик", "アイウエオカキクケコ")
_LINE = re.compile(
    r"^[ \t>*_-]*\(?(?P<label>[A-Ja-jА-КЁа-кёア-コ])(?:[).:：、．][*_]*[ \t]*|[ \t　]+)(?P<words>\S[^\n]*)$",
    re.MULTILINE,
)
_INLINE = re.compile(
    r"(?:(?<!\S)|(?<=[?？。：；;,，]))\(?(?P<label>[A-Ja-j])(?:[).:]\s+|\)|\s?[=–—-]\s)(?P<words>\S.*?)"
    r"(?=[\s?？。；;,，]\(?[A-Ja-j](?:[).:]|\s?[=–—-]\s)|\s*$)",
    re.MULTILINE,
)
_SEPARATED = re.compile(
    r"(?:(?<=[:：?？.,;/·|]\s)|^)(?P<label>[A-J])\s(?P<words>[^,;/·|\n]{1,60}?)(?=\s?[,;/·|]\s?[A-J]\s|\s*$)",
    re.MULTILINE,
)
"""An option of several in one line, without a mark behind its letter."""
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_NAMED = (
    r"(?P<before>(?:^|(?<=[\s(（「『*_\"“„«`:：是选選は]))[(（「『*_\"“„«`]{{0,3}})"
    r"(?P<label>[{labels}])(?=[)）」』*_\"”“»`]{{0,3}}(?:[).:,;!。、，：]|\s*$|[でがはとに]))"
)
"""A letter that stands alone, before a mark."""


class Option(NamedTuple):
    """An option: its place in the order as a Latin letter, the letter as it is written, and its words."""

    letter: str
    label: str
    words: str


def options_of(asked: str) -> tuple[Option, ...]:
    """Return the options of a request, none unless they are three or more in the order of their alphabet."""
    asked = _FENCE.sub("\n", asked)
    for pattern in (_LINE, _INLINE, _SEPARATED):
        found = [
            (one["label"], one["words"].strip(" *_.;,；，/·|").lstrip(":=–—- ")) for one in pattern.finditer(asked)
        ]
        labels = "".join(label for label, _ in found)
        for alphabet in _ALPHABETS:
            begin = max(0, labels.rfind(alphabet[0]))
            if len(labels) - begin >= FEWEST and alphabet.startswith(labels[begin:]):
                return tuple(Option(_LETTERS[at], *one) for at, one in enumerate(found[begin:]))
    return ()


def in_latin(text: str, options: tuple[Option, ...]) -> str:
    """Return a text of the same length in which the options have Latin capitals for their letters."""
    if text.strip(" .()*").upper() in [one.letter for one in options]:
        return text.upper()
    if not options or options[0].label == "A":
        return text
    letters = {one.label: one.letter for one in options}
    if options[0].label == "a":
        letters |= {one.letter: one.letter for one in options}
    named = re.compile(_NAMED.format(labels="".join(letters)), re.MULTILINE)
    return named.sub(lambda mark: mark["before"] + letters[mark["label"]], text)


def bare_words(words: str) -> str:
    """Return the words of an option without a remark in brackets behind them."""
    return re.sub(r"(?<=\S)\s*[(（][^()（）]*[)）]$", "", words)
