"""An archive, written as the things of whoever imports it: all of it, or nothing.

Runs, templates and batches keep their public ids where these are free; else they get new ones, and what names them
follows. Spending, links, keys and settings of the account are not imported.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import ProgramLimitExceeded
from pydantic import BaseModel, ValidationError

from apps.accounts.models import User
from apps.archives.account import AccountDocument, Names, import_account
from apps.archives.export import Progress
from apps.archives.faults import BadArchive
from apps.archives.opening import (
    LARGEST_ACCOUNT,
    LARGEST_LIST,
    LAST,
    ON_THE_SERVER,
    Archive,
    Bounds,
    Counts,
    End,
    Manifest,
    opened,
    problem_of,
)
from apps.archives.prompts import (
    LONGEST_NAME,
    BatchDocument,
    FileRow,
    TemplateRow,
    import_batch,
    import_file,
    import_template,
)
from apps.archives.run_import import Importing, write_run
from apps.archives.run_rows import RunLine

LOCK_OF_IMPORTS = 0x1_4E
"""The class of PostgreSQL's advisory locks under which a person imports."""
EACH_S = 0.5
"""Seconds between two looks at whether another import has ended."""


@dataclass(slots=True)
class Imported:
    """Counts of what was imported; ``renamed`` are runs whose ids were taken, ``kept`` presets and the like."""

    templates: int = 0
    files: int = 0
    runs: int = 0
    batches: int = 0
    kept: int = 0
    renamed: int = 0


def import_archive(
    file: IO[bytes],
    choose_owners: Callable[[Manifest], Mapping[str, User]],
    *,
    bounds: Bounds = ON_THE_SERVER,
    told: Callable[[Progress], None] = lambda _: None,
) -> Imported:
    """Import an archive in one transaction; ``choose_owners`` says whose the things of each folder become.

    ``told`` is called before the first run and after each. Raise :class:`BadArchive`, with the entry and the line;
    then nothing is written.
    """
    result = Imported()
    with opened(file, bounds) as (archive, manifest):
        owners = choose_owners(manifest)
        counts = _counts(archive, manifest)
        progress = Progress(total=sum(count.runs for count in counts.values()))
        told(progress)
        try:
            with transaction.atomic():
                for folder, owner in owners.items():
                    for _ in _import_account(archive, folder, counts[folder], owner, result):
                        progress.done += 1
                        told(progress)
        except (IntegrityError, DataError):
            raise BadArchive("Its parts contradict each other.") from None
    return result


@contextmanager
def alone(user: User, patience_s: float) -> Iterator[None]:
    """Let one import of a person at a time go on. Raise :class:`BadArchive` if another takes longer than that."""
    key, deadline = [LOCK_OF_IMPORTS, user.pk % 2**31], time.monotonic() + patience_s
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        while not cursor.fetchone()[0]:
            if time.monotonic() > deadline:
                raise BadArchive("Another import of yours is still under way: wait for its end.")
            time.sleep(EACH_S)
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def to_one(user: User) -> Callable[[Manifest], dict[str, User]]:
    """Return the choice by which the only account of an archive becomes a person's."""

    def choose(manifest: Manifest) -> dict[str, User]:
        if len(manifest.accounts) > 1:
            raise BadArchive(
                f"It has {len(manifest.accounts)} accounts. Whoever runs the server imports it, with "
                "manage.py import_all."
            )
        return {manifest.accounts[0].folder: user}

    return choose


def to_namesakes(manifest: Manifest) -> dict[str, User]:
    """Return for each account of an archive the user of its name here. Raise :class:`BadArchive` without one."""
    users = {one.username: one for one in User.objects.filter(username__in=[a.username for a in manifest.accounts])}
    if missing := next((one.username for one in manifest.accounts if one.username not in users), None):
        raise BadArchive(f"There is nobody called “{missing}” here. Make the account first, or name another.")
    return {one.folder: users[one.username] for one in manifest.accounts}


def _import_account(archive: Archive, folder: str, counts: Counts, owner: User, result: Imported) -> Iterator[None]:
    """Write an account, and yield after each run. Batches come last: they name runs."""
    importing = Importing(owner, timezone.now())
    files: dict[str, int] = {}
    names = Names(owner.prompt_templates.values_list("name", flat=True), LONGEST_NAME)
    entry = f"{folder}/account.json"
    with _at(entry):
        result.kept += import_account(owner, AccountDocument.model_validate(archive.document(entry, LARGEST_ACCOUNT)))
    for at, row in _rows(archive, f"{folder}/templates.jsonl", counts.templates, TemplateRow):
        with _at(*at):
            result.templates += import_template(owner, row, importing.versions, names)
    for at, row in _rows(archive, f"{folder}/files.jsonl", counts.files, FileRow):
        with _at(*at):
            files[row.id] = import_file(owner, row)
            result.files += 1
    for at, row in _rows(archive, f"{folder}/runs.jsonl", counts.runs, RunLine):
        with _at(*at):
            run = write_run(row.rows, importing)
            result.renamed += run.public_id != row.rows.run.id
            result.runs += 1
        yield
    for at, row in _rows(archive, f"{folder}/batches.jsonl", counts.batches, BatchDocument):
        with _at(*at):
            import_batch(owner, row, runs=importing.runs, versions=importing.versions, files=files, now=importing.at)
            result.batches += 1


def _rows(archive: Archive, entry: str, stated: int, shape: type[BaseModel]) -> Iterator[tuple[tuple[str, int], Any]]:
    """Yield the lines of an entry in their shape, each with its place."""
    for line, value in archive.lines(entry, stated):
        with _at(entry, line):
            row = shape.model_validate(value)
        yield (entry, line), row


@contextmanager
def _at(entry: str, line: int = 0) -> Iterator[None]:
    """Say where in the archive something is wrong."""
    try:
        yield
    except BadArchive as error:
        raise BadArchive(error.why, error.entry or entry, error.line or line) from None
    except ValidationError as error:
        raise BadArchive(problem_of(error), entry, line) from None
    except (IntegrityError, DataError):
        raise BadArchive("It contradicts itself, or another line.", entry, line) from None
    except OperationalError as error:
        # An index takes no value that stays long when it is packed, such as an address of 10 KB.
        if not isinstance(error.__cause__, ProgramLimitExceeded):
            raise
        raise BadArchive("It has a value that is too long for the database.", entry, line) from None
    except ValueError as error:
        raise BadArchive(str(error), entry, line) from None


def _counts(archive: Archive, manifest: Manifest) -> dict[str, Counts]:
    with _at(LAST):
        stated = End.model_validate(archive.document(LAST, LARGEST_LIST)).accounts
    folders = [account.folder for account in manifest.accounts]
    if sorted(stated) != sorted(folders):
        raise BadArchive("It counts other accounts than the archive has.", LAST)
    return stated
