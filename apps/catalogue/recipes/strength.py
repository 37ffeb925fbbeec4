"""Rank models by strength, as far as their rows tell, for Auto and the built-in presets.

Nobody has measured every model on every question, so vendors' prices stand in for strength. The first difference
decides:

1. style: a chat model before a small one, a small one before a base model;

2. a reasonable price (at most ``REASONABLE_PRICE``) before a higher one;

3. the price tier of the output (``TIERS``); an unknown price counts as the middle tier, free as the lowest;

4. not of a small family (``SMALL_NAMES``: mini, flash, haiku, …, or at most nine billion parameters);

5. for a judge: answers by a JSON schema;

6. the price, the length of the context, and then the reference, so that the same models always rank the same.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable
from decimal import Decimal

from apps.catalogue.models import Model
from apps.fusion.vocabulary import PromptStyle

REASONABLE_PRICE = Decimal(100)
"""USD per million output tokens; what costs more is chosen only where nothing else is connected."""
TIERS = (Decimal(0), Decimal("0.5"), Decimal(2), Decimal(8), Decimal(20), Decimal(40))
"""Upper bounds of the price tiers, in USD per million output tokens."""
MIDDLE_TIER = 2
SMALL_NAMES = r"(?<![a-z])(mini|nano|lite|flash|haiku|small|tiny|micro|instant|[0-9](\.[0-9])?b)(?![a-z0-9])"
STYLES = (PromptStyle.BASE, PromptStyle.SMALL, PromptStyle.CHAT)


def maker_of_model(model: Model) -> str:
    """Return the maker of a model; where it is unknown, the family or name, so that strangers count as different."""
    return model.maker or model.family or model.name


def price_tier(model: Model) -> int:
    """Return the tier of a price, from 0 (free) to ``len(TIERS)`` (dearest)."""
    return MIDDLE_TIER if model.price_output is None else bisect_left(TIERS, model.price_output)


def is_reasonably_priced(model: Model) -> bool:
    """Return whether the model's price allows choosing it unasked; an unknown price does."""
    return model.price_output is None or model.price_output <= REASONABLE_PRICE


def is_small(model: Model) -> bool:
    """Return whether the name is of a small, fast family."""
    return re.search(SMALL_NAMES, model.name.lower()) is not None


def strength(model: Model, *, judging: bool = False) -> tuple[object, ...]:
    """Return the sort key of the rule above; the stronger model has the greater key."""
    return (
        STYLES.index(model.style),
        is_reasonably_priced(model),
        price_tier(model),
        not is_small(model),
        judging and model.supports_json_schema,
        model.price_output or Decimal(0),
        model.context_length or 0,
        model.reference,
    )


def strongest(models: Iterable[Model], makers: Collection[str], *, judging: bool = False) -> Model | None:
    """Return the strongest model of a maker not in ``makers``, else the strongest of all, or ``None``.

    Small and base models never judge, and write only if there is no other.
    """
    styles = {PromptStyle.CHAT} if judging else set(STYLES)
    fit = sorted((m for m in models if m.style in styles), key=lambda m: strength(m, judging=judging), reverse=True)
    sound = [model for model in fit if model.style == fit[0].style and is_reasonably_priced(model)] or fit
    return next((model for model in sound if maker_of_model(model) not in makers), next(iter(sound), None))
