"""Native search, by the vendor of a model: whether it can be asked to, and what one search costs."""

from decimal import Decimal
from typing import TYPE_CHECKING

from apps.fusion.vocabulary import PromptStyle
from apps.providers.native_search.search_tools import can_search, price_of_search

if TYPE_CHECKING:
    from apps.catalogue.models import Model


def can_search_natively(model: "Model") -> bool:
    """Return whether a model's vendor can be asked to search the web itself."""
    return model.style == PromptStyle.CHAT and can_search(model.provider.dialect, _address(model))


def price_of_native_search(model: "Model") -> Decimal | None:
    """Return the price in USD of one search by its vendor; ``None`` if it is unknown, or within the answer's."""
    return price_of_search(model.provider.dialect, _address(model), model.name)


def _address(model: "Model") -> str:
    return model.base_url or model.provider.base_url
