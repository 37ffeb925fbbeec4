"""The box of the new-run form by which models may look things up, and what it says of the site's search engine."""

from apps.catalogue.lookup.site import web_settings
from apps.catalogue.tool_servers import offered_tools
from apps.fusion.lookup_steps import LookupSettings

BOTH, SEARCH_ONLY, FETCH_ONLY = "", "search", "fetch"


def web_word(web: LookupSettings | None) -> str:
    """Return the word of a ticked box that stands for these look-ups, '' for none."""
    if web is None or not web.is_on:
        return ""
    kind = BOTH if web.search and web.fetch else SEARCH_ONLY if web.search else FETCH_ONLY
    return f"{web.max_tool_calls} {kind}".strip()


def web_of(word: str) -> LookupSettings | None:
    """Return the look-ups that a word stands for; any other word than :func:`web_word` makes is the default."""
    if not word.strip():
        return None
    steps, _, kind = word.partition(" ")
    try:
        wanted = LookupSettings(search=kind != FETCH_ONLY, fetch=kind != SEARCH_ONLY, max_tool_calls=int(steps))
    except ValueError:
        return LookupSettings()
    return wanted


def tool_server_names() -> str:
    """Return the names of the servers whose tools models would be offered, '' for none."""
    return ", ".join(dict.fromkeys(tool.server.name for tool in offered_tools().values()))


def engine_label() -> str:
    """Return the name of the search engine that would be asked, '' where search is off."""
    engine = web_settings().engine
    return engine.label if engine else ""
