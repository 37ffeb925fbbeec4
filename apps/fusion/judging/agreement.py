"""Agreement between slots, computed from an analysis's findings and never asked of a model.

An *item* is a finding on which two or more slots took a side: all supporters of a consensus point are on its one side;
in a contradiction the slots with the same stance share a side. Partial coverage and unique insights are no items:
silence is not dissent. Nor is a finding of which no quote was found in the answers: nobody knows that it is about them.

For each pair of slots agreement is (items on which both took the same side) / (items on which both took a side);
overall it is the mean over the pairs that have items, and ``None`` if there are none. Where the bottom lines of a pair
are known, they are an item that weighs as much as all others together: ten shared trifles do not outweigh the result. A
pair of which nothing is known counts half beside them, since an answer that is not read may say either: two that agree
beside one that is not read have two thirds.
Of two answers in JSON the items are the fields that either has, and nothing else: it is the share of equal ones.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations

from apps.fusion.judging.findings import Agreement, Conclusions, Finding, Outlier, PairAgreement
from apps.fusion.vocabulary import FindingKind

UNKNOWN = 0.5
"""The share of a pair of which nothing is known: the middle of what it may be."""


def agreement(
    findings: Iterable[Finding],
    concluded: Mapping[tuple[str, str], bool] | None = None,
    equal: Mapping[tuple[str, str], tuple[int, int]] | None = None,
    slots: Collection[str] = (),
    read: Collection[str] = (),
) -> Agreement:
    """Return the agreement per pair and overall. It does not depend on the order of slots, findings or evidence.

    ``concluded`` says of pairs of slots (``a < b``) whether their bottom lines are the same. A finding about the bottom
    lines must then not be among the findings: it would count twice. ``equal`` has, of pairs whose answers are JSON, on
    how many fields they have the same value, of how many; nothing else counts for these. Of ``slots`` a pair of which
    nothing is known counts half where bottom lines of others are known: only those of ``read`` slots are.
    """
    equal = equal or {}
    concluded = {pair: is_same for pair, is_same in (concluded or {}).items() if pair not in equal}
    same: Counter[tuple[str, str]] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    found = [(finding, taken) for finding in findings if len(taken := sides(finding)) > 1]
    items = [taken for finding, taken in found if finding.is_grounded]
    for taken in items:
        for a, b in combinations(sorted(taken), 2):
            both[a, b] += 1
            same[a, b] += taken[a] == taken[b]
    for pair, (fields_alike, fields) in equal.items():
        same[pair], both[pair] = fields_alike, fields
    for pair, is_same in concluded.items():
        both[pair] += 1
        same[pair] += is_same
    pairs = tuple(
        PairAgreement(a=a, b=b, same=same[a, b], items=both[a, b], concluded=concluded.get((a, b)))
        for a, b in sorted(both)
    )
    shares = [pair.share for pair in pairs]
    is_concluded = bool(concluded) and not equal
    if is_concluded:
        shares += [UNKNOWN for pair in combinations(sorted(slots), 2) if pair not in both]
    # Without a shared item there is no score: 0 or 1 would claim something that nobody measured.
    score = sum(shares) / len(shares) if shares else None
    uncounted = len(found) - len(items)
    counted = len(items) + bool(concluded) + max((fields for _, fields in equal.values()), default=0)
    conclusions = Conclusions(read=len(read), answers=len(slots)) if is_concluded else None
    return Agreement(score=score, pairs=pairs, items=counted, uncounted=uncounted, conclusions=conclusions)


def outliers(findings: Iterable[Finding]) -> tuple[Outlier, ...]:
    """Return the slots that stand alone in a contradiction against two or more that share a stance."""
    return tuple(
        Outlier(finding=finding.id, slot=slot)
        for finding in findings
        if finding.kind is FindingKind.CONTRADICTION and finding.is_grounded
        for slot in _alone(sides(finding))
    )


def sides(finding: Finding) -> dict[str, str]:
    """Return the side that a finding says each slot takes; a slot that takes two sides has none."""
    match finding.kind:
        case FindingKind.CONSENSUS:
            return {evidence.slot: "" for evidence in finding.evidence}
        case FindingKind.CONTRADICTION:
            return _stances(finding)
        case _:
            return {}


def same_side(stance: str) -> str:
    """Return a stance in the form in which sides are compared: case, spacing and a full stop make no new side."""
    words = " ".join(stance.casefold().split())
    return words.rstrip(".。 ") or words


def _stances(finding: Finding) -> dict[str, str]:
    taken: dict[str, set[str]] = {}
    for evidence in finding.evidence:
        taken.setdefault(evidence.slot, set()).add(same_side(evidence.stance))
    return {slot: stances.pop() for slot, stances in taken.items() if len(stances) == 1}


def _alone(taken: dict[str, str]) -> list[str]:
    size = Counter(taken.values())
    if max(size.values(), default=0) < 2:
        return []
    return sorted(slot for slot, side in taken.items() if size[side] == 1)
