"""Finding models that run nearby."""

import httpx

from apps.providers.base import Endpoint, Timeouts, clean
from apps.providers.errors import ProviderError
from apps.providers.transport import get_json

TIMEOUTS = Timeouts(connect_s=0.5, first_token_s=1, idle_s=1, total_s=2)
"""Seconds. An Ollama on this machine answers in milliseconds, and nobody should wait for one that is not there."""


def ollama_endpoint(host: str) -> Endpoint:
    """The OpenAI-compatible endpoint of the Ollama at ``host``: what ``OLLAMA_HOST`` says, or ''.

    Raises `httpx.InvalidURL` for a setting that is no address.
    """
    return Endpoint(name="Ollama", base_url=f"{_ollama_url(host)}/v1")


async def detect_ollama(client: httpx.AsyncClient, host: str = "") -> list[str]:
    """The names of the models of the Ollama at ``host``; none if none answers within about a second."""
    try:
        endpoint = Endpoint(name="Ollama", base_url=_ollama_url(host))
        found = await get_json(client, endpoint, "/api/tags", {}, TIMEOUTS)
    except (ProviderError, httpx.InvalidURL):
        return []
    models = found.get("models") if isinstance(found, dict) else None
    rows = [row for row in models if isinstance(row, dict)] if isinstance(models, list) else []
    return [clean(row["name"]) for row in rows if isinstance(row.get("name"), str)]


def _ollama_url(host: str) -> str:
    """A URL from Ollama's own setting, whose default port is 11434. A server's 0.0.0.0 is reached at 127.0.0.1."""
    text = host.strip().rstrip("/") or "127.0.0.1"
    url = httpx.URL(text if "://" in text else f"http://{text}")
    address = "127.0.0.1" if url.host in ("0.0.0.0", "") else url.host  # noqa: S104 - read from a setting, not bound
    port = url.port or (11434 if "://" not in text else None)
    return str(url.copy_with(host=address, port=port)).rstrip("/")
