"""Opinions: what a call says that reads answers and writes none, by its role. Values only."""

from typing import Any

from pydantic import Field

from apps.fusion.value import Value
from apps.fusion.vocabulary import PeerChoice


def _is_empty(value: Any) -> bool:
    return not value


class Opinion(Value):
    """The reply of one call as it was read; of these parts it has those of its role.

    A peer reviewer has a ``ranking`` of the others' slots, best first, or ``prefers`` one of two answers. A comparison
    has ``better``, the id of the call whose answer it prefers.
    """

    ranking: tuple[str, ...] = ()
    prefers: PeerChoice | None = None
    better: int | None = Field(default=None, exclude_if=_is_empty)
