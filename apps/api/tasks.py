"""The Celery task of batches: once a second their next rows are started, each in the form that it came in."""

from celery import shared_task

from apps.api.openai.batch_rows import start_request
from apps.batches.dispatch import dispatch_round, start_row
from apps.batches.models import Batch, BatchRow
from apps.runs.models import Run


@shared_task(name="batches.dispatch", ignore_result=True)
def dispatch_batches() -> None:
    """Carry on all batches; safe to deliver any number of times."""
    dispatch_round(start)


def start(batch: Batch, row: BatchRow) -> Run:
    """Make the run of a row: of its values, or of the request that a program sent for it."""
    return start_request(batch, row) if batch.endpoint else start_row(batch, row)
