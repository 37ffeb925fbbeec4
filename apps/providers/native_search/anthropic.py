"""Searches of Anthropic's Messages: blocks of the answer, and citations of its blocks of text."""

from dataclasses import dataclass, field
from typing import Any

from apps.fusion.native_search import MOST_CITATIONS
from apps.providers.json_text import BadJson, loads
from apps.providers.native_search.notes import SearchNotes, address, keep, title
from apps.providers.reading import objects, part, raw_text

LONGEST_INPUT = 10_000
"""Characters of a search's input, in JSON, that are gathered from its pieces."""


@dataclass
class AnthropicSearchNotes(SearchNotes):
    """Reads the blocks of an answer, as they come or all at once."""

    _block_start: int = 0
    _block: list[dict[str, Any]] = field(default_factory=list)
    _inputs: dict[Any, str] = field(default_factory=dict)

    def is_own_block(self, index: Any, block: dict[str, Any]) -> bool:
        """Return whether an event is of a search by the vendor, and take the query from it."""
        match block.get("type"):
            case "server_tool_use":
                self._inputs[index] = ""
                if part(block, "input"):
                    self.note_query(part(block, "input").get("query"))
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
            self.note_query(found.get("query") if isinstance(found, dict) else None)

    def open_text(self, said: int) -> None:
        """Begin a block of text behind ``said`` characters: what is cited in the one before reaches to here."""
        self.close(said)
        self._block_start = said

    def cite(self, citation: dict[str, Any]) -> None:
        """Take a citation of the block of text that is open."""
        if citation.get("type") == "web_search_result_location" and len(self._block) < MOST_CITATIONS:
            self._block.append(citation)

    def close(self, said: int) -> None:
        for one in self._block:
            if url := address(one.get("url")):
                span = (self._block_start, said)
                keep(self.spans, (*span, url, title(one), raw_text(one.get("cited_text"))))
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
