"""An analysis as a writer reads it: what the answers conclude, where they contradict each other, what they share.

Texts of it were written by models that read the panel's: they belong between fences. :func:`strength` says in words of
ours, with letters only, how far the answers agree.
"""

from apps.fusion.judging.findings import Analysis, BottomLine, Finding
from apps.fusion.vocabulary import AnalysisStatus, Builtin, FindingKind

_HEADINGS = {
    FindingKind.CONTRADICTION: "The answers contradict each other on:",
    FindingKind.CONSENSUS: "All answers hold:",
    FindingKind.PARTIAL_COVERAGE: "Some answers hold:",
    FindingKind.UNIQUE_INSIGHT: "Only one answer says:",
    FindingKind.BLIND_SPOT: "No answer covers:",
}
_BY_WORDS = "\n- The comparison was made by matching words, not by a reader: take it as a hint that may be wrong."


def comparison(analysis: Analysis | None) -> str:
    """Return an analysis as text, contradictions first; '' for none, and for one that only stands in for a judge's."""
    if analysis is None or analysis.status is AnalysisStatus.DEGRADED:
        return ""
    lists = []
    if analysis.bottom_lines:
        lines = [f"- {line.text} ({', '.join(line.slots)})" for line in analysis.bottom_lines]
        lists.append("\n".join(["The answers conclude:", *lines]))
    for kind, heading in _HEADINGS.items():
        lines = [f"- {_line(finding)}" for finding in analysis.findings if finding.kind is kind]
        lists += ["\n".join([heading, *lines])] if lines else []
    return "\n\n".join(lists)


def strength(analysis: Analysis | None) -> str:
    """Return what may be said of how far the answers agree: who concludes the same, or how often they side together."""
    if analysis is None or analysis.status is AnalysisStatus.DEGRADED:
        return ""
    said = ""
    if analysis.bottom_lines:
        said = f" {_conclusions(analysis.bottom_lines)}"
    elif analysis.agreement.score is not None:
        said = (
            f" Over {analysis.agreement.items} points that two or more of them take a side on, "
            f"they take the same side in {analysis.agreement.score:.0%} of the cases."
        )
    return said + (_BY_WORDS if analysis.model == Builtin.OVERLAP and analysis.findings else "")


def _conclusions(lines: tuple[BottomLine, ...]) -> str:
    total = sum(len(line.slots) for line in lines)
    largest = max(lines, key=lambda line: len(line.slots)).slots
    if len(largest) == 1:
        return "Here each answer concludes something else." if total > 1 else ""
    if len(lines) == 1:
        return f"Here all {total} that conclude anything conclude the same."
    return f"Here {', '.join(largest)} conclude the same ({len(largest)} of {total})."


def _line(finding: Finding) -> str:
    if finding.kind is FindingKind.CONTRADICTION:
        stances = dict.fromkeys(evidence.stance for evidence in finding.evidence)
        slots = {stance: ", ".join(one.slot for one in finding.evidence if one.stance == stance) for stance in stances}
        return f"{finding.text.rstrip('.:')}: " + "; ".join(f"{stance} ({held})" for stance, held in slots.items())
    held = ", ".join(evidence.slot for evidence in finding.evidence)
    return f"{finding.text} ({held})" if held else finding.text
