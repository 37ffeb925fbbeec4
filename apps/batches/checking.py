"""Output checks of a batch that are changed later: all answers are checked anew, and no model is asked."""

import logging
import time

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from apps.batches.actions import InvalidBatch, check_columns, locked_batch
from apps.batches.models import Batch, BatchRow
from apps.batches.reading import results_of
from apps.batches.templates import InvalidTemplate, clean_checks
from apps.fusion.output_checks import CheckResult, check_variables, parse_checks
from apps.runs.models import UNFINISHED
from apps.runs.reading.snapshot import take_snapshot

log = logging.getLogger(__name__)

ROUND_S = 0.5
"""The part of a second that a round of the dispatcher gives to rows that are checked anew."""


def change_checks(batch: Batch, text: str) -> None:
    """Put other output checks, a line each, in place of a batch's. The dispatcher then checks all its answers anew.

    Raises :class:`InvalidBatch` for a line that is no check, and for a variable that the table does not have.
    """
    try:
        checks = clean_checks(text)
    except InvalidTemplate as error:
        raise InvalidBatch(error.sentence, "checks") from None
    check_columns(check_variables(parse_checks(checks)), batch.columns, "checks")
    with transaction.atomic():
        locked = locked_batch(batch)
        locked.checks = checks
        locked.save(update_fields=["checks"])
        # Marks of the old checks go at once, so that none is read as one of the new. A run that is at work is due, too:
        # the dispatcher may have read the old checks already, with which it notes the end.
        locked.rows.update(results={}, passed=None)
        locked.rows.exclude(run=None).update(needs_checking=True)


def check_due_rows() -> None:
    """Check rows that are due, for a part of a second: those of the oldest batch first, in their order."""
    deadline = time.monotonic() + ROUND_S
    while _check_next() and time.monotonic() < deadline:
        pass


def results_of_row(row: BatchRow, checks: str) -> dict[str, tuple[CheckResult, ...]]:
    """Return the results of output checks of a row whose run has ended; none where they break, as the log says."""
    if row.run is None or not checks:
        return {}
    try:
        with transaction.atomic():
            return results_of(checks, take_snapshot(row.run), row.row_values)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # the boundary of a row: one that cannot be read does not keep the others
        log.exception("Row %s of batch %s could not be checked", row.number, row.batch_id)
        return {}


def rows_to_check() -> QuerySet[BatchRow]:
    """Return the rows that are due."""
    return BatchRow.objects.filter(needs_checking=True).exclude(status__in=UNFINISHED)


def _check_next() -> bool:
    """Check the next row that is due. Return whether there was one."""
    due = rows_to_check().order_by("batch", "number")
    with transaction.atomic():
        # Locked, so that a change of the checks meanwhile waits, and then makes the row due again.
        row = due.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
        if row is None:
            return False
        checks = Batch.objects.values_list("checks", flat=True).get(pk=row.batch_id)
        row.results, row.needs_checking = results_of_row(row, checks), False
        row.passed = all(one.passed for one in row.results[""]) if row.results else None
        row.save(update_fields=["results", "passed", "needs_checking"])
    return True
