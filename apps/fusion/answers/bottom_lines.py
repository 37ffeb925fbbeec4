"""Bottom lines: who of a panel concludes what, as values of an analysis, a finding and sides for the agreement."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from apps.fusion.answers.fieldwise import Fieldwise, compare_fields
from apps.fusion.answers.groups import Group, exclude, group_answers, read_panel
from apps.fusion.answers.reading import FinalAnswer
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.judging.agreement import agreement
from apps.fusion.judging.findings import Analysis, BottomLine, Evidence, Finding
from apps.fusion.vocabulary import FindingKind

TITLE = "Bottom line"
"""The topic of the finding about the final answers."""


def with_bottom_lines(analysis: Analysis, answers: Mapping[str, str], asked: str = "") -> Analysis:
    """Return a judge's analysis in whose agreement what rules read from the texts counts.

    These are the final answers, which stand for the judge's bottom lines if it gave none, and the fields of answers in
    JSON, whose pointers its contradictions then have. An analysis without an agreement figure gets none, but for JSON.
    """
    fieldwise = compare_fields(answers)
    finals = without_data(read_panel(answers, asked), fieldwise)
    groups = group_answers(finals)
    concluded, equal = same_conclusions(groups), fieldwise.equal if fieldwise else {}
    if not concluded and not equal:
        return analysis
    taking = [slot for slot, text in answers.items() if text.strip() and not is_refusal(text)]
    is_measured = bool(equal) or analysis.agreement.score is not None
    counted = agreement(analysis.findings, concluded, equal, taking, finals) if is_measured else analysis.agreement
    lines = analysis.bottom_lines or lines_of(groups)
    findings = _with_pointers(analysis.findings, fieldwise)
    return analysis.model_copy(update={"bottom_lines": lines, "findings": findings, "agreement": counted})


def without_data(finals: Mapping[str, FinalAnswer], fieldwise: Fieldwise | None) -> dict[str, FinalAnswer]:
    """Return the final answers without those that are the whole of an answer which is compared by its fields.

    A list of plain values stays: others may say it in words.
    """
    compared = fieldwise.spans.keys() - fieldwise.lengths.keys() if fieldwise else set()
    return {slot: final for slot, final in finals.items() if not (slot in compared and final.is_bare)}


def _with_pointers(findings: Sequence[Finding], fieldwise: Fieldwise | None) -> tuple[Finding, ...]:
    """Return a judge's findings; a contradiction whose topic is a field's pointer has it."""
    pointers = {finding.pointer for finding in fieldwise.findings} if fieldwise else set()
    return tuple(
        finding.model_copy(update={"text": topic, "pointer": topic})
        if finding.kind is FindingKind.CONTRADICTION and (topic := finding.text.strip(" `")) in pointers
        else finding
        for finding in findings
    )


def lines_of(groups: Sequence[Group]) -> tuple[BottomLine, ...]:
    """Return groups of final answers as values of an analysis."""
    return tuple(BottomLine(text=shown(group.text), evidence=tuple(_evidence(group))) for group in groups)


def same_conclusions(groups: Sequence[Group]) -> dict[tuple[str, str], bool]:
    """Return whether two slots conclude the same, for each pair (``a < b``) whose answers compare."""
    found = {pair: True for group in groups for pair in combinations(sorted(group.answers), 2)}
    for one, other in combinations(groups, 2):
        if exclude(one, other):
            found |= {(min(a, b), max(a, b)): False for a in one.answers for b in other.answers}
    return dict(sorted(found.items()))


def finding_of(groups: Sequence[Group], slots: int) -> Finding | None:
    """Return the finding about the final answers of ``slots`` slots that answered: a contradiction or a shared point.

    Only answers that all exclude each other stand in a contradiction; ``None`` if fewer than two slots are left.
    """
    rivals = _rivals(groups)
    members = [one for group in rivals for one in _evidence(group)]
    if len(members) < 2:
        return None
    evidence = tuple(sorted(members, key=lambda one: one.slot))
    if len(rivals) > 1:
        return Finding(id="", kind=FindingKind.CONTRADICTION, text=TITLE, evidence=evidence)
    kind = FindingKind.CONSENSUS if len(members) == slots else FindingKind.PARTIAL_COVERAGE
    plain = tuple(one.model_copy(update={"stance": ""}) for one in evidence)
    return Finding(id="", kind=kind, text=f"{TITLE}: {shown(rivals[0].text)}", evidence=plain)


def without_concluded(fields: Sequence[Finding], conclusion: Finding | None) -> list[Finding]:
    """Return the findings about fields but for those whose every value the conclusion quotes as an answer.

    Such a field says of the answers in JSON what the conclusion says of all.
    """
    begins = {one.slot: one.span[0] for one in conclusion.evidence if one.span} if conclusion else {}
    return [
        field for field in fields if any(not one.span or begins.get(one.slot) != one.span[0] for one in field.evidence)
    ]


def _rivals(groups: Sequence[Group]) -> list[Group]:
    """Return the groups that exclude each other, around the one that the most slots are in or against."""

    def weight(group: Group) -> int:
        return sum(len(other.answers) for other in groups if other is group or exclude(group, other))

    if not groups:
        return []
    # The first of equals: groups stand in an order that no letter of a slot decides.
    first = max(groups, key=weight)
    rivals = [first]
    for group in groups:
        if group is not first and all(exclude(group, other) for other in rivals):
            rivals.append(group)
    return rivals


def _evidence(group: Group) -> list[Evidence]:
    """Return each member's quote. The members of one side share their stance, the shortest that one of them wrote."""
    stance = shown(group.text)
    return [
        Evidence(slot=slot, stance=stance, quote=one.quote, verified=True, span=one.span)
        for slot, one in group.answers.items()
    ]


def shown(text: str, most: int = 120) -> str:
    """Return an answer on one line, cut to the length of a heading."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
