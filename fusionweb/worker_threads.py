"""The threads of a worker: Celery's pool, which wakes the worker's loop when one of them is free again.

A worker takes messages only while it has a free thread. Celery's loop does not hear that one became free: it would
look at its next timer, up to five seconds later, and a queue behind a full worker would move at that pace.
"""

from concurrent.futures import Future
from typing import Any

from celery.concurrency import thread
from kombu.asynchronous import get_event_loop


class WorkerThreads(thread.TaskPool):
    """A pool whose every end of a task lets the loop look for the next message at once."""

    def on_apply(self, *args: Any, **kwargs: Any) -> thread.ApplyResult:
        result = super().on_apply(*args, **kwargs)
        result.f.add_done_callback(_wake_loop)
        return result


def _wake_loop(_: "Future[Any]") -> None:
    loop = get_event_loop()
    if loop is not None:
        loop.call_soon(lambda: None)  # the loop asks for messages at every round
