"""Everything of one account or of several as one archive, made while it is sent, in the memory of its largest run."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone

from apps.accounts.models import User
from apps.archives.account import export_account
from apps.archives.opening import LAST, MANIFEST, SCHEMA, VERSION
from apps.archives.prompts import batches_of, files_of, templates_of
from apps.archives.run_rows import rows_of
from apps.runs.models import UNFINISHED, RunQuerySet
from apps.runs.reading import access
from apps.runs.reading.bulk_export import run_document

PART = 500
"""Keys of runs that are looked up at once."""
PIECE = 64 * 1024
"""Bytes from which on a piece is sent."""


@dataclass(slots=True)
class Progress:
    """The progress of an archive: runs written, of how many, and those that were at work and are left out."""

    total: int = 0
    done: int = 0
    left_out: int = 0


@dataclass(slots=True)
class _Written:
    """A file that only grows: what ``ZipFile`` writes to it is taken away piece by piece."""

    pieces: list[bytes] = field(default_factory=list)
    size: int = 0

    def write(self, piece: bytes, /) -> int:
        self.pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: there is nothing behind it."""

    def close(self) -> None:
        """Do nothing: what was written stays to be taken."""

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces.clear()
        self.size = 0
        return taken


def own_runs(user: User) -> RunQuerySet:
    """Return the runs that an archive of a person has: their own, but for those in the bin."""
    return access.visible_to(user).filter(owner=user)


def write_archive(users: Sequence[User], told: Callable[[Progress], None] = lambda _: None) -> Iterator[bytes]:
    """Yield an archive in pieces; ``told`` is called before the first run and after each.

    Runs that are made meanwhile may be missing, those that are deleted meanwhile are, and so are those at work: their
    ids stand in the last entry.
    """
    progress = Progress(total=sum(own_runs(user).count() for user in users))
    told(progress)
    file = _Written()
    archive = ZipFile(file, "w", ZIP_DEFLATED)
    folders = {f"accounts/{number}": user for number, user in enumerate(users, 1)}
    accounts = [{"folder": folder, "username": user.username} for folder, user in folders.items()]
    head = {"schema": SCHEMA, "version": VERSION, "exported_at": timezone.now().isoformat(), "accounts": accounts}
    archive.writestr(MANIFEST, _line(head))
    counts: dict[str, Any] = {}
    for folder, user in folders.items():
        archive.writestr(f"{folder}/account.json", export_account(user))
        left_out: list[str] = []
        rows = {
            "templates": templates_of(user),
            "files": files_of(user),
            "runs": _runs(user, left_out, progress, told),
            "batches": batches_of(user),
        }
        counts[folder] = {"left_out": left_out}
        for name, found in rows.items():
            counts[folder][name] = 0
            with archive.open(_entry(f"{folder}/{name}.jsonl"), "w", force_zip64=True) as entry:
                for row in found:
                    entry.write(_line(row))
                    counts[folder][name] += 1
                    if file.size > PIECE:
                        yield file.take()
    archive.writestr(LAST, _line({"accounts": counts}))
    archive.close()
    yield file.take()


def _runs(
    user: User, left_out: list[str], progress: Progress, told: Callable[[Progress], None]
) -> Iterator[dict[str, Any]]:
    """Yield the document of each run with its rows, oldest first."""
    for key in _keys(user):
        run = own_runs(user).select_related("parent").filter(pk=key).first()
        if run is None:
            continue
        document = None if run.is_live() else run_document(run) | {"rows": rows_of(run)}
        # A column may be asked again while the run is read; with a call at work nothing of the archive would be taken.
        if document is None or any(call["status"] in UNFINISHED for call in document["rows"]["calls"]):
            left_out.append(run.public_id)
            progress.left_out += 1
        else:
            yield document
            progress.done += 1
        told(progress)


def _keys(user: User) -> Iterator[int]:
    last = 0
    while found := list(own_runs(user).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PART]):
        yield from found
        last = found[-1]


def _entry(name: str) -> ZipInfo:
    now = timezone.localtime()
    entry = ZipInfo(name, now.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    return entry


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
