"""The findings of two analyses of different answers: those that stayed, those that are gone, and those that are new."""

from apps.fusion.judging.findings import Analysis, Finding
from apps.fusion.judging.topics import find_topic
from apps.fusion.value import Value


class FindingsDiff(Value):
    """The findings of an earlier and a later analysis: those of both, in the words of each, and those of one alone."""

    stayed: tuple[tuple[Finding, Finding], ...] = ()
    gone: tuple[Finding, ...] = ()
    new: tuple[Finding, ...] = ()


def diff_findings(before: Analysis | None, after: Analysis | None) -> FindingsDiff:
    """Return which findings of one run another run has too, whoever holds them there.

    They are of one kind and topic: alike in their words, with the same figures and negations. The very wording goes
    first, so that no finding that is merely alike takes its place. Without an analysis there are no findings.
    """
    earlier, left = list(before.findings if before else ()), list(after.findings if after else ())
    pairs: list[tuple[Finding, Finding]] = []
    for is_worded in (True, False):
        for finding in [one for one in earlier if not any(one is pair[0] for pair in pairs)]:
            same = [one for one in left if one.text.split() == finding.text.split()] if is_worded else left
            if (other := find_topic(same, finding.kind, finding.text)) is not None:
                pairs.append((finding, other))
                left.remove(other)
    matched = [one.id for one, _ in pairs]
    return FindingsDiff(
        stayed=tuple(sorted(pairs, key=lambda pair: earlier.index(pair[0]))),
        gone=tuple(one for one in earlier if one.id not in matched),
        new=tuple(left),
    )
