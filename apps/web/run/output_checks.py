"""The output checks of a run that a template or a batch was made with, as its page shows them."""

from dataclasses import dataclass

from apps.batches.models import Batch, BatchRow, PromptVersion
from apps.batches.reading import origin_of, results_of, spreads_of
from apps.fusion.output_checks import CheckResult
from apps.runs.models import Run
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check: its line, the result of the run's answer, and those of the columns by letter."""

    check: str
    answer: CheckResult
    columns: tuple[tuple[str, CheckResult], ...]


@dataclass(frozen=True, slots=True)
class OutputChecks:
    """The batch or template that a run comes from, and its checks; none while it is at work.

    ``stability`` says how alike the answers are where the batch asked the same several times, else ''.
    """

    batch: Batch | None
    row: BatchRow | None
    stability: str
    version: PromptVersion | None
    rows: tuple[CheckRow, ...]

    @property
    def passed(self) -> int:
        return sum(row.answer.passed for row in self.rows)

    @property
    def repetitions_url(self) -> str:
        """Return the address of the row's repetitions on the page of the batch."""
        if self.batch is None or self.row is None:
            return ""
        before = self.row.number - self.row.repetition
        return f"{self.batch.get_absolute_url()}?after={before}#spread-{self.row.line}"

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
    stability = stability_words(origin.batch, origin.row) if origin.batch and origin.row else ""
    return OutputChecks(origin.batch, origin.row, stability, origin.version, tuple(rows))


def stability_words(batch: Batch, row: BatchRow) -> str:
    """Say how often the same request was asked and how alike its answers are; '' for one that is asked once."""
    if batch.repetitions < 2:
        return ""
    asked = f"Asked {counted(batch.repetitions, 'time')}"
    spread = spreads_of(batch, [row.line]).get(row.line)
    if spread is None:
        return f"{asked}: no answer yet."
    answered = "" if spread.total == batch.repetitions else f"{counted(spread.total, 'answer')}, "
    if not spread.answers:
        return f"{asked}: {answered}no final answer could be read."
    return f"{asked}: {answered}the same answer {spread.answers[0].count} of {spread.total}."
