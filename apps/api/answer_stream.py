"""A run as a client that waits for its answer sees it: our events, pieces of the answer, pauses, and the end.

A piece that was sent cannot be taken back. So pieces are those of the call that becomes the answer, and whatever does
not continue what was sent (a writer that was started again and says something else) is not sent: the listener then
gets no rest, and has to say so. Calls of tools come behind the text, one behind the other: most forms have no other
place for them.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from channels.db import database_sync_to_async
from django.conf import settings

from apps.api.errors import ApiError
from apps.fusion.events import CallEnded, RunEnded, RunStarted, from_wire
from apps.fusion.state import CallState, RunState, apply, has_words
from apps.fusion.strategies import strategy_of
from apps.fusion.tools import ToolCall, is_json
from apps.fusion.values import JudgedSettings
from apps.fusion.vocabulary import AnswerKind, Builtin, FinishReason, Role, Status
from apps.runs import actions, hot_rows
from apps.runs.event_log.follower import Entry, Gap, SlowReader
from apps.runs.event_log.run_stream import watch
from apps.runs.models import Run
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot

AGAIN_S = 0.3
"""Seconds before a log that had a gap is read again."""
COMMIT_S = (0.005, 0.01, 0.02, 0.04, 0.08)
"""Seconds between looks at the database once the log says that a run has ended: the commit follows the event."""


@dataclass(frozen=True, slots=True)
class EventsReceived:
    """Our events, as they stand in the log."""

    events: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of what the model that answers thinks aloud, before its answer or between its parts."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """More of a tool call that the answer asks for, its ``ordinal``-th in the stream; ``is_first`` begins it."""

    ordinal: int
    id: str
    name: str
    arguments: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing happened for a while."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run ended; ``sent`` and ``sent_calls`` are what was sent of its answer and of the tool calls in it."""

    run: RunSnapshot
    sent: str
    sent_calls: tuple[ToolCall, ...] = ()


Moment = EventsReceived | AnswerDelta | ReasoningDelta | ToolCallDelta | Idle | RunFinished


class AnswerFollower:
    """Folds the events of a run and knows what of its answer was sent."""

    def __init__(self, run: str, answer_role: Role, *, awaits_check: bool = False) -> None:
        self.run, self.answer_role, self.awaits_check = run, answer_role, awaits_check
        self.sent, self.thoughts_sent, self.has_ended = "", "", False
        self.sent_calls: tuple[ToolCall, ...] = ()
        self._unfinished: tuple[int, int] | None = None
        self.forget()

    def forget(self) -> None:
        """Fold the events from the start again; the text that was sent stays sent."""
        self.state = RunState(id=self.run)
        self._cut: CallState | None = None

    def apply_entries(self, batch: Sequence[Entry]) -> EventsReceived:
        """Fold some events and return them."""
        events = tuple(orjson.loads(entry.text) for entry in batch)
        for event in map(from_wire, events):
            if isinstance(event, CallEnded) and event.finish_reason is FinishReason.LENGTH:
                self._cut = self.state.call(event.call)
            self.state = apply(self.state, event)
            # A run that is fused again goes on in the same log behind its end.
            self.has_ended = isinstance(event, RunEnded) or (self.has_ended and not isinstance(event, RunStarted))
        return EventsReceived(events)

    @property
    def is_over(self) -> bool:
        """Whether the run has ended, and the check of its answer too if it is to have one."""
        state = self.state
        answer = state.call(state.answer) if state.answer is not None else None
        # A run that was capped or stopped may keep a part of its answer, and nobody checks that.
        is_whole = state.status is Status.DONE and state.answer_kind is AnswerKind.FUSED
        if not (self.has_ended and self.awaits_check and is_whole and answer and has_words(answer)):
            return self.has_ended
        return any(call.is_final for call in state.takes(Role.CHECK))

    def next_delta(self) -> str:
        """Return the newest part of the answer, '' if there is none, or if it does not continue what was sent.

        Text behind the first tool call waits for the end.
        """
        writer = self._writer
        text = writer.text if writer and not self.sent_calls else ""
        if len(text) <= len(self.sent) or not text.startswith(self.sent):
            return ""
        piece, self.sent = text[len(self.sent) :], text
        return piece

    def next_thought(self) -> str:
        """Return the newest part of the reasoning behind the answer, by the same rule."""
        writer = self._writer
        text = writer.reasoning if writer else ""
        if len(text) <= len(self.thoughts_sent) or not text.startswith(self.thoughts_sent):
            return ""
        piece, self.thoughts_sent = text[len(self.thoughts_sent) :], text
        return piece

    def next_calls(self) -> list[ToolCallDelta]:
        """Return the newest parts of the tool calls of an answer that is being written, by the same rule.

        A call is over, for the next one to begin, once its arguments are JSON. One that the limit of tokens cut is sent
        as far as it came, also where its end came in the same batch: the answer that has ended does not hold it.
        """
        deltas: list[ToolCallDelta] = []
        calls = self._calls_being_written()
        for place, call in enumerate(calls):
            if place < len(self.sent_calls) - 1:
                continue
            delta = continued(self.sent_calls, place, call)
            if delta is None:
                break
            if delta.is_first or delta.arguments:
                deltas.append(delta)
                self.sent_calls = (*self.sent_calls[:place], call)
            if place + 1 < len(calls) and not self._is_over(place, call):
                break
        return deltas

    def _calls_being_written(self) -> Sequence[ToolCall]:
        writer, cut = self._writer, self._cut
        if writer and cut and writer.id == cut.id and writer.claim == cut.claim and writer.is_final:
            return cut.tool_calls
        return writer.tool_calls if writer and writer.status is Status.RUNNING else ()

    def _is_over(self, place: int, call: ToolCall) -> bool:
        """Return whether a call is whole. It is read once for each change: arguments may be long."""
        if self._unfinished == (place, len(call.arguments)):
            return False
        is_over = is_json(call.arguments)
        self._unfinished = None if is_over else (place, len(call.arguments))
        return is_over

    @property
    def _writer(self) -> CallState | None:
        """The call that becomes the answer; an answer that is chosen comes as a whole at the end."""
        calls = [call for call in self.state.takes(self.answer_role) if call.model not in list(Builtin)]
        return calls[-1] if calls else None


def continued(sent: Sequence[ToolCall], place: int, call: ToolCall) -> ToolCallDelta | None:
    """Return what of a call at a ``place`` was not ``sent`` yet, ``None`` if another call was begun there."""
    before = sent[place] if place < len(sent) else None
    if before is None:
        return ToolCallDelta(place, call.id, call.name, call.arguments, is_first=True)
    is_same = (before.id, before.name) == (call.id, call.name) and call.arguments.startswith(before.arguments)
    rest = call.arguments[len(before.arguments) :]
    return ToolCallDelta(place, call.id, call.name, rest, is_first=False) if is_same else None


async def follow(run: Run, *, in_pieces: bool, calls_in_pieces: bool = False) -> AsyncGenerator[Moment, None]:
    """Yield the events of a run to its end.

    Without ``in_pieces`` no text comes before it, and no tool calls without ``calls_in_pieces``.
    """
    answer_role = strategy_of(run.recipe).answer_stage.role
    own = run.recipe.settings
    awaits_check = isinstance(own, JudgedSettings) and own.answer_check
    listener, after = AnswerFollower(run.public_id, answer_role, awaits_check=awaits_check), "0"
    while True:
        try:
            async with aclosing(_heard(listener, after)) as moments:
                async for batch, moment in moments:
                    after = batch or after
                    yield moment
                    thought = listener.next_thought() if in_pieces else ""
                    if thought:
                        yield ReasoningDelta(thought)
                    piece = listener.next_delta() if in_pieces else ""
                    if piece:
                        yield AnswerDelta(piece)
                    for delta in listener.next_calls() if calls_in_pieces else ():
                        yield delta
                    if listener.is_over:
                        break
        except (Gap, SlowReader):
            # The log is read again from its start; what was sent is not sent twice.
            listener.forget()
            after = "0"
        ended = await _ended(run, listener.is_over)
        if ended:
            yield RunFinished(ended, listener.sent, listener.sent_calls)
            return
        yield Idle()
        await asyncio.sleep(AGAIN_S)


async def _heard(listener: AnswerFollower, after: str) -> AsyncGenerator[tuple[str, Moment], None]:
    """Yield each batch as its last id ('' for none) and its events."""
    async with aclosing(watch(listener.run, after)) as batches:
        async for batch in batches:
            yield (batch[-1].id, listener.apply_entries(batch)) if batch else ("", Idle())


async def _ended(run: Run, is_told: bool) -> RunSnapshot | None:
    """Return the run if it has ended; one whose log told of its end is given a moment."""
    ended: RunSnapshot | None = await ended_snapshot(run)
    for pause in COMMIT_S if is_told else ():
        if ended:
            break
        await asyncio.sleep(pause)
        ended = await ended_snapshot(run)
    return ended


async def answered(run: Run) -> RunSnapshot:
    """Return the run once it has ended."""
    async with aclosing(follow(run, in_pieces=False)) as moments:
        async for moment in moments:
            if isinstance(moment, RunFinished):
                return moment.run
    raise ApiError(500, "internal_error", "The run has no end.")


async def stop(run_id: int) -> None:
    """Stop a run that is still at work; in a thread of its own, for the request's may be gone."""
    await database_sync_to_async(_stop, thread_sensitive=False)(run_id)


@database_sync_to_async
def ended_snapshot(known: Run) -> RunSnapshot | None:
    """Return a run that is known, if it has ended since; raise ``Run.DoesNotExist`` if it was deleted."""
    run = hot_rows.run(known.pk) if settings.HOT_ROWS else Run.objects.get(pk=known.pk)
    run.owner, run.api_key = known.owner, known.api_key
    snapshot = take_snapshot(run, with_annotations=False) if run.is_final else None  # no vendor's form shows them
    # A check of the answer belongs to what the client waits for.
    is_checked = snapshot is None or all(call.is_final for call in snapshot.calls_as(Role.CHECK))
    return snapshot if is_checked else None


def _stop(run_id: int) -> None:
    run = Run.objects.filter(pk=run_id).first()
    if run and run.is_live():
        actions.cancel_run(run)
