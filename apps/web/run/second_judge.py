"""The view model of second judges: what each shares with the first, which are at work, and which failed. Pure."""

from dataclasses import dataclass
from functools import cached_property

from apps.fusion.vocabulary import Builtin
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.second_judges import SecondJudge, second_judges_of
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted, percent


@dataclass(frozen=True)
class SecondJudges:
    """The judges of other models beside ``first``, whose analysis counts."""

    run: RunSnapshot
    first: CallSnapshot

    @cached_property
    def judges(self) -> list[SecondJudge]:
        return second_judges_of(self.run)

    @property
    def live(self) -> tuple[CallSnapshot, ...]:
        return tuple(call for call in self._asked if not call.is_final)

    @property
    def compared(self) -> list[tuple[SecondJudge, str]]:
        """Return each second judge with a sentence on what it shares with the first."""
        return [(judge, self._share(judge)) for judge in self.judges]

    @property
    def failed(self) -> list[str]:
        """Say which models gave no analysis when they were last asked."""
        newest = {call.model: call for call in self._asked}
        return [
            f"{call.label} gave no analysis: {call.failure.sentence if call.failure else ''} What counted before stays."
            for call in newest.values()
            if call.is_final and call.analysis is None
        ]

    @property
    def is_possible(self) -> bool:
        return self.run.is_final

    @property
    def head(self) -> str:
        """Say in a few words how far they agree, or that none was asked yet."""
        if self.live:
            return "at work"
        figures = [f"{len(one.agreement.both)} of {one.agreement.findings} shared" for one in self.judges]
        return ", ".join(figures) or ("failed" if self.failed else "not asked")

    def _share(self, judge: SecondJudge) -> str:
        agreement = judge.agreement
        share = f" ({percent(agreement.share)})" if agreement.share is not None else ""
        findings = counted(agreement.findings, "finding")
        return f"{self.first.label} and {judge.call.label} share {len(agreement.both)} of {findings}{share}."

    @property
    def _asked(self) -> list[CallSnapshot]:
        return [
            call
            for call in self.run.judges
            if call.guidance and call.guidance.beside == self.first.id and call.model != self.first.model
        ]


def second_judges_page(run: RunSnapshot) -> SecondJudges | None:
    """Return the second judges of a run; ``None`` without an analysis, and for word overlap, which is no judge."""
    judge = run.judge
    if judge is None or run.analysis is None or judge.model in list(Builtin):
        return None
    return SecondJudges(run, judge)
