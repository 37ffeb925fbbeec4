"""The words of the run page for a single call."""

from apps.fusion.vocabulary import Builtin
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


def is_builtin(call: CallSnapshot) -> bool:
    """Return whether a call was the work of this program and no model was called."""
    return call.model in list(Builtin)


def title_in(call: CallSnapshot, run: RunSnapshot) -> str:
    """Return the title of a call's stage with its slot, and its take from the second on: ``Panel A``, ``Judge``."""
    title = next(stage.title for stage in run.stages if any(one.id == call.id for one in stage.calls))
    name = f"{title} {call.slot}".rstrip()
    return f"{name}, take {call.take}" if call.take > 1 else name
