"""The view model of the Models page: providers, and the models that its filters leave, with prices, health, tests."""

from dataclasses import dataclass

import httpx
from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.catalogue.access import visible_models, visible_providers
from apps.catalogue.actions import is_waiting
from apps.catalogue.connecting.listing import MOST_MODELS
from apps.catalogue.models import Provider
from apps.catalogue.preferences import NONE, preferences_of
from apps.catalogue.secrets import UnreadableSecrets, unseal
from apps.outbound.proxies import is_proxied
from apps.runs.execution.circuits import circuit_of
from apps.runs.reading.model_health import health
from apps.web.catalogue.filters import Wanted
from apps.web.catalogue.rows import ModelRow
from apps.web.formats import counted

AT_ONCE = 50
"""Models that are shown at first, and with every press of More."""


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """A provider, and how it stands. ``offered`` counts the models that its vendor lists now."""

    provider: Provider
    offered: int

    @property
    def is_refreshing(self) -> bool:
        return is_waiting(self.provider.refresh_asked_at)

    @property
    def refresh_is_lost(self) -> bool:
        return self.provider.refresh_asked_at is not None and not self.is_refreshing

    @property
    def has_list(self) -> bool:
        """Return whether a vendor lists the models; those of this machine are named in its settings."""
        return self.provider.slug != "local"

    @property
    def is_cut(self) -> bool:
        """Return whether its list is longer than what is offered of it."""
        return bool(self.provider.refresh_failure) and self.offered >= MOST_MODELS

    @property
    def needs_key(self) -> bool:
        """Return whether the stored key was encrypted under a secret key that is gone."""
        try:
            unseal(self.provider.secrets)
        except UnreadableSecrets:
            return True
        return False

    @property
    def state(self) -> str:
        """Say in a word or two how the provider stands."""
        if not self.provider.is_connected:
            return "disconnected"
        if self.needs_key:
            return "needs its key"
        return "cannot list" if self.provider.refresh_failure and not self.is_cut else "connected"

    @property
    def dot(self) -> str:
        """Return the class of the dot beside that word."""
        return {"disconnected": "", "connected": "done"}.get(self.state, "warn")

    @property
    def about(self) -> str:
        """Say the provider's address, where its key comes from, whether a proxy is in between, and its rate limits."""
        provider = self.provider
        parts = [provider.base_url, _key_origin(provider)]
        if is_proxied(httpx.URL(provider.base_url)):
            checked = ", so addresses are checked by name only" if provider.only_public else ""
            parts.append(f"reached through this server's proxy, which resolves the name{checked}")
        if provider.requests_per_minute:
            parts.append(f"at most {provider.requests_per_minute} requests a minute")
        if provider.max_streams:
            parts.append(f"at most {counted(provider.max_streams, 'stream')} at once")
        return " · ".join(parts)


def _key_origin(provider: Provider) -> str:
    if not provider.is_from_environment:
        return f"entered on this page, {'key stored encrypted' if provider.secrets else 'no key'}"
    if provider.api_key_env:
        return f"key from the variable {provider.api_key_env}"
    known = {"ollama": "found at its address, no key", "local": "started with this site"}
    return known.get(provider.slug, "no key")


@dataclass(frozen=True, slots=True)
class Listing:
    """Models in a table: a part of the ``found`` ones, of ``total``, and the address of the next part ('' for none).

    ``makers`` and ``providers`` are what the filters offer.
    """

    rows: list[ModelRow]
    found: int
    total: int
    more_url: str
    makers: list[str]
    providers: list[tuple[str, str]]


def cards(user: User, slug: str = "") -> list[ProviderCard]:
    """Return the providers that a person sees, or that of a slug: the connected ones first, the newest before others.

    One that the environment no longer names is left out.
    """
    offered = Count("models", filter=Q(models__is_available=True))
    found = _providers(user).annotate(offered_models=offered).order_by("-is_connected", "-pk")
    return [ProviderCard(one, one.offered_models) for one in (found.filter(slug=slug) if slug else found)]


def listing(user: User, wanted: Wanted) -> Listing:
    """Return the models that are wanted, in that order: three queries, and one look into Valkey.

    All models are read: filters and orders that depend on our own calls are not the database's to know.
    """
    models = list(visible_models(user).filter(provider__in=_providers(user)))
    preferences, measured = preferences_of(user), health()
    circuits = circuit_of([model.reference for model in models])
    rows = [
        ModelRow(model, measured.get(model.reference), circuits[model.reference], preferences.get(model.pk, NONE))
        for model in models
    ]
    found = wanted.in_order(row for row in rows if wanted.shows(row))
    end = wanted.start + AT_ONCE
    return Listing(
        rows=found[wanted.start : end],
        found=len(found),
        total=len(models),
        more_url=wanted.at(end).url if len(found) > end else "",
        makers=sorted({model.maker for model in models if model.maker}, key=str.casefold),
        providers=sorted({(model.provider.slug, model.provider.name) for model in models}, key=lambda one: one[1]),
    )


def _providers(user: User) -> QuerySet[Provider]:
    return visible_providers(user).filter(Q(is_connected=True) | Q(is_from_environment=False))
