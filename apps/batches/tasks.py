"""The Celery task of batches: once a second, their next runs are started."""

from celery import shared_task

from apps.batches.dispatch import dispatch_round


@shared_task(name="batches.dispatch", ignore_result=True)
def dispatch_batches() -> None:
    """Carry on all batches; safe to deliver any number of times."""
    dispatch_round()
