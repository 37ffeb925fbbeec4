"""The names that a judge has for answers: "B", "Answer b", "A, C", "A and C", "AC", "A-C", "1", "all but B"."""

import re
from collections.abc import Sequence

from apps.fusion.vocabulary import SLOTS

LONGEST_NAME = 200
"""Characters of a name that are read."""

_KINDS = (
    r"answers?|models?|responses?|assistants?|panell?ists?|slots?|candidates?|authors?|options?|antwort(?:en)?|modelle?"
    r"|réponses?|respuestas?|risposta|risposte|ответы?|回答|答案"
)
_NAMED = re.compile(rf"(?:{_KINDS})[\s_#:.\[(-]*([a-z]|[0-9]{{1,2}})\b", re.IGNORECASE)
_LETTER = re.compile(r"\b([A-Z])\b")
_ALL = frozenset(
    "all each every everyone everybody alle tous toutes todos todas tutti tutte все 全部 全て すべて".split()
)
_COUNTS = {
    word: count
    for count, words in enumerate(
        ("two zwei deux dos due", "three drei trois tres tre", "four vier quatre cuatro quattro",
         "five fünf cinq cinco cinque", "six sechs seis sei", "seven sieben sept siete sette",
         "eight acht huit ocho otto"), 2
    )
    for word in words.split()
}  # fmt: skip
"""Behind "all": how many there are."""
_BUT = frozenset("except but excluding without außer ohne sauf excepto salvo tranne кроме".split())
_TO = frozenset(("-", "–", "—", "to", "through", "bis"))
_FILLING = frozenset("and und et y e i и or plus with both the of them 和 と".split())
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[-–—]")
_KIND = re.compile(_KINDS, re.IGNORECASE)


def named(name: str, letters: Sequence[str]) -> list[str]:
    """Return the letters that a judge means, each once; perhaps one that is not in ``letters``, and none if unclear.

    ``letters`` are those that it saw, in order: an answer that it calls "2" is the second.
    """
    name, letters = name[:LONGEST_NAME], tuple(letters)
    # What stands in brackets is a remark, unless there is nothing else.
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", name)
    found = _list(_TOKEN.findall(bare) or _TOKEN.findall(name), letters)
    if found is None:
        name = name.strip(" \t\n\"'*.:()[]")
        match = _NAMED.match(name) or _LETTER.search(name)
        found = [_letter(match.group(1), letters)] if match else []
    return list(dict.fromkeys(found))


def is_name(text: str) -> bool:
    """Return whether a text names answers and says nothing else, whichever letters the judge saw."""
    found = _list(_TOKEN.findall(text[:LONGEST_NAME]), tuple(SLOTS))
    # A bare figure is what somebody says ("330"), not an answer's number.
    return len(text) <= LONGEST_NAME and bool(found) and re.fullmatch(r"[\d\s.,%-]*", text) is None


def _list(tokens: Sequence[str], letters: Sequence[str]) -> list[str] | None:
    """Return the letters in a list of names, ``None`` if there is anything else in it."""
    found: list[str] = []
    excepted: list[str] | None = None
    is_range = False
    has_capitals = any(len(token) == 1 and token.isupper() for token in tokens)
    for token in tokens:
        word = token.casefold()
        if word in _ALL or (word == "both" and len(letters) == 2):
            found = list(letters)
        elif _COUNTS.get(word) == len(letters) == len(found):
            continue
        elif word in _BUT and found:
            excepted = []
        elif word in _TO:
            is_range = bool(found)
        elif _KIND.fullmatch(word) or (word in _FILLING and (len(word) > 1 or has_capitals) and not token.isupper()):
            continue
        else:
            these = _letters(token, letters)
            if not these:
                return None
            if excepted is not None:
                excepted += these
            elif is_range and found[-1] in letters and these[0] in letters:
                found += letters[letters.index(found[-1]) : letters.index(these[0]) + 1]
            else:
                found += these
            is_range = False
    return [letter for letter in found if letter not in (excepted or ())]


def _letters(token: str, letters: Sequence[str]) -> list[str]:
    """Return the letters that one word of a list stands for: one, several glued together, or none."""
    letter = _letter(token, letters)
    if letter in letters or (len(token) == 1 and token.isascii() and token.isupper()):
        return [letter]
    is_glued = token.isupper() and len(set(token)) == len(token) and all(letter in letters for letter in token)
    return list(token) if is_glued else []


def _letter(name: str, letters: Sequence[str]) -> str:
    if name.isdecimal():
        return letters[int(name) - 1] if 1 <= int(name) <= len(letters) else name
    return name.upper()
