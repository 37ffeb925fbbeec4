"""Files of a prompt as the run page and their own page show them: facts, lines, and the passages that are cited."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from apps.fusion.files import PromptFile
from apps.fusion.values import Message
from apps.runs.reading.lookups import CitationSnapshot
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted, size_words

CITED, CHOSEN = "cited", "chosen"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file of a message with its number among the sources of the run."""

    number: int
    name: str
    facts: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line of a file: pieces of text, each ``cited``, ``chosen`` or ''. ``page`` is set where a page begins.

    The chosen passage begins in the line that ``has_passage``.
    """

    number: int
    pieces: tuple[tuple[str, str], ...]
    page: int | None = None
    has_passage: bool = False


@dataclass(frozen=True, slots=True)
class FilePage:
    """A file as its own page shows it. ``place`` is that of the chosen passage, '' without one."""

    file: PromptFile
    facts: str
    lines: tuple[FileLine, ...]
    cited: int
    place: str = ""


def facts_of(file: PromptFile) -> str:
    """Return the pages, or else the lines, and the size of a file."""
    extent = counted(file.pages, "page") if file.pages else counted(file.lines, "line")
    return f"{extent}, {size_words(file.size)}"


def files_of(message: Message, run: RunSnapshot) -> list[FileLink]:
    """Return the files of a message of a run."""
    numbers = {source.sha256: source.number for source in run.sources if source.is_file}
    return [FileLink(numbers[one.sha256], one.name, facts_of(one)) for one in message.files if one.sha256 in numbers]


def page_of_file(file: PromptFile, citations: Iterable[CitationSnapshot], start: int = 0, end: int = 0) -> FilePage:
    """Return the page of a file with the passages of it that are cited; that from ``start`` to ``end`` is chosen."""
    spans = {
        (one.source_start, one.source_end)
        for one in citations
        if one.source_start is not None and one.source_end is not None
    }
    chosen = (start, min(end, len(file.text))) if 0 <= start < min(end, len(file.text)) else None
    lines = tuple(_lines(file, spans, chosen))
    return FilePage(file, facts_of(file), lines, len(spans), file.place_of(chosen[0]) if chosen else "")


def _lines(file: PromptFile, spans: Collection[Span], chosen: Span | None) -> Iterator[FileLine]:
    """Yield the lines of a file, cut where a passage begins or ends."""
    edges = sorted({*(edge for span in spans for edge in span), *(chosen or ())})
    begins = {start: page for page, start in enumerate(file.page_starts, 1)}
    at = 0
    for number, line in enumerate(file.text.split("\n"), 1):
        end = at + len(line)
        inside = edges[bisect_right(edges, at) : bisect_left(edges, end)]
        pieces = tuple(
            (file.text[one:next_one], _kind(one, spans, chosen)) for one, next_one in pairwise([at, *inside, end])
        )
        yield FileLine(number, pieces, begins.get(at), chosen is not None and at <= chosen[0] <= end)
        at = end + 1


def _kind(at: int, spans: Collection[Span], chosen: Span | None) -> str:
    if chosen and chosen[0] <= at < chosen[1]:
        return CHOSEN
    return CITED if any(start <= at < end for start, end in spans) else ""
