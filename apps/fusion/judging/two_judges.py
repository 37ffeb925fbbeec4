"""The findings that two judges of the same answers share. They say nothing about which judge is right."""

from apps.fusion.frozen import Value
from apps.fusion.judging.findings import Analysis, Finding
from apps.fusion.judging.topics import paired


class JudgeAgreement(Value):
    """The findings of two judges: those of both, in the words of each, and those of one alone."""

    both: tuple[tuple[Finding, Finding], ...] = ()
    only_first: tuple[Finding, ...] = ()
    only_second: tuple[Finding, ...] = ()

    @property
    def findings(self) -> int:
        """The number of different findings of the two."""
        return len(self.both) + len(self.only_first) + len(self.only_second)

    @property
    def share(self) -> float | None:
        """The share of their different findings that both have, 0 to 1; ``None`` without any finding."""
        return len(self.both) / self.findings if self.findings else None


def compare_judges(first: Analysis, second: Analysis) -> JudgeAgreement:
    """Return which findings two analyses of the same answers share."""
    pairs = paired(first.findings, second.findings)
    matched, matched_there = {one.id for one, _ in pairs}, {other.id for _, other in pairs}
    return JudgeAgreement(
        both=tuple(sorted(pairs, key=lambda pair: first.findings.index(pair[0]))),
        only_first=tuple(one for one in first.findings if one.id not in matched),
        only_second=tuple(one for one in second.findings if one.id not in matched_there),
    )
