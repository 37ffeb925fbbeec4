"""A batch’s progress and rows as its page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.batches.models import BatchDelivery, BatchRow
from apps.batches.reading import BatchCounts, answer_text
from apps.fusion.answers.spread import AnswerSpread
from apps.fusion.output_checks import CheckResult
from apps.runs.models import DeliveryStatus
from apps.runs.reading.history_pages import attach_flaws
from apps.web.formats import counted, decimals, number

SHOWN = 200
"""Characters of an answer."""
LONGEST_FINAL, MOST_OTHERS = 40, 3
"""Characters of a final answer, and further ones that are named."""


def progress_words(counts: BatchCounts) -> str:
    """Say how far a batch has come: ``3 of 9, 2 at work, 1 failed``."""
    more = {"at work": counts.running, "failed": counts.failed, "stopped": counts.cancelled}
    words = [f"{number(f'{count:,}')} {word}" for word, count in more.items() if count]
    return ", ".join([f"{number(f'{counts.ended:,}')} of {number(f'{counts.total:,}')}", *words])


def checked_words(counts: BatchCounts) -> str:
    """Say how many answers were checked anew since the output checks were changed, '' where none waits for it."""
    if not counts.to_check:
        return ""
    return f"Checking anew: {number(f'{counts.ended - counts.to_check:,}')} of {number(f'{counts.ended:,}')} rows"


def told_words(delivery: BatchDelivery, *, is_over: bool) -> str:
    """Say how far the message about the end of a batch is."""
    match delivery.status:
        case DeliveryStatus.DELIVERED:
            return "was told that the batch has ended."
        case DeliveryStatus.FAILED:
            return "could not be told that the batch has ended."
        case DeliveryStatus.WAITING if not is_over:
            return "will be told when the batch has ended."
        case DeliveryStatus.WAITING if delivery.attempts:
            return f"is not told yet, after {counted(len(delivery.attempts), 'attempt')}. It is tried again."
    return "is being told that the batch has ended."


def spread_words(spread: AnswerSpread) -> str:
    """Say which final answers there are, how often, and how their panels agreed."""
    asked = f"Answered {counted(spread.total, 'time')}"
    if not spread.answers:
        return f"{asked}: no final answer could be read."
    first, *others = (f"{_cut(one.text)} ({one.count})" for one in spread.answers)
    share = f"the same final answer {spread.answers[0].count} of {spread.total}"
    more = f"; also {', '.join(others[:MOST_OTHERS])}" if others else ""
    more += f" and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
    more += f"; none in {spread.without}" if spread.without else ""
    if spread.agreement is None:
        return f"{asked}, {share}: {first}{more}."
    figures = (decimals(n, 2) for n in (spread.agreement.least, spread.agreement.median, spread.agreement.most))
    return f"{asked}, {share}: {first}{more}. Agreement {' – '.join(figures)} (least, median, most)."


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_FINAL else f"{flat[:LONGEST_FINAL]}…"


def shown_rows(rows: Sequence[BatchRow], spreads: Mapping[int, AnswerSpread]) -> list["ShownRow"]:
    """Return rows for a page, the spread of each line with the first of its rows there, and runs with their flaws."""
    attach_flaws([row.run for row in rows if row.run])
    left = dict(spreads)
    return [ShownRow(row, left.pop(row.line, None)) for row in rows]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with its answer cut short, and the checks that the answer failed.

    The first shown one of a line that is run several times has the ``spread`` of them all.
    """

    row: BatchRow
    spread: AnswerSpread | None = None

    @property
    def stability(self) -> str:
        """Say how alike the answers of all runs of its line are, '' where nothing is known."""
        return spread_words(self.spread) if self.spread else ""

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
