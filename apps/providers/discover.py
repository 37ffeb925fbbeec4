"""Models that run nearby: an Ollama on this machine, asked in its own words.

Its OpenAI-compatible list says nothing but names; the native one says what a model can do and how much it reads
(Ollama's own documentation, ``docs/api.md``: "List Local Models", "Show Model Information", "List Running Models").
"""

import asyncio
import re
from dataclasses import replace
from typing import Any

import httpx

from apps.outbound.addresses import url_of
from apps.providers.base import Endpoint, ListedModel, Timeouts, clean
from apps.providers.errors import ProviderError
from apps.providers.families import completed
from apps.providers.reading import limit_of, objects, part
from apps.providers.transport import LIST_TIMEOUTS, bearer, get_json

TIMEOUTS = Timeouts(connect_s=0.5, first_token_s=1, idle_s=1, total_s=2)
"""Seconds to see whether there is one on this machine: it answers in milliseconds, and nobody should wait in vain."""

MAX_PARAMETERS = 20_000
"""Characters of a model's own parameters that are read."""
NUM_CTX = re.compile(r"^num_ctx[ \t]{1,80}(\d{1,9})[ \t\r]{0,80}$", re.MULTILINE)

DEFAULT_CONTEXT = 4_096
"""Tokens that Ollama reads of a prompt, whatever the model was trained for, unless a setting says otherwise (Ollama's
FAQ, "How can I specify the context window size?"). It cuts the beginning of a longer prompt without a word, and its
OpenAI-compatible route cannot ask for more."""


def ollama_endpoint(host: str) -> Endpoint:
    """Return the OpenAI-compatible endpoint of the Ollama at ``host``: what ``OLLAMA_HOST`` says, or ''.

    Raises `httpx.InvalidURL` for a setting that is no address.
    """
    return Endpoint(name="Ollama", base_url=f"{_ollama_url(host)}/v1")


async def detect_ollama(client: httpx.AsyncClient, host: str = "") -> list[str]:
    """Return the names of the models of the Ollama at ``host``, none if none answers (here: within a second)."""
    timeouts = LIST_TIMEOUTS if host else TIMEOUTS
    try:
        return await _names(client, Endpoint(name="Ollama", base_url=_ollama_url(host)), timeouts)
    except (ProviderError, httpx.InvalidURL):
        return []


async def ollama_models(client: httpx.AsyncClient, endpoint: Endpoint) -> list[ListedModel]:
    """Return the models for chat of the Ollama behind its OpenAI-compatible ``endpoint``; raises `ProviderError`."""
    # The native routes lie beside /v1 and not below it.
    native = replace(endpoint, base_url=endpoint.base_url.rstrip("/").removesuffix("/v1"))
    names = await _names(client, native, LIST_TIMEOUTS)
    # Only /api/show tells what a model can do, so there is one request a model.
    loaded, *shown = await asyncio.gather(
        _loaded_contexts(client, native), *(_show(client, native, name) for name in names)
    )
    listed = zip(names, shown, strict=True)
    return [completed(_listed(name, facts, loaded.get(name))) for name, facts in listed if _writes(facts)]


async def _names(client: httpx.AsyncClient, native: Endpoint, timeouts: Timeouts) -> list[str]:
    found = await get_json(client, native, "/api/tags", bearer(native), timeouts)
    rows = objects(found.get("models")) if isinstance(found, dict) else []
    return [clean(row["name"]) for row in rows if isinstance(row.get("name"), str)]


async def _loaded_contexts(client: httpx.AsyncClient, native: Endpoint) -> dict[str, Any]:
    """Return the context (tokens) of the models that run just now; older versions do not say."""
    try:
        found = await get_json(client, native, "/api/ps", bearer(native), LIST_TIMEOUTS)
    except ProviderError:
        return {}
    rows = objects(found.get("models")) if isinstance(found, dict) else []
    return {clean(row["name"]): row.get("context_length") for row in rows if isinstance(row.get("name"), str)}


async def _show(client: httpx.AsyncClient, native: Endpoint, name: str) -> dict[str, Any]:
    """Return what Ollama says of a model, nothing if it does not: the name is enough to ask it."""
    try:
        found = await get_json(client, native, "/api/show", bearer(native), LIST_TIMEOUTS, body={"model": name})
    except ProviderError:
        return {}
    return found if isinstance(found, dict) else {}


def _writes(facts: dict[str, Any]) -> bool:
    """Return whether the model answers, unlike one that only embeds; older versions do not say."""
    capabilities = facts.get("capabilities")
    return not isinstance(capabilities, list) or "completion" in capabilities


def _listed(name: str, facts: dict[str, Any], loaded_context: Any) -> ListedModel:
    capabilities = facts.get("capabilities")
    known = capabilities if isinstance(capabilities, list) else None
    return ListedModel(
        id=name,
        name=name,
        context_length=_context_length(facts, loaded_context),
        supports_vision=None if known is None else "vision" in known,
        supports_reasoning=None if known is None else "thinking" in known,
        supports_tools=None if known is None else "tools" in known,
    )


def _context_length(facts: dict[str, Any], loaded_context: Any) -> int | None:
    """Return the tokens that are read: as the model's own file sets them, else as it runs, else the server's default.

    More than it was trained for, which stands under the name of its architecture, helps no model.
    """
    chosen = NUM_CTX.search(str(facts.get("parameters", ""))[:MAX_PARAMETERS])
    info = part(facts, "model_info")
    trained = limit_of(info.get(f"{str(info.get('general.architecture'))[:80]}.context_length"))
    size = (limit_of(int(chosen[1])) if chosen else limit_of(loaded_context)) or DEFAULT_CONTEXT
    return min(size, trained or size)


def _ollama_url(host: str) -> str:
    """Return a URL from Ollama's own setting; its default port is 11434, its 0.0.0.0 is reached at 127.0.0.1."""
    text = host.strip().rstrip("/") or "127.0.0.1"
    url = url_of(text if "://" in text else f"http://{text}")
    address = "127.0.0.1" if url.host in ("0.0.0.0", "") else url.host  # noqa: S104 - read from a setting, not bound
    # As Ollama reads its own setting: after a scheme, that scheme's default port counts.
    port = url.port or (11434 if "://" not in text else None)
    return str(url.copy_with(host=address, port=port)).rstrip("/")
