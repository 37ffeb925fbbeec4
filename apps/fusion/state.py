"""The state of a run as values, and its fold over events: all events of a run give what the database says."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol, assert_never

from apps.fusion.events import (
    AnyEvent,
    CallArguments,
    CallDelta,
    CallEnded,
    CallStarted,
    CallTool,
    Resync,
    RunEnded,
    RunStarted,
)
from apps.fusion.lookup_steps import Lookup
from apps.fusion.opinions import Opinion
from apps.fusion.tools import ToolCall
from apps.fusion.values import Failure, Recipe, Usage
from apps.fusion.vocabulary import (
    AnalysisStatus,
    AnswerKind,
    Channel,
    CostSource,
    FailureCode,
    FinishReason,
    Role,
    Status,
)

REFUSALS = (FinishReason.REFUSAL, FinishReason.CONTENT_FILTER)


class HasAnswer(Protocol):
    """A call, as a value of this module or as a part of a snapshot."""

    @property
    def status(self) -> Status: ...
    @property
    def text(self) -> str: ...
    @property
    def tool_calls(self) -> tuple[ToolCall, ...]: ...
    @property
    def finish_reason(self) -> FinishReason | None: ...
    @property
    def lookups(self) -> tuple[Lookup, ...]: ...


def is_usable(call: HasAnswer) -> bool:
    """Return whether a call brought an answer: it ended well, says something or calls a tool, and is no refusal."""
    has_answer = bool(call.text.strip() or call.tool_calls)
    return call.status is Status.DONE and has_answer and call.finish_reason not in REFUSALS


def is_includable(call: HasAnswer) -> bool:
    """Return whether a person may have a call's text fused: it ended, however it did, and says something."""
    return call.status.is_final and bool(call.text.strip()) and call.finish_reason not in REFUSALS


def has_words(call: HasAnswer) -> bool:
    """Return whether an answer says something, so that it can be checked; one may call tools and say nothing."""
    return bool(call.text.strip()) or not call.tool_calls


def is_live(run: Status, calls: Iterable[Status]) -> bool:
    """Return whether anything of a run can still change by itself: the run, or one of its calls, has not ended."""
    return not run.is_final or any(not call.is_final for call in calls)


@dataclass(frozen=True, slots=True)
class CallState:
    """One call. Times are seconds since 1970; ``claim`` 0 means that no worker has taken it yet.

    ``analysis_status`` is set on a judge call that ended with an analysis; ``inputs`` are the calls it reads. ``stage``
    is the strategy's name for its place in the run. ``is_beside``: a judge whose analysis is compared with the one that
    counts and never takes its place. That, ``started_at`` and the ``verdict`` are unknown to a mere reader.
    """

    id: int
    role: Role
    slot: str
    take: int
    model: str
    status: Status = Status.QUEUED
    claim: int = 0
    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    failure: Failure | None = None
    finish_reason: FinishReason | None = None
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = None
    cost_source: CostSource = CostSource.UNKNOWN
    ended_at: float | None = None
    analysis_status: AnalysisStatus | None = None
    inputs: tuple[int, ...] = ()
    cancel_requested: bool = False
    stage: str = ""
    started_at: float | None = field(default=None, compare=False)
    verdict: Opinion | None = field(default=None, compare=False)
    is_beside: bool = field(default=False, compare=False)

    @property
    def is_final(self) -> bool:
        return self.status.is_final

    @property
    def is_capped(self) -> bool:
        """Return whether a cap on spending stopped it, or kept it from starting."""
        return self.failure is not None and self.failure.code is FailureCode.CAPPED

    @property
    def is_usable(self) -> bool:
        return is_usable(self)


@dataclass(frozen=True, slots=True)
class RunState:
    """A run with its calls, at the moment ``now`` (seconds since 1970); ``recipe`` is unknown to a mere reader.

    ``answer`` and ``analysis`` are the ids of the calls whose answer and analysis count now.
    ``cap_reached``: nothing more may start. ``resumed_at`` is when somebody last let a capped run go on.
    ``keeps_late``: panel calls that are not waited for any longer may go on, as somebody may include them later.
    ``files`` are the numbers of its prompt's files, which answers may cite, and ``options`` the texts of its prompt's
    lettered options, by letter; both are known where answers are counted.
    """

    id: str
    status: Status = Status.RUNNING
    calls: tuple[CallState, ...] = ()
    answer: int | None = None
    answer_kind: AnswerKind | None = None
    analysis: int | None = None
    failure: Failure | None = None
    started_at: float = 0.0
    now: float = 0.0
    recipe: Recipe | None = None
    fuse_now: bool = False
    cancel_requested: bool = False
    cap_reached: bool = False
    resumed_at: float | None = None
    keeps_late: bool = False
    files: frozenset[int] = field(default=frozenset(), compare=False)
    options: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def is_live(self) -> bool:
        return is_live(self.status, (call.status for call in self.calls))

    def call(self, call_id: int) -> CallState | None:
        return next((call for call in self.calls if call.id == call_id), None)

    def takes(self, role: Role) -> tuple[CallState, ...]:
        """Return all takes of a judge or writer, oldest first."""
        return tuple(sorted((call for call in self.calls if call.role is role), key=lambda call: call.take))

    def panel(self) -> tuple[CallState, ...]:
        """Return the newest take of each slot, by letter."""
        newest: dict[str, CallState] = {}
        for call in self.calls:
            if call.role is Role.PANEL and (call.slot not in newest or call.take > newest[call.slot].take):
                newest[call.slot] = call
        return tuple(newest[slot] for slot in sorted(newest))

    def answers_to_fuse(self, slots: Iterable[str], takes: Collection[int] = ()) -> tuple[CallState, ...]:
        """Return an answer of each of these slots that has one, by letter.

        That is the one among ``takes`` (ids), else the newest usable one, else the newest text that broke off.
        """
        texts = [call for call in self.calls if call.role is Role.PANEL and is_includable(call)]
        ranked = sorted(texts, key=lambda call: (call.id in takes, call.is_usable, call.take))
        best = {call.slot: call for call in ranked}
        return tuple(best[slot] for slot in sorted(set(slots) & best.keys()))


def apply(state: RunState, event: AnyEvent) -> RunState:
    """Return the state after an event; never raise.

    Ignore events of another run, deltas of another claim, and events of a call that has ended, unless a higher claim
    starts it again: a worker may announce an end and die before it commits. A call that is queued again has left its
    claim behind, so later events of that claim are ignored too.
    """
    if event.run != state.id:
        return state
    match event:
        case RunStarted():
            return replace(state, status=Status.RUNNING, started_at=event.at, failure=None)
        case RunEnded():
            return replace(
                state,
                status=event.status,
                answer=event.answer,
                answer_kind=event.answer_kind,
                analysis=event.analysis,
                failure=event.failure,
            )
        case CallStarted():
            return _apply_started(state, event)
        case CallDelta():
            return _apply_delta(state, event)
        case CallArguments():
            return _apply_arguments(state, event)
        case CallTool():
            return _apply_tool(state, event)
        case CallEnded():
            return _apply_ended(state, event)
        case Resync():
            return state
        case _:
            assert_never(event)


def _apply_started(state: RunState, event: CallStarted) -> RunState:
    known = state.call(event.call)
    if known and (event.claim < known.claim or (known.status is not Status.RUNNING and event.claim == known.claim)):
        return state
    return _put(state, _identified(event, known, Status.RUNNING))


def _apply_delta(state: RunState, event: CallDelta) -> RunState:
    known = state.call(event.call)
    if not known or known.status is not Status.RUNNING or known.claim != event.claim:
        return state
    if event.channel is Channel.REASONING:
        return _put(state, replace(known, reasoning=known.reasoning + event.text))
    return _put(state, replace(known, text=known.text + event.text))


def _apply_arguments(state: RunState, event: CallArguments) -> RunState:
    """Add to a tool call, or begin the next one: they begin in their order."""
    known = state.call(event.call)
    if not known or known.status is not Status.RUNNING or known.claim != event.claim:
        return state
    if event.place > len(known.tool_calls):
        return state
    calls = list(known.tool_calls)
    before = calls[event.place].arguments if event.place < len(calls) else ""
    calls[event.place : event.place + 1] = [ToolCall(id=event.id, name=event.name, arguments=before + event.text)]
    return _put(state, replace(known, tool_calls=tuple(calls)))


def _apply_tool(state: RunState, event: CallTool) -> RunState:
    """Put a look-up in its place by step and ordinal, or in place of what was told of it before."""
    known = state.call(event.call)
    if not known or known.status is not Status.RUNNING or known.claim != event.claim:
        return state
    told = {(one.step, one.ordinal): one for one in known.lookups}
    told[event.lookup.step, event.lookup.ordinal] = event.lookup
    return _put(state, replace(known, lookups=tuple(told[key] for key in sorted(told))))


def stopped_lookups(lookups: Iterable[Lookup]) -> tuple[Lookup, ...]:
    """Return the look-ups of a call that has ended: what was under way was stopped with it."""
    return tuple(
        one.model_copy(update={"status": Status.CANCELLED}) if one.status is Status.RUNNING else one for one in lookups
    )


def _apply_ended(state: RunState, event: CallEnded) -> RunState:
    known = state.call(event.call)
    if known and (event.claim < known.claim or (known.is_final and event.claim == known.claim)):
        return state
    before = known or _identified(event, None, Status.QUEUED)
    status = (event.analysis or {}).get("status")
    return _put(
        state,
        replace(
            before,
            claim=event.claim,
            status=event.status,
            text=before.text if event.text is None else event.text,
            tool_calls=event.tool_calls,
            lookups=stopped_lookups(before.lookups),
            failure=event.failure,
            finish_reason=event.finish_reason,
            usage=event.usage,
            cost=event.cost,
            cost_source=event.cost_source,
            ended_at=event.at,
            # An unknown word is ignored: the fold never raises, whatever an older version wrote.
            analysis_status=AnalysisStatus(status) if status in list(AnalysisStatus) else None,
        ),
    )


def _identified(event: CallStarted | CallEnded, known: CallState | None, status: Status) -> CallState:
    return CallState(
        id=event.call,
        stage=event.stage,
        role=event.role,
        slot=event.slot,
        take=event.take,
        model=event.model,
        status=status,
        claim=event.claim,
        inputs=known.inputs if known else (),
    )


def _put(state: RunState, changed: CallState) -> RunState:
    if state.call(changed.id) is None:
        return replace(state, calls=(*state.calls, changed))
    return replace(state, calls=tuple(changed if call.id == changed.id else call for call in state.calls))
