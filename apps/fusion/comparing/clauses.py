"""Cutting a sentence into clauses that each state one thing, and finding what it says only in passing.

"The tower, a landmark of Paris, was completed in 1889 and stands at 324 metres" states two things about the tower.
"""

import re
from collections.abc import Iterator

from apps.fusion.comparing.sentences import Span

LONGEST_ENDING = 80
"""Characters at the end of a clause within which words leave it open."""

_VERB = (
    r"(?:is|are|was|were|has|have|had|can|will|stands|stood|rises|reaches|measures|weighs|covers|contains|holds|hosts|"
    r"opened|lies|runs|costs|takes|became|began|ended|died|attracts|receives|"
    r"ist|sind|war|waren|hat|hatte|wurde|wurden|wird|liegt|steht|misst|wiegt|beträgt|kostet|begann|endete|starb|zählt)"
)
_PRONOUN = r"(?:it|he|she|they|er|sie|es)"
# An "and" cuts only where a verb follows: "bread and butter" is one thing.
_CUT = re.compile(rf",?\s{{1,9}}(?:and|und|while|während)\s+(?=(?:{_PRONOUN}\s+)?{_VERB}\b)|;\s+", re.IGNORECASE)
_COLON = re.compile(r":\s+")
_OPEN_END = re.compile(
    r"\b(?:is|are|was|were|has|have|had|includes?|included|including|comprises?|contains?|namely|such\s+as|following|"
    r"as\s+follows|(?:listed|given|shown|described)\s+below)[\s*_]*[:.…]*[\s*_]*$|"
    r"\b(?:ist|sind|war|waren|hat|haben|gehören|umfasst|umfassen|nämlich|folgende[nrs]?|wie\s+folgt)[\s*_]*:[\s*_]*$"
)
"""The end of a clause in lower case, which is much faster than a pattern that ignores case."""
_PRESENTS = re.compile(r"(?:Here|Below|The\s+following|Hier|Im\s+Folgenden|Folgende[rs]?)\b")
_HAS_VERB = re.compile(rf"\b{_VERB}\b", re.IGNORECASE)
# "In 1889 the tower opened and was 300 m high" says both of 1889, so such a sentence stays whole.
_SETS_SCENE = re.compile(
    r"(?:In|By|Since|During|After|Before|On|At|For|If|When|Im|Am|Seit|Nach|Vor|Bis|Wenn|Falls|Bei)\b",
)
_IN_PASSING = re.compile(rf"(?<=\w)\s?,\s[^;:]{{3,90}},\s(?={_VERB}\b)", re.IGNORECASE)


def clauses(text: str, sentence: Span) -> Iterator[Span]:
    """Yield the clauses of a sentence in order.

    A sentence that opens with a time or place is one: that holds for all of it.
    """
    if _SETS_SCENE.match(text, sentence.start):
        yield sentence
        return
    start = sentence.start
    for mark in _cuts(text, sentence):
        # A part without a verb states nothing by itself and stays with the next.
        if mark.start() > start and _HAS_VERB.search(text, start, mark.start()):
            yield Span(start, mark.start())
            start = mark.end()
    yield Span(start, sentence.end)


def is_left_open(clause: str) -> bool:
    """Return whether a clause only introduces: it ends in its verb, or at a colon after no verb or after a "Here"."""
    if _OPEN_END.search(clause[-LONGEST_ENDING:].lower()):
        return True
    is_head = clause.rstrip(" *_").endswith(":")
    return is_head and bool(_PRESENTS.match(clause) or not _HAS_VERB.search(clause))


def said_in_passing(text: str) -> tuple[int, int] | None:
    """Return the span between a sentence's subject and its verb that commas set off, or ``None``."""
    # Behind an earlier comma it may be one item of a list.
    found = _IN_PASSING.search(text)
    return found.span() if found and "," not in text[: found.start()] else None


def _cuts(text: str, sentence: Span) -> list[re.Match[str]]:
    """Return the places to cut a sentence. A colon counts only if it is the only one and follows a statement."""
    colons = [
        mark for mark in _COLON.finditer(text, *sentence) if not is_left_open(text[sentence.start : mark.start() + 1])
    ]
    cuts = [*_CUT.finditer(text, *sentence), *(colons if len(colons) == 1 else [])]
    return sorted(cuts, key=lambda mark: mark.start())
