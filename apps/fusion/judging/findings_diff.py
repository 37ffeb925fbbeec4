"""The findings of two analyses of different answers: those that stayed, those that are gone, and those that are new."""

from apps.fusion.frozen import Value
from apps.fusion.judging.findings import Analysis, Finding
from apps.fusion.judging.topics import paired


class FindingsDiff(Value):
    """The findings of an earlier and a later analysis: those of both, in the words of each, and those of one alone."""

    stayed: tuple[tuple[Finding, Finding], ...] = ()
    gone: tuple[Finding, ...] = ()
    new: tuple[Finding, ...] = ()


def diff_findings(before: Analysis | None, after: Analysis | None) -> FindingsDiff:
    """Return which findings of one run another run has too, whoever holds them there.

    They are of one kind and topic: alike in their words, with the same figures and negations. Without an analysis
    there are no findings.
    """
    earlier, later = (analysis.findings if analysis else () for analysis in (before, after))
    pairs = paired(earlier, later, same_answers=False)
    matched, found = ({id(pair[at]) for pair in pairs} for at in (0, 1))
    return FindingsDiff(
        stayed=tuple(sorted(pairs, key=lambda pair: earlier.index(pair[0]))),
        gone=tuple(one for one in earlier if id(one) not in matched),
        new=tuple(one for one in later if id(one) not in found),
    )
