"""Tell an opposed word that names the thing of a sentence ("black pepper is …") from one that is said of it ("is red").

Sentences on black and on white pepper speak of two things, and do not contradict each other.
"""

import re

from apps.fusion.comparing.grammar import STOP_SETS
from apps.fusion.comparing.opposites import WORD, is_adjective, is_place_or_time
from apps.fusion.comparing.statements import Statement
from apps.fusion.comparing.words import STOP

_NOUN_FIRST = ("fr", "es", "it", "pt")
"""Languages in which an adjective may stand behind its noun."""
_IS = frozenset(
    "is are was were be been am 's ist sind war waren est sont était étaient es son era eran está están fue è sono "
    "erano é são eram está estão becomes turns stays remains remain bleibt wird reste restent queda quedan sigue "
    "rimane resta fica ficam permanece".split()
)
_ARTICLES = frozenset("a an the very too ein eine der die das le la les un une el los una il lo o os um uma".split())
_EXISTS = re.compile(r"\W*(?:there|es\sgibt|il\sy\sa|hay|c['’]è|ci\ssono|há)\b", re.IGNORECASE)


def name_two_things(a: Statement, b: Statement, pair: tuple[str, str]) -> bool:
    """Return whether two opposed words, one of each sentence, tell the things apart of which the sentences speak."""
    if not is_adjective(pair[0]) and not is_place_or_time(pair[0]):
        return False
    places = [_place(one.text, word) for one, word in zip((a, b), pair, strict=True)]
    if a.language in ("zh", "ja"):
        return places == [0, 0]
    if is_place_or_time(pair[0]) and all(_is_first(one, at) for one, at in zip((a, b), places, strict=True)):
        return True
    if not is_adjective(pair[0]):
        return False
    beside = [_beside(one.text, at, word) for one, at, word in zip((a, b), places, pair, strict=True)]
    (before, after), (other_before, other_after) = beside
    if any(_is_said_of(one.text, at) for one, at in zip((a, b), places, strict=True)):
        return False
    if after == other_after and _is_content(after, a.language):
        return True
    # "Le vin rouge contient": the noun before, and something said behind.
    is_behind_noun = before == other_before and _is_content(before, a.language)
    return a.language in _NOUN_FIRST and is_behind_noun and bool(after and other_after)


def says_where(a: Statement, b: Statement, pair: tuple[str, str]) -> bool:
    """Return whether two opposed words say where something is: behind them stands a word like "of", no noun."""
    if not is_place_or_time(pair[0]):
        return False
    places = [_place(one.text, word) for one, word in zip((a, b), pair, strict=True)]
    behind = {_beside(one.text, at, word)[1] for one, at, word in zip((a, b), places, pair, strict=True)}
    return len(behind) == 1 and not _is_content(behind.pop(), a.language)


def _place(text: str, word: str) -> int:
    found = re.search(rf"\b{re.escape(word)}\b", text)
    return found.start() if found else text.find(word)


def _is_first(one: Statement, at: int) -> bool:
    """Return whether no content word stands before a place."""
    return all(word.start >= at for word in one.words)


def _beside(text: str, at: int, word: str) -> tuple[str, str]:
    """Return the words directly before and behind a word, in lower case; '' where a mark or nothing stands."""
    before = re.search(r"([^\W\d_]+)[ \t]\Z", text[:at])
    after = re.match(r"[ \t]([^\W\d_]+)", text[at + len(word) :])
    return before[1].casefold() if before else "", after[1].casefold() if after else ""


def _is_said_of(text: str, at: int) -> bool:
    """Return whether a form of "to be" stands before a word, at most an article between: "is the left one"."""
    if _EXISTS.match(text):
        return False
    before = [word.casefold() for word in WORD.findall(text[:at])]
    while before and before[-1] in _ARTICLES:
        before.pop()
    return bool(before) and before[-1] in _IS


def _is_content(word: str, language: str) -> bool:
    return bool(word) and word not in STOP_SETS.get(language, STOP)
