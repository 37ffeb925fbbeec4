"""Words of a sentence in order, and whether two things stand in each other's place: "A beat B", "B beat A"."""

import re
from collections import Counter
from typing import NamedTuple

from apps.fusion.comparing.statements import Statement
from apps.fusion.comparing.words import stem

LONGEST = 40
"""Words in common up to which their order is looked at."""
LEAST_COMMON = 2 / 3
"""The least share of a sentence's words that stand in the other too."""
LONGEST_THING = 3
"""Words of each of the two things that trade places."""

_DENSE = ("zh", "ja")
_LIGHT = frozenset(
    "a an the this that these those it its he his she her they their them is are was were be been being am has "
    "have had do does did and also so then der die das den dem des ein eine einen einem einer eines ist sind "
    "war waren wird wurde wurden hat haben er sie es ihr ihre sein seine und auch le la les un une des el los "
    "las una il lo est était es era".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN = re.compile(r"[^\W_]+(?:[.,:]\d+)*")
_DENSE_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[a-z]+|[^\W\d_]", re.IGNORECASE)
_LINKS = frozenset("and or und oder et ou y o e и или 和 与 或 と や".split())
_LINK = re.compile(rf"[,;、，]|\b(?:{'|'.join(sorted(_LINKS))})\b")
_MOVING = frozenset(
    "in on at by from since during after before with without for under over im am an auf bei aus seit nach vor mit "
    "für zum zur en à au aux dans depuis avec pour sur con desde para por nel nella a da dal no na em com в на с из "
    "из-за после до 在 于 从 で に".split()
)
"""Words with which something begins that may stand at either end of a sentence: "in 1990", "with care"."""
_AGENT = re.compile(
    r"\b(\w+)\s+by\s+(?:(?:the|an?)\s+)?(\w+)|"
    r"\b(?:wird|werden|wurden?|worden)\b(?:\s+\w+){0,3}?\s+(?:von|vom|durch)\s+(?:(?:der|dem|den)\s+)?(\w+)(?:\s+(\w+))?|"
    r"\b(\w+)\s+par\s+(?:l[ae]s?\s+)?(\w+)|"
    r"\b(\w+)\s+(?:por|pel[oa]s?)\s+(?:(?:el|l[ao]s?)\s+)?(\w+)|"
    r"\b(?:è|sono|fu|furono|venne|stat[oaie])\s+(\w+)\s+d(?:a|al|alla|ai|alle)\s+(\w+)",
    re.IGNORECASE,
)


class _Token(NamedTuple):
    key: str
    start: int
    end: int


def in_order(statement: Statement) -> list[str]:
    """Return the stems of a sentence's words in order, without figures, articles, pronouns and forms of "be"."""
    measured = [(one.start, one.end) for one in statement.quantities]
    found = [
        match.group().casefold()
        for match in _WORD.finditer(statement.text)
        if not any(start <= match.start() < end for start, end in measured)
    ]
    return [stem(word) for word in found if word not in _LIGHT]


def trade_places(a: Statement, b: Statement) -> bool:
    """Return whether two things of one sentence stand in each other's place in the other, so that it says the reverse.

    What is only listed in another order, or told the other way round ("B was beaten by A"), says the same. Things that
    exchange places around a word that holds both ways ("A equals B") are found too: nothing tells such words.
    """
    mine, theirs = _common(a, b)
    keys, others = [one.key for one in mine], [one.key for one in theirs]
    if not 3 <= len(keys) <= LONGEST:
        return False
    is_other_voice = bool(_AGENT.search(a.text)) != bool(_AGENT.search(b.text))
    if keys == others:
        return is_other_voice and _is_done_by(f"{a.text} {b.text}", keys)
    return not is_other_voice and _are_exchanged(mine, others, a.text)


def _are_exchanged(mine: list[_Token], others: list[str], text: str) -> bool:
    """Return whether the order of some words differs from another in two runs that stand in each other's place."""
    keys = [one.key for one in mine]
    first = next(at for at, (one, other) in enumerate(zip(keys, others, strict=True)) if one != other)
    last = next(at for at in range(len(keys), 0, -1) if keys[at - 1] != others[at - 1])
    # What begins the one ends the other, and the other way round; between them stands the same.
    left, right = others.index(keys[first]), keys.index(others[first])
    size, behind = last - left, last - right
    if max(size, behind) > LONGEST_THING or left - first < behind or keys[first : first + size] != others[left:last]:
        return False
    between = mine[first + size : right]
    is_exchanged = keys[right:last] == others[first : first + behind] and between != []
    is_exchanged = is_exchanged and [one.key for one in between] == others[first + behind : left]
    if not is_exchanged or {keys[first], keys[right]} & _MOVING:
        return False
    gaps = (
        text[mine[first + size - 1].end : between[0].start],
        text[between[-1].end : mine[right].start],
    )
    return not all(_LINK.search(gap) for gap in gaps)


def _common(a: Statement, b: Statement) -> tuple[list[_Token], list[_Token]]:
    """Return the words, in order, that stand once in either sentence; none if these are but a part of it."""
    found = [_tokens(one) for one in (a, b)]
    counts = [Counter(one.key for one in tokens) for tokens in found]
    once = {key for key, count in counts[0].items() if count == counts[1][key] == 1}
    if len(counts[0].keys() & counts[1].keys()) < LEAST_COMMON * max(map(len, counts)):
        return [], []
    mine, theirs = ([one for one in tokens if one.key in once] for tokens in found)
    return mine, theirs


def _tokens(statement: Statement) -> list[_Token]:
    is_dense = statement.language in _DENSE
    found = []
    for match in (_DENSE_TOKEN if is_dense else _TOKEN).finditer(statement.text):
        word = match.group().casefold()
        if word == "then" or (word not in _LINKS and word not in _LIGHT):
            found.append(_Token(word if is_dense or word in _MOVING else stem(word), match.start(), match.end()))
    return found


def _is_done_by(text: str, common: list[str]) -> bool:
    """Return whether somebody's doing is told in the passive, with words for both that the other sentence has too."""
    return any(
        {stem(group.casefold()) for group in match.groups() if group} <= set(common) for match in _AGENT.finditer(text)
    )
