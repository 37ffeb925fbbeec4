"""Web search and web fetch in Anthropic's form: the tools of its servers, which mean our look-ups here.

Sources: platform.claude.com, ``/docs/en/agents-and-tools/tool-use/web-search-tool`` and ``/web-fetch-tool``.
"""

import re
from typing import Any

from apps.api.web_options import WebWish
from apps.fusion.lookup_steps import Lookup
from apps.fusion.lookups import LookupTool
from apps.fusion.vocabulary import Status
from apps.runs.reading.web_account import WebAccount

_VERSIONED = re.compile(r"web_(search|fetch)_\d{8}")
"""The type of such a tool, with the day of its version behind it."""


def wish_of(kind: str | None, param: str, max_uses: int | None) -> WebWish | None:
    """Return what a tool of this type wants of the web, ``None`` for one of another kind."""
    found = _VERSIONED.fullmatch(kind or "")
    return WebWish(param, found[1] == "search", found[1] == "fetch", max_uses) if found else None


def search_blocks(web: WebAccount | None) -> list[dict[str, Any]]:
    """Return the searches of the call that wrote the answer, each with its results; pages are only counted."""
    searches = [one for one in web.lookups if one.tool == LookupTool.SEARCH] if web else []
    return [block for at, lookup in enumerate(searches, 1) for block in _search(f"srvtoolu_{at}", lookup)]


def citations_of(web: WebAccount | None, text: str) -> list[dict[str, Any]]:
    """Return the citations of an answer. What they index has no content here that could be sent back."""
    cited = [one for one in web.citations if one.end <= len(text)] if web else []
    return [
        {
            "type": "web_search_result_location",
            "url": one.url,
            "title": one.title,
            "cited_text": text[one.start : one.end],
            "encrypted_index": "",
        }
        for one in cited
    ]


def _search(block_id: str, lookup: Lookup) -> tuple[dict[str, Any], dict[str, Any]]:
    asked = {"type": "server_tool_use", "id": block_id, "name": lookup.tool, "input": {"query": lookup.summary}}
    found: Any = [
        {"type": "web_search_result", "url": one.url, "title": one.title, "encrypted_content": "", "page_age": None}
        for one in lookup.sources
    ]
    if lookup.status is not Status.DONE:
        found = {"type": "web_search_tool_result_error", "error_code": "unavailable"}
    return asked, {"type": "web_search_tool_result", "tool_use_id": block_id, "content": found}
