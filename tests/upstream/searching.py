"""Behaviour of a vendor that searches the web itself."""

from tests.upstream.exchange import Exchange

TOOLS = {"web_search_20250305", "googleSearch"}


async def searches(x: Exchange) -> None:
    """Answer with citations where a search is asked for, in whatever dialect; else with the text alone."""
    body = x.entry["body"]
    offered = {name for tool in body.get("tools") or () for name in (tool.get("type"), *tool)}
    await x.begin()
    if {"web_search_options", "plugins"} & body.keys() or TOOLS & offered:
        pieces = x.option("cited")
        await x.raw(x.wire.searched(x.option("query", "height of the tower"), pieces))
        x.entry["text"] = "".join(text for text, _ in pieces)
    else:
        await x.say(*x.pieces())
    await x.end()
