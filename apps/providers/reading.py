"""Values in foreign JSON: a wrong type, a negative or absurd figure counts as missing. No dialect lives here."""

import math
from decimal import Decimal
from typing import Any

from apps.fusion.values import Usage
from apps.providers.base import clean

MAX_TOKENS_BELIEVED = 100_000_000
MAX_COST_BELIEVED = Decimal(10_000)
MAX_PRICE_BELIEVED = Decimal(10_000)
"""Figures beyond these (tokens; USD a call; USD per million tokens) are a mistake and count as unknown."""


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list; none if ``value`` is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def part(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object under ``name``, or an empty one."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def text_of(value: Any) -> str:
    """Return a text that a database can hold; '' if ``value`` is something else."""
    return clean(value) if isinstance(value, str) else ""


def raw_text(value: Any) -> str:
    """Return a text as it came, which may end in half a character; '' if ``value`` is something else."""
    return value if isinstance(value, str) else ""


def cleaned(value: Any) -> Any:
    """Return foreign JSON that can be stored and sent on: its texts clean, ``None`` for a number that JSON has not.

    Raises ``RecursionError`` for what is nested too deep.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(one) for one in value]
    if isinstance(value, dict):
        return {clean(name): cleaned(one) for name, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def words_in(value: Any, depth: int = 0) -> str:
    """Return the text of a string, or of the parts that vendors nest it in: an object or a list; '' if there is none.

    Like `raw_text`, it may end in half a character.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < 3:
        return "".join(words_in(one, depth + 1) for one in value)
    if isinstance(value, dict) and depth < 3:
        found = (words_in(value.get(name), depth + 1) for name in ("text", "value", "thinking", "summary", "content"))
        return next(filter(None, found), "")
    return ""


def flag_of(value: Any) -> bool | None:
    """Return a truth value, or ``None``."""
    return value if isinstance(value, bool) else None


def tokens_of(value: Any) -> int | None:
    """Return a believable whole number of tokens, or ``None``."""
    if not _is_number(value):
        return None
    # A whole number may come as 12.0.
    return int(value) if value == int(value) and 0 <= value <= MAX_TOKENS_BELIEVED else None


def limit_of(value: Any) -> int | None:
    """Return a limit in tokens, or ``None``: zero says that the vendor does not know."""
    return tokens_of(value) or None


def cost_of(value: Any) -> Decimal | None:
    """Return a believable amount in USD, or ``None``."""
    if not _is_number(value):
        return None
    # By its digits: as a float, 0.1 is a little more than a tenth.
    amount = Decimal(str(value))
    return amount if 0 <= amount <= MAX_COST_BELIEVED else None


def price_of(per_token: Any) -> Decimal | None:
    """Return a believable price in USD per million tokens, from a number or text with USD per token; or ``None``.

    A negative price is OpenRouter's word for "it depends".
    """
    try:
        amount = Decimal(str(per_token)) * 1_000_000
    except (ArithmeticError, ValueError):
        return None
    # ``normalize`` turns 10 into 1E+1; adding zero writes it out again.
    return amount.normalize() + 0 if amount.is_finite() and 0 <= amount <= MAX_PRICE_BELIEVED else None


def at_most(part: int | None, whole: int | None) -> int | None:
    """Return ``part`` of a count, unknown if it is more than the ``whole``."""
    return None if part is not None and whole is not None and part > whole else part


def output_tokens(written: int | None, *, thought: int | None, given: int | None, total: int | None) -> int | None:
    """Return the output with its reasoning, which is paid for, in tokens.

    Some vendors leave reasoning out of what was ``written`` (xAI, Gemini behind OpenAI's dialect), which a larger
    ``total`` betrays, or a count of reasoning that would not fit.
    """
    if given is not None and total is not None and total > given:
        written = max(written or 0, total - given)
    if thought and written is not None and thought > written:
        return written + thought
    return written


def grown(known: Usage, newer: Usage) -> Usage:
    """Return what is known of a usage after a newer report of it: counts grow, and a later one may leave some out."""
    grew = {name: count for name, count in newer if count or (count is not None and getattr(known, name) is None)}
    return known.model_copy(update=grew)


def _is_number(value: Any) -> bool:
    """Return whether ``value`` is a finite number; whole ones may be too large for ``math.isfinite``."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )
