"""The check of the fused answer that counts: which call of those that checked it says what, and how it stands."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.fusion.judging.findings import Evidence, Finding
from apps.fusion.vocabulary import AnswerKind, CheckFault, Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot

FAULTS = {
    CheckFault.CONTRADICTS: "contradicts an answer",
    CheckFault.DROPS_WARNING: "drops a warning",
    CheckFault.UNSUPPORTED: "stands in no answer",
}


class CheckState(StrEnum):
    """States of the check of an answer. ``outdated``: an earlier answer was checked, and this one was not."""

    NONE = "none"
    OUTDATED = "outdated"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """The checks of the answer that counts. ``done`` is the newest that could be read, ``newest`` the newest of all.

    ``is_outdated``: none of this answer, but one of an earlier one.
    """

    answer: CallSnapshot
    done: CallSnapshot | None
    newest: CallSnapshot | None
    is_outdated: bool

    @property
    def state(self) -> CheckState:
        """The state of the newest one; one that failed loses nothing that an earlier one found."""
        if self.newest is None:
            return CheckState.OUTDATED if self.is_outdated else CheckState.NONE
        if not self.newest.is_final:
            return CheckState.RUNNING
        return CheckState.DONE if self.newest is self.done else CheckState.FAILED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings; those with a quote that is not there come last."""
        found = self.done.analysis.findings if self.done and self.done.analysis else ()
        return tuple(sorted(found, key=lambda finding: not finding.is_grounded))

    @property
    def note(self) -> str:
        return self.done.analysis.note if self.done and self.done.analysis else ""


def check_of(run: RunSnapshot) -> AnswerCheck | None:
    """Return how the run's answer was checked; ``None`` where there is no fused answer to check."""
    if run.answer is None or run.answer_kind is not AnswerKind.FUSED:
        return None
    checks = run.calls_as(Role.CHECK)
    of_answer = [call for call in checks if run.answer.id in call.inputs]
    return AnswerCheck(
        answer=run.answer,
        done=next((call for call in reversed(of_answer) if call.analysis), None),
        newest=of_answer[-1] if of_answer else None,
        is_outdated=bool(checks) and not of_answer,
    )


def check_document(run: RunSnapshot) -> dict[str, Any] | None:
    """Return the check as the API and exports have it; ``None`` where there is no fused answer, or none was checked."""
    check = check_of(run)
    if check is None or check.state is CheckState.NONE:
        return None
    shown = check.done or check.newest
    failure = check.newest.failure if check.newest and check.state is CheckState.FAILED else None
    return {
        "state": check.state.value,
        "call": shown.id if shown else None,
        "answer": check.answer.id,
        "model": shown.model if shown else None,
        "findings": [_finding(finding) for finding in check.findings] if check.done else None,
        "note": check.note,
        "failure": failure.model_dump(mode="json") if failure else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    of_fused = next((one for one in finding.evidence if not one.slot), None)
    of_answer = next((one for one in finding.evidence if one.slot), None)
    return {
        "id": finding.id,
        "fault": finding.fault.value if finding.fault else None,
        "point": finding.text,
        "slot": of_answer.slot if of_answer else None,
        "is_grounded": finding.is_grounded,
        "quote": _quote(of_fused),
        "answer_quote": _quote(of_answer),
    }


def _quote(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {"quote": evidence.quote, "state": evidence.state.value, "span": evidence.span and list(evidence.span)}
