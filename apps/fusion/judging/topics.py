"""Whether findings of two analyses are about the same thing, and the sides of a finding."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from rapidfuzz import fuzz

from apps.fusion.judging.agreement import same_side, sides
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


def paired(
    findings: Sequence[Finding], others: Iterable[Finding], *, same_answers: bool = True
) -> list[tuple[Finding, Finding]]:
    """Return the findings of two analyses that are the same, each at most once.

    They are of one kind and topic. Where the analyses are of the ``same_answers``, the two also share an answer that
    holds them, and those who are on one side of a contradiction in the one are so in the other.
    """
    is_possible = _may_be_same if same_answers else _is_of_a_kind
    left, rest, pairs = list(others), list(findings), []
    # The same wording goes first, or a finding that is merely alike could take its place.
    for find in (_find_worded, _find_like):
        for finding in tuple(rest):
            if (other := find([one for one in left if is_possible(one, finding)], finding)) is not None:
                pairs.append((finding, other))
                left.remove(other)
                rest.remove(finding)
    return pairs


def _find_worded(findings: Iterable[Finding], wanted: Finding) -> Finding | None:
    words = _words(wanted.text)
    return next((one for one in findings if _words(one.text) == words), None)


def _find_like(findings: Iterable[Finding], wanted: Finding) -> Finding | None:
    return find_topic(findings, wanted.kind, wanted.text)


def _is_of_a_kind(one: Finding, other: Finding) -> bool:
    return one.kind is other.kind


def _may_be_same(one: Finding, other: Finding) -> bool:
    """Return whether two findings are of one kind, share a holder, and do not divide the slots otherwise."""
    holders, others = ({item.slot for item in finding.evidence} for finding in (one, other))
    if not _is_of_a_kind(one, other) or (holders and others and not holders & others):
        return False
    taken, taken_there = sides(one), sides(other)
    both = sorted(taken.keys() & taken_there.keys())
    return all((taken[a] == taken[b]) == (taken_there[a] == taken_there[b]) for a, b in combinations(both, 2))


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
