"""Reading batches: their counts, costs and rows, the estimate before, the results of output checks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.batches import access
from apps.batches.models import Batch, BatchRow, BatchState, FilledTemplate, PromptVersion
from apps.catalogue.recipes.estimates import estimate, prompt_tokens
from apps.catalogue.recipes.resolve import models_of
from apps.fusion.answers.spread import AnswerSpread, spread_of
from apps.fusion.cost import known_total
from apps.fusion.output_checks import CheckResult, Output, parse_checks, run_checks
from apps.fusion.prompting.templates import render
from apps.fusion.prompting.variants import recipe_of_values
from apps.fusion.values import Message, Recipe
from apps.fusion.vocabulary import CostSource, Status
from apps.runs.models import UNFINISHED, Run
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.spending.answer_lengths import habits_of

PAGE_ROWS = 50
LIST_BATCHES = 50
LARGE = ("messages", "own_answers", "recipe", "tools", "ballot", "prompt")
"""Columns of runs that may be large, and that no list needs."""
DELETED_RUN = "deleted"
"""The code in the error of a row whose run was deleted before it had ended."""
_HAD_RUN = (
    Q(status=Status.DONE)
    | Q(status=Status.FAILED) & (Q(error__isnull=True) | ~Q(error__has_key="status"))
    | Q(status=Status.CANCELLED, error__has_key="code")
)
DELETED = Q(run=None) & _HAD_RUN
"""The condition on rows whose run was deleted: what it cost is nobody's knowledge.

A row that failed without a run has the status of an answer to its request; one that was cancelled so has no error."""
NO_ANSWER = "There is no answer."


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """The rows of a batch by status, those whose answer passed or failed its checks, and USD spent so far.

    ``to_check`` are rows that have ended and wait to be checked anew; ``deleted`` are done, and their answers deleted.
    ``cost`` is a lower bound unless ``cost_is_complete``.
    """

    total: int = 0
    queued: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    passed: int = 0
    not_passed: int = 0
    to_check: int = 0
    deleted: int = 0
    cost: Decimal = Decimal(0)
    cost_is_complete: bool = True

    @property
    def ended(self) -> int:
        return self.done + self.failed + self.cancelled

    @property
    def known_cost(self) -> float | None:
        """Return USD as programs read them, ``None`` while nothing is known of what was paid."""
        cost = known_total(self.cost, self.cost_is_complete)
        return None if cost is None else float(cost)

    @property
    def by_name(self) -> dict[str, int]:
        """Return the numbers of rows, as programs read them."""
        names = ("total", "queued", "running", "done", "failed", "cancelled", "passed", "not_passed", "to_check")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class BatchEstimate:
    """The likely cost of a batch in USD: ``expected``, and the ``most`` if every answer is as long as they come.

    ``None`` where no price is known; not ``is_complete`` where some are not.
    """

    runs: int
    calls: int
    expected: Decimal | None
    most: Decimal | None
    is_complete: bool


def batches_of(user: User, before: int | None = None, size: int = LIST_BATCHES) -> list[Batch]:
    """Return a page of the batches that a person may read, newest first; ``before`` is the key of the last one."""
    found = access.visible_batches(user).select_related("version__template", "shared_cap", "webhook").defer("messages")
    found = found.order_by("-pk")
    return list((found.filter(pk__lt=before) if before else found)[:size])


def counts_of(batches: Iterable[Batch]) -> dict[int, BatchCounts]:
    """Return the counts of batches by their keys, in one query."""
    keys = [batch.pk for batch in batches]
    by_status = {str(status): Count("pk", filter=Q(status=status)) for status in Status}
    rows = (
        BatchRow.objects.filter(batch__in=keys)
        .order_by()
        .values("batch")
        .annotate(
            total=Count("pk"),
            passed_rows=Count("pk", filter=Q(passed=True)),
            failed_rows=Count("pk", filter=Q(passed=False)),
            due=Count("pk", filter=Q(needs_checking=True) & ~Q(status__in=UNFINISHED)),
            deleted_rows=Count("pk", filter=Q(status=Status.DONE, run=None)),
            spent=Sum(Coalesce("run__cost", Decimal(0)) + Coalesce("earlier_cost", Decimal(0))),
            unknown=Count("pk", filter=Q(run__cost_is_complete=False) | Q(earlier_cost_is_complete=False) | DELETED),
            **by_status,
        )
    )
    found = {
        row["batch"]: BatchCounts(
            total=row["total"],
            passed=row["passed_rows"],
            not_passed=row["failed_rows"],
            to_check=row["due"],
            deleted=row["deleted_rows"],
            cost=row["spent"] or Decimal(0),
            cost_is_complete=not row["unknown"],
            **{status: row[status] for status in by_status},
        )
        for row in rows
    }
    return {key: found.get(key, BatchCounts()) for key in keys}


def rows_of(batch: Batch, after: int = 0, size: int = PAGE_ROWS, only: str = "") -> list[BatchRow]:
    """Return a page of the rows behind a number, with their runs; ``only`` narrows it down to ``failed`` ones."""
    rows = with_runs(batch.rows.filter(number__gt=after))
    if only == "failed":
        rows = rows.filter(Q(status__in=[Status.FAILED, Status.CANCELLED]) | Q(passed=False))
    return list(rows.order_by("number")[:size])


def with_runs(rows: QuerySet[BatchRow]) -> QuerySet[BatchRow]:
    """Return the rows with their runs and answers, without what else is large in a run."""
    return rows.select_related("run__answer_call__output").defer(
        *(f"run__{name}" for name in LARGE), "run__answer_call__output__reasoning", "request"
    )


def spreads_of(batch: Batch, lines: Collection[int]) -> dict[int, AnswerSpread]:
    """Return the spread of the answers to these rows of the table, by line; one query.

    Nothing for a batch without repetitions, nor for lines of which no run is done.
    """
    if batch.repetitions < 2 or not lines:
        return {}
    rows = with_runs(batch.rows.filter(line__in=set(lines), status=Status.DONE).exclude(run=None))
    found: dict[int, list[tuple[str, float | None]]] = {}
    for row in rows.order_by("number"):
        found.setdefault(row.line, []).append((answer_text(row), row.run.agreement if row.run else None))
    return {line: spread_of(*map(list, zip(*pairs, strict=True))) for line, pairs in found.items()}


def row_spent(row: BatchRow) -> Decimal:
    """Return what is known of the cost of a row's present run, in USD."""
    return (row.run.cost or Decimal(0)) if row.run else Decimal(0)


def was_deleted(row: BatchRow) -> bool:
    """Return whether the run of a row was deleted, as :data:`DELETED` says it of rows."""
    if row.run is not None or row.status in UNFINISHED:
        return False
    if row.status is Status.CANCELLED:
        return bool(row.error)
    return row.status is Status.DONE or "status" not in (row.error or {})


def answer_text(row: BatchRow) -> str:
    """Return the answer of a row's run, '' while there is none."""
    call = row.run.answer_call if row.run else None
    return call.output.text if call else ""


def messages_of_version(version: PromptVersion) -> tuple[Message, ...]:
    """Return the messages of a template, with its variables."""
    system = [Message(role="system", text=version.system)] if version.system else []
    return (*system, Message(role="user", text=version.prompt))


def messages_of_row(batch: Batch, values: Mapping[str, str]) -> tuple[Message, ...]:
    """Return the messages of a row. Raises ``BadTemplate`` for a variable that has no value."""
    if not batch.is_rendered:
        return batch.messages
    return tuple(message.model_copy(update={"text": render(message.text, values)}) for message in batch.messages)


def recipe_of_row(batch: Batch, recipe: Recipe, values: Mapping[str, str]) -> Recipe:
    """Return the recipe of a row, whose own prompts have its values. Raises ``BadTemplate`` as for its messages."""
    return recipe_of_values(recipe, values) if batch.is_rendered else recipe


def estimate_batch(batch: Batch) -> BatchEstimate:
    """Return the likely cost of all rows: the average row's for each expected, the longest one's for the most."""
    if batch.recipe is None:
        return BatchEstimate(batch.rows.count(), 0, None, None, is_complete=False)
    rows = list(batch.rows.order_by("number").values_list("row_values", flat=True))
    # Of two rows alone: cost is linear in the length of what is sent. One at a time is filled in.
    sizes = [(prompt_tokens(messages_of_row(batch, values)), at) for at, values in enumerate(rows)]
    mean = sum(size for size, _at in sizes) / len(sizes)
    _size, typical = min(sizes, key=lambda one: abs(one[0] - mean))
    _size, longest = max(sizes)
    models, count = models_of(batch.recipe), len(rows)
    usual, most = (
        estimate(recipe_of_row(batch, batch.recipe, rows[at]), messages_of_row(batch, rows[at]), models, habits_of)
        for at in (typical, longest)
    )
    expected = None if usual.low is None or usual.high is None else count * (usual.low + usual.high) / 2
    return BatchEstimate(
        count, count * usual.calls, expected, None if most.high is None else count * most.high, most.is_complete
    )


# ---------------------------------------------------------------- output checks


def results_of(checks: str, run: RunSnapshot, values: Mapping[str, str]) -> dict[str, tuple[CheckResult, ...]]:
    """Return the results of output checks by slot, '' for the run's answer; empty without checks."""
    parsed = parse_checks(checks)
    if not parsed:
        return {}
    outputs: dict[str, Output | None] = {"": None}
    if run.answer is not None:
        seconds = (run.ended_at - run.created_at).total_seconds() if run.ended_at else None
        outputs[""] = Output(run.answer.text, run.cost if run.cost_is_complete else None, seconds)
    for column in run.columns:
        call = column.newest
        usable = call.is_final and call.text
        # A cost whose source is unknown is that of a part of the attempts.
        cost = None if call.cost_source is CostSource.UNKNOWN else call.cost
        outputs[column.slot] = Output(call.text, cost, call.duration_s) if usable else None
    lacking = tuple(CheckResult(check=check.line, passed=False, reason=NO_ANSWER) for check in parsed)
    return {slot: lacking if output is None else run_checks(parsed, output, values) for slot, output in outputs.items()}


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """The batch or the template that a run was made of, and the checks of its outputs with the values for them."""

    batch: Batch | None
    row: BatchRow | None
    version: PromptVersion | None
    checks: str
    template_values: Mapping[str, str]


def origin_of(run: Run) -> RunOrigin | None:
    """Return what a run was made of, ``None`` if neither a batch nor a template."""
    ways = ("batch_row__batch__version__template", "filled_template__version__template")
    found = Run.objects.select_related(*ways).defer(*LARGE).get(pk=run.pk)
    row: BatchRow | None = getattr(found, "batch_row", None)
    if row is not None:
        return RunOrigin(row.batch, row, row.batch.version, row.batch.checks, row.row_values)
    filled: FilledTemplate | None = getattr(found, "filled_template", None)
    if filled is not None:
        return RunOrigin(None, None, filled.version, filled.checks, filled.template_values)
    return None


def is_live(batch: Batch, counts: BatchCounts) -> bool:
    """Return whether anything of a batch can change by itself."""
    return batch.state is BatchState.RUNNING or counts.running > 0 or counts.to_check > 0
