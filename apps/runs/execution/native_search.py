"""Native search as a call stores it: sources of the run, citations, and what searches cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from apps.catalogue.native_search import price_of_native_search
from apps.fusion.citations import Citation
from apps.fusion.judging.quotes import find
from apps.fusion.lookup_steps import SourceRef, google_link
from apps.fusion.lookups import SearchHit
from apps.fusion.native_search import NativeCitation, NativeSearch, place_of
from apps.fusion.vocabulary import CitationOrigin, QuoteState, Role
from apps.providers.dialects import Dialect
from apps.runs.lifecycle import lookups
from apps.runs.lifecycle.outcomes import Outcome, SearchedNatively
from apps.runs.models import Call

SEARCHING = (Role.PANEL, Role.SETTLEMENT)
"""The roles whose vendors may search: a judge has to name its sources by number, which no vendor does."""
LONGEST_QUOTE = 600


@dataclass(frozen=True, slots=True)
class FoundNatively:
    """The citations of an answer, its searches, and what those cost in USD that no attempt has paid, if it is known."""

    citations: tuple[Citation, ...] = ()
    searched: tuple[SearchedNatively, ...] = ()
    cost: Decimal | None = None
    has_unknown_price: bool = False


def found_natively(call: Call, outcome: Outcome) -> FoundNatively:
    """Return what the vendor of a call searched for, and make sources of what it names: one transaction."""
    search = outcome.reply.search
    if search is None or call.role not in SEARCHING:
        return FoundNatively()
    refs = _sources(call.run_id, search)
    model = call.models_by_reference.get(outcome.answered_by or call.model)
    price = price_of_native_search(model) if model else None
    engine = model.provider.name if model else ""
    is_google = model is not None and model.provider.dialect == Dialect.GEMINI
    cost = None if price is None else price * search.charges
    return FoundNatively(
        citations=tuple(_located(call, search.citations, refs, outcome.reply.text)),
        searched=_searched(search, engine, tuple(dict.fromkeys(refs.values())), cost, links_to_google=is_google),
        cost=None if price is None else price * (search.charges - outcome.paid_searches),
        has_unknown_price=price is None and search.charges > 0,
    )


def _sources(run_id: int, search: NativeSearch) -> dict[str, SourceRef]:
    """Return the source of each address that is cited. The vendor's words of a page are what a search said of it."""
    quotes: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for cited in search.citations:
        quotes.setdefault(cited.url, []).append(cited.quote)
        titles[cited.url] = titles.get(cited.url) or cited.title
    hits = [
        SearchHit(url=url, title=titles[url], snippet="\n".join(filter(None, dict.fromkeys(said))))
        for url, said in quotes.items()
    ]
    return dict(zip(quotes, lookups.sources_for(run_id, hits), strict=True))


def _searched(
    search: NativeSearch, engine: str, refs: tuple[SourceRef, ...], cost: Decimal | None, *, links_to_google: bool
) -> tuple[SearchedNatively, ...]:
    """Return the searches. Which of them found a page is not told, so the first has all, and all of the cost.

    Google wants its suggestions for further searches to be shown. They come as its own HTML, which has no place on our
    pages; so each query leads to the same search there.
    """
    first, *others = search.queries or ("",)
    links = {one: google_link(one) for one in search.queries} if links_to_google else {}
    rest = (
        SearchedNatively(query, engine, (), None if cost is None else Decimal(0), links.get(query, ""))
        for query in others
    )
    return (SearchedNatively(first, engine, refs, cost, links.get(first, "")), *rest)


def _located(
    call: Call, citations: Iterable[NativeCitation], refs: dict[str, SourceRef], text: str
) -> Iterable[Citation]:
    """Yield the citations whose words stand in the answer; found only where the run has read the page itself."""
    pages = lookups.pages_of(call.run_id)
    for cited in citations:
        place = place_of(cited, text)
        if place is None:
            continue
        number, quote = refs[cited.url].number, cited.quote[:LONGEST_QUOTE]
        page = pages.get(number, "")
        found = find(quote or cited.text, page) if page else None
        state = QuoteState.UNVERIFIED
        if found:
            state = QuoteState.VERIFIED if found.exact else QuoteState.SIMILAR
        yield Citation(
            start=place[0],
            end=place[1],
            number=number,
            quote=quote,
            state=state,
            found=(found.start, found.end) if found else None,
            origin=CitationOrigin.VENDOR,
        )
