"""The filters and the order of the Models page: read from its address, applied to the models, written as addresses."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from apps.catalogue.models import Model
from apps.catalogue.recipes.warnings import ON_THIS_MACHINE
from apps.web.catalogue.rows import ModelRow
from apps.web.requests import plain_text

LONGEST_START = 100_000
LONGEST_SEARCH, MOST_WORDS = 200, 6

Key = Callable[[ModelRow], Any]
"""The value by which rows are put in order, ``None`` for one that is unknown: it stands last either way."""

ORDERS: Mapping[str, Key] = {
    "name": lambda row: row.model.label.casefold(),
    "provider": lambda row: row.model.provider.name.casefold(),
    "context": lambda row: row.model.context_length,
    "input": lambda row: row.model.price_input,
    "output": lambda row: row.model.price_output,
    "speed": lambda row: row.health and row.health.p50_s,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The models that a page shows. ``sort`` is a word of :data:`ORDERS`, with ``-`` before it for the reverse order.

    Without it starred models come first, then those in use. ``health`` is ``well`` or ``failing``.
    """

    q: str = ""
    provider: str = ""
    maker: str = ""
    health: str = ""
    local: bool = False
    images: bool = False
    thinks: bool = False
    starred: bool = False
    hidden: bool = False
    sort: str = ""
    start: int = 0

    @classmethod
    def of(cls, data: QueryDict) -> Self:
        """Return what an address wants; what is no word of it is left out."""
        texts: dict[str, Any] = {
            name: plain_text(data.get(name, "")).strip() for name in ("q", "provider", "maker", "health", "sort")
        }
        texts["q"] = texts["q"][:LONGEST_SEARCH]
        if texts["sort"].removeprefix("-") not in ORDERS:
            texts["sort"] = ""
        flags: dict[str, Any] = {name: data.get(name, "") not in ("", "0") for name in FLAGS}
        number = data.get("start", "")
        is_number = number.isascii() and number.isdecimal() and len(number) < 10
        return cls(**texts, **flags, start=min(int(number), LONGEST_START) if is_number else 0)

    @property
    def is_filtered(self) -> bool:
        """Return whether models may be left out that could be shown."""
        return replace(self, sort="", start=0) != Wanted()

    @property
    def url(self) -> str:
        """Return the address of these models."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        query = {name: "1" if value is True else value for name, value in values.items() if value}
        return f"{reverse('web:models')}?{urlencode(query)}" if query else reverse("web:models")

    def at(self, start: int) -> Self:
        return replace(self, start=start)

    def sorted_by(self, order: str) -> Self:
        """Return the same models in an order; a second press on it turns it round."""
        return replace(self, sort=f"-{order}" if self.sort == order else order, start=0)

    def shows(self, row: ModelRow) -> bool:
        """Return whether a row is wanted."""
        model = row.model
        failing = row.is_failing
        checks = (
            (self.provider, model.provider.slug == self.provider),
            (self.maker, model.maker == self.maker),
            (self.local, model.provider.slug in ON_THIS_MACHINE),
            (self.images, model.supports_vision is True),
            (self.thinks, model.supports_reasoning is True),
            (self.starred, row.preference.is_starred),
            (self.health == "well", row.health is not None and not failing),
            (self.health == "failing", failing),
            (self.q, all(word in _text_of(model) for word in self.q.casefold().split()[:MOST_WORDS])),
        )
        return row.preference.is_hidden == self.hidden and all(fits for is_asked, fits in checks if is_asked)

    def in_order(self, rows: Iterable[ModelRow]) -> list[ModelRow]:
        """Return rows in this order; equal ones by name, as all are without one."""
        named = sorted(rows, key=lambda row: (not row.model.is_available, ORDERS["name"](row)))
        order, is_reverse = self.sort.removeprefix("-"), self.sort.startswith("-")
        if not order:
            return sorted(
                named, key=lambda row: (not row.model.is_available, not row.preference.is_starred, row.health is None)
            )
        known = [row for row in named if ORDERS[order](row) is not None]
        unknown = [row for row in named if ORDERS[order](row) is None]
        return sorted(known, key=ORDERS[order], reverse=is_reverse) + unknown


FLAGS = ("local", "images", "thinks", "starred", "hidden")


def _text_of(model: Model) -> str:
    return f"{model.reference} {model.label} {model.maker} {model.provider.name}".casefold()
