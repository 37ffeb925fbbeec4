"""The cost of a batch over its whole life: runs that were retried or deleted count on, and what is unknown stays so."""

from decimal import Decimal

import pytest

from apps.accounts.models import User
from apps.batches import actions
from apps.batches.actions import BatchRequest, create_batch
from apps.batches.models import Batch, BatchRow, BatchState
from apps.batches.reading import counts_of, results_of, was_deleted
from apps.batches.results import row_document
from apps.fusion.values import Message
from apps.fusion.vocabulary import CostSource, Status
from apps.runs.models import Call, Run
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.spending.caps import used_up
from tests.factories import make_local_preset, make_recipe, make_run, make_user
from tests.web.run_factories import make_finished_run


@pytest.fixture
def alice(db: None) -> User:
    make_local_preset()
    return make_user("alice")


@pytest.fixture
def batch(alice: User) -> Batch:
    """Return a batch of two rows: one is done for 0.25 USD, one has failed for 0.5 USD."""
    wanted = BatchRequest(recipe=make_recipe(), messages=(Message(role="user", text="Why?"),), repetitions=2)
    batch = create_batch(alice, wanted)
    for number, (status, cost) in enumerate([(Status.DONE, "0.25"), (Status.FAILED, "0.5")], 1):
        run = make_run(alice, status=status, cost=Decimal(cost))
        batch.rows.filter(number=number).update(run=run, status=status)
    return batch


def cost_of(batch: Batch) -> tuple[Decimal, bool]:
    counts = counts_of([batch])[batch.pk]
    return counts.cost, counts.cost_is_complete


def retried(batch: Batch) -> BatchRow:
    """Retry what failed, and let it be done for another 0.125 USD."""
    actions.retry_failed(batch)
    again = make_run(batch.owner, cost=Decimal("0.125"))
    batch.rows.filter(number=2).update(run=again, status=Status.DONE)
    return batch.rows.get(number=2)


def test_cost_that_was_not_all_known_before_a_retry_is_not_after_it(batch: Batch) -> None:
    assert cost_of(batch) == (Decimal("0.75"), True)
    Run.objects.filter(batch_row__number=2).update(cost=0, cost_is_complete=False)

    row = retried(batch)

    assert cost_of(batch) == (Decimal("0.375"), False)
    assert row_document(row)["cost"] == 0.125
    Run.objects.filter(batch_row__number=2).update(cost=0)
    assert row_document(batch.rows.get(number=2))["cost"] is None


def test_cost_of_a_run_that_is_deleted_is_unknown(batch: Batch) -> None:
    Run.objects.filter(batch_row__number=1).delete()

    assert cost_of(batch) == (Decimal("0.5"), False)

    Run.objects.filter(batch_row__number=2).delete()
    batch.rows.filter(number=2).update(error={"message": "It was deleted.", "code": "deleted"})
    retried(batch)
    Run.objects.filter(batch_row=None).delete()
    batch.rows.filter(number=1).update(status=Status.CANCELLED)  # it was never started
    assert cost_of(batch) == (Decimal("0.125"), False)


@pytest.mark.parametrize(
    "status, error, had_run",
    [
        (Status.DONE, None, True),
        (Status.FAILED, {"message": "It was too slow.", "code": "timeout"}, True),
        (Status.FAILED, {"message": "It cannot be asked.", "code": "invalid_request"}, True),
        (Status.FAILED, {"message": "It does not have the form.", "code": "invalid_answer_format"}, True),
        (Status.FAILED, {"message": "It was deleted.", "code": "deleted"}, True),
        (Status.FAILED, None, True),
        (Status.FAILED, {"message": "No such model.", "code": "model_not_found", "status": 404}, False),
        (Status.CANCELLED, {"message": "The run was stopped.", "code": "cancelled"}, True),
        (Status.CANCELLED, None, False),
        (Status.QUEUED, None, False),
    ],
)
def test_row_whose_run_was_deleted_is_told_from_one_that_never_ran(
    batch: Batch, status: Status, error: dict[str, str] | None, *, had_run: bool
) -> None:
    batch.rows.filter(number=1).delete()
    batch.rows.update(run=None, status=status, error=error, earlier_cost=Decimal("0.25"))
    row = batch.rows.get()

    assert (was_deleted(row), cost_of(batch)) == (had_run, (Decimal("0.25"), not had_run))
    assert row_document(row)["cost"] == 0.25
    batch.rows.update(earlier_cost=0)
    assert row_document(batch.rows.get())["cost"] is None


def test_run_that_waited_to_go_on_when_its_batch_was_stopped_is_no_row_that_never_ran(batch: Batch) -> None:
    batch.rows.filter(number=2).update(status=Status.QUEUED)  # a cap had stopped its run, and somebody raised it
    Batch.objects.update(state=BatchState.RUNNING)

    actions.cancel_batch(batch)

    assert cost_of(batch) == (Decimal("0.75"), True)
    Run.objects.filter(batch_row__number=2).delete()
    row = batch.rows.get(number=2)
    assert (row.status, was_deleted(row), cost_of(batch)) == (Status.CANCELLED, True, (Decimal("0.25"), False))


def test_check_of_a_cost_does_not_pass_by_the_part_that_is_known(alice: User) -> None:
    run = make_finished_run(alice)
    Call.objects.filter(run=run).update(cost=Decimal("0.001"), cost_source=CostSource.COMPUTED)
    Call.objects.filter(run=run, slot="B").update(cost_source=CostSource.UNKNOWN)

    found = results_of("cost: at most 0.01", take_snapshot(run), {})

    assert {slot: checks[0].passed for slot, checks in found.items() if slot} == {"A": True, "B": False, "C": True}


def test_cap_that_comes_after_a_retry_counts_what_was_spent_before(alice: User, batch: Batch) -> None:
    retried(batch)

    actions.set_cap(batch, Decimal("0.5"))

    batch.refresh_from_db()
    full = used_up(alice, None, batch.shared_cap)
    assert full is not None
    assert (full.sentence, full.spent) == ("The cap of this batch is $0.50.", Decimal("0.5"))
