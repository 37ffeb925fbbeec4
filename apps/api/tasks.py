"""The Celery tasks of batches: once a second their next rows are started, each in the form that it came in."""

from celery import shared_task
from django.db import connection

from apps.batches import webhooks
from apps.batches.dispatch import MakeRun, dispatch_round, prepare_row
from apps.batches.models import Batch, BatchRow
from apps.runs.lifecycle.due import Work


@shared_task(name="batches.dispatch", ignore_result=True)
def dispatch_batches() -> None:
    """Carry on all batches; safe to deliver any number of times."""
    dispatch_round(prepare, [Work(webhooks.due_deliveries, webhooks.send_due_deliveries)])


@shared_task(name="batches.deliver_webhook", ignore_result=True)
def deliver_webhook(delivery_id: int) -> None:
    """Tell a program's server that a batch has ended; safe to deliver any number of times."""
    webhooks.deliver(delivery_id)
    connection.close()


def prepare(batch: Batch, row: BatchRow) -> MakeRun:
    """Return what makes the run of a row: of its values, or of the request that a program sent for it."""
    if not batch.endpoint:
        return prepare_row(batch, row)
    from apps.api.openai.batch_rows import prepare_request_row  # noqa: PLC0415 - with it comes the API, for programs

    return prepare_request_row(batch, row)
