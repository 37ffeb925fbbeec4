"""Lines of CSV files that people open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a cell that spreadsheets take for a formula (OWASP, CSV injection)."""


def csv_line(cells: Iterable[Any]) -> str:
    """Return a line of CSV; ``None`` is an empty cell, and no cell is carried out by a spreadsheet."""
    file = io.StringIO()
    csv.writer(file).writerow([safe_cell(value) for value in cells])
    return file.getvalue()


def safe_cell(value: Any) -> str:
    """Return a value as a cell: one that begins like a formula gets a leading apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
