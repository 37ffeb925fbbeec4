"""List prices and context lengths of well-known models, from a table that comes with the program. Asks nobody."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from genai_prices import data_snapshot

from apps.fusion.values import Price
from apps.providers.reading import price_of


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A row of the price table; ``None`` where the table has no figure. ``context_length`` counts tokens."""

    price: Price | None = None
    context_length: int | None = None


def look_up(model: str, base_url: str) -> TableEntry:
    """Return the entry of a model at the vendor behind ``base_url``; an empty one if the table does not have it.

    Some vendors charge more for long prompts: the price is the one for short ones.
    """
    try:
        _, found = data_snapshot.get_snapshot().find_provider_model(model, None, None, base_url)
    except LookupError:
        return TableEntry()
    prices = found.get_prices(datetime.now(UTC))
    price = Price(
        input=_amount(getattr(prices, "input_mtok", None)),
        output=_amount(getattr(prices, "output_mtok", None)),
        cached=_amount(getattr(prices, "cache_read_mtok", None)),
    )
    # Half a price would count as a known one, and half of the cost as nothing.
    is_whole = price.input is not None and price.output is not None
    return TableEntry(price if is_whole else None, found.context_window)


def _amount(price: Any) -> Decimal | None:
    """Return USD per million tokens. Where the table has steps by the length of the prompt, return the first."""
    amount = getattr(price, "base", price)
    return price_of(Decimal(str(amount)) / 1_000_000) if amount is not None else None
