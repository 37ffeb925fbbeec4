"""Answers that may be given unchanged in place of a fused one: a judge's suggestion, and what a vote decided for."""

from dataclasses import dataclass

from apps.fusion.vocabulary import AnalysisStatus, Builtin, Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The panel call whose answer the judge would give as it is, and its reason in the judge's words."""

    call: CallSnapshot
    reason: str


def suggestion_of(run: RunSnapshot) -> Suggestion | None:
    """Return the suggestion of the judge whose analysis counts; ``None`` without one, and for word overlap.

    The answer is the one that the judge read. There is none either if that broke off.
    """
    analysis, judge = run.analysis, run.judge
    best = analysis.best_as_is if analysis else None
    if best is None or judge is None or analysis is None:
        return None
    if analysis.status is AnalysisStatus.DEGRADED or judge.model in list(Builtin):
        return None
    read = [call for call in run.calls_as(Role.PANEL) if call.id in judge.inputs and call.slot == best.slot]
    return next((Suggestion(call, best.reason) for call in read if call.is_usable), None)


def replaced_decision(run: RunSnapshot) -> CallSnapshot | None:
    """Return the answer that a vote or the last stage decided for, where another has taken its place."""
    decided = run.ballot.answer if run.ballot else None
    if decided is None or (run.answer and run.answer.id == decided):
        return None
    return next((call for call in run.calls if call.id == decided), None)
