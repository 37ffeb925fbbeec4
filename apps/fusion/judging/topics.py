"""Whether findings of two analyses are about the same thing, and the sides of a finding."""

from collections.abc import Iterable

from rapidfuzz import fuzz

from apps.fusion.judging.agreement import same_side
from apps.fusion.judging.findings import Finding
from apps.fusion.values import Side

LEAST_ALIKE = 85
"""Percent of ``fuzz.token_sort_ratio``, from which two wordings may be of one topic."""
NEGATORS = frozenset(
    "not no never none nothing without isn't aren't doesn't don't didn't wasn't can't cannot won't "
    "nicht kein keine keinen nie ohne non pas jamais sans ni nunca sin não não sem не нет без".split()
)


def is_same_topic(one: str, other: str) -> bool:
    """Return whether two wordings are of one topic: alike in their words, and equal in figures and negations."""
    words, others = _words(one), _words(other)
    if words == others:
        return True
    if _exact(words) != _exact(others):
        return False
    return fuzz.token_sort_ratio(" ".join(words), " ".join(others)) >= LEAST_ALIKE


def find_topic(findings: Iterable[Finding], kind: str, text: str) -> Finding | None:
    """Return the finding of a kind that is about the same as ``text``; the very wording goes first."""
    same = [finding for finding in findings if finding.kind == kind and is_same_topic(finding.text, text)]
    return next((finding for finding in same if _words(finding.text) == _words(text)), same[0] if same else None)


def sides_of(finding: Finding) -> tuple[Side, ...]:
    """Return the views that a contradiction has, each with its slots; other findings have none."""
    sides: dict[str, Side] = {}
    for item in finding.evidence:
        if not item.stance:
            continue
        known = sides.get(same_side(item.stance), Side(stance=item.stance, slots=()))
        slots = tuple(sorted({*known.slots, item.slot}))
        sides[same_side(item.stance)] = known.model_copy(update={"slots": slots})
    return tuple(sides.values())


def _words(text: str) -> list[str]:
    return [word for word in (part.strip(".,;:!?\"'()[]“”„«»") for part in text.casefold().split()) if word]


def _exact(words: Iterable[str]) -> list[str]:
    return sorted(word for word in words if word in NEGATORS or any(sign.isdigit() for sign in word))
