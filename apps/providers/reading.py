"""Reading foreign JSON: what has the wrong type, is negative or absurd counts as missing. No dialect lives here."""

import math
from decimal import Decimal
from typing import Any

from apps.providers.base import clean

MAX_TOKENS_BELIEVED = 100_000_000
MAX_COST_BELIEVED = Decimal(10_000)
MAX_PRICE_BELIEVED = Decimal(10_000)
"""Figures beyond these (tokens; USD a call; USD per million tokens) are a mistake and count as unknown."""


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; none if ``value`` is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def part(row: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under ``name``, or an empty one."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def text_of(value: Any) -> str:
    """A text that a database can hold; '' if ``value`` is something else."""
    return clean(value) if isinstance(value, str) else ""


def flag_of(value: Any) -> bool | None:
    """A truth value, or ``None``."""
    return value if isinstance(value, bool) else None


def tokens_of(value: Any) -> int | None:
    """A believable whole number of tokens, or ``None``."""
    if not _is_number(value):
        return None
    return int(value) if value == int(value) and 0 <= value <= MAX_TOKENS_BELIEVED else None


def limit_of(value: Any) -> int | None:
    """A limit in tokens, or ``None``: zero says that the vendor does not know."""
    return tokens_of(value) or None


def cost_of(value: Any) -> Decimal | None:
    """A believable amount in USD, or ``None``."""
    if not _is_number(value):
        return None
    amount = Decimal(str(value))
    return amount if 0 <= amount <= MAX_COST_BELIEVED else None


def price_of(per_token: Any) -> Decimal | None:
    """A believable price in USD per million tokens, from a number or text with USD per token; or ``None``.

    A negative price is OpenRouter's word for "it depends".
    """
    try:
        amount = Decimal(str(per_token)) * 1_000_000
    except (ArithmeticError, ValueError):
        return None
    return amount.normalize() + 0 if amount.is_finite() and 0 <= amount <= MAX_PRICE_BELIEVED else None


def at_most(part: int | None, whole: int | None) -> int | None:
    """``part`` of a count, unknown if it is more than the ``whole``."""
    return None if part is not None and whole is not None and part > whole else part


def _is_number(value: Any) -> bool:
    """Whether ``value`` is a finite number; whole ones may be too large for ``math.isfinite``."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )
