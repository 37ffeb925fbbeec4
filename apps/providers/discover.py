"""Finding models that run nearby: an Ollama on this machine, asked in its own words.

Its OpenAI-compatible list says nothing but names; the native one says what a model can do and how much it reads
(Ollama's own documentation, ``docs/api.md``: "List Local Models", "Show Model Information").
"""

import asyncio
import re
from dataclasses import replace
from typing import Any

import httpx

from apps.providers.base import Endpoint, ListedModel, Timeouts, clean
from apps.providers.errors import ProviderError
from apps.providers.families import completed
from apps.providers.reading import limit_of, objects, part
from apps.providers.transport import LIST_TIMEOUTS, bearer, get_json

TIMEOUTS = Timeouts(connect_s=0.5, first_token_s=1, idle_s=1, total_s=2)
"""Seconds to see whether there is one on this machine: it answers in milliseconds, and nobody should wait in vain."""


def ollama_endpoint(host: str) -> Endpoint:
    """The OpenAI-compatible endpoint of the Ollama at ``host``: what ``OLLAMA_HOST`` says, or ''.

    Raises `httpx.InvalidURL` for a setting that is no address.
    """
    return Endpoint(name="Ollama", base_url=f"{_ollama_url(host)}/v1")


async def detect_ollama(client: httpx.AsyncClient, host: str = "") -> list[str]:
    """The names of the models of the Ollama at ``host``; none if none answers, on this machine within a second."""
    timeouts = LIST_TIMEOUTS if host else TIMEOUTS
    try:
        return await _names(client, Endpoint(name="Ollama", base_url=_ollama_url(host)), timeouts)
    except (ProviderError, httpx.InvalidURL):
        return []


async def ollama_models(client: httpx.AsyncClient, endpoint: Endpoint) -> list[ListedModel]:
    """What the Ollama behind its OpenAI-compatible ``endpoint`` offers for chat; raises `ProviderError`."""
    native = replace(endpoint, base_url=endpoint.base_url.rstrip("/").removesuffix("/v1"))
    names = await _names(client, native, LIST_TIMEOUTS)
    shown = await asyncio.gather(*(_show(client, native, name) for name in names))
    listed = zip(names, shown, strict=True)
    return [completed(_listed(name, facts)) for name, facts in listed if _writes(facts)]


async def _names(client: httpx.AsyncClient, native: Endpoint, timeouts: Timeouts) -> list[str]:
    found = await get_json(client, native, "/api/tags", bearer(native), timeouts)
    rows = objects(found.get("models")) if isinstance(found, dict) else []
    return [clean(row["name"]) for row in rows if isinstance(row.get("name"), str)]


async def _show(client: httpx.AsyncClient, native: Endpoint, name: str) -> dict[str, Any]:
    """What Ollama says of a model; nothing if it does not: the name is enough to ask it."""
    try:
        found = await get_json(client, native, "/api/show", bearer(native), LIST_TIMEOUTS, body={"model": name})
    except ProviderError:
        return {}
    return found if isinstance(found, dict) else {}


def _writes(facts: dict[str, Any]) -> bool:
    """Whether the model answers, unlike one that only embeds; older versions do not say."""
    capabilities = facts.get("capabilities")
    return not isinstance(capabilities, list) or "completion" in capabilities


def _listed(name: str, facts: dict[str, Any]) -> ListedModel:
    capabilities = facts.get("capabilities")
    known = capabilities if isinstance(capabilities, list) else None
    return ListedModel(
        id=name,
        name=name,
        context_length=_context_length(facts),
        supports_vision=None if known is None else "vision" in known,
        supports_reasoning=None if known is None else "thinking" in known,
    )


def _context_length(facts: dict[str, Any]) -> int | None:
    """Tokens: as the model's own file sets them, else what it was trained for, under the name of its architecture."""
    chosen = re.search(r"^num_ctx\s+(\d{1,9})\s*$", str(facts.get("parameters", "")), re.MULTILINE)
    if chosen:
        return limit_of(int(chosen[1]))
    info = part(facts, "model_info")
    return limit_of(info.get(f"{info.get('general.architecture')}.context_length"))


def _ollama_url(host: str) -> str:
    """A URL from Ollama's own setting, whose default port is 11434. A server's 0.0.0.0 is reached at 127.0.0.1."""
    text = host.strip().rstrip("/") or "127.0.0.1"
    url = httpx.URL(text if "://" in text else f"http://{text}")
    address = "127.0.0.1" if url.host in ("0.0.0.0", "") else url.host  # noqa: S104 - read from a setting, not bound
    port = url.port or (11434 if "://" not in text else None)
    return str(url.copy_with(host=address, port=port)).rstrip("/")
