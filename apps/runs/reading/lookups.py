"""Look-ups of a run as pages, shares, exports and the API show them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from apps.fusion.frozen import Value
from apps.fusion.lookup_steps import Lookup
from apps.fusion.prompting.files import numbered_files
from apps.fusion.vocabulary import CitationOrigin, QuoteState, Role
from apps.runs.models import Citation, Run, Source, ToolUse


class CitationSnapshot(Value):
    """A mark in a call's text, in characters, and whether its words stand in the source as it is kept.

    Where they do, they stand there from ``source_start`` to ``source_end``. Of a file of the prompt ``place`` is the
    page or the line.
    """

    number: int
    start: int
    end: int
    quote: str = ""
    state: QuoteState
    origin: CitationOrigin = CitationOrigin.TEXT
    source_start: int | None = None
    source_end: int | None = None
    is_file: bool = False
    place: str = ""


class SourceSnapshot(Value):
    """A source of a run; ``cited_by`` are the slots of answers that cite it, '' for the fused one.

    ``url`` is where a page was found, ``final_url`` where it was. One without ``fetched_at`` was found and not read.
    A file of the prompt has a ``size`` in bytes, and perhaps ``pages``.
    """

    number: int
    url: str
    final_url: str = ""
    title: str = ""
    published: str = ""
    fetched_at: datetime | None = None
    sha256: str = ""
    is_cut: bool = False
    warnings: tuple[str, ...] = ()
    cited_by: tuple[str, ...] = ()
    media_type: str = ""
    size: int | None = None
    pages: int | None = None

    @property
    def is_file(self) -> bool:
        return self.size is not None

    @property
    def href(self) -> str:
        """The address to link to, '' for one that no browser should follow."""
        return self.url if self.url.lower().startswith(("https://", "http://")) else ""


@dataclass(slots=True)
class CallLookups:
    """The look-ups of one call, what they cost (USD, as far as it is known), and the citations in its text."""

    lookups: list[Lookup] = field(default_factory=list)
    cost: Decimal = field(default_factory=Decimal)
    citations: list[CitationSnapshot] = field(default_factory=list)


def lookups_in(run: Run) -> tuple[dict[int, CallLookups], tuple[SourceSnapshot, ...]]:
    """Return the look-ups and citations of a run's calls by their ids, and its sources: three queries."""
    calls: dict[int, CallLookups] = defaultdict(CallLookups)
    for use in ToolUse.objects.filter(call__run=run).order_by("call", "step", "ordinal"):
        calls[use.call_id].lookups.append(use.value)
        calls[use.call_id].cost += use.cost or Decimal(0)
    files = numbered_files(run.messages)
    cited_by: dict[int, set[str]] = defaultdict(set)
    for cited in Citation.objects.filter(call__run=run).select_related("call").order_by("call", "start", "number"):
        if cited.call.role is not Role.SETTLEMENT:  # its text is no answer
            cited_by[cited.number].add(cited.call.slot)
        names = ("number", "start", "end", "quote", "state", "origin", "source_start", "source_end")
        file = files.get(cited.number)
        place = file.place_of(cited.source_start) if file and cited.source_start is not None else ""
        found = CitationSnapshot(**{name: getattr(cited, name) for name in names}, is_file=bool(file), place=place)
        calls[cited.call_id].citations.append(found)
    sources = Source.objects.filter(run=run).defer("text", "links", "snippet").order_by("number")
    return calls, tuple(_source(source, cited_by[source.number]) for source in sources)


def _source(source: Source, cited_by: set[str]) -> SourceSnapshot:
    own = [name for name in SourceSnapshot.model_fields if name != "cited_by"]
    return SourceSnapshot(**{name: getattr(source, name) for name in own}, cited_by=tuple(sorted(cited_by)))
