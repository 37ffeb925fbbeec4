"""The time limits of calls: a model's own, else the site's."""

from django.conf import settings

from apps.catalogue.models import Model
from apps.providers.base import Timeouts


def thinks(model: Model, has_effort: bool = False) -> bool:
    """Return whether a model may think before its first token; ``has_effort``: a reasoning effort is asked for."""
    return bool(model.supports_reasoning or (has_effort and model.supports_reasoning is None))


def timeouts_of(model: Model, has_effort: bool = False) -> Timeouts:
    """Return the limits of a call in seconds: a model that thinks is given longer for its first token."""
    is_slow = thinks(model, has_effort)
    first_token_s = settings.THINKING_FIRST_TOKEN_TIMEOUT if is_slow else settings.FIRST_TOKEN_TIMEOUT
    return Timeouts(
        connect_s=model.connect_s or settings.CONNECT_TIMEOUT,
        first_token_s=model.first_token_s or first_token_s,
        idle_s=model.idle_s or settings.IDLE_TIMEOUT,
        total_s=model.total_s or settings.TOTAL_TIMEOUT,
    )
