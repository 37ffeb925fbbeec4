"""The aligned answers of a run: what the page's aligned view shows, with the words of each cell."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from apps.api.auth import may_read
from apps.api.runs.routes import RunId, find
from apps.api.schemas import Document, with_errors
from apps.fusion.vocabulary import RowKind
from apps.runs.reading.compared import aligned_rows, compared_answers
from apps.runs.reading.snapshot import take_snapshot

router = Router(tags=["Runs"])

Spanned = Annotated[list[int], Field(min_length=2, max_length=2)]


class AlignedCell(Document):
    """The words of one answer on the subject of a row."""

    slot: str
    """The letter of the column."""
    call: int
    """The id of the call that wrote them."""
    text: str
    """The words, in Markdown."""
    span: Spanned
    """Where they stand in the text of the call, in characters; the end is not in it."""
    numbers: list[Spanned]
    """Spans of numbers that differ from another answer's."""


class AlignedRow(Document):
    """Words of different answers on one subject."""

    kind: RowKind
    """The way in which they differ; `alone` is said in one answer only."""
    is_code: bool
    """Whether they are code."""
    cells: list[AlignedCell]
    """One for each answer that speaks of it, by slot."""


class AlignmentDocument(Document):
    """Answers of a run in rows, in order of first mention. Found by their words, without a model."""

    slots: list[str]
    """The answers that are compared: those that the judge read, else the usable ones."""
    cut: list[str]
    """Slots whose answers are too long to be compared to the end."""
    rows: list[AlignedRow]
    """The rows; empty with fewer than two answers."""


@router.get(
    "/runs/{run_id}/alignment",
    auth=may_read,
    response=with_errors({200: AlignmentDocument}),
    summary="Align the answers",
)
def run_alignment(request: HttpRequest, run_id: RunId) -> Any:
    """Read which sentences, table rows and code blocks of the answers belong together, and which stand alone."""
    run = take_snapshot(find(request, run_id))
    answers = compared_answers(run)
    if len(answers) < 2:
        return {"slots": sorted(answers), "cut": [], "rows": []}
    aligned = aligned_rows(run, answers)
    rows = [
        {
            "kind": row.kind,
            "is_code": row.is_code,
            "cells": [
                {
                    "slot": cell.slot,
                    "call": answers[cell.slot].id,
                    "text": answers[cell.slot].text[cell.start : cell.end],
                    "span": [cell.start, cell.end],
                    "numbers": [list(number) for number in cell.numbers],
                }
                for cell in row.cells
            ],
        }
        for row in aligned.rows
    ]
    return {"slots": sorted(answers), "cut": list(aligned.cut), "rows": rows}
