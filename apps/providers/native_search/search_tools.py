"""Asking a vendor to search: who can be asked, in which words, and what a search costs.

Sources: platform.openai.com ``/docs/guides/tools-web-search`` (chat completions), openrouter.ai
``/docs/features/web-search``, platform.claude.com ``/docs/en/agents-and-tools/tool-use/web-search-tool``, ai.google.dev
``/gemini-api/docs/google-search``.
"""

import re
from decimal import Decimal
from typing import Any

from apps.providers.families import bare_name
from apps.providers.vendor_quirks import vendor_of

MOST_SEARCHES = 6
"""The most searches of one answer, where a vendor takes a limit."""
ANTHROPIC_TOOL = {"type": "web_search_20250305", "name": "web_search", "max_uses": MOST_SEARCHES}
GEMINI_TOOL: dict[str, Any] = {"googleSearch": {}}


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
