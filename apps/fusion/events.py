"""The closed set of events that tell a run's story, and their wire form: one dict in Redis, on the socket, in a dump.

Every event names its run by public id. Call events carry the call's claim: a call that was taken over by another
worker starts again under a higher claim, and deltas of an older one are void.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from apps.fusion.frozen import Value
from apps.fusion.lookup_steps import Lookup
from apps.fusion.tools import ToolCall
from apps.fusion.values import Failure, Usage
from apps.fusion.vocabulary import AnswerKind, Channel, CostSource, FinishReason, Role, Status


class Event(Value):
    """The fields of every event: the run's public id."""

    run: str


class RunStarted(Event):
    """The run exists, or is open again because its answers are fused anew. ``at``: its creation, s since 1970."""

    type: Literal["run.started"] = "run.started"
    at: float


class RunEnded(Event):
    """The run reached a final status, or its answer was replaced; ``answer`` is the id of the call that holds it.

    ``analysis`` is the id of the judge call whose analysis counts.
    """

    type: Literal["run.ended"] = "run.ended"
    at: float
    status: Status
    answer: int | None = None
    answer_kind: AnswerKind | None = None
    analysis: int | None = None
    failure: Failure | None = None


class CallEvent(Event):
    """The fields of every event of a call except deltas, which are kept as small as possible.

    ``stage`` is '' in logs of before.
    """

    call: int
    claim: int
    stage: str = ""
    role: Role
    slot: str
    take: int
    model: str
    at: float


class CallStarted(CallEvent):
    """A worker took the call; what was written under an earlier claim is void."""

    type: Literal["call.started"] = "call.started"


class CallDelta(Event):
    """More text of a call."""

    type: Literal["call.delta"] = "call.delta"
    call: int
    claim: int
    channel: Channel
    text: str


class CallArguments(Event):
    """More of a tool call that an answer asks for, its ``place``-th from 0; ``text`` is more of its arguments, in JSON.

    The call's end has all of them whole.
    """

    type: Literal["call.arguments"] = "call.arguments"
    call: int
    claim: int
    place: int
    id: str
    name: str
    text: str


class CallEnded(CallEvent):
    """The call reached a final status. Durations are seconds, ``cost`` is USD; the judge's carries its analysis.

    ``text`` is the final text where it is not the sum of the deltas: a loop was cut, or nothing was streamed.
    ``tool_calls`` are those that it asks for, whole.
    """

    type: Literal["call.ended"] = "call.ended"
    status: Status
    text: str | None = None
    tool_calls: tuple[ToolCall, ...] = Field(default=(), exclude_if=lambda calls: not calls)
    failure: Failure | None = None
    finish_reason: FinishReason | None = None
    usage: Usage = Usage()
    cost: Decimal | None = None
    cost_source: CostSource = CostSource.UNKNOWN
    ttft_s: float | None = None
    duration_s: float | None = None
    analysis: dict[str, Any] | None = None


class CallTool(Event):
    """A look-up of a call began or ended. Calls of a client's tools are no look-ups: see `CallArguments`."""

    type: Literal["call.tool"] = "call.tool"
    call: int
    claim: int
    phase: Literal["started", "ended"]
    lookup: Lookup


class Resync(Event):
    """The log has a gap before this point: draw the page anew from the database."""

    type: Literal["resync"] = "resync"


AnyEvent = RunStarted | RunEnded | CallStarted | CallDelta | CallArguments | CallTool | CallEnded | Resync
EVENTS: tuple[type[Event], ...] = (
    RunStarted,
    RunEnded,
    CallStarted,
    CallDelta,
    CallArguments,
    CallTool,
    CallEnded,
    Resync,
)

_adapter: TypeAdapter[AnyEvent] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="type")])


def to_wire(event: AnyEvent) -> dict[str, Any]:
    """Return the event as a dict of JSON values, without absent fields."""
    return event.model_dump(mode="json", exclude_none=True)


def from_wire(data: dict[str, Any]) -> AnyEvent:
    """Return the event of a dict. Raise ``pydantic.ValidationError`` for anything outside the closed set."""
    return _adapter.validate_python(data)
