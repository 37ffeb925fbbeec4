"""The sources that a judge names in its own words: what it says of them is looked for, as the panel's citations are."""

from collections.abc import Iterator, Mapping

from apps.fusion.citations import MOST_MARKS, look_up, marks_in, state_of, words_of
from apps.fusion.judging.findings import Analysis, SourceMark


def names_sources(analysis: Analysis) -> bool:
    """Return whether any text of an analysis has a mark that may name a source."""
    return any(True for text in _texts(analysis) for _ in marks_in(text))


def with_source_marks(analysis: Analysis, sources: Mapping[int, str]) -> Analysis:
    """Return an analysis with its marks of sources, checked; ``sources`` are the run's texts by their numbers.

    A number that no source has is no mark, and of a source without a text nothing can be said. Of all texts together
    as many marks count as of one answer; a mark that comes again costs nothing, and is none of them.
    """
    readable = {number: text for number, text in sources.items() if text}
    wanted: dict[tuple[int, str], None] = {}
    for mark in (mark for text in _texts(analysis) for mark in marks_in(text)):
        if len(wanted) < MOST_MARKS and mark.number in readable:
            wanted[mark.number, words_of(mark)] = None
    found = look_up(wanted, readable)
    states = (SourceMark(number=pair[0], words=pair[1], state=state_of(found.get(pair))) for pair in wanted)
    return analysis.model_copy(update={"source_marks": tuple(states)})


def _texts(analysis: Analysis) -> Iterator[str]:
    """Yield the texts of an analysis that are its judge's own."""
    for finding in analysis.findings:
        yield finding.text
        yield from (one.stance for one in finding.evidence)
    yield from (one.reason for one in analysis.assessments)
    if analysis.best_as_is:
        yield analysis.best_as_is.reason
