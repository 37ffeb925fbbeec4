"""Searches of Gemini: the metadata of grounding."""

from typing import Any

from apps.providers.native_search.notes import SearchNotes, address, keep, listed, title
from apps.providers.reading import objects, part, raw_text


class GeminiSearchNotes(SearchNotes):
    """Reads the metadata of grounding."""

    def note_grounding(self, found: dict[str, Any]) -> None:
        """Take the metadata of grounding, which the last event has whole.

        Its offsets count bytes of a part; the words that are grounded are given as well, and are looked for.
        """
        if not found:
            return
        pages = [part(one, "web") for one in objects(found.get("groundingChunks"))]
        self.queries = []
        for query in listed(found.get("webSearchQueries")):
            self.note_query(query)
        self.named = {}
        for one in objects(found.get("groundingSupports")):
            words = raw_text(part(one, "segment").get("text"))
            for at in listed(one.get("groundingChunkIndices")):
                page = pages[at] if isinstance(at, int) and 0 <= at < len(pages) else {}
                if url := address(page.get("uri")):
                    keep(self.named, (words, url, title(page), ""))
