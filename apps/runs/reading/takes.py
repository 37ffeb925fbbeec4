"""The analyses and the fused answers of a run side by side: which of each counts, and which are stale."""

from dataclasses import dataclass

from apps.fusion.prompting.guidance import guidance_of_recipe
from apps.fusion.values import Guidance
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class Take:
    """A call of a judge or a writer, whether it is the one that counts, and why it is stale ('' if it is not).

    ``analysis`` is the id of the judge call that a writer read, ``None`` for a judge and without any. ``guidance`` is
    what the call was asked to heed, a person's wish or the recipe's.
    """

    call: CallSnapshot
    is_current: bool
    stale: str
    guidance: Guidance
    analysis: int | None = None


def analyses_of(run: RunSnapshot) -> list[Take]:
    """Return every judge call of a run, oldest first, also those that failed or are at work."""
    return [
        Take(
            call=call,
            is_current=call.id == run.analysis_call,
            stale="A column has a newer answer." if call.analysis and reads_older_panel(run, call) else "",
            guidance=_guidance(run, call),
        )
        for call in run.judges
    ]


def answers_of(run: RunSnapshot) -> list[Take]:
    """Return every writer call of a run, oldest first, also those that failed or are at work."""
    judges = {call.id for call in run.judges}
    takes = []
    for call in run.writers:
        analysis = next((one for one in reversed(call.inputs) if one in judges), None)
        stale = "A column has a newer answer." if reads_older_panel(run, call) else ""
        if not stale and run.analysis_call is not None and analysis != run.analysis_call:
            stale = "It was written from another analysis."
        is_current = bool(run.answer and call.id == run.answer.id)
        takes.append(Take(call, is_current, stale if call.text else "", _guidance(run, call), analysis))
    return takes


def reads_older_panel(run: RunSnapshot, call: CallSnapshot) -> bool:
    """Return whether a column has a usable answer that is newer than a call and that the call did not read.

    A first take that came too late, or was left out, does not count: it is a notice of its own.
    """
    return any(
        column.answer and column.answer.id not in call.inputs and (len(column.takes) > 1 or run.is_added(column))
        for column in run.columns
    )


def _guidance(run: RunSnapshot, call: CallSnapshot) -> Guidance:
    return guidance_of_recipe(run.recipe, call.role) if call.guidance is None else call.guidance
