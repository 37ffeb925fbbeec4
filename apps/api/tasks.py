"""The Celery tasks of batches: once a second their next rows are started, each in the form that it came in."""

from celery import shared_task
from django.db import connection

from apps.batches import webhooks
from apps.batches.dispatch import dispatch_round, start_row
from apps.batches.models import Batch, BatchRow
from apps.runs.lifecycle.due import Work
from apps.runs.models import Run


@shared_task(name="batches.dispatch", ignore_result=True)
def dispatch_batches() -> None:
    """Carry on all batches; safe to deliver any number of times."""
    dispatch_round(start, [Work(webhooks.due_deliveries, webhooks.send_due_deliveries)])


@shared_task(name="batches.deliver_webhook", ignore_result=True)
def deliver_webhook(delivery_id: int) -> None:
    """Tell a program's server that a batch has ended; safe to deliver any number of times."""
    webhooks.deliver(delivery_id)
    connection.close()


def start(batch: Batch, row: BatchRow) -> Run:
    """Make the run of a row: of its values, or of the request that a program sent for it."""
    if not batch.endpoint:
        return start_row(batch, row)
    from apps.api.openai.batch_rows import start_request  # noqa: PLC0415 - with it comes the API, for rows of programs

    return start_request(batch, row)
