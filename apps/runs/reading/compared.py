"""The answers of a run that are compared side by side, and their aligned rows, computed once and stored."""

from collections.abc import Mapping
from contextlib import suppress

from django.db import IntegrityError, transaction

from apps.fusion.citations import without_marks
from apps.fusion.comparing.rows import VERSION, Rows, align_rows
from apps.runs.models import Alignment, Run
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


def compared_answers(run: RunSnapshot) -> dict[str, CallSnapshot]:
    """Return the takes that are compared, by slot: those that the judge read, else each column's newest usable one."""
    read = set(run.judge.inputs) if run.judge else set()
    takes = [take for column in run.columns for take in column.takes if take.id in read and take.text]
    usable = [column.answer for column in run.columns if column.answer]
    return {take.slot: take for take in takes or usable}


def aligned_rows(run: RunSnapshot, answers: Mapping[str, CallSnapshot]) -> Rows:
    """Return the stored rows of these answers; where there are none, compute and store them: up to a second of CPU.

    ``run`` may be a frozen copy. Rows are not stored where the run itself is deleted. Stored ones are of the run's own
    words, so they do not fit a copy in which passages are blacked out.
    """
    texts = {slot: without_marks(call.text, run.sources_of(call)) for slot, call in answers.items()}
    if run.is_redacted:
        return align_rows(texts)
    calls = [answers[slot].id for slot in sorted(answers)]
    stored = Alignment.objects.filter(run__public_id=run.id, calls=calls).first()
    if stored and stored.rows.version == VERSION:
        return stored.rows
    rows = align_rows(texts)
    row = Run.objects.filter(public_id=run.id).only("pk").first()
    if row:
        # Deleted meanwhile: only the commit finds out.
        with suppress(IntegrityError), transaction.atomic():
            Alignment.objects.update_or_create(run=row, calls=calls, defaults={"rows": rows})
    return rows
