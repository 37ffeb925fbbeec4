"""The site's search engine and its rules for pages: what the Web page says, else the environment."""

from collections.abc import Mapping
from functools import partial

from django.conf import settings

from apps.catalogue.lookup.entries import DatabaseCache, in_database_thread
from apps.catalogue.models import SearchSettings
from apps.catalogue.secrets import UnreadableSecrets, unseal
from apps.lookup.client import Lookups, WebSettings
from apps.lookup.engines import engine_of
from apps.lookup.engines.base import Engine, EngineName
from apps.lookup.fetching import FetchRules
from apps.outbound import clients

OFF = "off"
"""The engine of the Web page that turns search off, also where the environment names one."""
ENVIRONMENT: Mapping[EngineName, str] = {
    EngineName.SEARXNG: "SEARXNG_BASE_URL",
    EngineName.BRAVE: "BRAVE_API_KEY",
    EngineName.TAVILY: "TAVILY_API_KEY",
    EngineName.EXA: "EXA_API_KEY",
    EngineName.SERPER: "SERPER_API_KEY",
}
"""The setting that each engine needs. Where several are given and ``SEARCH_ENGINE`` is not, the first counts."""


def open_lookups() -> Lookups:
    """Return the client of the web, with HTTP clients for the event loop that runs; close it by ``aclose``."""
    # Engines are the administrators' own choice, as providers are; pages are anybody's.
    search_client, page_client = clients.client(), clients.client(proxy=settings.FETCH_PROXY)
    return Lookups(search_client, page_client, partial(in_database_thread, web_settings), DatabaseCache())


def web_settings() -> WebSettings:
    """Return what counts now; :func:`site_engine` says where the engine is from."""
    row = SearchSettings.objects.first()
    site = f" (+{settings.SITE_URL})" if settings.SITE_URL else ""
    rules = FetchRules(
        user_agent=f"FusionWeb{site}",
        allowed_hosts=frozenset(host.lower() for host in settings.FETCH_ALLOWED_HOSTS),
        is_proxied=bool(settings.FETCH_PROXY),
    )
    obeys_robots_for_named = row is None or row.obeys_robots_for_named
    return WebSettings(site_engine(row), rules, obeys_robots_for_named=obeys_robots_for_named)


def site_engine(row: SearchSettings | None) -> Engine | None:
    """Return the engine that ``row`` names, else the environment's; ``None`` where search is off.

    One whose key can no longer be decrypted has none, and says so when it is asked.
    """
    if row is None or not row.engine:
        return environment_engine()
    if row.engine == OFF:
        return None
    try:
        key = unseal(row.secrets).api_key.get_secret_value()
    except UnreadableSecrets:
        key = ""
    return engine_of(EngineName(row.engine), base_url=row.base_url, key=key, price_per_1000=row.price_per_1000)


def environment_engine() -> Engine | None:
    """Return the engine that the environment configures, ``None`` where it names none or lacks what it needs."""
    given = [name for name, setting in ENVIRONMENT.items() if getattr(settings, setting)]
    wanted = EngineName(settings.SEARCH_ENGINE) if settings.SEARCH_ENGINE else next(iter(given), None)
    if wanted is None or wanted not in given:
        return None
    value = getattr(settings, ENVIRONMENT[wanted])
    return engine_of(wanted, base_url=value) if wanted is EngineName.SEARXNG else engine_of(wanted, key=value)
