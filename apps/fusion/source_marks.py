"""The sources that a judge names in its own words: what it says of them is looked for, as the panel's citations are."""

from collections.abc import Iterator, Mapping

from apps.fusion.citations import MOST_MARKS, Mark, check_citations, marks_in
from apps.fusion.judging.findings import Analysis, SourceMark


def names_sources(analysis: Analysis) -> bool:
    """Return whether any text of an analysis has a mark that may name a source."""
    return any(True for text in _texts(analysis) for _ in marks_in(text))


def with_source_marks(analysis: Analysis, sources: Mapping[int, str]) -> Analysis:
    """Return an analysis with its marks of sources, checked; ``sources`` are the run's texts by their numbers.

    A number that no source has is no mark, and of a source without a text nothing can be said.
    """
    readable = {number: text for number, text in sources.items() if text}
    found: dict[tuple[int, str], SourceMark] = {}
    for text in _texts(analysis):
        if len(found) >= MOST_MARKS:
            break
        for mark, cited in zip(marks_in(text), check_citations(text, readable), strict=True):
            if mark.number in readable:
                words = words_of(mark)
                found[mark.number, words] = SourceMark(number=mark.number, words=words, state=cited.state)
    return analysis.model_copy(update={"source_marks": tuple(found.values())[:MOST_MARKS]})


def words_of(mark: Mark) -> str:
    """Return what a mark is given for: its quoted words, else the sentence before it."""
    return mark.quote or mark.sentence


def _texts(analysis: Analysis) -> Iterator[str]:
    """Yield the texts of an analysis that are its judge's own."""
    for finding in analysis.findings:
        yield finding.text
        yield from (one.stance for one in finding.evidence)
    yield from (one.reason for one in analysis.assessments)
    if analysis.best_as_is:
        yield analysis.best_as_is.reason
