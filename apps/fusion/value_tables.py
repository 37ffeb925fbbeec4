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
        raise _refusal(f"Line {text.count(chr(10), 0, text.index(chr(0))) + 1} has a NUL character. Remove it.")
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise _refusal("The table is empty. Its first line names the columns, each further line is a row.")
    lines = _json_lines(text) if text.lstrip().startswith("{") else _csv_lines(text)
    _line, columns = next(lines)
    _check_names(columns)
    rows: list[dict[str, str]] = []
    for line, cells in islice(lines, most_rows + 1):
        if len(rows) == most_rows:
            raise _refusal(f"The table has more than {most_rows:,} rows; line {line} is the first too many. Split it.")
        rows.append(_row(columns, cells, line))
    if not rows:
        raise _refusal("The table has a first line with names and no row below it.")
    return ValueTable(tuple(columns), tuple(rows))


def _csv_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line and the cells of each row that is not blank."""
    first = text.lstrip().partition("\n")[0]
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


def _json_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the names of the columns, and then the number of the line and the cells of each object."""
    columns: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _refusal(f"Line {number} is no JSON: {error}") from None
        if not isinstance(values, dict):
            raise _refusal(f"Line {number} is no object. Each line is one, as in {{“city”: “Paris”}}.")
        if not columns:
            columns = list(values)
            yield number, columns
        different = [name for name in columns if name not in values] or [name for name in values if name not in columns]
        if different:
            has = "has no" if different[0] in columns else "has"
            raise _refusal(f"Line {number} {has} “{different[0]}”; the first has {', '.join(columns)}.")
        yield number, [_cell(values[name], name, number) for name in columns]


def _cell(value: Any, name: str, line: int) -> str:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise _refusal(f"Line {line}: “{name}” has a character that is no text (NUL, or half a pair). Remove it.")
        return value
    if isinstance(value, bool | int | float):
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


def _check_names(columns: list[str]) -> None:
    if len(columns) > MOST_COLUMNS:
        raise _refusal(f"The table has {len(columns)} columns; {MOST_COLUMNS} are the most.")
    for number, name in enumerate(columns, 1):
        if not is_name(name):
            shown = name[: LONGEST_NAME + 1]
            raise _refusal(
                f"Line 1: “{shown}” cannot name column {number}. A name begins with a letter and has at most "
                f"{LONGEST_NAME} letters, digits, _, - and dots."
            )
        if name in columns[: number - 1]:
            raise _refusal(f"Line 1: there are two columns “{name}”.")


def _refusal(sentence: str) -> BadTable:
    return BadTable(sentence, "table")
