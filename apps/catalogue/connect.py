"""Fills the catalogue from the environment: which providers there are, what models they list, and the presets.

Called at every start. What is no longer configured is marked as not connected; rows are never deleted, since old runs
name them.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpx
from django.db import transaction
from pydantic import SecretStr

from apps.catalogue.builtin_presets import write_presets
from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import PromptStyle
from apps.providers.base import Endpoint, ListedModel
from apps.providers.discover import detect_ollama, ollama_endpoint
from apps.providers.errors import ProviderError
from apps.providers.families import family_of, maker_of
from apps.providers.openai_compatible import list_models

LOCAL_MODEL_FACTS = {
    "smollm2-135m": {"label": "SmolLM2 135M", "style": PromptStyle.SMALL, "context_length": 4096},
    "gemma3-270m": {"label": "Gemma 3 270M (base)", "style": PromptStyle.BASE, "context_length": 4096},
}
NOT_CHAT = tuple(
    "embed tts whisper dall-e moderation transcribe image audio realtime rerank babbage davinci turbo-instruct".split()
)

Listing = list[ListedModel] | ProviderError


@dataclass(frozen=True, slots=True)
class Source:
    """A provider that the environment configures."""

    slug: str
    name: str
    base_url: str
    api_key_env: str = ""


def connect(environment: Mapping[str, str]) -> list[str]:
    """Bring the catalogue up to date; returns one line per provider for the person who started the site."""
    sources, listings = asyncio.run(_look_around(environment))
    with transaction.atomic():
        Provider.objects.update(is_connected=False)
        lines = [_write_local(environment.get("LOCAL_MODELS", ""))]
        lines += [_write_listing(source, listing) for source, listing in zip(sources, listings, strict=True)]
        write_presets()
    return [line for line in lines if line]


def _sources(environment: Mapping[str, str]) -> Iterable[Source]:
    if environment.get("OPENROUTER_API_KEY"):
        yield Source("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY")
    base_url = environment.get("OPENAI_BASE_URL", "")
    if base_url:
        yield Source("custom", httpx.URL(base_url).host or base_url, base_url, "OPENAI_API_KEY")
    elif environment.get("OPENAI_API_KEY"):
        yield Source("openai", "OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY")


async def _look_around(environment: Mapping[str, str]) -> tuple[list[Source], list[Listing]]:
    """The configured providers, a running Ollama, and what they list."""
    host = environment.get("OLLAMA_HOST", "")
    sources = list(_sources(environment))
    async with httpx.AsyncClient(timeout=20) as client:
        if await detect_ollama(client, host):
            sources.append(Source("ollama", "Ollama", ollama_endpoint(host).base_url))
        listings = await asyncio.gather(*(_list(client, source, environment) for source in sources))
    return sources, list(listings)


async def _list(client: httpx.AsyncClient, source: Source, environment: Mapping[str, str]) -> Listing:
    key = environment.get(source.api_key_env, "")
    try:
        return await list_models(client, Endpoint(source.name, source.base_url, SecretStr(key)))
    except ProviderError as error:
        return error


def _write_local(setting: str) -> str:
    """The models that run on this machine: ``name=base_url`` pairs, separated by blanks. They are free."""
    pairs = dict(pair.split("=", 1) for pair in setting.split())
    if not pairs:
        return ""
    provider = _write_provider(Source("local", "This machine", next(iter(pairs.values()))))
    for name, base_url in pairs.items():
        facts = LOCAL_MODEL_FACTS.get(name, {"label": name})
        free = {"price_input": 0, "price_output": 0}
        _write_model(provider, name, {"base_url": base_url, **free, **facts})
    return f"This machine: {', '.join(pairs)}"


def _write_listing(source: Source, listing: Listing) -> str:
    provider = _write_provider(source)
    if isinstance(listing, ProviderError):
        return f"{source.name}: cannot list its models now ({listing.sentence}); those known from before are kept"
    provider.models.update(is_available=False)
    chat_models = [listed for listed in listing if not any(word in listed.id.lower() for word in NOT_CHAT)]
    for listed in chat_models:
        _write_model(provider, listed.id, _facts(listed, is_free=source.slug == "ollama"))
    return f"{source.name}: {len(chat_models)} models"


def _facts(listed: ListedModel, is_free: bool) -> dict[str, object]:
    price = listed.price
    return {
        "label": listed.name or listed.id,
        "context_length": listed.context_length,
        "supports_json_schema": bool(listed.supports_json_schema),
        "price_input": 0 if is_free else price and price.input,
        "price_cached": 0 if is_free else price and price.cached,
        "price_output": 0 if is_free else price and price.output,
    }


def _write_provider(source: Source) -> Provider:
    defaults = {
        "name": source.name,
        "base_url": source.base_url,
        "api_key_env": source.api_key_env,
        "is_connected": True,
    }
    return Provider.objects.update_or_create(slug=source.slug, defaults=defaults)[0]


def _write_model(provider: Provider, name: str, facts: Mapping[str, object]) -> None:
    reference = f"{provider.slug}/{name}"
    named = {"provider": provider, "name": name, "maker": maker_of(name), "family": family_of(name)}
    Model.objects.update_or_create(reference=reference, defaults={**named, "is_available": True, **facts})
