"""Citations: the marks of sources in an answer's text, and whether what they are given for stands in the source.

A mark is a number in brackets, alone or with words of the source: ``[3]``, ``[2, 5]``, ``[3: "its words"]``. Words are
looked for as a judge's quotes are (``judging/quotes.py``); without any, the sentence that is marked is.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from apps.fusion.frozen import Value
from apps.fusion.json_values import json_answer
from apps.fusion.judging.quotes import Match, find
from apps.fusion.native_search import with_marks
from apps.fusion.vocabulary import CitationOrigin, QuoteState

MOST_MARKS = 60
"""Citations of one text that are looked at."""
MOST_TEXT = 200_000
"""Characters of an answer that are read."""
MOST_SOURCE = 1_000_000
"""Characters of a source that are searched."""
LONGEST_SENTENCE = 400

MARK = re.compile(
    r"\[(?P<numbers>\d{1,3}(?:, ?\d{1,3}){0,9})(?::? ?[\"“”„«'](?P<quote>[^\]\n]{1,600}?)[\"“”»']\.?)?\](?![(:])"
)
_CODE = re.compile(r"```.{0,20000}?```|`[^`\n]{1,400}`", re.DOTALL)
_SENTENCE_ENDS = re.compile(r"[.!?。！？]\s|\n")  # noqa: RUF001 - full-width marks end sentences


class Mark(NamedTuple):
    """A mark in a text, in characters, for one source; ``quote`` is '' where it gives no words of it."""

    start: int
    end: int
    number: int
    quote: str
    sentence: str


class Citation(Value):
    """A mark with what became of it; ``found`` is where its words stand in the source, in characters."""

    start: int
    end: int
    number: int
    quote: str = ""
    state: QuoteState = QuoteState.UNVERIFIED
    found: tuple[int, int] | None = None
    origin: CitationOrigin = CitationOrigin.TEXT


class HasPlace(Protocol):
    """A citation as it is read, checked or stored."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def number(self) -> int: ...
    @property
    def origin(self) -> CitationOrigin: ...


def marks_in(text: str) -> Iterator[Mark]:
    """Yield the marks of a text that stand in no code, one for each number, at most ``MOST_MARKS``."""
    text = _CODE.sub(lambda code: " " * len(code[0]), text[:MOST_TEXT])
    count, behind = 0, 0
    for found in MARK.finditer(text):
        before = text[max(behind, found.start() - LONGEST_SENTENCE) : found.start()].rstrip()
        behind = found.end()
        ends = [end.end() for end in _SENTENCE_ENDS.finditer(before)]
        sentence = before[ends[-1] :] if ends else before
        for number in found["numbers"].split(","):
            count += 1
            if count > MOST_MARKS:
                return
            yield Mark(found.start(), found.end(), int(number), (found["quote"] or "").strip(), sentence.strip())


def vendor_marked(text: str, citations: Iterable[HasPlace]) -> str:
    """Return a text with a mark behind what its vendor names sources for, as the model itself would have put it."""
    named = [one for one in citations if one.origin is CitationOrigin.VENDOR]
    # A writer has taken over some marks, which stand in its text already.
    return with_marks(text, [(one.end, one.number) for one in named if not MARK.fullmatch(text, one.start, one.end)])


def without_marks(text: str, sources: Container[int]) -> str:
    """Return a text of the same length with spaces for its marks of these sources, so that they count as no words.

    A bracket with another number alone stays: it may be a list that the text is about. One with words is a mark. A text
    in JSON that would be none without its lists of numbers stays as it is.
    """

    def blank(mark: re.Match[str]) -> str:
        is_mark = mark["quote"] or all(int(one) in sources for one in mark["numbers"].split(","))
        return " " * len(mark[0]) if is_mark else mark[0]

    pieces, at = [], 0
    for code in (*_CODE.finditer(text, 0, MOST_TEXT), None):
        end = code.start() if code else len(text)
        pieces.append(MARK.sub(blank, text[at:end]))
        pieces.append(code[0] if code else "")
        at = code.end() if code else end
    bare = "".join(pieces)
    return text if json_answer(bare) is None and json_answer(text) is not None else bare


def check_citations(text: str, sources: Mapping[int, str]) -> tuple[Citation, ...]:
    """Return the citations of a text; ``sources`` are the texts of a run's sources by their numbers.

    A number that no source has is cited all the same: it stands there, and is not found.
    """
    marks = list(marks_in(text))
    found = look_up(((mark.number, words_of(mark)) for mark in marks), sources)
    return tuple(_checked(mark, found.get((mark.number, words_of(mark)))) for mark in marks)


def words_of(mark: Mark) -> str:
    """Return what a mark is given for: its quoted words, else the sentence before it."""
    return mark.quote or mark.sentence


def look_up(wanted: Iterable[tuple[int, str]], sources: Mapping[int, str]) -> dict[tuple[int, str], Match]:
    """Return where words stand in the sources that they are given for, by number and words; none that do not.

    Each pair is looked for once, source by source: what makes a text searchable is kept for few texts at a time.
    """
    pairs = sorted({pair for pair in wanted if sources.get(pair[0])})
    found = {(number, words): find(words, sources[number][:MOST_SOURCE]) for number, words in pairs}
    return {pair: match for pair, match in found.items() if match}


def _checked(mark: Mark, found: Match | None) -> Citation:
    cited = Citation(start=mark.start, end=mark.end, number=mark.number, quote=mark.quote)
    if found is None:
        return cited
    return cited.model_copy(update={"state": state_of(found), "found": (found.start, found.end)})


def state_of(found: Match | None) -> QuoteState:
    """Return the state of words that were looked for, by where they were found."""
    if found is None:
        return QuoteState.UNVERIFIED
    return QuoteState.VERIFIED if found.exact else QuoteState.SIMILAR
