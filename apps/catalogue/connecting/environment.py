"""Fills the catalogue from the environment: which providers there are, what models they list, and the presets.

Called at every start. What the environment no longer configures is marked as not connected; rows are never deleted,
since old runs name them. Providers that were entered on the Models page stay as they are.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import httpx
from django.db import transaction
from pydantic import SecretStr

from apps.catalogue.addresses import BadAddress, checked_base_url
from apps.catalogue.connecting.known_vendors import KNOWN_VENDORS
from apps.catalogue.connecting.listing import FREE, Listing, ListRequest, list_all, write_listing
from apps.catalogue.models import Model, Provider, SearchSettings, ToolServer
from apps.catalogue.queries import available_models
from apps.catalogue.recipes.builtin_presets import write_presets
from apps.catalogue.secrets import UnreadableSecrets, reseal
from apps.fusion.vocabulary import PriceSource, PromptStyle
from apps.outbound import clients, proxies
from apps.providers.base import Endpoint
from apps.providers.dialects import Dialect
from apps.providers.discover import detect_ollama, ollama_endpoint
from apps.providers.families import family_of, maker_of

log = logging.getLogger(__name__)

LOCAL_MODEL_FACTS = {
    "smollm2-135m": {"label": "SmolLM2 135M", "style": PromptStyle.SMALL, "context_length": 4096},
    "gemma3-270m": {"label": "Gemma 3 270M (base)", "style": PromptStyle.BASE, "context_length": 4096},
}
LONGEST_NAME = 100
ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "OPENAI_BASE_URL": str,
    "OLLAMA_HOST": lambda host: ollama_endpoint(host).base_url,
}
"""The settings that hold an address, and the base URL that each stands for."""


@dataclass(frozen=True, slots=True)
class Source:
    """A provider that the environment configures."""

    slug: str
    name: str
    base_url: str
    api_key_env: str = ""
    dialect: Dialect = Dialect.OPENAI


def connect(environment: Mapping[str, str]) -> list[str]:
    """Bring the catalogue up to date with the environment.

    Return a line for each provider, to be shown at the start.
    """
    addresses, problems = _addresses(environment)
    by_hand = {one.slug: one.names_by_hand for one in Provider.objects.filter(is_from_environment=True)}
    # HTTP first: no transaction stays open while providers are slow to answer.
    sources, listings = asyncio.run(_list_sources(environment, addresses, by_hand))
    with transaction.atomic():
        Provider.objects.filter(is_from_environment=True).update(is_connected=False)
        lines = [*problems, *proxies.problems(), _write_local(environment.get("LOCAL_MODELS", ""))]
        lines += [_write_source(source, listing) for source, listing in zip(sources, listings, strict=True)]
        lines += _reseal_entered_providers()
        lines += _reseal_search_settings()
        lines += _reseal_tool_servers()
        write_presets()
    return [line for line in lines if line]


def connected() -> str:
    """Say how many providers of the site are connected, with how many models in all."""
    models = available_models()
    providers = Provider.objects.filter(team=None, is_connected=True).count()
    if not providers:
        return "No provider is connected; see README.md, “Using your own keys”."
    return f"{_counted(providers, 'provider')} with {_counted(len(models), 'model')}"


def _addresses(environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the valid base URLs of the environment, and a line for each setting that is refused."""
    addresses, problems = {}, []
    for name, base_url_of in ADDRESSES.items():
        try:
            if text := environment.get(name, ""):
                addresses[name] = checked_base_url(base_url_of(text), may_be_private=True)
        except BadAddress as error:
            problems.append(f"{name} is not used, nothing is connected there: {error}")
        except httpx.InvalidURL:
            problems.append(f"{name} is not used, nothing is connected there: it is not a web address.")
    return addresses, problems


def _sources(environment: Mapping[str, str], addresses: Mapping[str, str]) -> Iterable[Source]:
    """Return the providers that the environment configures. A key whose address was refused is sent nowhere else."""
    for vendor in KNOWN_VENDORS:
        name = vendor.env_in(environment)
        # With a base URL of its own, OpenAI's key belongs to that endpoint and is not sent to OpenAI.
        if name and not (vendor.slug == "openai" and environment.get("OPENAI_BASE_URL")):
            yield Source(vendor.slug, vendor.name, vendor.base_url, name, vendor.dialect)
    if base_url := addresses.get("OPENAI_BASE_URL"):
        yield Source("custom", httpx.URL(base_url).host[:LONGEST_NAME], base_url, "OPENAI_API_KEY")


async def _list_sources(
    environment: Mapping[str, str], addresses: Mapping[str, str], by_hand: Mapping[str, tuple[str, ...]]
) -> tuple[list[Source], list[Listing]]:
    """Return the configured providers and a running Ollama, each with the models that it lists."""
    host = environment.get("OLLAMA_HOST", "")
    sources = list(_sources(environment, addresses))
    async with clients.client(timeout=20) as client:
        # A host that was refused must not fall back to this machine: somebody meant another one.
        if bool(host) == ("OLLAMA_HOST" in addresses) and await detect_ollama(client, host):
            sources.append(Source("ollama", "Ollama", ollama_endpoint(host).base_url))
        keys = [SecretStr(environment.get(source.api_key_env, "")) for source in sources]
        requests = [
            ListRequest(
                source.slug,
                source.dialect,
                Endpoint(source.name, source.base_url, key),
                by_hand.get(source.slug, ()),
            )
            for source, key in zip(sources, keys, strict=True)
        ]
        return sources, await list_all(requests, client)


def _write_local(setting: str) -> str:
    """Write the models of this machine, given as ``name=base_url`` pairs separated by blanks. They are free."""
    pairs = dict(pair.split("=", 1) for pair in setting.split())
    if not pairs:
        return ""
    try:
        pairs = {name: checked_base_url(base_url, may_be_private=True) for name, base_url in pairs.items()}
    except BadAddress as error:
        return f"LOCAL_MODELS is not used, nothing is connected there: {error}"
    provider = _write_provider(Source("local", "This machine", next(iter(pairs.values()))))
    for name, base_url in pairs.items():
        _write_local_model(provider, name, base_url)
    provider.models.exclude(name__in=pairs).update(is_available=False)
    return f"This machine: {', '.join(pairs)}"


def _write_local_model(provider: Provider, name: str, base_url: str) -> None:
    facts = {
        "provider": provider,
        "name": name,
        "label": name,
        "maker": maker_of(name),
        "family": family_of(name),
        "base_url": base_url,
        "price_source": PriceSource.PROVIDER,
        "price_input": FREE.input,
        "price_output": FREE.output,
        "is_available": True,
        **LOCAL_MODEL_FACTS.get(name, {}),
    }
    Model.objects.update_or_create(reference=f"{provider.slug}/{name}", defaults=facts)


def _write_source(source: Source, listing: Listing) -> str:
    if Provider.objects.filter(slug=source.slug, is_from_environment=False).exists():
        return f"{source.name}: entered on the Models page, so {source.api_key_env or 'the environment'} is not used"
    provider = _write_provider(source)
    count = write_listing(provider, listing)
    if count is None:
        failure = provider.refresh_failure
        return f"{source.name}: cannot list its models now ({failure}); those known from before are kept"
    return f"{source.name}: {_counted(count, 'model')}"


def _write_provider(source: Source) -> Provider:
    defaults = {
        "name": source.name,
        "base_url": source.base_url,
        "dialect": source.dialect,
        "api_key_env": source.api_key_env,
        "is_from_environment": True,
        "is_connected": True,
    }
    return Provider.objects.update_or_create(slug=source.slug, defaults=defaults)[0]


def _reseal_entered_providers() -> list[str]:
    """Seal the secrets entered on the page anew under today's secret key, and return a line for each provider."""
    lines = []
    for provider in Provider.objects.filter(is_from_environment=False).order_by("name"):
        try:
            if provider.secrets:
                provider.secrets = reseal(provider.secrets)
                provider.save(update_fields=["secrets"])
            known = provider.models.filter(is_available=True).count()
            where = "entered on the Models page" if provider.is_connected else "disconnected on the Models page"
            lines.append(f"{provider.name}: {_counted(known, 'model')}, {where}")
        except UnreadableSecrets:
            lines.append(f"{provider.name}: its key cannot be decrypted; enter it again on the Models page")
    return lines


def _reseal_search_settings() -> list[str]:
    """Seal the key of the Web page's search engine anew, and return a line where that cannot be done."""
    for row in SearchSettings.objects.exclude(secrets=""):
        try:
            row.secrets = reseal(row.secrets)
            row.save(update_fields=["secrets"])
        except UnreadableSecrets:
            return ["Web search: the key of its engine cannot be decrypted; enter it again on the Web search page"]
    return []


def _reseal_tool_servers() -> list[str]:
    """Seal the tokens of tool servers anew, and return a line for each that cannot be decrypted."""
    lines = []
    for server in ToolServer.objects.exclude(secrets=""):
        try:
            server.secrets = reseal(server.secrets)
            server.save(update_fields=["secrets"])
        except UnreadableSecrets:
            lines.append(f"{server.name}: its token cannot be decrypted; enter it again on the page “Tool servers”")
    return lines


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
