"""The results of a batch as a file, row by row: CSV for spreadsheets, JSON lines for programs."""

import json
from collections.abc import Iterator
from typing import Any

from apps.batches.models import Batch, BatchRow
from apps.batches.reading import answer_text, with_runs
from apps.runs.reading.csv_lines import csv_line

KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
PART = 200
"""Rows that are read at once."""


def result_lines(batch: Batch, kind: str) -> Iterator[str]:
    """Yield the lines of a file of the ``kind`` ``csv`` or ``jsonl``; memory is that of a part of the rows."""
    return _csv_lines(batch) if kind == "csv" else _json_lines(batch)


def row_document(row: BatchRow) -> dict[str, Any]:
    """Return a row as programs get it. ``cost`` is USD of all its runs, ``None`` where nothing is known."""
    run = row.run
    return {
        "number": row.number,
        "line": row.line,
        "repetition": row.repetition,
        "values": row.row_values,
        "status": str(row.status),
        "answer": answer_text(row) if run else None,
        "error": row.error,
        "passed": row.passed,
        "checks": {slot or "answer": [one.model_dump() for one in found] for slot, found in row.results.items()},
        "cost": _cost(row),
        "duration_s": run.duration_s if run else None,
        "run": run.public_id if run else None,
    }


def _cost(row: BatchRow) -> float | None:
    known = row.run.cost if row.run else None
    if known is None and not row.earlier_cost:
        return None
    return float((known or 0) + row.earlier_cost)


def _json_lines(batch: Batch) -> Iterator[str]:
    for row in _rows(batch):
        yield json.dumps(row_document(row), ensure_ascii=False) + "\n"


def _csv_lines(batch: Batch) -> Iterator[str]:
    checks = batch.checks.splitlines()
    head = ["number", "line", "repetition", *batch.columns, "status", "answer", "passed", *checks]
    yield csv_line([*head, "cost", "seconds", "error", "run"])
    for row in _rows(batch):
        document = row_document(row)
        passed = [_word(one.passed) for one in row.results.get("", ())] or [""] * len(checks)
        yield csv_line(
            [
                *(str(document[name]) for name in ("number", "line", "repetition")),
                *(str(row.row_values.get(name, "")) for name in batch.columns),
                document["status"],
                document["answer"] or "",
                _word(row.passed),
                *passed,
                "" if document["cost"] is None else f"{document['cost']:.6f}",
                "" if document["duration_s"] is None else f"{document['duration_s']:.1f}",
                (row.error or {}).get("message", ""),
                document["run"] or "",
            ]
        )


def _word(passed: bool | None) -> str:
    return "" if passed is None else "passed" if passed else "failed"


def _rows(batch: Batch) -> Iterator[BatchRow]:
    after = 0
    while rows := list(with_runs(batch.rows.filter(number__gt=after)).order_by("number")[:PART]):
        yield from rows
        after = rows[-1].number
