"""All sentences of an answer, each with what its place and its mood say about whether it concludes.

An answer in natural words may go on behind its conclusion: it compares, checks, supposes another case, or offers help.
So what it concludes is not simply what stands last.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from apps.fusion.answers.choice.wordings import ASIDE, CONCLUDES, SUPPOSES, WOULD
from apps.fusion.answers.edges import is_courtesy, is_for_the_comparison
from apps.fusion.answers.places import LONGEST_SAID, sentences_in
from apps.fusion.answers.qualifiers import retracts

MOST = 60
"""Sentences of a text that are weighed, half from its beginning and half from its end."""

_FENCE = re.compile(r"^[ \t>]{0,3}(`{3,}|~{3,}).*?(?:^[ \t>]{0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_NO_WORD = re.compile(r"\W*")
_ROW = re.compile(r"^[ \t>]*\|[^\n]*", re.MULTILINE)


class Sentence(NamedTuple):
    """A sentence from ``start`` to ``end``; ``at`` counts from the beginning and ``back`` from the end.

    ``is_aside`` says that it adds something to what was concluded, or supposes another case.
    """

    start: int
    end: int
    at: int
    back: int
    is_aside: bool
    concludes: bool

    @property
    def is_edge(self) -> bool:
        """Return whether it opens or ends the text."""
        return not self.at or not self.back


def told(text: str) -> list[Sentence]:
    """Return the sentences of a text that state something: no question, courtesy or guess, and nothing in a program."""
    skipped = [one.span() for pattern in (_FENCE, _THOUGHT, _ROW) for one in pattern.finditer(text)]
    short = (span for span in sentences_in(text, 0, len(text)) if span[1] - span[0] <= LONGEST_SAID)
    spans = [span for span in short if not any(a <= span[0] < b for a, b in skipped)]
    spans = [span for span in spans if text[span[1] - 1] not in "?？:：" and not is_courtesy(text[slice(*span)])]
    spans = [span for span in spans if not (is_for_the_comparison(text[slice(*span)]) or retracts(text, *span))]
    if len(spans) > MOST:
        spans = [*spans[: MOST // 2], *spans[-MOST // 2 :]]
    asides = [_is_aside(text, *span) for span in spans]
    # What supposes or adds something behind the end leaves the end where it was.
    kept = [number for number, is_aside in enumerate(asides) if not is_aside]
    last = kept[-1] if kept else len(spans) - 1
    return [
        Sentence(*span, number, abs(last - number), asides[number], bool(CONCLUDES.search(text, *span)))
        for number, span in enumerate(spans)
    ]


def clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the clauses of a sentence, as its marks divide it."""
    at = start
    for mark in _CLAUSE_ENDS.finditer(text, start, end):
        if text[at : mark.start()].strip():
            yield at, mark.start()
        at = mark.end()
    if text[at:end].strip():
        yield at, end


def _is_aside(text: str, start: int, end: int) -> bool:
    words = text[start:end]
    opening = _NO_WORD.match(words)
    at = opening.end() if opening else 0
    return words[:1] in "([（" or bool(ASIDE.match(words, at) or SUPPOSES.match(words, at) or WOULD.search(words))


_CLAUSE_ENDS = re.compile(r"[,;:，、；：!?.。！](?=\s|[^\x00-\x7f]|$)|\s[–—-]+\s|[–—]|\s\(|\)\s|→|⇒")
