"""Web search and web fetch as clients of OpenAI and OpenRouter ask for them, in one neutral wish.

A plugin, a tool of the server, the suffix of a model's name, or OpenAI's own parameter: they all mean the same here.
What only one search engine knows (its mode, the size of its context, a place) has no effect.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.api.openai.wire.plugins import FusionPlugin, OtherPlugin
from apps.api.web_options import WebWish, count_of, joined

ONLINE = ":online"
"""OpenRouter's suffix of a model's name for a search before the answer."""
SEARCH_PLUGIN, FETCH_PLUGIN = WEB_PLUGINS = ("web", "web-fetch")
OPENROUTERS_SEARCH, OPENROUTERS_FETCH = "openrouter:web_search", "openrouter:web_fetch"
OPENAIS_SEARCH = ("web_search", "web_search_preview")
"""OpenAI's tool, which opens pages as well; later versions have a date behind it."""


def is_of_web(tool: Any) -> bool:
    """Return whether a tool of a request is one of web search or web fetch."""
    return _of_tool(tool, "tools") is not None


def web_wish(
    model: str,
    plugins: Sequence[FusionPlugin | OtherPlugin],
    tools: Iterable[tuple[str, Any]],
    options: Mapping[str, Any] | None,
) -> WebWish | None:
    """Return what a request wants of the web, ``None`` if it wants nothing of it; ``tools`` have their paths."""
    enabled = [plugin for plugin in plugins if plugin.enabled]
    found = [WebWish("model", search=True)] if model.endswith(ONLINE) else []
    found += [WebWish("web_search_options", search=True, fetch=True)] if options is not None else []
    found += [
        WebWish("plugins", plugin.id == SEARCH_PLUGIN, plugin.id == FETCH_PLUGIN, count_of(plugin.max_uses))
        for plugin in enabled
        if isinstance(plugin, OtherPlugin) and plugin.id in WEB_PLUGINS
    ]
    for fusion in (plugin for plugin in enabled if isinstance(plugin, FusionPlugin)):
        wishes = [wish for tool in fusion.tools or () if (wish := _of_tool(tool, "plugins"))]
        found += [replace(wish, max_uses=fusion.max_tool_calls or wish.max_uses) for wish in wishes]
    found += [wish for path, tool in tools if (wish := _of_tool(tool, path))]
    return joined(found)


def _of_tool(tool: Any, param: str) -> WebWish | None:
    kind = tool.get("type") if isinstance(tool, dict) else None
    if not isinstance(kind, str):
        return None
    inner = tool.get("parameters")
    uses = count_of(tool.get("max_uses") or (inner.get("max_uses") if isinstance(inner, dict) else None))
    if kind in (OPENROUTERS_SEARCH, OPENROUTERS_FETCH):
        return WebWish(param, kind == OPENROUTERS_SEARCH, kind == OPENROUTERS_FETCH, uses)
    # A date is the version: "web_search_2025_08_26".
    return WebWish(param, True, True, uses) if kind.rstrip("0123456789_") in OPENAIS_SEARCH else None
