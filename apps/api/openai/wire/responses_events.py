"""The events of a response's stream, numbered and in OpenAI's order: each item is over before the next begins."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from apps.api.answer_stream import ToolCallDelta
from apps.api.answering import Answer
from apps.api.errors import ApiError
from apps.api.openai.wire.fusion_calls import FusionCalls
from apps.api.openai.wire.responses_request import CALL_PREFIX, REASONING_PREFIX
from apps.api.openai.wire.responses_response import (
    Echo,
    annotations_of,
    begun,
    ended,
    error_of,
    failed,
    function_call,
    lookup_item,
    message,
    part,
    reasoning_item,
    summary_part,
    thoughts_of,
)
from apps.fusion.events import CallTool, from_wire
from apps.fusion.lookup_steps import Lookup
from apps.fusion.tools import ToolCall
from apps.runs.models import Run

Events = list[dict[str, Any]]


class _Message(NamedTuple):
    """A message that is being written: its number, its position among the items, and its pieces."""

    at: int
    position: int
    pieces: list[str]


class _Call(NamedTuple):
    """A tool call that is being written: its number, its position among the items, and the pieces of its arguments."""

    at: int
    position: int
    id: str
    name: str
    pieces: list[str]

    @property
    def whole(self) -> ToolCall:
        return ToolCall(id=self.id, name=self.name, arguments="".join(self.pieces))


@dataclass(slots=True)
class StreamEvents:
    """Makes the events of one stream. ``thoughts`` are those that were sent before anything else began.

    ``_items`` are the items that are over, by their places; at most one message or call is open.
    """

    run: Run
    echo: Echo
    notices: list[str]
    thoughts: str = ""
    is_thinking: bool = False
    _items: dict[int, dict[str, Any]] = field(default_factory=dict)
    _begun: int = 0
    _message: _Message | None = None
    _call: _Call | None = None
    _messages: int = 0
    _late_calls: list[ToolCallDelta] = field(default_factory=list)
    _lookups: dict[tuple[int, int], int] = field(default_factory=dict)
    _over: set[tuple[int, int]] = field(default_factory=set)
    _calls: FusionCalls = field(init=False)
    _numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self._calls = FusionCalls(self.run.public_id)

    @property
    def wants_thoughts(self) -> bool:
        return self.echo["reasoning"]["summary"] is not None

    def opening(self) -> Events:
        """Return the beginning; where nothing can come before it, the message begins as well."""
        is_queued = self.echo["background"]
        first = begun(self.run, self.echo, "queued" if is_queued else "in_progress")
        events = [self._event("response.created", response=first)]
        events += [self._event("response.queued", response=first)] if is_queued else []
        events.append(self._event("response.in_progress", response=begun(self.run, self.echo)))
        is_first = not (first["tools"] or self.wants_thoughts or self.run.recipe.web)
        return events + (self._begun_message() if is_first else [])

    def thought(self, text: str) -> Events:
        """Return more of the thoughts; none of those that a model has between parts of its answer."""
        is_late = bool(self._begun) and not self.is_thinking
        if not self.wants_thoughts or is_late:
            return []
        events = [] if self.is_thinking else self._begun_thoughts()
        self.is_thinking = True
        self.thoughts += text
        return [*events, self._event("response.reasoning_summary_text.delta", **self._thoughts(), delta=text)]

    def delta(self, text: str) -> Events:
        events = self._ended_call("completed") + self._begun_message()
        assert self._message
        self._message.pieces.append(text)
        return [*events, self._event("response.output_text.delta", **self._place(), delta=text, logprobs=[])]

    def call(self, delta: ToolCallDelta) -> Events:
        """Return more of a call of a tool. Where the text may yet get citations, it is ended first, at the end."""
        if self._message and self.run.recipe.web:
            self._late_calls.append(delta)
            return []
        events: Events = []
        if delta.is_first:
            events = self._ended_thoughts() + self._ended_message("completed", []) + self._ended_call("completed")
            self._call = _Call(delta.ordinal, self._next_index(), delta.id, delta.name, [])
            item = function_call(self.run.public_id, delta.ordinal, self._call.whole, "in_progress")
            events.append(self._event("response.output_item.added", output_index=self._call.position, item=item))
        assert self._call
        if not delta.arguments:
            return events
        self._call.pieces.append(delta.arguments)
        place = {"item_id": f"{CALL_PREFIX}{self.run.public_id}_{self._call.at}", "output_index": self._call.position}
        return [*events, self._event("response.function_call_arguments.delta", **place, delta=delta.arguments)]

    def looked_up(self, events: tuple[dict[str, Any], ...]) -> Events:
        """Return the look-ups of a model that is asked alone, until its answer begins; others come with the end."""
        found: Events = []
        told = (from_wire(event) for event in events if event["type"] == "call.tool")
        for event in told if not self._messages else ():
            if isinstance(event, CallTool):
                found += self._lookup(event.lookup, is_over=event.phase == "ended")
        return found

    def _lookup(self, lookup: Lookup, *, is_over: bool) -> Events:
        """Return the events of a look-up that were not sent yet: it begins, or it begins and ends."""
        key, run_id = (lookup.step, lookup.ordinal), self.run.public_id
        is_new = key not in self._lookups
        events = self._ended_thoughts() if is_new else []
        index = self._lookups[key] = self._next_index() if is_new else self._lookups[key]
        item = lookup_item(run_id, lookup, "" if is_over else "in_progress")
        place = {"item_id": item["id"], "output_index": index}
        if is_new:
            begun_item = item | {"status": "in_progress"}
            events += [
                self._event("response.output_item.added", output_index=index, item=begun_item),
                self._event("response.web_search_call.in_progress", **place),
                self._event("response.web_search_call.searching", **place),
            ]
        if is_over and key not in self._over:
            self._over.add(key)
            events += [self._event("response.web_search_call.completed", **place), self._ended_item(index, item)]
        return events

    def fusion_calls(self, events: tuple[dict[str, Any], ...]) -> Events:
        """Return what our events tell of the panel and the judge."""
        return [self._event(kind, **values) for event in events for kind, values in self._calls.told(event)]

    def closing(self, answer: Answer, url: str) -> Events:
        snapshot = answer.run
        whole = {call.id for call in snapshot.answer.tool_calls} if snapshot.answer else set()
        lookups, late = answer.web.lookups if answer.web else (), thoughts_of(snapshot)
        events = self.thought(late) if late and not self.thoughts else []
        # Those that began before the message and were not told to their end; where it has not begun, all are before it.
        before = [one for one in lookups if not self._messages or (one.step, one.ordinal) in self._lookups]
        events += [event for one in before for event in self._lookup(one, is_over=True)]
        if not (self._messages or self._call):
            events += self._begun_message()
        response = ended(self.run, self.echo, answer, url, self.notices)
        events += self._ended_message(response["status"], annotations_of(answer))
        events += [event for one in lookups if one not in before for event in self._lookup(one, is_over=True)]
        late_calls, self._late_calls = self._late_calls, []
        for delta in late_calls:
            events += self.call(delta)
        events += self._ended_call("completed" if self._call and self._call.id in whole else "incomplete")
        response["output"] = [self._items[index] for index in sorted(self._items)]
        return [*events, self._event(f"response.{response['status']}", response=response)]

    def failing(self, error: ApiError) -> Events:
        """Return the end of a stream that failed. OpenAI has the fields of an error at the top, others below it."""
        fields = {"code": error.code, "message": error.message, "param": error.param}
        inner = {"type": error.envelope["error"]["type"], **fields}
        # There is no event for a response that was stopped, so it failed.
        response = failed(self.run, self.echo, error) | {"status": "failed", "error": error_of(error)}
        return [self._event("error", **fields, error=inner), self._event("response.failed", response=response)]

    def _begun_message(self) -> Events:
        """Return the beginning of a message, if none is open. An item comes before its part: OpenAI's clients want it.

        There is one message, but where a model goes on writing behind calls of tools.
        """
        if self._message:
            return []
        events = self._ended_thoughts()
        self._message = _Message(self._messages, self._next_index(), [])
        self._messages += 1
        item = message(self.run.public_id, "", "in_progress", at=self._message.at)
        return [
            *events,
            self._event("response.output_item.added", output_index=self._message.position, item=item),
            self._event("response.content_part.added", **self._place(), part=part("")),
        ]

    def _ended_message(self, state: str, cited: list[dict[str, Any]]) -> Events:
        """Return the end of the message, if one is open."""
        if self._message is None:
            return []
        text, place = "".join(self._message.pieces), self._place()
        written = message(self.run.public_id, text, state, cited, self._message.at)
        events = [
            self._event("response.output_text.annotation.added", **place, annotation=one, annotation_index=at)
            for at, one in enumerate(cited)
        ]
        events += [
            self._event("response.output_text.done", **place, text=text, logprobs=[]),
            self._event("response.content_part.done", **place, part=part(text, cited)),
            self._ended_item(self._message.position, written),
        ]
        self._message = None
        return events

    def _begun_thoughts(self) -> Events:
        item = reasoning_item(self.run.public_id, "", "in_progress")
        return [
            self._event("response.output_item.added", output_index=self._next_index(), item=item),
            self._event("response.reasoning_summary_part.added", **self._thoughts(), part=summary_part("")),
        ]

    def _ended_thoughts(self) -> Events:
        """Return the end of the thoughts, if they are under way."""
        if not self.is_thinking:
            return []
        self.is_thinking = False
        item, place = reasoning_item(self.run.public_id, self.thoughts, "completed"), self._thoughts()
        return [
            self._event("response.reasoning_summary_text.done", **place, text=self.thoughts),
            self._event("response.reasoning_summary_part.done", **place, part=summary_part(self.thoughts)),
            self._ended_item(0, item),
        ]

    def _ended_call(self, state: str) -> Events:
        """Return the end of the tool call, if one is open; one that was cut is told as it is."""
        if self._call is None:
            return []
        call, index = self._call.whole, self._call.position
        item = function_call(self.run.public_id, self._call.at, call, state)
        place = {"item_id": item["id"], "output_index": index}
        self._call = None
        return [
            self._event("response.function_call_arguments.done", **place, name=call.name, arguments=call.arguments),
            self._ended_item(index, item),
        ]

    def _next_index(self) -> int:
        self._begun += 1
        return self._begun - 1

    def _ended_item(self, index: int, item: dict[str, Any]) -> dict[str, Any]:
        self._items[index] = item
        return self._event("response.output_item.done", output_index=index, item=item)

    def _place(self) -> dict[str, Any]:
        assert self._message
        item_id = message(self.run.public_id, "", "", at=self._message.at)["id"]
        return {"item_id": item_id, "output_index": self._message.position, "content_index": 0}

    def _thoughts(self) -> dict[str, Any]:
        return {"item_id": f"{REASONING_PREFIX}{self.run.public_id}", "output_index": 0, "summary_index": 0}

    def _event(self, kind: str, **values: Any) -> dict[str, Any]:
        return {"type": kind, "sequence_number": next(self._numbers), **values}
