"""The cache of answers: which requests are equal, and how long an answer may serve the next one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from apps.fusion.frozen import Value

if TYPE_CHECKING:  # values has these settings in its recipes
    from apps.fusion.tools import ToolSet
    from apps.fusion.values import Message, Recipe

LONGEST_TTL_S = 30 * 24 * 3600
NOT_ASKED = {"seed", "preset", "preset_version", "max_cost", "depth", "route", "cache", "hard_limit_s"}
"""Settings of a recipe that say nothing of what models are asked: two runs that differ in them alone are equal."""


class CacheSettings(Value):
    """The time (``ttl_s``, seconds) for which an answer serves equal requests; 0 is for those still at work alone."""

    ttl_s: int = Field(ge=0, le=LONGEST_TTL_S)


class CacheHit(Value):
    """A run's answer is that of an earlier one: its public id, and how old its answer was (seconds).

    ``was_running``: the earlier run was still at work, and was waited for.
    """

    run: str
    age_s: float = 0
    was_running: bool = False


def is_reusable(recipe: "Recipe") -> bool:
    """Return whether an equal run's answer may be reused; not with look-ups, the web may say something else since."""
    return recipe.cache is not None and recipe.web is None


def cache_key(
    messages: "Sequence[Message]",
    recipe: "Recipe",
    tools: "ToolSet | None" = None,
    own: Mapping[str, Sequence[str | None]] | None = None,
) -> str:
    """Return a hash that two requests share if, and only if, models would be asked the same.

    Messages count whole, with images, calls of tools and their results; space at the ends of a text does not, nor does
    the ending of lines. ``own`` are the answers that columns go on with in a thread.
    """
    asked: dict[str, Any] = {
        "messages": [_normal(message.model_dump(mode="json")) for message in messages],
        "recipe": {name: value for name, value in recipe.model_dump(mode="json").items() if name not in NOT_ASKED},
        "tools": tools.model_dump(mode="json") if tools else None,
        "own": {slot: list(texts) for slot, texts in (own or {}).items()},
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _normal(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message with its text in normal form; what a vendor wants back with it is not part of the request."""
    text = message["text"].replace("\r\n", "\n").strip()
    return {**{name: value for name, value in message.items() if name != "vendor_data"}, "text": text}
