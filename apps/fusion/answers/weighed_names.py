"""Names that natural answers conclude: what a clause has beside the words of the question and those that lead there.

A clause names the answer if it takes up the question, if it has nothing but a pronoun and a verb beside the name, or if
it opens the text. What is denied, supposed or added names none, and of several names that weigh alike none is chosen.
"""

import re

from apps.fusion.answers.asked import shared_words
from apps.fusion.answers.names import Name, is_idle, is_noun, words_in
from apps.fusion.answers.qualifiers import leaves_open
from apps.fusion.answers.sentences import Sentence, clauses, told

LEAST = 4
"""The weight from which on a name is believed."""
MOST_OWN = 5
"""Words of a name."""
MOST_LOWER = 2
"""Words in lower case beside the only name of a clause."""

_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_BOLD = re.compile(r"(?:\*\*|__)(?P<inner>[^*_\n:：]{1,80}?)(?:\*\*|__)(?![:：])")
_ENDS = re.compile(
    r"\s(?:who|which|because|since|but|and|weil|denn|aber|und|qui|car|mais|et|que|quien|porque|pero|y|che|perché|ma|e|quem|"
    r"mas|котор\w+|потому|но|и)\s",
    re.IGNORECASE,
)
"""Words behind which a clause goes on to say something else."""
_VERB = re.compile(
    r"(?<!\w)(?:is|was|are|['’]s|ist|war|sind|heißt|lautet|est|était|es|fue|era|è|fu|é|foi|это|был[аои]?)(?!\w)\s*"
    r"(?:(?:in\sfact|actually|indeed|called|named|of\scourse|probably)\s)?",
    re.IGNORECASE,
)
_SMALL = frozenset("the of and de la le van von da do dos du di del der den el los y e et und".split())
_OPENERS = frozenset(
    "okay ok sure yes no well great hmm right many most some first second step note correct exactly gut gute gerne "
    "ja nein zunächst zuerst oui non bien voici sí claro vamos sì certo vediamo sim vamos да нет хорошо".split()
)
"""Words with which a text begins before it says anything."""


def weighed_name(text: str, wanted: str) -> Name | None:
    """Return the name that an answer to a question for one concludes, if one weighs more than all others."""
    found = [one for sentence in told(text) if not sentence.is_aside for one in _of(text, sentence, wanted)]
    best = max((weight for weight, _ in found), default=0)
    names = [name for weight, name in found if weight == best]
    if best < LEAST or any(not (names[0].words <= one.words or one.words <= names[0].words) for one in names):
        return None
    return max(names, key=lambda one: len(one.words))


def _of(text: str, sentence: Sentence, wanted: str) -> list[tuple[int, Name]]:
    """Return the names of a sentence with their weights."""
    start, end = sentence.start, sentence.end
    shared = shared_words(text[start:end], wanted + "?")
    found = []
    bold = [mark.span("inner") for mark in _BOLD.finditer(text, start, end)]
    bold = [span for span in bold if is_noun(text[slice(*span)], wanted)]
    if shared and len({text[slice(*span)] for span in bold}) == 1 and not _is_open(text, start, *bold[0]):
        found.append((5 + sentence.concludes, _name(text, *bold[0], wanted)))
    most = shared_words(wanted, wanted + "?")
    parts = list(clauses(text, start, end))
    for number, (first, last) in enumerate(parts):
        mark = _ENDS.search(text, first + 1, last)
        stop = mark.start() if mark else last
        span = _own(text, first, stop, wanted)
        if not span or _is_open(text, first, *span) or not text[span[0]].isupper():
            continue
        is_all = not _WORD.search(text, first, span[0]) and not _WORD.search(text, span[1], stop)
        is_first = not text[: span[0]].strip(" *_") and not number
        # "Ann, Bo and Cy had worked on it" names several.
        other = _own(text, *parts[1], wanted) if len(parts) > 2 else None
        are_several = other and text[other[0]].isupper()
        is_opening = is_first and is_all and not (mark or are_several) and text[last : last + 1] not in "!:："
        told_of = shared_words(text[first:stop], wanted + "?")
        if is_opening and text[span[0] : span[1]].split(maxsplit=1)[0].casefold() not in _OPENERS:
            found.append((5, _name(text, *span, wanted)))
        elif told_of > 1 and 2 * told_of >= most:
            name = _name(text, *span, wanted)._replace(is_sure=False)
            found.append((4 + sentence.is_edge + sentence.concludes, name))
    return [(weight, name) for weight, name in found if name.words]


def _name(text: str, start: int, end: int, wanted: str) -> Name:
    return Name(start, end, words_in(text[start:end], wanted), is_sure=True)


def _is_open(text: str, start: int, first: int, last: int) -> bool:
    """Return whether the clause of a name denies it or makes it one of several."""
    clause = next((a for a, b in clauses(text, start, last) if a <= first < b), start)
    return leaves_open(text[clause:first], "", may_be_bound=False)


def _own(text: str, start: int, end: int, wanted: str) -> tuple[int, int] | None:
    """Return the stretch of a clause that the question has not: its only words, or its only ones in capitals."""
    if _DENSE.search(text, start, end):
        return None
    verb = next(iter(_VERB.finditer(text, start, end)), None)
    for begin in (start, *([verb.end()] if verb else ())):
        marks = list(_WORD.finditer(text, begin, end))
        own = [
            at for at, mark in enumerate(marks) if not is_idle(mark.group(), wanted) and not mark.group()[0].isdigit()
        ]
        capital = [at for at in own if marks[at].group()[0].isupper()]
        for chosen, others in ((own, 0), (capital, len(own) - len(capital))):
            if not chosen or len(chosen) > MOST_OWN or others > MOST_LOWER:
                continue
            between = [marks[at].group().casefold() for at in range(chosen[0], chosen[-1]) if at not in chosen]
            is_name = is_noun(text[marks[chosen[0]].start() : marks[chosen[-1]].end()], wanted)
            if is_name and all(word in _SMALL for word in between):
                return marks[chosen[0]].start(), marks[chosen[-1]].end()
    return None
