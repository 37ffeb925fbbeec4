"""Sentences of an answer that no source supports: none of the marks behind or inside them leads to their words."""

from collections.abc import Iterable, Sequence

from apps.fusion.citations import MOST_TEXT
from apps.fusion.comparing.sentences import QUESTION_MARKS, Span, sentences
from apps.fusion.frozen import Value


class Sourced(Value):
    """The number of sentences of a text that state something, and those of them, as spans, that have no source."""

    count: int
    without: tuple[tuple[int, int], ...] = ()


def sentences_with_sources(text: str, marks: Sequence[tuple[int, int]], found: Iterable[tuple[int, int]]) -> Sourced:
    """Return which sentences of a text have no source.

    ``marks`` are the spans of all marks of sources in it, ``found`` of those whose words stand in their source. A mark
    belongs to the sentence in which it stands or, behind its full stop, to the one before.
    """
    text = text[:MOST_TEXT]
    plain = list(text)
    for start, end in marks:
        # A quote in a mark may end in a full stop itself. As space, marks part no sentence and are none.
        plain[start:end] = " " * len(plain[start:end])
    masked = "".join(plain)
    stating = [span for span in sentences(masked) if not masked[span.start : span.end].endswith(QUESTION_MARKS)]
    supported: set[Span] = set()
    for start, _ in found:
        before = [span for span in stating if span.start < start]
        # Between blocks stands a line break, over which no mark reaches back.
        if before and "\n" not in text[before[-1].end : start]:
            supported.add(before[-1])
    return Sourced(count=len(stating), without=tuple((s.start, s.end) for s in stating if s not in supported))
