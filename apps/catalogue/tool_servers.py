"""Connect tool servers, decide which of their tools may be called, and call one of those."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from pydantic import SecretStr

from apps.catalogue.addresses import BadAddress, checked_base_url
from apps.catalogue.models import ServerTool, ToolServer
from apps.catalogue.secrets import Secrets, UnreadableSecrets, seal, unseal
from apps.fusion.refusal import Refusal
from apps.outbound.addresses import ONLY_ADMINISTRATORS
from apps.tool_servers import client
from apps.tool_servers.values import ListedTool, ServerAddress, ToolAnswer, ToolServerError

LOST_TOKEN = "Its token cannot be decrypted, because SECRET_KEY has changed. Enter it again."  # noqa: S105 - a sentence
MOST_OFFERED = 40
"""Tools that a model is told of: each takes room in every request."""
LONGEST_NAME = 64
DESCRIBED_BY = ("title", "description", "input_schema", "is_read_only")


class InvalidToolServer(Refusal):
    """A server cannot be connected like this; ``field`` says what to change and ``sentence`` how."""


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """A server as an administrator enters it.

    Without a token and headers, those that are known for the same host are kept.
    """

    name: str
    url: str
    token: SecretStr
    only_public: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def connect_server(entry: ServerEntry, server: ToolServer | None = None) -> ToolServer:
    """Ask a server for its tools and keep it, new or in place of ``server``; raise :class:`InvalidToolServer`."""
    try:
        url = checked_base_url(entry.url, may_be_private=not entry.only_public)
    except BadAddress as error:
        raise InvalidToolServer(_for_administrators(str(error)), "url") from None
    secrets = Secrets(entry.token, entry.headers)
    if server and not (entry.token.get_secret_value() or entry.headers) and _origin(url) == _origin(server.url):
        try:
            secrets = _secrets_of(server)
        except ToolServerError as error:
            raise InvalidToolServer(error.sentence, "token") from None
    try:
        listed = client.list_tools_now(ServerAddress(url, secrets.api_key, entry.only_public, secrets.headers))
    except ToolServerError as error:
        raise InvalidToolServer(_for_administrators(error.sentence), "url") from None
    with transaction.atomic():
        # While it was asked, which takes seconds; saved all the same, it would be there again.
        if server and not _is_there(server):
            raise InvalidToolServer(f"{server.name} was deleted meanwhile. Add it as a new one.", "name")
        kept = server or ToolServer(slug=_free_slug(entry.name))
        kept.name, kept.url, kept.only_public = entry.name, url, entry.only_public
        kept.secrets = seal(secrets)
        kept.save()
        _keep(kept, listed)
    return kept


def refresh_server(server: ToolServer) -> None:
    """Ask a server for its tools anew; what goes wrong is kept in its ``failure``."""
    try:
        listed = client.list_tools_now(address_of(server))
    except ToolServerError as error:
        server.failure = error.sentence
        ToolServer.objects.filter(pk=server.pk).update(failure=error.sentence)
        return
    with transaction.atomic():
        if _is_there(server):
            _keep(server, listed)


def allow_tools(server: ToolServer, names: Collection[str]) -> None:
    """Allow the tools that are named, and no others of the server; what changed in them is then known."""
    tools = list(server.tools.filter(is_offered=True))
    for tool in tools:
        is_named = tool.name in names
        # What the hint says anyway is no word of an administrator, so that it goes on following the hint.
        tool.is_allowed = None if is_named is tool.is_read_only else is_named
        tool.has_changed = False
    ServerTool.objects.bulk_update(tools, ["is_allowed", "has_changed"])


def callable_tools() -> list[ServerTool]:
    """Return the tools that models may call now, with their servers; one query."""
    tools = ServerTool.objects.filter(is_offered=True, server__is_connected=True).select_related("server")
    return [tool for tool in tools.order_by("server__slug", "name") if tool.can_be_called]


def offered_tools() -> dict[str, ServerTool]:
    """Return the tools that models may call now, at most ``MOST_OFFERED``, by the names under which they know them.

    A name has the server's in it, and only what every vendor takes.
    """
    named: dict[str, ServerTool] = {}
    for tool in callable_tools()[:MOST_OFFERED]:
        letters = f"{tool.server.slug}__{tool.name}"[:LONGEST_NAME]
        name = "".join(one if one.isascii() and (one.isalnum() or one in "_-") else "_" for one in letters)
        named.setdefault(name, tool)
    return named


async def call_tool(tool: ServerTool, arguments: Mapping[str, Any]) -> ToolAnswer:
    """Return the answer of a tool, read with its server; one that cannot be asked answers with an error.

    The arguments are the model's own; who shows the call shows them too.
    """
    if not (tool.can_be_called and tool.server.is_connected):
        return ToolAnswer("This tool may not be called.", is_error=True)
    try:
        return await client.call_tool(address_of(tool.server), tool.name, arguments)
    except ToolServerError as error:
        return ToolAnswer(error.sentence, is_error=True)


def address_of(server: ToolServer) -> ServerAddress:
    """Return where a server is asked, and with which secrets; raise :class:`ToolServerError` for lost ones."""
    secrets = _secrets_of(server)
    return ServerAddress(server.url, secrets.api_key, server.only_public, secrets.headers)


def _is_there(server: ToolServer) -> bool:
    """Return whether a server was not deleted meanwhile, and keep it from being until the transaction ends."""
    return ToolServer.objects.select_for_update().filter(pk=server.pk).exists()


def _secrets_of(server: ToolServer) -> Secrets:
    try:
        return unseal(server.secrets)
    except UnreadableSecrets:
        raise ToolServerError(LOST_TOKEN) from None


def _keep(server: ToolServer, listed: Collection[ListedTool]) -> None:
    """Write what a server lists. A tool that was allowed by name and is another now has to be allowed again.

    So has one that is only now said to read: that is how a server would get a tool past its administrator.
    """
    known = {tool.name: tool for tool in server.tools.all()}
    for described in listed:
        tool = known.pop(described.name, None) or ServerTool(server=server, name=described.name)
        is_other = tool.pk is not None and any(getattr(tool, name) != getattr(described, name) for name in DESCRIBED_BY)
        is_read_only_now = described.is_read_only and not tool.is_read_only and tool.is_allowed is None
        if is_other and (tool.is_allowed or is_read_only_now):
            tool.is_allowed, tool.has_changed = False, True
        for name in DESCRIBED_BY:
            setattr(tool, name, getattr(described, name))
        tool.is_offered = True
        tool.save()
    ServerTool.objects.filter(pk__in=[tool.pk for tool in known.values()]).update(is_offered=False)
    server.listed_at, server.failure = timezone.now(), ""
    server.save(update_fields=["listed_at", "failure"])


def _for_administrators(sentence: str) -> str:
    return sentence.replace(ONLY_ADMINISTRATORS, "If it is meant to be there, say so below.")


def _origin(url: str) -> tuple[str, bytes, int | None]:
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.raw_host, parsed.port


def _free_slug(name: str) -> str:
    wanted = slugify(name)[:40] or "server"
    taken = set(ToolServer.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbered = (f"{wanted}-{at}" for at in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(slug for slug in numbered if slug not in taken)
