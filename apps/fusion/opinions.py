"""Opinions: what a call says that reads answers and writes none, by its role. Values only."""

from typing import Any

from pydantic import Field

from apps.fusion.value import Value
from apps.fusion.vocabulary import PeerChoice


def _is_empty(value: Any) -> bool:
    return not value


class Issue(Value):
    """An issue of a reviewed text. ``quote`` is the text's own words at ``span`` (characters, end exclusive).

    ``severity`` is 3 where the text is wrong, 2 where a reader would miss something that matters, 1 for wording.
    """

    quote: str
    problem: str
    severity: int = Field(ge=1, le=3)
    fix: str = ""
    span: tuple[int, int]


class Decision(Value):
    """An author's decision about an issue, by its number from 1, with the reason ('' for none given)."""

    issue: int
    accepted: bool = False
    reason: str = ""


class Opinion(Value):
    """The reply of one call as it was read; of these parts it has those of its role.

    A peer reviewer has a ``ranking`` of the others' slots, best first, or ``prefers`` one of two answers. A comparison
    has ``better``, the id of the call whose answer it prefers. A review has its ``issues``, the most severe first, and
    how many were ``dropped`` because their quotes do not stand in the text; a revision has the author's ``decisions``.
    """

    ranking: tuple[str, ...] = ()
    prefers: PeerChoice | None = None
    better: int | None = Field(default=None, exclude_if=_is_empty)
    issues: tuple[Issue, ...] = Field(default=(), exclude_if=_is_empty)
    dropped: int = Field(default=0, exclude_if=_is_empty)
    decisions: tuple[Decision, ...] = Field(default=(), exclude_if=_is_empty)
