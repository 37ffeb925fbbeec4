"""The options that a request lists by letters, in whatever alphabet, and the texts that name one by its words alone."""

import re
from typing import NamedTuple

from apps.fusion.answers.places import places
from apps.fusion.answers.qualifiers import leaves_open, warns
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.values import Final
from apps.fusion.vocabulary import FinalKind

FEWEST = 3
"""Options from which on a request lists some."""
_LETTERS = "ABCDEFGHIJ"
_ALPHABETS = (_LETTERS, _LETTERS.lower(), "АБВГДЕЖЗИК", "абвгдежзик", "アイウエオカキクケコ")
_LINE = re.compile(
    r"^[ \t>*_-]*\(?(?P<label>[A-Ja-jА-КЁа-кёア-コ])(?:[).:：、．][*_]*[ \t]*|[ \t　]+)(?P<words>\S[^\n]*)$",
    re.MULTILINE,
)
_INLINE = re.compile(
    r"(?<!\S)\(?(?P<label>[A-Ja-j])[).:]\s+(?P<words>\S.*?)(?=\s\(?[A-Ja-j][).:]\s|\s*$)", re.MULTILINE
)
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_ITEM = re.compile(r"[ \t>]*(?:[-*+•|]|\d{1,2}[.)])[ \t]+")
_NAMED = (
    r"(?P<before>(?:^|(?<=[\s(（「『*_\"“„«`:：是选選は]))[(（「『*_\"“„«`]{{0,3}})"
    r"(?P<label>[{labels}])(?=[)）」』*_\"”“»`]{{0,3}}(?:[).:,;。、，：]|\s*$|[でがはとに]))"
)
"""A letter that stands alone, before a mark."""
_WORD = re.compile(r"\w+")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class Option(NamedTuple):
    """An option: its place in the order as a Latin letter, the letter as it is written, and its words."""

    letter: str
    label: str
    words: str


def options_of(asked: str) -> tuple[Option, ...]:
    """Return the options of a request, none unless they are three or more in the order of their alphabet."""
    asked = _FENCE.sub("\n", asked)
    for pattern in (_LINE, _INLINE):
        found = [(one["label"], one["words"].strip(" *_.;")) for one in pattern.finditer(asked)]
        labels = "".join(label for label, _ in found)
        for alphabet in _ALPHABETS:
            if len(found) >= FEWEST and alphabet.startswith(labels):
                return tuple(Option(_LETTERS[at], *one) for at, one in enumerate(found))
    return ()


def in_latin(text: str, options: tuple[Option, ...]) -> str:
    """Return a text of the same length in which the options have Latin capitals for their letters."""
    if not options or options[0].label == "A":
        return text
    letters = {one.label: one.letter for one in options}
    if options[0].label == "a":
        letters |= {one.letter: one.letter for one in options}
    named = re.compile(_NAMED.format(labels="".join(letters)), re.MULTILINE)
    return named.sub(lambda mark: mark["before"] + letters[mark["label"]], text)


def chosen_by_words(text: str, options: tuple[Option, ...]) -> Found | None:
    """Return the only option whose words a text concludes with, where it names no other one there."""
    for place in places(text):
        said = text[place.start : place.end]
        # An item of a list of the options is about one of them, whether it is chosen or not.
        if _ITEM.match(text, text.rfind("\n", 0, place.start) + 1) and "\n" in text.strip():
            continue
        if said[-1:] in "?？" or warns(said, 0, len(said)):
            continue
        found = [(one, at) for one in options if (at := _place(one.words, said)) is not None]
        # Of "1 and 3" and "3" the longer one is named.
        found = [(one, at) for one, at in found if not any(_holds(other.words, one.words) for other, _ in found)]
        if len(found) == 1:
            (option, (start, end)), begin = found[0], place.start
            if leaves_open(said[:start], said[end:], may_be_bound=False):
                return None
            return Found(Final(FinalKind.CHOICE, option.letter, begin + start, begin + end), begin)
        if found:
            return None
    return None


def _holds(words: str, others: str) -> bool:
    return words != others and others.casefold() in words.casefold()


def _place(words: str, said: str) -> tuple[int, int] | None:
    """Return where a sentence has the words of an option."""
    plain = re.sub(r"\s*[(（][^()（）]*[)）]$", "", words)
    edges = ("", "") if _DENSE.search(plain) else (r"(?<!\w)", r"(?!\w)")
    found = re.search(f"{edges[0]}{re.escape(plain)}{edges[1]}", said, re.IGNORECASE) if plain else None
    return found.span() if found else None
