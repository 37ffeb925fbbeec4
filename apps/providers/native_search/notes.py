"""Notes of a vendor's searches while its answer is read, as far as the dialects have them in common."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from apps.fusion.lookups import MAX_QUERY_CHARS, MAX_URL_CHARS
from apps.fusion.native_search import MOST_CITATIONS, NativeCitation, NativeSearch
from apps.providers.base import clean
from apps.providers.reading import part, text_of, tokens_of

LONGEST_TITLE = 300
MOST_QUERIES = 20
"""Queries of one answer that are kept, and counted where each is charged."""
Span = tuple[int, int, str, str, str]
Named = tuple[str, str, str, str]
Cited = TypeVar("Cited", Span, Named)


@dataclass
class SearchNotes:
    """Gathers what a vendor tells of its searching; a dialect's own class says how it is told.

    A vendor may name any number of sources: no more are gathered than are kept, before any is looked for in the text.
    ``spans`` are sources for a place of the text, ``named`` those for words that are yet to be found in it.
    """

    queries: list[str] = field(default_factory=list)
    charged: int | None = None
    spans: dict[Span, None] = field(default_factory=dict)
    named: dict[Named, None] = field(default_factory=dict)

    def note_usage(self, usage: dict[str, Any]) -> None:
        """Take the number of searches that are charged."""
        count = tokens_of(part(usage, "server_tool_use").get("web_search_requests"))
        self.charged = count if count is not None else self.charged

    def note_query(self, query: Any) -> None:
        """Take words that were searched for."""
        if len(self.queries) >= MOST_QUERIES:
            return
        if words := " ".join(text_of(query).split())[:MAX_QUERY_CHARS]:
            self.queries.append(clean(words))

    def close(self, said: int) -> None:
        """Take what waits for the end of the text, which is ``said`` characters long."""

    def result(self, said: str, charges: int) -> NativeSearch | None:
        """Return what was gathered, ``None`` for nothing; ``charges`` where the vendor gives no number itself."""
        self.close(len(said))
        found = [_placed(said, *one) for one in self.spans]
        found += [_found(said, *one) for one in self.named]
        citations = list(dict.fromkeys(found))[:MOST_CITATIONS]
        queries = tuple(dict.fromkeys(self.queries))
        if not (citations or queries or self.charged):
            return None
        charged = charges if self.charged is None else self.charged
        return NativeSearch(queries=queries, charges=charged, citations=tuple(citations))


def keep(found: dict[Cited, None], one: Cited) -> None:
    if len(found) < MOST_CITATIONS:
        found[one] = None


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _placed(said: str, start: int, end: int, url: str, title: str, quote: str) -> NativeCitation:
    start, end = (start, end) if 0 <= start < end <= len(said) else (0, 0)
    return NativeCitation(start=start, end=end, text=said[start:end], url=url, title=title, quote=clean(quote))


def _found(said: str, words: str, url: str, title: str, quote: str) -> NativeCitation:
    start = max(0, said.find(words))
    return _placed(said, start, start + len(words), url, title, quote)


def address(value: Any) -> str:
    url = clean(text_of(value)).strip()
    return url if len(url.encode()) <= MAX_URL_CHARS and url.lower().startswith(("http://", "https://")) else ""


def title(found: dict[str, Any]) -> str:
    return clean(" ".join(text_of(found.get("title")).split()))[:LONGEST_TITLE]
