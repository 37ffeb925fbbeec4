"""The results of a batch as a file, row by row: CSV for spreadsheets, JSON lines for programs."""

import json
from collections.abc import Iterator
from typing import Any

from apps.batches.models import Batch, BatchRow
from apps.batches.reading import answer_text, spreads_of, was_deleted, with_runs
from apps.fusion.answers.spread import AnswerSpread
from apps.fusion.cost import known_total
from apps.runs.reading.csv_lines import csv_line

KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
SPREAD = ("answers", "distinct", "most_common", "share", "agreement_least", "agreement_median", "agreement_most")
"""The columns of a CSV about all repetitions of a row's line."""
PART = 200
"""Rows that are read at once."""


def result_lines(batch: Batch, kind: str) -> Iterator[str]:
    """Yield the lines of a file of the ``kind`` ``csv`` or ``jsonl``; memory is that of a part of the rows."""
    return _csv_lines(batch) if kind == "csv" else _json_lines(batch)


def row_document(row: BatchRow, spread: AnswerSpread | None = None) -> dict[str, Any]:
    """Return a row as programs get it. ``cost`` is USD of all its runs, ``None`` where nothing is known.

    ``spread`` is that of all repetitions of its line.
    """
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
        "spread": spread and spread.model_dump() | {"total": spread.total, "share": spread.share},
    }


def _cost(row: BatchRow) -> float | None:
    known = row.run.cost if row.run else None
    if known is None and not row.earlier_cost:
        return None
    is_complete = row.earlier_cost_is_complete and (row.run.cost_is_complete if row.run else not was_deleted(row))
    total = known_total((known or 0) + row.earlier_cost, is_complete)
    return None if total is None else float(total)


def _json_lines(batch: Batch) -> Iterator[str]:
    for row, spread in _rows(batch):
        yield json.dumps(row_document(row, spread), ensure_ascii=False) + "\n"


def _csv_lines(batch: Batch) -> Iterator[str]:
    checks = batch.checks.splitlines()
    head = ["number", "line", "repetition", *batch.columns, "status", "answer", "passed", *checks]
    spread_head = SPREAD if batch.repetitions > 1 else ()
    yield csv_line([*head, "cost", "seconds", "error", "run", *spread_head])
    for row, spread in _rows(batch):
        document = row_document(row)
        found = row.results.get("", ())
        # Those of a row may be of other checks for a moment, while they are changed.
        passed = [_word(one.passed) for one in found] if len(found) == len(checks) else [""] * len(checks)
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
                *(_spread_cells(spread) if spread_head else ()),
            ]
        )


def _word(passed: bool | None) -> str:
    return "" if passed is None else "passed" if passed else "failed"


def _spread_cells(spread: AnswerSpread | None) -> list[str]:
    """Return the cells of :data:`SPREAD`, empty where nothing is known."""
    if spread is None:
        return [""] * len(SPREAD)
    agreement = spread.agreement
    figures = [spread.share, *((agreement.least, agreement.median, agreement.most) if agreement else [None] * 3)]
    most_common = spread.answers[0].text if spread.answers else ""
    return [
        str(spread.total),
        str(len(spread.answers)),
        most_common,
        *("" if n is None else f"{n:.3f}" for n in figures),
    ]


def _rows(batch: Batch) -> Iterator[tuple[BatchRow, AnswerSpread | None]]:
    after = 0
    while rows := list(with_runs(batch.rows.filter(number__gt=after)).order_by("number")[:PART]):
        spreads = spreads_of(batch, [row.line for row in rows])
        yield from ((row, spreads.get(row.line)) for row in rows)
        after = rows[-1].number
