"""Letters of options in sentences whose words are not known: read where other answers of the panel choose letters too.

Whatever the language, an answer to a question with lettered options that names one letter alone in its last words, and
neither denies it nor leaves it open, has chosen it. In a text by itself such a letter may be the name of anything.
"""

import re
from itertools import islice
from typing import NamedTuple

from apps.fusion.answers.edges import MOST_BACK, first_sentence, last_sentences
from apps.fusion.answers.frame_words import ELIMINATION, FALSE, FAULTS
from apps.fusion.answers.frames import LONGEST, MOST_NEXT, letters_of
from apps.fusion.answers.places import places
from apps.fusion.answers.qualifiers import leaves_open, retracts, without_idle
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.values import Final
from apps.fusion.vocabulary import FinalKind

_ROW = re.compile(r"[\s>]*(?:\||[-*+•][ \t]+[*_]*\(?[A-J][).:])")
"""The beginning of a row of a table, or of an option in a list."""

OPTION = re.compile(r"^[ \t>]*(?:[-*+•|][ \t]*)?[*_]*\(?(?P<letter>[A-J])(?:[).:]| \|)", re.MULTILINE)
"""The beginning of a line about an option."""


def lone_letter(text: str) -> Found | None:
    """Return the only letter of what the layout sets apart, of the last sentence that names one, or of the first.

    Where both name another letter, the sentence that chooses is the short one, and the reason the long one.
    """
    for place in places(text):
        if place.is_apart and not _ROW.match(text, place.start, place.end):
            named = _named(text, (place.start, place.end))
            if named and (chosen := _chosen(text, named)):
                return chosen
    ends = (
        _named(text, sentence)
        for sentence in islice(last_sentences(text), MOST_BACK)
        if not _ROW.match(text, *sentence)
    )
    last = next((one for one in ends if one), None)
    opening = first_sentence(text)
    is_kept = not (retracts(text, opening[0], min(len(text), opening[1] + MOST_NEXT)) or _ROW.match(text, *opening))
    first = _named(text, opening) if is_kept else None
    if not last or not first or first.letters == last.letters:
        return _chosen(text, last or first)
    if len(first.letters) == 1 and not _is_given(text, first.start, first.end, first.span):
        return _chosen(text, last)
    short, long = sorted((first, last), key=lambda one: one.end - one.start)
    return _chosen(text, short) if 4 * (short.end - short.start) <= 3 * (long.end - long.start) else None


class _Named(NamedTuple):
    start: int
    end: int
    letters: frozenset[str]
    span: tuple[int, int]


def _named(text: str, sentence: tuple[int, int]) -> _Named | None:
    """Return the letters that a sentence names, with the place of the last; ``None`` without any."""
    found = list(letters_of(text, *sentence))
    return _Named(*sentence, frozenset(one["letter"] for one in found), found[-1].span("letter")) if found else None


def _chosen(text: str, named: _Named | None) -> Found | None:
    if not named or len(named.letters) > 1 or not _is_given(text, named.start, named.end, named.span):
        return None
    return Found(Final(FinalKind.CHOICE, text[slice(*named.span)], *named.span), named.start)


def _is_given(text: str, start: int, end: int, span: tuple[int, int]) -> bool:
    """Return whether a sentence neither denies its letter nor leaves it open."""
    before, after = text[start : span[0]], text[span[1] : end]
    words = [word.strip(".,;:!") for word in without_idle(before + after).casefold().split()]
    is_denied = any(word in FALSE or (word.startswith(FAULTS) and not word.startswith(ELIMINATION)) for word in words)
    is_unit = before.rstrip()[-1:] == "°" or before.rstrip()[-1:].isdigit()
    return (
        end - start <= LONGEST and not is_denied and not is_unit and not leaves_open(before, after, may_be_bound=False)
    )
