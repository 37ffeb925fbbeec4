"""The view model of the check of a fused answer: what it found, with its quotes in context. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.fusion.judging.findings import Finding
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.checks import FAULTS, AnswerCheck, CheckState, check_of
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted
from apps.web.run.agreement import Quote, quote_in


@dataclass(frozen=True, slots=True)
class CheckedPoint:
    """A finding of a check: what it is called, the words, the slot that it is about ('' for none) and the quotes."""

    id: str
    fault: str
    text: str
    slot: str
    quotes: tuple[Quote, ...]
    is_grounded: bool


@dataclass(frozen=True, slots=True)
class CheckPage:
    """The check of the answer that is shown."""

    check: AnswerCheck
    points: tuple[CheckedPoint, ...]

    @property
    def state(self) -> CheckState:
        return self.check.state

    @property
    def headline(self) -> str:
        """Say what was found, in a line; '' before anything was."""
        if self.check.done is None:
            return ""
        if not self.points:
            return "The check found nothing."
        return f"The check found {counted(len(self.points), 'thing')}."


def page_of_check(run: RunSnapshot) -> CheckPage | None:
    """Return the check of a run's answer; ``None`` where there is no fused answer."""
    check = check_of(run)
    if check is None:
        return None
    read = set(check.done.inputs) if check.done else set()
    sources = {take.slot: take for column in run.columns for take in column.takes if take.id in read}
    sources[""] = check.answer
    return CheckPage(check, tuple(_point(finding, sources) for finding in check.findings))


def _point(finding: Finding, sources: Mapping[str, CallSnapshot]) -> CheckedPoint:
    return CheckedPoint(
        id=finding.id,
        fault=FAULTS[finding.fault] if finding.fault else "",
        text=finding.text,
        slot=next((one.slot for one in finding.evidence if one.slot), ""),
        quotes=tuple(quote_in(sources.get(one.slot), one) for one in finding.evidence),
        is_grounded=finding.is_grounded,
    )
