"""The events of a run at work as readers of a shared link may hear them.

They say when to draw a part of the page anew, which is then made by ``redaction.py``, and they bring text as it is
written. Where passages are blacked out no text goes out before its call has ended: a passage may come in two pieces.
"""

from apps.fusion.events import AnyEvent, CallArguments, CallDelta, CallEnded, CallStarted, CallTool, RunEnded
from apps.fusion.sharing import Passages, Shown
from apps.fusion.values import Failure
from apps.fusion.vocabulary import Channel, CostSource
from apps.runs.reading.redaction import PLAIN


def shown_event(event: AnyEvent, shown: Shown) -> AnyEvent | None:
    """Return an event without what is not ``shown``; ``None`` for one of which nothing is left."""
    match event:
        case CallDelta():
            is_hidden = bool(shown.passages) or (event.channel is Channel.REASONING and not shown.reasoning)
            return None if is_hidden else event
        case CallArguments():
            return None if shown.passages else event
        case CallTool():
            # The parts that are fetched at the call's end have its look-ups, without what vendors said of them.
            bare = event.model_copy(update={"lookup": event.lookup.model_copy(update={"sentence": ""})})
            return None if shown.passages else bare
        case CallStarted():
            return event.model_copy(update={"model": Passages(shown.passages).redact(event.model)})
        case CallEnded():
            return _ended(event, shown)
        case RunEnded():
            return event.model_copy(update={"failure": _plain(event.failure)})
        case _:
            return event


def _ended(event: CallEnded, shown: Shown) -> CallEnded:
    changes: dict[str, object] = {"failure": _plain(event.failure), "analysis": None}
    if not shown.costs:
        changes |= {"cost": None, "cost_source": CostSource.UNKNOWN}
    if shown.passages:
        changes |= {"text": None, "tool_calls": (), "model": Passages(shown.passages).redact(event.model)}
    return event.model_copy(update=changes)


def _plain(failure: Failure | None) -> Failure | None:
    """Return a failure in no vendor's words: the parts of the page say more."""
    return failure and failure.model_copy(update={"sentence": PLAIN.get(failure.code, "")})
