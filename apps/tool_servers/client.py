"""Listing the tools of a server, and calling one, with a limit of time and of size for each."""

import asyncio
import importlib.util
import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from apps.lookup.invisible import without_invisible
from apps.tool_servers.values import ListedTool, ServerAddress, ToolAnswer, ToolServerError

if TYPE_CHECKING:
    from mcp import Client

LIST_S, CALL_S = 20.0, 30.0
"""Seconds for all that one listing, or one call, asks of a server."""
CLOSE_S = 3.0
"""Seconds for the end of the session, once it has answered."""
MOST_TOOLS, MOST_PAGES = 200, 20
LONGEST_NAME, LONGEST_TITLE, LONGEST_DESCRIPTION = 128, 200, 4_000
LONGEST_SCHEMA = 20_000
"""Characters of JSON; a tool with a longer one is left out, for each model would have to read it."""
LONGEST_ANSWER = 50_000
"""Characters of a tool's answer that a model gets."""
NUL = "\\u0000"
"""As JSON writes it."""
PARSE_ERROR = -32700
NOT_INSTALLED = (
    "This server cannot ask tool servers: the package “mcp” is not installed. Install FusionWeb with its extra "
    "“mcp-client”, and start it again."
)


def is_installed() -> bool:
    """Return whether the protocol's package is there."""
    return importlib.util.find_spec("mcp") is not None


async def list_tools(server: ServerAddress) -> list[ListedTool]:
    """Return the tools of a server, at most ``MOST_TOOLS``; raise :class:`ToolServerError`."""
    found: list[ListedTool] = []
    async with _connected(server, LIST_S) as client:
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            found += filter(None, map(_listed, page.tools))
            cursor = page.next_cursor
            if not cursor or len(found) >= MOST_TOOLS:
                break
    # Of two by one name a call could mean either.
    return list({tool.name: tool for tool in reversed(found[:MOST_TOOLS])}.values())[::-1]


def list_tools_now(server: ServerAddress) -> list[ListedTool]:
    """Return the same to a thread without a loop of its own."""
    return asyncio.run(list_tools(server))


async def call_tool(server: ServerAddress, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
    """Return the answer of a tool; raise :class:`ToolServerError` where there is none."""
    async with _connected(server, CALL_S) as client:
        # The package lists the tools behind each call, to hold the answer against the server's own schema: it would
        # drop one that differs, and a schema's pattern could hold up the loop that streams all calls.
        client.session.validate_tool_result = _as_it_is  # type: ignore[method-assign, assignment]
        result = await client.call_tool(name, dict(arguments))
    text = without_invisible("\n\n".join(_texts(result.content)))
    if not text and result.structured_content is not None:
        text = without_invisible(json.dumps(result.structured_content, ensure_ascii=False))
    if len(text) > LONGEST_ANSWER:
        text = f"{text[:LONGEST_ANSWER]}\n\n[Cut: the answer has {len(text):,} characters.]"
    return ToolAnswer(text or "[The tool answered nothing.]", bool(result.is_error))


async def _as_it_is(_name: str, _result: object) -> None:
    """Take an answer as it is: a model reads it as text."""


@asynccontextmanager
async def _connected(server: ServerAddress, seconds: float) -> AsyncGenerator["Client", None]:
    """Connect to a server for a while; whatever goes wrong in it, until it is left, is a :class:`ToolServerError`."""
    if not is_installed():
        raise ToolServerError(NOT_INSTALLED)
    from mcp import Client  # noqa: PLC0415 - an extra, and a hundred modules
    from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415 - as above

    from apps.tool_servers.transport import Exchange, client_for  # noqa: PLC0415 - as above

    exchange, has_answered = Exchange(), False
    try:
        async with (
            asyncio.timeout(seconds) as limit,
            client_for(server, exchange) as http,
            Client(streamable_http_client(server.url, http_client=http)) as client,
        ):
            yield client
            has_answered = True
            limit.reschedule(asyncio.get_running_loop().time() + CLOSE_S)
    except TimeoutError:
        if has_answered:  # it does not end the session; what it answered stands, and may have been done
            return
        raise ToolServerError(f"It did not answer within {seconds:.0f} seconds.") from None
    except Exception as error:  # noqa: BLE001 - the package raises groups of whatever happened in its tasks
        if has_answered:
            return
        raise exchange.fault or ToolServerError(_sentence_of(error, exchange.refused)) from None


def _sentence_of(error: BaseException, status: int | None) -> str:
    """Return a failure as a sentence: the status that refused, else what the package says of it."""
    if status in (401, 403):
        return f"It refused the token (HTTP {status}). Enter one that it takes."
    if status is not None:
        return f"It answered with HTTP {status}. Check the address: it is the server's MCP endpoint."
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if getattr(error, "code", None) == PARSE_ERROR:
        return "It answered with what is no message of the protocol."
    first = without_invisible(next(iter(str(error).splitlines()), ""))[:200]
    return f"It cannot be asked: {first or type(error).__name__}."


def _listed(tool: Any) -> ListedTool | None:
    """Return a tool of a server; ``None`` for one with a name or a schema that no model, or database, can be given."""
    if not (0 < len(tool.name) <= LONGEST_NAME and tool.name.isprintable()):
        return None
    try:
        schema = json.dumps(tool.input_schema, allow_nan=False)
    except ValueError:
        return None
    if len(schema) > LONGEST_SCHEMA or NUL in schema:
        return None
    hints = tool.annotations
    return ListedTool(
        name=tool.name,
        title=without_invisible(tool.title or (hints and hints.title) or "")[:LONGEST_TITLE],
        description=without_invisible(tool.description or "")[:LONGEST_DESCRIPTION],
        input_schema=tool.input_schema,
        is_read_only=bool(hints and hints.read_only_hint),
    )


def _texts(blocks: Any) -> Iterator[str]:
    """Yield the text of each part of an answer; of what is no text, only what it is."""
    for block in blocks:
        resource = getattr(block, "resource", None)
        text = getattr(block, "text", None) or getattr(resource, "text", None)
        address = getattr(block, "uri", None) or getattr(resource, "uri", None)
        if text is not None:
            yield str(text)
        elif address is not None:
            yield str(address)
        else:
            yield f"[{block.type}: {getattr(block, 'mime_type', 'unknown')}, not shown]"
