"""The output checks of a run that a template or a batch was made with, as its page shows them."""

from dataclasses import dataclass

from apps.batches.models import Batch, PromptVersion
from apps.batches.reading import origin_of, results_of
from apps.fusion.output_checks import CheckResult
from apps.runs.models import Run
from apps.runs.reading.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check: its line, the result of the run's answer, and those of the columns by letter."""

    check: str
    answer: CheckResult
    columns: tuple[tuple[str, CheckResult], ...]


@dataclass(frozen=True, slots=True)
class OutputChecks:
    """The batch or template that a run comes from, and its checks; none while it is at work."""

    batch: Batch | None
    row: int | None
    version: PromptVersion | None
    rows: tuple[CheckRow, ...]

    @property
    def passed(self) -> int:
        return sum(row.answer.passed for row in self.rows)

    @property
    def has_passed(self) -> bool:
        """Return whether the answer passed all."""
        return self.passed == len(self.rows)


def output_checks_of(run: Run, snapshot: RunSnapshot) -> OutputChecks | None:
    """Return what a run comes from with its checks, as its answers are now; ``None`` for a run that was typed."""
    origin = origin_of(run)
    if origin is None:
        return None
    results = results_of(origin.checks, snapshot, origin.template_values) if snapshot.is_final else {}
    rows = [
        CheckRow(result.check, result, tuple((slot, found[at]) for slot, found in results.items() if slot))
        for at, result in enumerate(results.get("", ()))
    ]
    return OutputChecks(origin.batch, origin.row.number if origin.row else None, origin.version, tuple(rows))
