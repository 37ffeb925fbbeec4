"""The view model of the Models page: providers, each with some models, their prices, health and last test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from apps.accounts.models import User
from apps.catalogue.access import visible_providers
from apps.catalogue.actions import is_waiting
from apps.catalogue.connecting.listing import MOST_MODELS
from apps.catalogue.models import Model, Provider
from apps.catalogue.secrets import UnreadableSecrets, unseal
from apps.fusion.vocabulary import PriceSource
from apps.providers.resilience import Circuit, CircuitState
from apps.runs.execution.circuits import circuit_of
from apps.runs.reading.model_health import Health, health
from apps.web.formats import counted

FIRST, MORE = 8, 50
"""Models of a provider that are shown at first, and with every press of More."""
MOST_WORDS = 6
PRICE_SOURCES = {
    PriceSource.PROVIDER: "from the provider",
    PriceSource.TABLE: "from a price table",
    PriceSource.MANUAL: "entered by hand",
    PriceSource.UNKNOWN: "unknown",
}
CIRCUIT_STATES = {CircuitState.CLOSED: "", CircuitState.OPEN: "not asked now", CircuitState.HALF_OPEN: "being probed"}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model with what our own calls say of it."""

    model: Model
    health: Health | None
    circuit: Circuit

    @property
    def circuit_state(self) -> str:
        """Return a word for a model that is not called now; '' for one that is."""
        return CIRCUIT_STATES[self.circuit.state]

    @property
    def is_testing(self) -> bool:
        return is_waiting(self.model.test_asked_at)

    @property
    def test_is_lost(self) -> bool:
        """Return whether a test was asked for and no worker took it."""
        return self.model.test_asked_at is not None and not self.is_testing

    @property
    def subtitle(self) -> str:
        """Return the model's name at its provider, where the label differs, and its maker; '' if there is neither."""
        name = self.model.name if self.model.name != self.model.label else ""
        return " · ".join(part for part in (name, self.model.maker) if part)

    @property
    def failures(self) -> str:
        """Return ``2 of 40 calls failed`` for a model that was called lately."""
        if self.health is None:
            return ""
        calls = counted(self.health.calls, "call")
        return f"{self.health.failed} of {calls} failed" if self.health.failed else f"{calls}, none failed"

    @property
    def price_source(self) -> str:
        return PRICE_SOURCES[self.model.price_source]

    @property
    def abilities(self) -> list[str]:
        known = {
            "vision": self.model.supports_vision,
            "reasoning": self.model.supports_reasoning,
            "JSON schema": self.model.supports_json_schema,
        }
        return [word for word, is_known in known.items() if is_known]


@dataclass(frozen=True, slots=True)
class Match:
    """A model that matches a search; ``of`` is how many of its provider's do."""

    model: Model
    of: int


@dataclass(frozen=True, slots=True)
class Group:
    """A provider and a part of its models; ``found`` counts those that match the search."""

    provider: Provider
    rows: list[ModelRow]
    found: int
    more_url: str

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
        return bool(self.provider.refresh_failure) and getattr(self.provider, "offered", 0) >= MOST_MODELS

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
        """Say the provider's address, where its key comes from, and its rate limits."""
        provider = self.provider
        parts = [provider.base_url, _key_origin(provider)]
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


def groups(user: User, search: str = "", provider: str = "", start: int = 0) -> list[Group]:
    """Return the providers that a person sees, with their models that match.

    Three queries, however many there are, and one look into Valkey. Without a provider the first models of each, with
    one those from ``start`` on. Models in use come first.
    """
    measured = health()
    size = MORE if provider and start else FIRST
    providers = list(_providers(user, provider))
    ranked = _models(providers, search, measured, range(start + 1, start + size + 1))
    circuits = circuit_of([match.model.reference for match in ranked])
    found = []
    for one in providers:
        matches = [match for match in ranked if match.model.provider_id == one.pk]
        rows = [_row(match.model, measured, circuits) for match in matches]
        total, end = matches[0].of if matches else 0, start + size
        found.append(Group(one, rows, total, search_url(search, one.slug, end) if total > end else ""))
    return [group for group in found if group.rows or not search]


def row(model: Model) -> ModelRow:
    """Return one model as the page shows it."""
    return _row(model, health([model.reference]), circuit_of([model.reference]))


def _row(model: Model, measured: Mapping[str, Health], circuits: Mapping[str, Circuit]) -> ModelRow:
    return ModelRow(model, measured.get(model.reference), circuits[model.reference])


def _providers(user: User, slug: str) -> QuerySet[Provider]:
    """Return providers, the connected ones first. One that the environment no longer names is left out."""
    offered = Count("models", filter=Q(models__is_available=True))
    shown = visible_providers(user).filter(Q(is_connected=True) | Q(is_from_environment=False))
    chosen = shown.filter(slug=slug) if slug else shown
    return chosen.annotate(offered=offered).order_by("-is_connected", "name")


def _models(providers: Sequence[Provider], search: str, measured: Iterable[str], ranks: range) -> list[Match]:
    """Return the models of these ranks among those of their provider that match."""
    in_use = Case(When(reference__in=list(measured), then=0), default=1, output_field=IntegerField())
    order = [F("is_available").desc(), in_use.asc(), F("name").asc()]
    found = Model.objects.filter(provider__in=providers).select_related("provider")
    for word in search.split()[:MOST_WORDS]:
        found = found.filter(Q(reference__icontains=word) | Q(label__icontains=word) | Q(maker__icontains=word))
    ranked = found.annotate(
        rank=Window(RowNumber(), partition_by="provider_id", order_by=order),
        matching=Window(Count("pk"), partition_by="provider_id"),
    )
    wanted = ranked.filter(rank__gte=ranks.start, rank__lt=ranks.stop).order_by("rank")
    return [Match(model, model.matching) for model in wanted]


def search_url(search: str, provider: str, start: int = 0) -> str:
    """Return the address of the page for a search in one provider's models."""
    query = {"q": search, "provider": provider, "start": start}
    return f"{reverse('web:models')}?{urlencode({name: value for name, value in query.items() if value})}"


def site_timeouts() -> dict[str, float]:
    """Return the site's own timeouts in seconds, by the names of a model's fields."""
    return {
        "connect_s": settings.CONNECT_TIMEOUT,
        "first_token_s": settings.FIRST_TOKEN_TIMEOUT,
        "idle_s": settings.IDLE_TIMEOUT,
        "total_s": settings.TOTAL_TIMEOUT,
    }
