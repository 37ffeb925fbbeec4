"""Opinions: what a call says that reads answers and writes none, by its role. Values only."""

from typing import Any

from pydantic import Field

from apps.fusion.frozen import Value
from apps.fusion.vocabulary import ClaimLabel, ClaimStance, PeerChoice


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


class ClaimSource(Value):
    """The words of an answer that make a claim, and where they stand in it."""

    slot: str
    quote: str
    span: tuple[int, int]


class ClaimEvidence(ClaimSource):
    """The words of another answer that say the same as a claim, or deny it."""

    stance: ClaimStance


class Claim(Value):
    """A claim with the answers that make it and those that take a stance on it. ``by_words``: rules found the stances.

    A claim that two answers make has the support of one by the other.
    """

    text: str
    sources: tuple[ClaimSource, ...]
    evidence: tuple[ClaimEvidence, ...] = ()
    by_words: bool = False

    @property
    def label(self) -> ClaimLabel:
        if any(one.stance is ClaimStance.CONTRADICTS for one in self.evidence):
            return ClaimLabel.CONTRADICTED
        is_shared = len({one.slot for one in self.sources}) > 1
        return ClaimLabel.SUPPORTED if is_shared or self.evidence else ClaimLabel.UNSUPPORTED


class Opinion(Value):
    """The reply of one call as it was read; of these parts it has those of its role.

    A peer reviewer has a ``ranking`` of the others' slots, best first, or ``prefers`` one of two answers. A comparison
    has ``better``, the id of the call whose answer it prefers. A review has its ``issues``, the most severe first, and
    how many were ``dropped`` because their quotes do not stand in the text; a revision has the author's ``decisions``.
    An arbiter has the ``claims`` of the answers, first as they are made and then with their support.
    """

    ranking: tuple[str, ...] = ()
    prefers: PeerChoice | None = None
    better: int | None = Field(default=None, exclude_if=_is_empty)
    issues: tuple[Issue, ...] = Field(default=(), exclude_if=_is_empty)
    dropped: int = Field(default=0, exclude_if=_is_empty)
    decisions: tuple[Decision, ...] = Field(default=(), exclude_if=_is_empty)
    claims: tuple[Claim, ...] = Field(default=(), exclude_if=_is_empty)
