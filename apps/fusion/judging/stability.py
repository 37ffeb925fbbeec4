"""Whether a judge finds the same in other orders of the answers. What comes first, or last, must not decide."""

from collections.abc import Mapping

from apps.fusion.judging.findings import Analysis, Finding, Stability
from apps.fusion.judging.topics import paired


def stability(analysis: Analysis, others: Mapping[int, Analysis]) -> Stability:
    """Return in how many orders each finding of an analysis was found.

    ``others`` are analyses of the same answers in other orders, one or more, by the ids of their judges' calls.
    """
    found = {finding.id: 1 for finding in analysis.findings}
    further: list[Finding] = []
    for other in others.values():
        pairs = paired(analysis.findings, other.findings)
        for finding, _ in pairs:
            found[finding.id] += 1
        matched = {one.id for _, one in pairs}
        unmatched = [one for one in other.findings if one.id not in matched]
        # What two other orders have and this one has not is one further finding, not two.
        known = {one.id for _, one in paired(further, unmatched)}
        further += [one for one in unmatched if one.id not in known]
    return Stability(orders=1 + len(others), found=found, further=len(further), calls=tuple(others))
