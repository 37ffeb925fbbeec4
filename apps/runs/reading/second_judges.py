"""Judges of other models beside the one whose analysis counts, compared when they are read: nothing is stored."""

from dataclasses import dataclass
from typing import Any

from apps.fusion.judging.findings import Analysis, Finding
from apps.fusion.judging.two_judges import JudgeAgreement, compare_judges
from apps.fusion.vocabulary import Builtin, Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.takes import Take, analyses_of


@dataclass(frozen=True, slots=True)
class SecondJudge:
    """A judge of another model that read the same answers, and what it shares with the one whose analysis counts."""

    call: CallSnapshot
    agreement: JudgeAgreement


def second_judges_of(run: RunSnapshot) -> list[SecondJudge]:
    """Return the newest analysis of every other model that was asked the same about the same answers.

    Word overlap is no judge to compare with: there is none beside it, and it stands beside none.
    """
    takes = analyses_of(run)
    first = next((take for take in takes if take.is_current), None)
    if first is None or first.call.analysis is None or first.call.model in list(Builtin):
        return []
    found: dict[str, tuple[CallSnapshot, Analysis]] = {}
    for take in takes:
        call = take.call
        is_other = call.model != first.call.model and call.model not in list(Builtin)
        if call.analysis and is_other and _question(run, take) == _question(run, first):
            found[call.model] = (call, call.analysis)
    return [SecondJudge(call, compare_judges(first.call.analysis, analysis)) for call, analysis in found.values()]


def second_judges_document(run: RunSnapshot) -> list[dict[str, Any]]:
    """Return the same as exports and the API have it."""
    return [
        {
            "call": judge.call.id,
            "model": judge.call.model,
            "label": judge.call.label,
            "share": judge.agreement.share,
            "findings": judge.agreement.findings,
            "both": [{**_point(one), "second": other.id} for one, other in judge.agreement.both],
            "only_first": [_point(one) for one in judge.agreement.only_first],
            "only_second": [_point(one) for one in judge.agreement.only_second],
        }
        for judge in second_judges_of(run)
    ]


def _question(run: RunSnapshot, take: Take) -> tuple[set[int], str, str]:
    """Return what a judge was asked: the ids of the answers that it read, criteria and instructions."""
    panel = {call.id for call in run.calls_as(Role.PANEL)}
    return panel & set(take.call.inputs), take.guidance.criteria, take.guidance.instructions


def _point(finding: Finding) -> dict[str, str]:
    return {"id": finding.id, "kind": finding.kind.value, "text": finding.text}
