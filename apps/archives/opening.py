"""An archive that somebody gives: a ZIP file whose entries are read line by line, within bounds.

Nothing is unpacked to a disk, so that names of entries lead nowhere. Sizes are counted while they are read: those that
the file states prove nothing.
"""

import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Annotated, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from pydantic import Field, ValidationError
from pydantic_core import from_json

from apps.archives.faults import BadArchive
from apps.archives.shapes import Row

SCHEMA, VERSION = "fusionweb.archive", 1
"""The name of the format, and its version: a higher one means something else by what it says."""
MANIFEST, LAST = "manifest.json", "end.json"
LARGEST_LIST, LARGEST_ACCOUNT = 4 * 2**20, 32 * 2**20
"""Bytes of the first and the last entry, and of an account's, which are in memory as a whole."""
MARKS = (b",", b"[", b"{")
"""Signs of which each value of JSON but the first has one before it; texts may have more."""
MOST_ENTRIES, LARGEST_DIRECTORY = 5_000, 2_000_000
"""Entries of an archive, and bytes of the list of them, which is read at once."""
ENTRIES = ("account.json", "templates.jsonl", "files.jsonl", "runs.jsonl", "batches.jsonl")
"""The entries of an account, in its folder."""
UNREADABLE = (BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError, OSError, struct.error, ValueError)
"""Errors of ``zipfile`` for a file that is cut off, changed, encrypted, or packed in another way."""
NUL = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is read of an archive: the defaults are for whoever runs the server.

    ``unpacked`` are bytes of all entries together, ``line`` those of a line, which is in memory as a whole: a run with
    its pictures. ``marks`` are commas and opening brackets of a line, since an empty list is 2 bytes of JSON and 60 of
    memory. ``seconds`` are those after which no further line is read.
    """

    unpacked: int = 16 * 2**30
    line: int = 128 * 2**20
    marks: int = 4_000_000
    lines: int = 2_000_000
    seconds: float | None = None


ON_THE_SERVER = Bounds()


class Account(Row):
    """An account in an archive: the folder with its entries, and the name of its user."""

    folder: Annotated[str, Field(pattern=r"^accounts/[1-9]\d{0,5}$")]
    username: Annotated[str, Field(max_length=150)]


class Manifest(Row):
    """The first entry."""

    schema_name: str = Field(alias="schema")
    version: int
    exported_at: str
    accounts: list[Account]


class Counts(Row):
    """The lines of an account's entries, and the runs that are in none because they were at work."""

    templates: int
    files: int
    runs: int
    batches: int
    left_out: list[str] = []


class End(Row):
    """The last entry: counts by the folder of the account. Without it, the archive is cut off."""

    accounts: dict[str, Counts]


class Archive:
    """An archive that was opened, and how much of it was read."""

    def __init__(self, zip_file: ZipFile, bounds: Bounds) -> None:
        self._zip = zip_file
        self._bounds = bounds
        self._deadline = None if bounds.seconds is None else time.monotonic() + bounds.seconds
        self.read_bytes = 0
        self.read_lines = 0

    def document(self, entry: str, largest: int) -> Any:
        """Return an entry that is one JSON value, of so many bytes at most."""
        lines, size = [], 0
        for line in self._pieces(entry, whole=True):
            lines.append(line)
            size += len(line)
            if size > largest:
                raise BadArchive(f"The entry is larger than {largest:,} bytes.", entry)
        return parsed(b"".join(lines), entry, most_marks=self._bounds.marks)

    def lines(self, entry: str, stated: int) -> Iterator[tuple[int, Any]]:
        """Yield the JSON values of the lines of an entry with their numbers, from 1; there have to be as many."""
        number = 0
        for number, line in enumerate(self._pieces(entry), 1):
            self.read_lines += 1
            if self.read_lines > self._bounds.lines:
                raise BadArchive(f"The archive has more than {self._bounds.lines:,} lines.", entry, number)
            if self._deadline is not None and time.monotonic() > self._deadline:
                raise BadArchive(f"The import takes longer than {self._bounds.seconds:,.0f} s.", entry, number)
            yield number, parsed(line, entry, number, self._bounds.marks)
        if number != stated:
            raise BadArchive(f"It has {number:,} lines, and the archive counts {stated:,}.", entry)

    def _pieces(self, entry: str, *, whole: bool = False) -> Iterator[bytes]:
        number, most = 0, self._bounds
        try:
            # Of the others a piece as large as the whole entry is unpacked, however little is asked for.
            if self._zip.getinfo(entry).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise BadArchive("The entry is packed in a way that is not read: only “deflate” is.", entry)
            with self._zip.open(entry) as file:
                while line := file.readline(most.line + 1):
                    number += 1
                    self.read_bytes += len(line)
                    if len(line) > most.line:
                        raise BadArchive(f"The line is longer than {most.line:,} bytes.", entry, number)
                    if self.read_bytes > most.unpacked:
                        raise BadArchive(f"Unpacked, the archive is larger than {most.unpacked:,} bytes.", entry)
                    if not whole and not line.endswith(b"\n"):
                        raise BadArchive("The entry breaks off.", entry, number)
                    yield line
        except KeyError:
            raise BadArchive("The archive has no such entry.", entry) from None
        except UNREADABLE:
            raise BadArchive("The entry cannot be unpacked: the file is damaged.", entry, number + 1) from None


@contextmanager
def opened(file: IO[bytes], bounds: Bounds = ON_THE_SERVER) -> Iterator[tuple[Archive, Manifest]]:
    """Open an archive, with its manifest. Raise :class:`BadArchive` for a file that is none, or of a newer version."""
    _check_directory(file)
    try:
        zip_file = ZipFile(file)
    except UNREADABLE:
        raise BadArchive("The file is no ZIP archive, or it is cut off.") from None
    with zip_file:
        archive = Archive(zip_file, bounds)
        manifest = _manifest(archive.document(MANIFEST, LARGEST_LIST))
        expected = {MANIFEST, LAST, *(f"{one.folder}/{name}" for one in manifest.accounts for name in ENTRIES)}
        for name in zip_file.namelist():
            if name not in expected:
                raise BadArchive("Such an entry has no place in the archive, or is in it twice.", repr(name[:80]))
            expected.remove(name)
        yield archive, manifest


def parsed(text: bytes, entry: str, line: int = 0, most_marks: int = ON_THE_SERVER.marks) -> Any:
    """Return the JSON value of a text. Raise :class:`BadArchive`, also for a NUL, which no text column takes."""
    if sum(map(text.count, MARKS)) > most_marks:
        raise BadArchive(f"It has more than {most_marks:,} values.", entry, line)
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError:
        raise BadArchive("This is no JSON.", entry, line) from None
    if NUL in text and _has_nul(value):
        raise BadArchive("A text has a NUL character.", entry, line)
    return value


def problem_of(error: ValidationError) -> str:
    """Return where a row is not as it has to be, and why; the value itself may be long, and is left out."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"“{'.'.join(map(str, first['loc']))[:120]}” is wrong: {first['msg'][:200]}."


def _manifest(document: Any) -> Manifest:
    known = document if isinstance(document, dict) else {}
    if known.get("schema") != SCHEMA:
        raise BadArchive("This is no archive of FusionWeb.", MANIFEST)
    version = known.get("version")
    if isinstance(version, int) and version > VERSION:
        raise BadArchive(f"A newer FusionWeb wrote it, in version {version}; this one reads {VERSION}.", MANIFEST)
    try:
        manifest = Manifest.model_validate(known)
    except ValidationError as error:
        raise BadArchive(problem_of(error), MANIFEST) from None
    if version != VERSION or not manifest.accounts:
        raise BadArchive("It names no account.", MANIFEST)
    return manifest


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in key or _has_nul(one) for key, one in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))


def _check_directory(file: IO[bytes]) -> None:
    """Raise :class:`BadArchive` for a list of entries that would fill the memory: ``ZipFile`` reads it at once."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 70_000))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise BadArchive("The file is no ZIP archive, or it is cut off.")
    entries, directory = struct.unpack("<HL", tail[at + 10 : at + 16])
    if tail[at - 20 : at - 16] == b"PK\x06\x07":  # then the record before it counts, of ZIP64
        record = tail[at - 76 : at - 20]
        if record[:4] != b"PK\x06\x06" or len(record) < 56:
            raise BadArchive("The file is no ZIP archive, or it is cut off.")
        entries, directory = struct.unpack("<QQ", record[32:48])
    if entries > MOST_ENTRIES or directory > LARGEST_DIRECTORY:
        raise BadArchive("The archive has too many entries.")
    file.seek(0)
