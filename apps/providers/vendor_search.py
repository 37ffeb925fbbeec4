"""Search by the vendor itself: how each dialect asks for it, what it tells of it, and what a search costs.

Sources: platform.openai.com ``/docs/guides/tools-web-search`` (chat completions), openrouter.ai
``/docs/features/web-search``, platform.claude.com ``/docs/en/agents-and-tools/tool-use/web-search-tool``, ai.google.dev
``/gemini-api/docs/google-search``.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from apps.fusion.lookups import MAX_QUERY_CHARS, MAX_URL_CHARS
from apps.fusion.vendor_search import MOST_CITATIONS, VendorCitation, VendorSearch
from apps.providers.base import clean
from apps.providers.families import bare_name
from apps.providers.json_text import BadJson, loads
from apps.providers.reading import objects, part, raw_text, text_of, tokens_of
from apps.providers.vendor_quirks import vendor_of

MOST_SEARCHES = 6
"""The most searches of one answer, where a vendor takes a limit."""
ANTHROPIC_TOOL = {"type": "web_search_20250305", "name": "web_search", "max_uses": MOST_SEARCHES}
GEMINI_TOOL: dict[str, Any] = {"googleSearch": {}}
LONGEST_TITLE = 300
MOST_QUERIES = 20
"""Queries of one answer that are kept, and counted where each is charged."""
LONGEST_INPUT = 10_000
"""Characters of a search's input, in JSON, that are gathered from its pieces."""
Span = tuple[int, int, str, str, str]
Named = tuple[str, str, str, str]
Cited = TypeVar("Cited", Span, Named)


def can_search(dialect: str, base_url: str) -> bool:
    """Return whether a vendor can be asked to search itself. A server that nobody knows is asked in OpenAI's words."""
    return dialect != "openai" or vendor_of(base_url).search is not None


def price_of_search(dialect: str, base_url: str, model: str) -> Decimal | None:
    """Return the price in USD of one search by its vendor's list, ``None`` where it is not known.

    OpenRouter reports it within the cost of the answer.
    """
    name = bare_name(model)
    if dialect == "anthropic":
        return Decimal("0.010")
    if dialect == "gemini":  # up to 2.5 an answer is charged, later each query
        return Decimal("0.035") if re.match(r"gemini-[12]", name) else Decimal("0.014")
    if vendor_of(base_url).name == "OpenAI":
        return Decimal("0.025") if name.startswith("gpt-4o") else Decimal("0.010")
    return None


@dataclass
class SearchNotes:
    """Gathers what a vendor tells of its searching.

    A vendor may name any number of sources: no more are gathered than are kept, before any is looked for in the text.
    """

    queries: list[str] = field(default_factory=list)
    charged: int | None = None
    _spans: dict[Span, None] = field(default_factory=dict)
    _named: dict[Named, None] = field(default_factory=dict)
    _block_start: int = 0
    _block: list[dict[str, Any]] = field(default_factory=list)
    _inputs: dict[Any, str] = field(default_factory=dict)

    # ------------------------------------------------------------ OpenAI and those who imitate it

    def note_message(self, said: dict[str, Any]) -> None:
        """Take the ``annotations`` of a delta or a message: each marks a span of the whole text."""
        for one in objects(said.get("annotations")):
            cited = part(one, "url_citation") or one
            start, end = tokens_of(cited.get("start_index")), tokens_of(cited.get("end_index"))
            if one.get("type") == "url_citation" and (url := _address(cited.get("url"))):
                place = (start, end) if start is not None and end is not None else (0, 0)
                _keep(self._spans, (*place, url, _title(cited), raw_text(cited.get("content"))))

    def note_usage(self, usage: dict[str, Any]) -> None:
        """Take the number of searches that are charged."""
        count = tokens_of(part(usage, "server_tool_use").get("web_search_requests"))
        self.charged = count if count is not None else self.charged

    # ------------------------------------------------------------ Anthropic

    def is_own_block(self, index: Any, block: dict[str, Any]) -> bool:
        """Return whether an event is of a search by the vendor, and take the query from it."""
        match block.get("type"):
            case "server_tool_use":
                self._inputs[index] = ""
                if part(block, "input"):
                    self._note_query(part(block, "input").get("query"))
                return True
            case "input_json_delta" if index in self._inputs:
                if len(self._inputs[index]) <= LONGEST_INPUT:
                    self._inputs[index] += raw_text(block.get("partial_json"))
                return True
            case "web_search_tool_result":
                return True
        return False

    def close_block(self, index: Any) -> None:
        """Read the query of a search whose input came in pieces."""
        text = self._inputs.get(index)
        if text:
            self._inputs[index] = ""
            try:
                found = loads(text)
            except BadJson:
                return
            self._note_query(found.get("query") if isinstance(found, dict) else None)

    def open_text(self, said: int) -> None:
        """Begin a block of text behind ``said`` characters: what is cited in the one before reaches to here."""
        self._end_block(said)
        self._block_start = said

    def cite(self, citation: dict[str, Any]) -> None:
        """Take a citation of the block of text that is open."""
        if citation.get("type") == "web_search_result_location" and len(self._block) < MOST_CITATIONS:
            self._block.append(citation)

    def _end_block(self, said: int) -> None:
        for one in self._block:
            if url := _address(one.get("url")):
                span = (self._block_start, said)
                _keep(self._spans, (*span, url, _title(one), raw_text(one.get("cited_text"))))
        self._block = []

    def note_blocks(self, blocks: list[dict[str, Any]]) -> None:
        """Take the citations of a message that came whole."""
        said = 0
        for at, block in enumerate(blocks):
            if not self.is_own_block(at, block) and block.get("type") == "text":
                self.open_text(said)
                for citation in objects(block.get("citations")):
                    self.cite(citation)
                said += len(raw_text(block.get("text")))
        self.open_text(said)

    # ------------------------------------------------------------ Gemini

    def note_grounding(self, found: dict[str, Any]) -> None:
        """Take the metadata of grounding, which the last event has whole.

        Its offsets count bytes of a part; the words that are grounded are given as well, and are looked for.
        """
        if not found:
            return
        pages = [part(one, "web") for one in objects(found.get("groundingChunks"))]
        self.queries = []
        for query in _listed(found.get("webSearchQueries")):
            self._note_query(query)
        self._named = {}
        for one in objects(found.get("groundingSupports")):
            words = raw_text(part(one, "segment").get("text"))
            for at in _listed(one.get("groundingChunkIndices")):
                page = pages[at] if isinstance(at, int) and 0 <= at < len(pages) else {}
                if url := _address(page.get("uri")):
                    _keep(self._named, (words, url, _title(page), ""))

    # ------------------------------------------------------------

    def result(self, said: str, charges: int) -> VendorSearch | None:
        """Return what was gathered, ``None`` for nothing; ``charges`` where the vendor gives no number itself."""
        self._end_block(len(said))
        found = [_placed(said, *one) for one in self._spans]
        found += [_found(said, *one) for one in self._named]
        citations = list(dict.fromkeys(found))[:MOST_CITATIONS]
        queries = tuple(dict.fromkeys(self.queries))
        if not (citations or queries or self.charged):
            return None
        charged = charges if self.charged is None else self.charged
        return VendorSearch(queries=queries, charges=charged, citations=tuple(citations))

    def _note_query(self, query: Any) -> None:
        if len(self.queries) >= MOST_QUERIES:
            return
        if words := " ".join(text_of(query).split())[:MAX_QUERY_CHARS]:
            self.queries.append(clean(words))


def _keep(found: dict[Cited, None], one: Cited) -> None:
    if len(found) < MOST_CITATIONS:
        found[one] = None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _placed(said: str, start: int, end: int, url: str, title: str, quote: str) -> VendorCitation:
    start, end = (start, end) if 0 <= start < end <= len(said) else (0, 0)
    return VendorCitation(start=start, end=end, text=said[start:end], url=url, title=title, quote=clean(quote))


def _found(said: str, words: str, url: str, title: str, quote: str) -> VendorCitation:
    start = max(0, said.find(words))
    return _placed(said, start, start + len(words), url, title, quote)


def _address(value: Any) -> str:
    url = clean(text_of(value)).strip()
    return url if len(url) <= MAX_URL_CHARS and url.lower().startswith(("http://", "https://")) else ""


def _title(found: dict[str, Any]) -> str:
    return clean(" ".join(text_of(found.get("title")).split()))[:LONGEST_TITLE]
