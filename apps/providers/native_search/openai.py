"""Searches of OpenAI's chat completions, and of those who imitate them."""

from typing import Any

from apps.providers.native_search.notes import SearchNotes, address, keep, title
from apps.providers.reading import objects, part, raw_text, tokens_of


class OpenAISearchNotes(SearchNotes):
    """Reads the annotations of an answer. The queries are not told."""

    def note_message(self, said: dict[str, Any]) -> None:
        """Take the ``annotations`` of a delta or a message: each marks a span of the whole text."""
        for one in objects(said.get("annotations")):
            cited = part(one, "url_citation") or one
            start, end = tokens_of(cited.get("start_index")), tokens_of(cited.get("end_index"))
            if one.get("type") == "url_citation" and (url := address(cited.get("url"))):
                place = (start, end) if start is not None and end is not None else (0, 0)
                keep(self.spans, (*place, url, title(cited), raw_text(cited.get("content"))))
