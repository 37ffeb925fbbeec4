"""Tables of values for a batch: CSV or JSON lines of strangers as rows of texts, or the line that is wrong. Pure.

The first line of a CSV names the columns; cells are parted by commas, semicolons or tabs, as that line is. JSON lines
are objects with the same keys, whose values are texts, numbers, true or false.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from math import isfinite
from typing import Any

from apps.fusion.decoding import NotText, decode
from apps.fusion.prompting.templates import LONGEST_NAME, is_name
from apps.fusion.refusal import Refusal

MOST_ROWS = 5_000
MOST_COLUMNS = 50
MOST_BYTES = 5_000_000
LONGEST_CELL = 100_000
"""Characters; the csv module's own limit is a little more."""
SEPARATORS = ",;\t"


class BadTable(Refusal):
    """A table that cannot be read; the sentence says which line, and what is allowed."""


@dataclass(frozen=True, slots=True)
class ValueTable:
    """The names of the columns, and for each row the text of each column."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def decode_table(data: bytes) -> str:
    """Return the text of a file: UTF-8, or UTF-16 with its mark. Raise :class:`BadTable` with the line that is not."""
    if len(data) > MOST_BYTES:
        raise _refusal(f"The file has more than {MOST_BYTES:,} bytes. Split it.")
    try:
        return decode(data)
    except NotText as error:
        raise _refusal(f"{error}. Save the file as UTF-8.") from None


def read_table(text: str, most_rows: int = MOST_ROWS) -> ValueTable:
    """Return the table of a text, whichever form it has. Raise :class:`BadTable`."""
    if len(text) > MOST_BYTES:
        raise _refusal(f"The table has more than {MOST_BYTES:,} characters. Split it.")
    if "\x00" in text:
        line = len(_lines(text.partition("\x00")[0] + "x"))
        raise _refusal(f"Line {line} has a NUL character. Remove it, or save the file as UTF-8.")
    text = text.removeprefix("\ufeff")
    begins = text.lstrip()[:1]
    if begins == "[":
        raise _refusal("The table is a list in JSON. Put each of its objects on a line of its own, without the list.")
    line, columns = next(lines := _json_rows(text) if begins == "{" else _csv_rows(text), (0, []))
    if not line:
        raise _refusal("The table is empty. Its first line names the columns, each further line is a row.")
    _check_names(columns, line)
    rows: list[dict[str, str]] = []
    for line, cells in islice(lines, most_rows + 1):
        if len(rows) == most_rows:
            raise _refusal(f"The table has more than {most_rows:,} rows; line {line} is the first too many. Split it.")
        rows.append(_row(columns, cells, line))
    if not rows:
        raise _refusal("The table has a first line with names and no row below it.")
    return ValueTable(tuple(columns), tuple(rows))


def _lines(text: str) -> list[str]:
    """Return the lines of a text, ended as on any system. Other marks that end a line somewhere are text in a cell."""
    return list(StringIO(text, newline=""))


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line and the cells of each row that is not blank."""
    first = StringIO(text.lstrip(), newline="").readline()
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    try:
        for cells in reader:
            # A row may take several lines, and is called by its first one.
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield line, [cell.strip() for cell in cells]
    except csv.Error as error:
        line = before + 1
        if "field larger" in str(error):
            raise _refusal(f"Line {line}: a cell has more than {LONGEST_CELL:,} characters.") from None
        raise _refusal(f"Line {line} is no CSV ({error}). Quote a cell that has quotes, and double these.") from None


def _json_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the names of the columns, and then the number of the line and the cells of each object."""
    columns: list[str] = []
    for number, line in enumerate(_lines(text), 1):
        if not line.strip():
            continue
        values = _object(line, number)
        if not columns:
            columns = list(values)
            yield number, columns
        different = [name for name in columns if name not in values] or [name for name in values if name not in columns]
        if different:
            has = "has no" if different[0] in columns else "has"
            raise _refusal(f"Line {number} {has} “{_cut(different[0])}”; the first has {', '.join(columns)}.")
        yield number, [_cell(values[name], name, number) for name in columns]


def _object(line: str, number: int) -> dict[str, Any]:
    """Return the object of a line, each of whose names is text and stands there once."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if not _is_text(name):
                raise _refusal(
                    f"Line {number}: a name has a character that is no text (NUL, or half a pair). Remove it."
                )
            if name in found:
                raise _refusal(f"Line {number} has “{_cut(name)}” twice.")
            found[name] = value
        return found

    def refuse(word: str) -> None:
        raise _refusal(f"Line {number} has {word}, which is no JSON. Put it in quotes.")

    try:
        values = json.loads(line, object_pairs_hook=once, parse_constant=refuse, parse_float=_as_written)
    except BadTable:
        raise
    except (ValueError, RecursionError) as error:
        raise _refusal(f"Line {number} is no JSON: {error}") from None
    if not isinstance(values, dict):
        raise _refusal(f"Line {number} is no object. Each line is one, as in {{“city”: “Paris”}}.")
    return values


def _as_written(number: str) -> str | float:
    """Return a number with its own digits, 2.50 and 0.1234567890123456789; as a float only if that is infinite."""
    value = float(number)
    return number if isfinite(value) else value


def _is_text(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def _cell(value: Any, name: str, line: int) -> str:
    if isinstance(value, str):
        if not _is_text(value):
            raise _refusal(f"Line {line}: “{name}” has a character that is no text (NUL, or half a pair). Remove it.")
        return value
    if isinstance(value, float):
        raise _refusal(f"Line {line}: “{name}” is too large a number. Put it in quotes.")
    if isinstance(value, bool | int):
        return json.dumps(value)
    kind = {"NoneType": "null", "list": "a list", "dict": "an object"}[type(value).__name__]
    raise _refusal(f"Line {line}: “{name}” is {kind}. Values are texts, numbers, true or false.")


def _row(columns: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) != len(columns):
        count = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
        raise _refusal(
            f"Line {line} has {count}; the first line has {len(columns)} ({', '.join(columns)}). "
            "Quote cells that hold the separator."
        )
    for name, cell in zip(columns, cells, strict=True):
        if len(cell) > LONGEST_CELL:
            raise _refusal(f"Line {line}: “{name}” has more than {LONGEST_CELL:,} characters.")
    return dict(zip(columns, cells, strict=True))


def _check_names(columns: list[str], line: int) -> None:
    if not columns:
        raise _refusal(f"Line {line} names no column.")
    if len(columns) > MOST_COLUMNS:
        raise _refusal(f"The table has {len(columns)} columns; {MOST_COLUMNS} are the most.")
    for number, name in enumerate(columns, 1):
        if not is_name(name):
            raise _refusal(
                f"Line {line}: “{_cut(name)}” cannot name column {number}. A name begins with a letter and has at most "
                f"{LONGEST_NAME} letters, digits, _, - and dots."
            )
        if name in columns[: number - 1]:
            raise _refusal(f"Line {line}: there are two columns “{name}”.")


def _refusal(sentence: str) -> BadTable:
    return BadTable(sentence, "table")
