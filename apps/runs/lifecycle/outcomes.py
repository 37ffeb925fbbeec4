"""The end of a call: the outcome of its stream, and the result that is stored."""

from dataclasses import dataclass, field
from decimal import Decimal

from apps.fusion.citations import Citation
from apps.fusion.comparing.provenance import Provenance
from apps.fusion.judging.findings import Analysis
from apps.fusion.lookup_steps import SourceRef
from apps.fusion.opinions import Opinion
from apps.fusion.values import Attempt, Failure, Message, Reply, Usage
from apps.fusion.vocabulary import CostSource, Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a stream. ``text_changed`` says that the text is not the sum of the deltas. Times are seconds: to the
    first token from the request that brought it, ``duration_s`` from the first request, with all waits between.

    ``answered_by`` is the reference of the fallback, if it was that which answered; ``dropped`` are the parameters
    that were not sent to whoever answered, ``sent`` the messages that were. Of a call in several steps, ``last_text``
    and ``last_reasoning`` are the part of the last request; the usage of the reply is that request's too, which read
    at least ``least_read`` tokens. Of the vendor's searches, the attempts have paid for ``paid_searches``.
    """

    status: Status
    reply: Reply
    failure: Failure | None = None
    ttft_s: float | None = None
    duration_s: float = 0.0
    text_changed: bool = False
    attempts: tuple[Attempt, ...] = ()
    answered_by: str = ""
    dropped: tuple[str, ...] = ()
    sent: tuple[Message, ...] = ()
    last_text: str | None = None
    last_reasoning: str = ""
    least_read: int = 0
    paid_searches: int = 0


@dataclass(frozen=True, slots=True)
class SearchedNatively:
    """A search that the vendor of a model made; ``cost`` is USD, ``None`` if unknown or within the answer's.

    ``link`` is where a reader can make it, '' where its vendor does not want that to be shown.
    """

    query: str
    engine: str
    sources: tuple[SourceRef, ...]
    cost: Decimal | None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """All that is stored of an ended call."""

    outcome: Outcome
    usage: Usage
    cost: Decimal | None
    cost_source: CostSource
    html: str = ""
    analysis: Analysis | None = None
    coverage: dict[str, float] = field(default_factory=dict)
    provenance: Provenance | None = None
    citations: tuple[Citation, ...] = ()
    searched: tuple[SearchedNatively, ...] = ()
    verdict: Opinion | None = None
