"""Batches for tests: a table in a line, and rounds of the dispatcher in this process."""

from apps.batches import actions
from apps.batches.actions import BatchRequest
from apps.batches.dispatch import dispatch_round
from apps.batches.models import Batch, BatchState
from apps.fusion.value_tables import read_table
from apps.fusion.values import Message
from apps.runs.models import Run
from tests.services import wait_until

CITIES = "city\nParis\nRome\nOslo\n"
QUESTION = (Message(role="user", text="How old is {{city}}?"),)


def make_batch(bench, *models, table=CITIES, **values) -> Batch:
    """Return a batch that is ready: one question about each city, to these models."""
    recipe = values.pop("recipe", None) or bench.recipe(*models)
    values = {"messages": QUESTION, "table": read_table(table) if table else None, **values}
    return actions.create_batch(bench.owner, BatchRequest(recipe=recipe, **values))


def statuses(batch) -> list[str]:
    return [str(status) for status in batch.rows.order_by("number").values_list("status", flat=True)]


def state(batch) -> BatchState:
    return Batch.objects.get(pk=batch.pk).state


def dispatch_until(is_true, what="the batch has come so far") -> None:
    """Do rounds until something is so."""

    def look() -> bool:
        dispatch_round()
        return is_true()

    wait_until(look, what)


def wait_for_end(batch, wanted=BatchState.DONE) -> None:
    wait_until(lambda: state(batch) == wanted, f"the batch is {wanted}: {statuses(batch)}")


def prompts_of(batch) -> list[str]:
    runs = Run.objects.filter(batch_row__batch=batch).order_by("batch_row__number")
    return list(runs.values_list("prompt", flat=True))
