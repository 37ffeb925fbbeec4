"""A run of an archive, written as rows of whoever imports it.

What it says is not believed: it has to have ended, may name nothing but its own calls and sources, and has to be such
that its documents can be drawn. No HTML is taken over, and no page is fetched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from apps.accounts.models import User
from apps.archives.faults import BadArchive
from apps.archives.prompts import check_checks
from apps.archives.run_rows import (
    CALL,
    EVIDENCE,
    FILLED,
    FINDING,
    OF_A_CALL,
    OUTPUT,
    RUN,
    SAID,
    SOURCE,
    RunRows,
    renumber,
)
from apps.archives.shapes import values_of
from apps.batches.models import FilledTemplate
from apps.fusion.files import BadFile
from apps.fusion.images import BadImage, decoded
from apps.fusion.prompting.files import numbered_files
from apps.fusion.prompting.variants import BadVariant, check_variants
from apps.fusion.values import Message
from apps.runs.files import check_room
from apps.runs.marks import BadMark, clean_tag
from apps.runs.models import Call, CallOutput, Citation, Evidence, Finding, Run, Source, new_public_id
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.snapshot import take_snapshot

UNDRAWABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, StopIteration, RecursionError)
"""Errors of code that draws a run whose values do not go together."""


@dataclass(frozen=True, slots=True)
class Importing:
    """An import under way. ``runs`` has the new public id and key of each run that is written, by its id of before.

    ``versions`` has the keys of versions of templates, by the template's id of before and their number; ``threads`` the
    new ids of threads whose first runs are in no line before.
    """

    owner: User
    at: datetime
    runs: dict[str, tuple[str, int]] = field(default_factory=dict)
    versions: dict[tuple[str, int], int] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)


def write_run(rows: RunRows, importing: Importing) -> Run:
    """Write a run with all that belongs to it. Raise :class:`BadArchive`, or what the database raises.

    Then the transaction has to be given up.
    """
    _check(rows, importing)
    run = _write(rows, importing)
    try:
        snapshot = take_snapshot(run)
        export_json(snapshot)
        export_markdown(snapshot)
    except UNDRAWABLE:
        raise BadArchive("The values of the run do not go together.") from None
    return run


def new_keys(table: str, count: int) -> list[int]:
    """Return keys that no row of a table has or will get, in rising order."""
    with connection.cursor() as cursor:
        sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(sql, [table, count])
        return sorted(key for (key,) in cursor.fetchall())


def _check(rows: Any, importing: Importing) -> None:
    """Raise :class:`BadArchive` for what no column forbids."""
    run = rows.run
    if run.id in importing.runs:
        raise BadArchive(f"The run {run.id} is in the archive twice.")
    if not run.status.is_final or run.ended_at is None or not all(call.status.is_final for call in rows.calls):
        raise BadArchive(f"The run {run.id} has not ended; only runs that have can be imported.")
    if not run.messages:
        raise BadArchive(f"The run {run.id} has no prompt.")
    try:
        check_variants(run.recipe.panel, run.messages, settings.PROMPT_LIMIT, run.recipe.panel)
    except BadVariant as error:
        raise BadArchive(error.sentence) from None
    told = [message for call in rows.calls for sent in call.sent for message in sent.messages]
    _check_images([*run.messages, *(one for one in told if isinstance(one, Message))])
    _check_files(rows, importing.owner)
    places = [one for one in told if isinstance(one, int)]
    if run.cache_hit and not (run.cache_hit.run.isascii() and run.cache_hit.run.isalnum()):
        raise BadArchive("It reuses the answer of a run whose id is none.")
    if any(not 0 <= place < len(run.messages) for place in places):
        raise BadArchive("A request names a message that the run has not.")
    try:
        run.tags = list(dict.fromkeys(map(clean_tag, run.tags)))  # a search knows them as people write them here
    except BadMark as error:
        raise BadArchive(error.sentence) from None
    if rows.filled_template:
        check_checks(rows.filled_template.checks)


def _check_images(messages: Iterable[Message]) -> None:
    try:
        for message in messages:
            for url in message.images:
                decoded(url)
    except BadImage as error:
        raise BadArchive(error.sentence) from None


def _check_files(rows: Any, owner: User) -> None:
    """Raise :class:`BadArchive` for files beyond the owner's room, which is counted by the sources that they are."""
    try:
        check_room(owner, rows.run.messages)
    except BadFile as error:
        raise BadArchive(error.sentence) from None
    sizes = {source.number: source.size for source in rows.sources}
    files = numbered_files(rows.run.messages)
    if any(file.size < 0 or sizes.get(number) != file.size for number, file in files.items()):
        raise BadArchive("A file of the prompt is not among the sources of the run, or has another size there.")


def _write(rows: Any, importing: Importing) -> Run:
    keys = dict(enumerate(new_keys("runs_call", len(rows.calls)), 1))
    said: Mapping[str, Any] = {name: getattr(rows, name) for name, _, _, _ in SAID}

    def key_of(number: int) -> int:
        if number not in keys:
            raise BadArchive(f"A call is named by the number {number}, and the run has {len(keys)}.")
        return keys[number]

    renumber(rows.run, rows.calls, said, key_of)
    counting = (rows.run.answer_call, rows.run.analysis_call)
    answer, analysis = (None if number is None else key_of(number) for number in counting)
    run = _write_row(rows, importing)
    _write_calls(run, rows.calls, list(keys.values()))
    sources = [Source(run=run, **values_of(row, SOURCE)) for row in rows.sources]
    numbered = {source.number: source for source in Source.objects.bulk_create(sources)}
    _write_parts(rows.calls, list(keys.values()), numbered)
    for name, _, model, columns in SAID:
        model.objects.bulk_create(
            model(run=run, author=importing.owner, **values_of(row, columns)) for row in said[name]
        )
    if rows.filled_template:
        named = rows.filled_template.template, rows.filled_template.version
        version = importing.versions.get(named)
        FilledTemplate.objects.create(run=run, version_id=version, **values_of(rows.filled_template, FILLED))
    if answer or analysis:
        run.answer_call_id, run.analysis_call_id = answer, analysis
        run.save(update_fields=["answer_call", "analysis_call"])
    return run


def _write_row(rows: Any, importing: Importing) -> Run:
    """Write the row of the run itself, with its id of before if that is free, and links to runs of earlier lines.

    A link to another run is dropped: it would be to one that was deleted, or to somebody else's.
    """
    row, owner = rows.run, importing.owner
    public_id = row.id if _is_free(row.id) else new_public_id()

    def key_of(named: str | None) -> int | None:
        return importing.runs[named][1] if named in importing.runs else None

    before = [key_of(named) for named in row.ancestors]
    # A turn before it that is deleted keeps its place, under a key that no run has.
    gone = iter(new_keys("runs_run", before.count(None)))
    run = Run(
        owner=owner,
        team=owner.personal_team,
        public_id=public_id,
        imported_at=importing.at,
        parent_id=key_of(row.parent),
        forked_from_id=key_of(row.forked_from),
        copy_of_id=key_of(row.copy_of),
        ancestors=[next(gone) if key is None else key for key in before],
        **values_of(row, RUN),
    )
    if run.cache_hit and run.cache_hit.run in importing.runs:
        run.cache_hit = run.cache_hit.model_copy(update={"run": importing.runs[run.cache_hit.run][0]})
    if row.thread:
        run.thread = public_id if row.thread == row.id else _thread(row.thread, importing)
    run.save(force_insert=True)
    importing.runs[row.id] = (public_id, run.pk)
    return run


def _thread(before: str, importing: Importing) -> str:
    """Return the id of a thread here: that of its first run, or, if that is deleted, the same if it is free."""
    if before in importing.runs:
        return importing.runs[before][0]
    if before not in importing.threads:
        importing.threads[before] = before if _is_free(before) else new_public_id()
    return importing.threads[before]


def _is_free(public_id: str) -> bool:
    """Return whether no run has this id, and no thread is known by it."""
    return not Run.objects.filter(public_id=public_id).exists() and not Run.objects.filter(thread=public_id).exists()


def _write_calls(run: Run, rows: Any, keys: list[int]) -> None:
    """Write calls under keys of their own; as copies, they count in no spending and in no figure of a model."""
    # One that has ended is not to be sent.
    ended = {"run": run, "is_copy": True, "enqueued_at": None}
    Call.objects.bulk_create(Call(pk=key, **ended, **values_of(row, CALL)) for key, row in zip(keys, rows, strict=True))
    CallOutput.objects.bulk_create(
        CallOutput(call_id=key, **values_of(row.output, OUTPUT)) for key, row in zip(keys, rows, strict=True)
    )


def _write_parts(rows: Any, keys: list[int], sources: Mapping[int, Source]) -> None:
    for name, _, model, columns in OF_A_CALL:
        made = [
            model(call_id=key, **values_of(part, columns))
            for key, row in zip(keys, rows, strict=True)
            for part in getattr(row, name)
        ]
        for one in made:
            if isinstance(one, Citation):
                one.source = sources.get(one.number)
        if made:
            model.objects.bulk_create(made)
    found = [(key, finding) for key, row in zip(keys, rows, strict=True) for finding in row.findings]
    findings = [Finding(call_id=key, **values_of(finding, FINDING)) for key, finding in found]
    Finding.objects.bulk_create(findings)
    Evidence.objects.bulk_create(
        Evidence(finding=made, **values_of(one, EVIDENCE))
        for made, (_, finding) in zip(findings, found, strict=True)
        for one in finding.evidence
    )
