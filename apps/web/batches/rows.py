"""A batch’s progress and rows as its page shows them."""

from dataclasses import dataclass

from apps.batches.models import BatchRow
from apps.batches.reading import BatchCounts, answer_text
from apps.fusion.output_checks import CheckResult
from apps.web.formats import number

SHOWN = 200
"""Characters of an answer."""


def progress_words(counts: BatchCounts) -> str:
    """Say how far a batch has come: ``3 of 9, 2 at work, 1 failed``."""
    more = {"at work": counts.running, "failed": counts.failed, "stopped": counts.cancelled}
    words = [f"{number(f'{count:,}')} {word}" for word, count in more.items() if count]
    return ", ".join([f"{number(f'{counts.ended:,}')} of {number(f'{counts.total:,}')}", *words])


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with its answer cut short, and the checks that the answer failed."""

    row: BatchRow

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Return the columns of the table with the row's values."""
        return [(name, str(text)) for name, text in self.row.row_values.items()]

    @property
    def answer(self) -> str:
        text = " ".join(answer_text(self.row).split())
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

    @property
    def failure(self) -> str:
        return str(self.row.error.get("message", "")) if self.row.error else ""

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        return self.row.results.get("", ())

    @property
    def failed_checks(self) -> list[CheckResult]:
        return [one for one in self.checks if not one.passed]

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Return the letters of several columns that were checked, and whether each passed all."""
        if len(self.row.results) <= 2:  # the answer is the one column's own
            return []
        return [(slot, all(one.passed for one in found)) for slot, found in self.row.results.items() if slot]
