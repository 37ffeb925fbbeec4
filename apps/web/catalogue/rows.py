"""A row of the Models page: one model with what our own calls say of it, and what the person said."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.actions import is_waiting
from apps.catalogue.models import Model
from apps.catalogue.preferences import NONE, Preference, preferences_of
from apps.fusion.lookups import SearchMode
from apps.fusion.vocabulary import PriceSource
from apps.providers.resilience import Circuit, CircuitState
from apps.runs.execution.circuits import circuit_of
from apps.runs.reading.model_health import Health, health
from apps.web.compose.choices import MANY_FAILED, short_label
from apps.web.formats import counted

PRICE_SOURCES = {
    PriceSource.PROVIDER: "from the provider",
    PriceSource.TABLE: "from a price table",
    PriceSource.MANUAL: "entered by hand",
    PriceSource.UNKNOWN: "unknown",
}
PRICE_MARKS = {PriceSource.TABLE: "≈", PriceSource.MANUAL: "✎"}
CIRCUIT_STATES = {CircuitState.CLOSED: "", CircuitState.OPEN: "not asked now", CircuitState.HALF_OPEN: "being probed"}

JUST_NOW = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model with its health, its circuit and what the person thinks of it."""

    model: Model
    health: Health | None
    circuit: Circuit
    preference: Preference

    @property
    def label(self) -> str:
        return short_label(self.model)

    @property
    def circuit_state(self) -> str:
        """Return a word for a model that is not called now; '' for one that is."""
        return CIRCUIT_STATES[self.circuit.state]

    @property
    def is_failing(self) -> bool:
        """Return whether it is not called now, or many of its last calls failed."""
        return bool(self.circuit_state) or (self.health is not None and self.health.error_rate >= MANY_FAILED)

    @property
    def is_testing(self) -> bool:
        return is_waiting(self.model.test_asked_at)

    @property
    def test_is_lost(self) -> bool:
        """Return whether a test was asked for and no worker took it."""
        return self.model.test_asked_at is not None and not self.is_testing

    @property
    def is_just_tested(self) -> bool:
        """Return whether somebody may still be waiting for the result of its test."""
        tested_at = self.model.tested_at
        return tested_at is not None and timezone.now() - tested_at < JUST_NOW

    @property
    def subtitle(self) -> str:
        """Return the model's name at its provider, where the label differs, and its maker; '' if there is neither."""
        name = self.model.name if self.model.name != self.model.label else ""
        return " · ".join(part for part in (name, self.model.maker) if part)

    @property
    def failures(self) -> str:
        """Return ``2 of 40 failed``, or the calls alone, for a model that was called lately."""
        if self.health is None:
            return ""
        calls = counted(self.health.calls, "call")
        return f"{self.health.failed} of {calls} failed" if self.health.failed else calls

    @property
    def price_source(self) -> str:
        return PRICE_SOURCES[self.model.price_source]

    @property
    def price_mark(self) -> str:
        """Return a mark for a price that is not the provider's own; '' for one that is, or is unknown."""
        return PRICE_MARKS.get(self.model.price_source, "")

    @property
    def abilities(self) -> list[str]:
        known = {
            "images": self.model.supports_vision,
            "thinks": self.model.supports_reasoning,
            "calls tools": self.model.supports_tools,
            "JSON": self.model.supports_json_schema,
        }
        words = [word for word, is_known in known.items() if is_known]
        return [*words, "no web"] if self.model.search is SearchMode.OFF else words


def row_of(model: Model, user: User) -> ModelRow:
    """Return one model as the page shows it to a person."""
    measured, circuits = health([model.reference]), circuit_of([model.reference])
    preference = preferences_of(user).get(model.pk, NONE)
    return ModelRow(model, measured.get(model.reference), circuits[model.reference], preference)
