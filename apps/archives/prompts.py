"""Templates, batches and their files in an archive: a row of JSON for each, with everything that belongs to it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import Field, JsonValue

from apps.accounts.models import User
from apps.archives.account import Names
from apps.archives.shapes import PublicId, row_of, shape_of, values_of
from apps.batches import access
from apps.batches.actions import MOST_REPETITIONS
from apps.batches.models import Batch, BatchFile, BatchRow, BatchState, PromptTemplate, PromptVersion
from apps.fusion.output_checks import parse_checks
from apps.fusion.prompting.templates import variables_of
from apps.fusion.prompting.variants import BadVariant, check_variants
from apps.fusion.refusal import Refusal
from apps.fusion.value_tables import MOST_ROWS
from apps.fusion.vocabulary import Status
from apps.runs.models import UNFINISHED, new_public_id

TEMPLATE, PROMPT = ("name", "created_at"), ("number", "prompt", "system", "checks", "created_at")
FILE = ("name", "text", "size", "created_at")
BATCH = (
    *("name", "messages", "is_rendered", "columns", "checks", "recipe", "repetitions", "state", "reason", "endpoint"),
    *("metadata", "created_at", "started_at", "ended_at"),
)
ROW = (
    *("number", "line", "repetition", "row_values", "custom_id", "request", "status", "earlier_cost"),
    *("earlier_cost_is_complete", "error", "results", "passed", "needs_checking", "ended_at"),
)
UNENDED = (BatchState.READY, BatchState.RUNNING, BatchState.PAUSED)
LONGEST_NAME = PromptTemplate._meta.get_field("name").max_length or 0
LONGEST_FILE = 20_000_000
"""Characters of a file of a batch: those of the largest that can be uploaded."""
WAS_NOT_DONE = "It was not done when it was exported."

TemplateRow = shape_of(
    PromptTemplate,
    TEMPLATE,
    id=(PublicId, ...),
    versions=(list[shape_of(PromptVersion, PROMPT)], Field(min_length=1)),  # type: ignore[misc]
)
FileRow = shape_of(BatchFile, FILE, id=(PublicId, ...), text=(Annotated[str, Field(max_length=LONGEST_FILE)], ...))
TEXTS: tuple[Any, Any] = (dict[str, str], {})
JSON_OBJECT = (dict[str, JsonValue] | None, None)
BatchDocument = shape_of(
    Batch,
    BATCH,
    id=(PublicId, ...),
    template=(PublicId | None, None),
    version=(int | None, None),
    input_file=(PublicId | None, None),
    endpoint=(Literal["", "/v1/chat/completions", "/v1/responses"], ""),
    metadata=TEXTS,
    rows=(
        list[  # type: ignore[misc]
            shape_of(
                BatchRow,
                ROW,
                row_values=TEXTS,
                request=JSON_OBJECT,
                error=JSON_OBJECT,
                run=(PublicId | None, None),
            )
        ],
        Field(min_length=1, max_length=MOST_ROWS),
    ),
)


def templates_of(user: User) -> Iterator[dict[str, Any]]:
    """Yield the templates of a person, oldest first."""
    for one in access.visible_templates(user).order_by("pk").iterator():
        versions = [row_of(version, PROMPT) for version in one.versions.order_by("number")]
        yield row_of(one, TEMPLATE) | {"id": one.public_id, "versions": versions}


def files_of(user: User) -> Iterator[dict[str, Any]]:
    """Yield the files of a person's batches, oldest first."""
    for one in access.visible_files(user).order_by("pk").iterator(chunk_size=1):
        yield row_of(one, FILE) | {"id": one.public_id}


def batches_of(user: User) -> Iterator[dict[str, Any]]:
    """Yield the batches of a person with their rows, oldest first."""
    found = access.visible_batches(user).select_related("version__template", "input_file").defer("input_file__text")
    for batch in found.order_by("pk").iterator(chunk_size=1):
        version, file = batch.version, batch.input_file
        rows = batch.rows.select_related("run").only(*ROW, "batch", "run__public_id").order_by("number")
        yield row_of(batch, BATCH) | {
            "id": batch.public_id,
            "template": version.template.public_id if version else None,
            "version": version.number if version else None,
            "input_file": file.public_id if file else None,
            "rows": [row_of(row, ROW) | {"run": row.run.public_id if row.run else None} for row in rows.iterator(500)],
        }


def import_template(user: User, row: Any, versions: dict[tuple[str, int], int], names: Names) -> bool:
    """Write a template unless the person has one that says the same, and note the keys of its versions here.

    ``names`` are those of the person's templates. Return whether it is new. Raise ``ValueError`` with a sentence for
    one that could not be filled in.
    """
    for one in row.versions:
        check_checks(one.checks)
        try:
            variables_of(one.prompt, one.system)
        except Refusal as error:
            raise ValueError(f"The template “{row.name[:60]}” cannot be filled in. {error.sentence}") from None
    own = access.visible_templates(user)
    same = own.filter(name=row.name).first()
    texts = sorted((one.number, one.prompt, one.system, one.checks) for one in row.versions)
    is_new = same is None or texts != list(
        same.versions.order_by("number").values_list("number", "prompt", "system", "checks")
    )
    if same is None or is_new:
        values = values_of(row, TEMPLATE) | {"name": names.take(row.name)}
        public_id = new_public_id() if PromptTemplate.objects.filter(public_id=row.id).exists() else row.id
        same = PromptTemplate.objects.create(owner=user, team=user.personal_team, public_id=public_id, **values)
        PromptVersion.objects.bulk_create(
            PromptVersion(template=same, **values_of(one, PROMPT)) for one in row.versions
        )
    versions |= {(row.id, number): pk for number, pk in same.versions.values_list("number", "pk")}
    return is_new


def check_checks(text: str) -> None:
    """Raise ``ValueError`` with a sentence for output checks that cannot be read."""
    try:
        parse_checks(text)
    except Refusal as error:
        raise ValueError(f"Its output checks cannot be read. {error.sentence}") from None


def import_file(user: User, row: Any) -> int:
    """Write a file of a batch and return its key."""
    public_id = new_public_id() if BatchFile.objects.filter(public_id=row.id).exists() else row.id
    values = values_of(row, FILE)
    return BatchFile.objects.create(owner=user, team=user.personal_team, public_id=public_id, **values).pk


def import_batch(
    user: User,
    row: Any,
    *,
    runs: dict[str, tuple[str, int]],
    versions: dict[tuple[str, int], int],
    files: dict[str, int],
    now: datetime,
) -> None:
    """Write a batch with its rows. One that was at work, or waited, is cancelled: an import starts nothing.

    Raise ``ValueError`` with a sentence for one that could not be shown.
    """
    if (row.recipe is None) != bool(row.endpoint):
        raise ValueError("A batch has either a set-up or requests of its own.")
    check_checks(row.checks)
    if row.recipe is not None:
        try:
            check_variants(row.recipe.panel, row.messages, settings.PROMPT_LIMIT, row.recipe.panel)
        except BadVariant as error:
            raise ValueError(error.sentence) from None
    # The answers to a line are compared each with each.
    if max(row.repetitions, *Counter(one.line for one in row.rows).values()) > MOST_REPETITIONS:
        raise ValueError(f"A line of the batch is run more than {MOST_REPETITIONS} times.")
    values = values_of(row, BATCH)
    if row.state in UNENDED:
        values |= {"state": BatchState.CANCELLED, "reason": WAS_NOT_DONE, "ended_at": now}
    batch = Batch.objects.create(
        owner=user,
        team=user.personal_team,
        public_id=new_public_id() if Batch.objects.filter(public_id=row.id).exists() else row.id,
        version_id=versions.get((row.template, row.version)),
        input_file_id=files.get(row.input_file),
        **values,
    )
    BatchRow.objects.bulk_create((_row(batch, one, runs, now) for one in row.rows), batch_size=500)


def _row(batch: Batch, row: Any, runs: dict[str, tuple[str, int]], now: datetime) -> BatchRow:
    if batch.endpoint and row.request is None:
        raise ValueError(f"Row {row.number} of the batch has no request.")
    values = values_of(row, ROW)
    if row.status in UNFINISHED:
        values |= {"status": Status.CANCELLED, "ended_at": now}
    return BatchRow(batch=batch, run_id=runs[row.run][1] if row.run in runs else None, **values)
