"""The place of a new run among those that it follows: a thread goes on at its newest turn, and branches elsewhere."""

from apps.runs.models import Run


def join_thread(run: Run, parent: Run) -> None:
    """Give a run that is not stored yet its thread and its ancestors; raises ``Run.DoesNotExist``.

    The parent stays locked until the transaction ends: of two runs that follow it at the same time, one goes on with
    its thread and the other one begins a branch.
    """
    parent = Run.objects.select_for_update(no_key=True).only("public_id", "thread", "ancestors").get(pk=parent.pk)
    run.ancestors = [*parent.ancestors, parent.pk]
    if parent.thread is None:
        run.thread = parent.public_id
        Run.objects.filter(pk=parent.pk).update(thread=run.thread, needs_indexing=True)
    elif Run.objects.filter(thread=parent.thread, pk__gt=parent.pk).exists():
        run.thread = run.public_id
    else:
        run.thread = parent.thread
