"""The dispatcher: once a second it reads which runs of batches have ended, and starts as many as may be at work.

Then it checks answers anew whose batch got other output checks (``checking.py``).

A run and the note of it on its row are one transaction, with the batch locked. So a worker that dies in between leaves
the row as it was, the next round starts it, and no row is run twice.
"""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import ApiKey
from apps.batches.actions import pause_batch, stop_runs
from apps.batches.checking import check_due_rows, results_of_row, rows_to_check
from apps.batches.models import Batch, BatchRow, BatchState
from apps.batches.reading import DELETED_RUN, messages_of_row, recipe_of_row
from apps.catalogue.recipes.resolve import asked_anew
from apps.fusion.prompting.answer_format import BadAnswer, checked
from apps.fusion.refusal import Refusal
from apps.fusion.vocabulary import Priority, Status
from apps.runs.actions import continue_run
from apps.runs.lifecycle.due import Work, do_what_is_due
from apps.runs.lifecycle.outages import is_outage
from apps.runs.lifecycle.reservations import cap_of_several
from apps.runs.models import UNFINISHED, Run
from apps.runs.starting import ApiClient, InvalidRun, start_run

log = logging.getLogger(__name__)

LOCK = 4_771_804
AT_WORK = 6
"""Runs of a batch at the same time: fewer than make a payer crowded (``lifecycle/crowding.py``), so that what somebody
asks meanwhile on a page is not held up by their own batch."""
TURN_S = 5.0
"""Seconds after which a batch starts no further row in a round: the next one has its turn, however long files take."""
DELETED = "The run was deleted before it had ended."
BROKE = "Something went wrong inside FusionWeb; the log of the worker has the details."
OWNER_IS_GONE = "The account of this batch was closed."
KEY_IS_GONE = "The API key of this batch was revoked, or has expired. Make a new batch with another key."

MakeRun = Callable[[Batch], Run]
"""Makes the run of a row of the batch, which is locked; raises a ``Refusal``, or one with an ``error`` for the row."""
PrepareRow = Callable[[Batch, BatchRow], MakeRun]
"""Reads what a row asks, which takes long where it has files; raises as that does."""


class RowRefused(Refusal):
    """A row that cannot be run; ``error`` is what is kept of it."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.error = error
        super().__init__(str(error.get("message", "")))


def dispatch_round(prepare: PrepareRow | None = None, more: Sequence[Work] = ()) -> None:
    """Do one round, ``more`` at its end; a second dispatcher at the same time does nothing."""
    own = Work(batches_at_work, lambda: carry_on_all(prepare or prepare_row)), Work(rows_to_check, check_due_rows)
    do_what_is_due((*own, *more), LOCK)


def batches_at_work() -> QuerySet[Batch]:
    """Return the batches that have rows to start, or to read the end of."""
    at_work = BatchRow.objects.filter(batch=OuterRef("pk"), status=Status.RUNNING)
    return Batch.objects.filter(Q(state=BatchState.RUNNING) | Exists(at_work))


def carry_on_all(prepare: PrepareRow) -> None:
    """Carry on all batches, the oldest first."""
    for batch_id in batches_at_work().order_by("pk").values_list("pk", flat=True):
        try:
            carry_on(batch_id, prepare)
        except Batch.DoesNotExist:
            continue
        except Exception as error:  # the boundary of a batch
            if is_outage(error):
                raise
            log.exception("Batch %s could not be carried on", batch_id)


def carry_on(batch_id: int, prepare: PrepareRow) -> None:
    """Read what has ended of a batch, and start what may be started. Raises ``Batch.DoesNotExist``."""
    batch = Batch.objects.select_related("api_key").get(pk=batch_id)
    read_ended_rows(batch)
    if batch.state is BatchState.CANCELLED:
        stop_runs(batch)
    deadline = time.monotonic() + TURN_S
    while start_next(batch_id, prepare) and time.monotonic() < deadline:
        pass
    outstanding = batch.rows.filter(status__in=UNFINISHED)
    with transaction.atomic():
        locked = Batch.objects.select_for_update(no_key=True).get(pk=batch_id)
        if locked.state is BatchState.RUNNING and not outstanding.exists():
            locked.state, locked.ended_at = BatchState.DONE, timezone.now()
            locked.save(update_fields=["state", "ended_at"])


def read_ended_rows(batch: Batch) -> None:
    """Note how the rows ended whose runs have; where a cap that holds others too is full, pause the batch."""
    rows = batch.rows.filter(status=Status.RUNNING).select_related("run")
    for row in rows:
        run = row.run
        if run is not None and not run.is_final:
            continue
        # Not by what is left under caps: that may be something, and too little for any call.
        if run is not None and run.cap_reached and (sentence := cap_of_several(run)):
            pause_batch(batch, sentence)
            batch.refresh_from_db(fields=["state"])
        _note_end(batch, row, run)


def start_next(batch_id: int, prepare: PrepareRow) -> bool:
    """Start the next row of a batch if it may be started now. Return whether to ask again."""
    with transaction.atomic():
        batch, row = _next_row(batch_id)
    if row is None:
        return False
    # Before the lock: a file takes up to 20 s, for which pause, cancel and requests of the key would have to wait.
    make = _prepared(batch, row, prepare)
    with transaction.atomic():
        # The lock orders it with pause and cancel: once these have returned, nothing starts.
        batch, locked = _next_row(batch_id)
        if locked is None:
            return False
        if (locked.pk, locked.run_id) == (row.pk, row.run_id):  # or it was cancelled meanwhile, or retried
            return _start(batch, locked, make)
    return True


def _next_row(batch_id: int) -> tuple[Batch, BatchRow | None]:
    """Return a batch, locked, and its next row if that may be started now. One that nobody pays for is paused."""
    batches = Batch.objects.select_for_update(of=("self",), no_key=True)
    batch = batches.select_related("owner", "api_key", "shared_cap").get(pk=batch_id)
    row = batch.rows.filter(status=Status.QUEUED).order_by("number").select_related("run").first()
    if batch.state is not BatchState.RUNNING or row is None or not _has_room(batch):
        return batch, None
    if problem := _payer_problem(batch):
        pause_batch(batch, problem)
        return batch, None
    return batch, row


def _prepared(batch: Batch, row: BatchRow, prepare: PrepareRow) -> MakeRun:
    """Return what makes the run of a row, or lets it go on; for one that cannot be read, what raises why."""
    if row.run is not None:
        return partial(_continued, row.run)
    try:
        return prepare(batch, row)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:  # noqa: BLE001 - the boundary of a row: it is noted once the batch is locked
        return partial(_refuse, fault)


def _continued(run: Run, _batch: Batch) -> Run:
    """Let a run go on that a cap had stopped, and return it."""
    if run.cap_reached and run.is_final:  # or somebody let it go on already
        try:
            continue_run(run)
        except InvalidRun as refusal:
            if refusal.field != "run":  # else somebody has done so in this moment
                raise
    return run


def _refuse(fault: Exception, _batch: Batch) -> NoReturn:
    raise fault


def _start(batch: Batch, row: BatchRow, make: MakeRun) -> bool:
    """Make the run of a row, or note why there is none. Return whether the batch goes on."""
    try:
        with transaction.atomic():
            row.run = make(batch)
    except InvalidRun as refusal:
        if refusal.field == "max_cost":
            pause_batch(batch, refusal.sentence)
            return False
        _note_refused(row, {"message": refusal.sentence, "code": "invalid_prompt", "status": 400})
    except Refusal as refusal:
        _note_refused(row, getattr(refusal, "error", {"message": refusal.sentence, "code": "invalid_request"}))
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # the boundary of a row: one that breaks does not keep the others
        log.exception("Row %s of batch %s could not be started", row.number, batch.pk)
        _note_refused(row, {"message": BROKE, "code": "internal_error", "status": 500})
    else:
        row.status = Status.RUNNING
        row.save(update_fields=["run", "status"])
    return True


def prepare_row(batch: Batch, row: BatchRow) -> MakeRun:
    """Return what makes the run of a row of our own form. Raises a ``Refusal`` where it cannot be made."""
    if batch.recipe is None:
        raise RowRefused({"message": "This row has no recipe.", "code": "invalid_request"})
    client = ApiClient(batch.api_key, metadata=dict(batch.metadata)) if batch.api_key else None
    messages = messages_of_row(batch, row.row_values)
    recipe = asked_anew(recipe_of_row(batch, batch.recipe, row.row_values), may_reuse=batch.repetitions == 1)

    def make(locked: Batch) -> Run:
        cap = locked.shared_cap
        return start_run(locked.owner, messages, recipe, client=client, priority=Priority.BULK, shared_cap=cap)

    return make


def _payer_problem(batch: Batch) -> str:
    """Return why nobody pays for a batch any more, '' if somebody does."""
    if not batch.owner.is_active:
        return OWNER_IS_GONE
    return KEY_IS_GONE if batch.is_of_key and not _is_usable(batch.api_key) else ""


def _has_room(batch: Batch) -> bool:
    at_work = batch.rows.filter(status=Status.RUNNING).count()
    key = batch.api_key
    if key is not None and key.concurrent_runs is not None:
        # Held until the run is written, as by the key's requests: of two at once the second counts the first.
        ApiKey.objects.select_for_update(of=("self",), no_key=True).get(pk=key.pk)
        if Run.objects.live().filter(api_key=key).count() >= key.concurrent_runs:
            return False
    return at_work < AT_WORK


def _is_usable(key: ApiKey | None) -> bool:
    if key is None or key.revoked_at is not None:
        return False
    return key.expires_at is None or key.expires_at > timezone.now()


def _note_end(batch: Batch, row: BatchRow, run: Run | None) -> None:
    """Write how a row ended, and the results of its checks."""
    if run is None:
        row.status, row.error = Status.FAILED, {"message": DELETED, "code": DELETED_RUN}
    else:
        row.status = Status.FAILED if run.cap_reached and run.status is Status.CANCELLED else run.status
        failure = run.failure
        row.error = {"message": failure.sentence, "code": str(failure.code)} if failure else None
        if run.status is Status.DONE and (fault := _fault_of_form(row, run)):
            row.status, row.error = Status.FAILED, {"message": fault, "code": "invalid_answer_format"}
        row.results = results_of_row(row, batch.checks)
        row.passed = all(one.passed for one in row.results[""]) if row.results else None
    row.ended_at = timezone.now()
    row.save(update_fields=["status", "error", "results", "passed", "ended_at"])


def _fault_of_form(row: BatchRow, run: Run) -> str:
    """Say what is wrong with the form of the answer to a request in OpenAI's form, '' for nothing.

    Such an answer is an error to its client, so it has to be counted as one, or nobody would look for it.
    """
    wanted, answer = run.recipe.answer_format, run.answer_call
    if row.request is None or wanted is None or answer is None or answer.output.tool_calls:
        return ""
    try:
        checked(answer.output.text, wanted)
    except BadAnswer as error:
        return f"The answer does not have the form that was asked for. {error}"
    return ""


def _note_refused(row: BatchRow, error: dict[str, Any]) -> None:
    """Write that a row failed; the status of its error says that no run was made of it (``reading.DELETED``)."""
    without = {name: value for name, value in error.items() if name != "status"}
    row.error = without if row.run else {"status": 400, **error}
    row.status, row.ended_at = Status.FAILED, timezone.now()
    row.save(update_fields=["status", "error", "ended_at"])
