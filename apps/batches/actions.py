"""Actions on batches: make, start, pause, resume, retry, cancel, delete. The runs are started by ``dispatch``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from apps.accounts.models import ApiKey, User
from apps.batches import access
from apps.batches.models import Batch, BatchDelivery, BatchFile, BatchRow, BatchState, PromptVersion
from apps.batches.reading import messages_of_version, row_spent, was_deleted
from apps.batches.templates import InvalidTemplate, clean_checks
from apps.catalogue.recipes.resolve import UnknownModel
from apps.catalogue.recipes.warnings import references_of
from apps.fusion.cost import MOST
from apps.fusion.output_checks import check_variables, parse_checks
from apps.fusion.prompting.extents import Extent, extent_of
from apps.fusion.prompting.templates import BadTemplate, missing_in, missing_words, parts_of, variables_of
from apps.fusion.prompting.variants import check_variants, variables_in_variants
from apps.fusion.refusal import Refusal
from apps.fusion.value_tables import MOST_ROWS, ValueTable
from apps.fusion.values import Message, Recipe
from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.actions import cancel_run
from apps.runs.again import check_models
from apps.runs.models import DeliveryStatus, Run, SharedCap, new_message_id
from apps.runs.spending.caps import usd

MOST_REPETITIONS = 30
MOST_RUNS = MOST_ROWS
"""Runs of a batch, repetitions included."""
LONGEST_NAME = 200
WITH = ("shared_cap", "version__template", "input_file", "webhook")
FAILED = (Status.FAILED, Status.CANCELLED)
STOPPED = {"message": "The batch was stopped.", "code": str(FailureCode.CANCELLED)}
"""The error of a row whose run was to go on."""


class InvalidBatch(Refusal):
    """A batch cannot be made of this, or its state does not allow the action."""


@dataclass(frozen=True, slots=True)
class Once:
    """The request that makes a batch: its idempotency key, ``None`` for none, and a digest of what it asks."""

    key: str | None = None
    digest: str = ""


UNNAMED = Once()


@dataclass(frozen=True, slots=True)
class RowRequest:
    """A row in OpenAI's form: the client's own id for it, and the request as it stands in the file."""

    custom_id: str
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A batch to be made: a version of a template, or messages of its own, with the values of a table if there is one.

    Without both ``version`` and ``table`` the messages are sent as they are, ``repetitions`` times. ``max_cost`` is USD
    for all runs together. ``checks`` are lines, beside those of the template. ``webhook`` is the address that is told
    of its end, which ``api_key`` allows, and ``site`` is where readers find its page. ``once`` is the
    program's request.
    """

    recipe: Recipe
    name: str = ""
    version: PromptVersion | None = None
    messages: tuple[Message, ...] = ()
    table: ValueTable | None = None
    checks: str = ""
    repetitions: int = 1
    max_cost: Decimal | None = None
    api_key: ApiKey | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    webhook: str = ""
    site: str = ""
    once: Once = UNNAMED


def create_batch(owner: User, wanted: BatchRequest) -> Batch:
    """Make a batch that is ready to be started. The same set-up n times is a batch of messages without a table.

    Raises :class:`InvalidBatch`, whose field is what to change, and ``IntegrityError`` for an idempotency key that was
    used before.
    """
    messages = messages_of_version(wanted.version) if wanted.version else wanted.messages
    is_rendered = wanted.version is not None or wanted.table is not None
    table = wanted.table or ValueTable((), ({},))
    checks = _joined_checks(wanted)
    _check_messages(messages, table, checks, is_rendered=is_rendered)
    _check_variants(wanted.recipe, messages, table, is_rendered=is_rendered)
    _check_sizes(wanted.recipe, messages, table, is_rendered=is_rendered)
    if not 1 <= wanted.repetitions <= MOST_REPETITIONS:
        raise InvalidBatch(f"Each row can be run 1 to {MOST_REPETITIONS} times.", "repetitions")
    runs = len(table.rows) * wanted.repetitions
    if runs > MOST_RUNS:
        raise InvalidBatch(
            f"{len(table.rows):,} rows {wanted.repetitions} times are {runs:,} runs; {MOST_RUNS:,} are the most.",
            "repetitions",
        )
    rows = [
        BatchRow(line=line, repetition=repetition, row_values=values)
        for line, values in enumerate(table.rows, 1)
        for repetition in range(1, wanted.repetitions + 1)
    ]
    batch = Batch(
        version=wanted.version,
        messages=tuple(messages),
        is_rendered=is_rendered,
        columns=list(table.columns),
        checks=checks,
        recipe=wanted.recipe,
        repetitions=wanted.repetitions,
        metadata=dict(wanted.metadata),
        idempotency_key=wanted.once.key,
        request_digest=wanted.once.digest,
    )
    name = wanted.name or _name_of(wanted, messages)
    with transaction.atomic():
        _store(owner, batch, rows, name, wanted.api_key, wanted.max_cost)
        if wanted.webhook:
            BatchDelivery.objects.create(batch=batch, url=wanted.webhook, site=wanted.site)
    return batch


def create_request_batch(
    api_key: ApiKey,
    endpoint: str,
    file: BatchFile,
    rows: Sequence[RowRequest],
    metadata: Mapping[str, str],
    site: str,
    once: Once = UNNAMED,
) -> Batch:
    """Make and start a batch in OpenAI's form, of requests that were checked. ``site`` is where its runs are found.

    Raises ``IntegrityError`` for an idempotency key that was used before.
    """
    batch = Batch(endpoint=endpoint, input_file=file, metadata=dict(metadata), site=site)
    batch.idempotency_key, batch.request_digest = once.key, once.digest
    batch.state, batch.started_at = BatchState.RUNNING, timezone.now()
    made = [BatchRow(line=line, custom_id=row.custom_id, request=dict(row.request)) for line, row in enumerate(rows, 1)]
    return _store(api_key.owner, batch, made, file.name, api_key, None)


def find_batch(user: User, public_id: str) -> Batch:
    """Return a batch that a person may read; raises ``Batch.DoesNotExist``."""
    return access.visible_batches(user).select_related(*WITH).defer("input_file__text").get(public_id=public_id)


def find_editable_batch(user: User, public_id: str) -> Batch:
    """Return a batch that a person may change; raises ``Batch.DoesNotExist``."""
    return access.editable_batches(user).select_related(*WITH).defer("input_file__text").get(public_id=public_id)


def start_batch(batch: Batch) -> None:
    """Start a batch that is ready, or go on with a paused one: what is outstanding is run; twice is once.

    Runs that a cap stopped go on too. Raises :class:`InvalidBatch` for one that has ended.
    """
    with transaction.atomic():
        locked = locked_batch(batch)
        if locked.state in (BatchState.DONE, BatchState.CANCELLED):
            raise InvalidBatch("The batch has ended. Retry what failed, or make another one.", "batch")
        _let_run(locked)


def pause_batch(batch: Batch, reason: str = "") -> None:
    """Start no more runs; those at work end by themselves. Nothing happens to a batch that is not running."""
    Batch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).update(state=BatchState.PAUSED, reason=reason)


def retry_failed(batch: Batch) -> int:
    """Run again, each as a new run, the rows that failed or were cancelled, and go on. Return how many there are.

    What they cost before still counts, and the webhook is told of the next end. Raises :class:`InvalidBatch` if there
    is none.
    """
    with transaction.atomic():
        locked = locked_batch(batch)
        failed = locked.rows.filter(status__in=FAILED)
        count = 0
        for row in failed.select_related("run").select_for_update(of=("self",)):
            row.earlier_cost += row_spent(row)
            row.earlier_cost_is_complete &= row.run.cost_is_complete if row.run else not was_deleted(row)
            row.status, row.run, row.error, row.ended_at = Status.QUEUED, None, None, None
            row.results, row.passed = {}, None
            row.save()
            count += 1
        if not count:
            raise InvalidBatch("No row has failed.", "batch")
        # A message of its own, with another id: receivers pass over those that they had.
        renewed = {"status": DeliveryStatus.WAITING, "due_at": None, "attempts": (), "message_id": new_message_id()}
        BatchDelivery.objects.filter(batch=locked).update(**renewed)
        _let_run(locked)
    return count


def repeat_batch(batch: Batch, api_key: ApiKey | None = None) -> Batch:
    """Make a batch with the same set-up, table, checks and cap, ready to be started; its owner, or a key's, pays.

    Raises :class:`InvalidBatch` for one in OpenAI's form, whose requests are in its file, for a model that its owner
    cannot ask now, and for what is too long.
    """
    if batch.endpoint:
        raise InvalidBatch("Its requests are in a file. Make another batch of that file.", "batch")
    same = ("version", "messages", "is_rendered", "columns", "checks", "recipe", "repetitions", "metadata")
    again = Batch(**{name: getattr(batch, name) for name in same})
    rows = batch.rows.order_by("number").only("line", "repetition", "row_values", "batch", "number")
    made = [BatchRow(line=row.line, repetition=row.repetition, row_values=row.row_values) for row in rows]
    if batch.recipe is not None:  # an imported one was never checked
        try:
            check_models(references_of(batch.recipe), batch.owner)
        except UnknownModel as error:
            sentence = f"The model “{error.reference}” is not connected, so this cannot be run again as it is."
            raise InvalidBatch(sentence, "batch") from None
        for row in made:
            check_columns(batch.columns, tuple(row.row_values), "batch", f"Row {row.line}")
        table = ValueTable(tuple(batch.columns), tuple({row.line: row.row_values for row in made}.values()))
        _check_messages(batch.messages, table, "", is_rendered=batch.is_rendered)
        _check_variants(batch.recipe, batch.messages, table, is_rendered=batch.is_rendered)
        _check_sizes(batch.recipe, batch.messages, table, is_rendered=batch.is_rendered)
    limit = batch.shared_cap.limit if batch.shared_cap else None
    return _store(batch.owner, again, made, batch.name, api_key, limit)


def cancel_batch(batch: Batch) -> None:
    """Start no more runs, and stop those at work with their texts kept. A batch that has ended stays as it is."""
    with transaction.atomic():
        locked = locked_batch(batch)
        if locked.state in (BatchState.DONE, BatchState.CANCELLED):
            return
        now = timezone.now()
        waiting = locked.rows.filter(status=Status.QUEUED)
        # Runs that a cap had stopped and that were to go on: their rows are none that never ran.
        waiting.exclude(run=None).update(status=Status.CANCELLED, ended_at=now, error=STOPPED)
        waiting.update(status=Status.CANCELLED, ended_at=now)
        locked.state, locked.reason, locked.ended_at = BatchState.CANCELLED, "", now
        locked.save(update_fields=["state", "reason", "ended_at"])
    stop_runs(locked)


def stop_runs(batch: Batch) -> None:
    """Stop the runs of a batch that are at work and were not told to yet."""
    at_work = batch.rows.filter(status=Status.RUNNING, run__cancel_requested=False).exclude(run=None)
    for row in at_work.select_related("run"):
        if row.run is not None and not row.run.is_final:
            cancel_run(row.run)


def set_cap(batch: Batch, max_cost: Decimal | None) -> None:
    """Set what all runs of a batch may cost together, in USD. Raises :class:`InvalidBatch`.

    The cap of a batch with runs can be changed and not taken away: they are held by it.
    """
    with transaction.atomic():
        locked = locked_batch(batch)
        if max_cost is not None and not (max_cost.is_finite() and 0 < max_cost <= MOST):
            raise InvalidBatch(f"A cap is more than 0 and at most {usd(MOST)}.", "max_cost")
        if locked.shared_cap is None:
            if max_cost is not None:
                # Runs that were retried are its rows' no more, so what they cost is told to the cap here.
                earlier = locked.rows.aggregate(total=Sum("earlier_cost"))["total"] or Decimal(0)
                locked.shared_cap = SharedCap.objects.create(limit=max_cost, spent_on_deleted=earlier)
                locked.save(update_fields=["shared_cap"])
                Run.objects.filter(batch_row__batch=locked).update(shared_cap=locked.shared_cap)
            return
        if max_cost is None:
            raise InvalidBatch("Enter a cap; a high one lets everything through.", "max_cost")
        locked.shared_cap.limit = max_cost
        locked.shared_cap.save(update_fields=["limit"])


def delete_batch(batch: Batch) -> None:
    """Delete a batch; its runs stay in the history; twice is once. Raises :class:`InvalidBatch` while one works."""
    with transaction.atomic():
        # Locked, as the dispatcher may be about to start a run that nobody could stop with the batch then.
        locked = Batch.objects.select_for_update().filter(pk=batch.pk).first()
        if locked is None:
            return
        if locked.rows.filter(status=Status.RUNNING).exists():
            raise InvalidBatch("Runs of the batch are still at work. Stop it, or wait for them.", "batch")
        locked.delete()


def locked_batch(batch: Batch) -> Batch:
    """Return a batch as it is now, locked to the end of the transaction."""
    return Batch.objects.select_for_update(of=("self",), no_key=True).select_related("shared_cap").get(pk=batch.pk)


def _let_run(batch: Batch) -> None:
    batch.state, batch.reason, batch.ended_at = BatchState.RUNNING, "", None
    batch.started_at = batch.started_at or timezone.now()
    batch.save(update_fields=["state", "reason", "ended_at", "started_at"])
    # Runs that a cap of several stopped go on as they are; one that its own cap stopped would be stopped again.
    own_cap = batch.recipe.max_cost if batch.recipe else None
    capped = batch.rows.filter(status=Status.FAILED, run__cap_reached=True)
    if own_cap is not None:
        capped = capped.filter(
            Q(run__cost=None) | Q(run__cost__lt=own_cap)
        )  # nothing is known of one that asked nobody
    capped.update(status=Status.QUEUED, error=None, ended_at=None, passed=None, results={})


def _store(
    owner: User, batch: Batch, rows: list[BatchRow], name: str, api_key: ApiKey | None, max_cost: Decimal | None
) -> Batch:
    if max_cost is not None and not (max_cost.is_finite() and 0 < max_cost <= MOST):
        raise InvalidBatch(f"A cap is more than 0 and at most {usd(MOST)}.", "max_cost")
    batch.owner, batch.api_key, batch.is_of_key = owner, api_key, api_key is not None
    batch.team = api_key.team if api_key else owner.personal_team
    batch.name = " ".join(name.split())[:LONGEST_NAME] or "Batch"
    with transaction.atomic():
        if max_cost is not None:
            batch.shared_cap = SharedCap.objects.create(limit=max_cost)
        batch.save(force_insert=True)
        for number, row in enumerate(rows, 1):
            row.batch, row.number = batch, number
        BatchRow.objects.bulk_create(rows, batch_size=500)
    return batch


def _joined_checks(wanted: BatchRequest) -> str:
    of_template = wanted.version.checks if wanted.version else ""
    try:
        return clean_checks("\n".join(filter(None, [of_template, wanted.checks.strip()])))
    except InvalidTemplate as error:
        raise InvalidBatch(error.sentence, "checks") from None


def _check_messages(messages: Sequence[Message], table: ValueTable, checks: str, *, is_rendered: bool) -> None:
    """Raise :class:`InvalidBatch` if there is no prompt, or the table has no column for a variable."""
    if not messages or not (messages[-1].text.strip() or messages[-1].images):
        raise InvalidBatch("Write a prompt, or choose a template.", "prompt")
    try:
        needed = variables_of(*(message.text for message in messages)) if is_rendered else ()
    except BadTemplate as error:
        raise InvalidBatch(error.sentence, "prompt") from None
    check_columns(dict.fromkeys((*needed, *check_variables(parse_checks(checks)))), table.columns)


def check_columns(
    needed: Iterable[str], columns: Sequence[str], field: str = "table", table: str = "The table"
) -> None:
    """Raise :class:`InvalidBatch`, with the field to change, for variables without a column in the table, or a row."""
    if missing := missing_in(tuple(needed), columns):
        named = ", ".join(f"{{{{{name}}}}}" for name in missing)
        has = f"has {', '.join(columns)}" if columns else "is empty"
        raise InvalidBatch(f"{table} has no column for {named}: it {has}.", field)


def _check_variants(recipe: Recipe, messages: Sequence[Message], table: ValueTable, *, is_rendered: bool) -> None:
    """Raise :class:`InvalidBatch` for own prompts of columns that no row can be asked with."""
    try:
        check_variants(recipe.panel, messages, settings.PROMPT_LIMIT)
        missing = missing_in(variables_in_variants(recipe) if is_rendered else (), table.columns)
    except Refusal as error:
        raise InvalidBatch(f"An own prompt of the panel cannot be used. {error.sentence}", "preset") from None
    if missing:
        raise InvalidBatch(f"The own prompts of the panel have variables. {missing_words(missing)}", "table")


def _check_sizes(recipe: Recipe, messages: Sequence[Message], table: ValueTable, *, is_rendered: bool) -> None:
    """Raise :class:`InvalidBatch` for a row whose prompt, or a column's, would be too long; nothing is filled in."""
    extents = {"": Extent(sum(len(message.text) for message in messages), {})}
    if is_rendered:
        extents[""] = extent_of(messages, None)
        extents |= {spec.slot: extent_of(messages, spec.variant) for spec in recipe.panel if spec.variant}
    limit = settings.PROMPT_LIMIT
    for line, values in enumerate(table.rows, 1):
        for slot, extent in extents.items():
            size = extent.size(values)
            if size > limit:
                what = f"the prompt of column {slot}" if slot else "the prompt"
                where = f"Row {line}: with its values {what}" if extent.uses else f"T{what[1:]}"
                field = "table" if extent.uses else "prompt"
                raise InvalidBatch(f"{where} has {size:,} characters; the limit is {limit:,}.", field)


def _name_of(wanted: BatchRequest, messages: Sequence[Message]) -> str:
    if wanted.version:
        return wanted.version.template.name
    text = messages[-1].text
    if wanted.table is not None:
        text = "".join("…" if part.is_variable else part.text for part in parts_of(text))
    return " ".join(text.split())[:80]
