"""The events of a response's stream, numbered and in OpenAI's order: each item is over before the next begins."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from apps.api.answering import Answer
from apps.api.errors import ApiError
from apps.api.openai.wire.fusion_calls import FusionCalls
from apps.api.openai.wire.responses_request import MESSAGE_PREFIX
from apps.api.openai.wire.responses_response import (
    REASONING_PREFIX,
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


@dataclass(slots=True)
class StreamEvents:
    """Makes the events of one stream. ``thoughts`` are those that were sent before anything else began."""

    run: Run
    echo: Echo
    notices: list[str]
    has_message: bool = False
    thoughts: str = ""
    is_thinking: bool = False
    _message_index: int = 0
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
        if not self.wants_thoughts or self.has_message or self._lookups or (self.thoughts and not self.is_thinking):
            return []
        events = [] if self.thoughts else self._begun_thoughts()
        self.is_thinking = True
        self.thoughts += text
        return [*events, self._event("response.reasoning_summary_text.delta", **self._thoughts(), delta=text)]

    def delta(self, text: str) -> Events:
        begin = self._begun_message()
        return [*begin, self._event("response.output_text.delta", **self._place(), delta=text, logprobs=[])]

    def looked_up(self, events: tuple[dict[str, Any], ...]) -> Events:
        """Return the look-ups of a model that is asked alone, until its answer begins; others come with the end."""
        found: Events = []
        told = (from_wire(event) for event in events if event["type"] == "call.tool")
        for event in told if not self.has_message else ():
            if isinstance(event, CallTool):
                found += self._lookup(event.lookup, is_over=event.phase == "ended")
        return found

    def _lookup(self, lookup: Lookup, *, is_over: bool) -> Events:
        """Return the events of a look-up that were not sent yet: it begins, or it begins and ends."""
        key, run_id = (lookup.step, lookup.ordinal), self.run.public_id
        is_new = key not in self._lookups
        events = self._ended_thoughts() if is_new else []
        index = self._lookups.setdefault(key, self._next_index())
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
            events += [
                self._event("response.web_search_call.completed", **place),
                self._event("response.output_item.done", output_index=index, item=item),
            ]
        return events

    def _next_index(self) -> int:
        return int(bool(self.thoughts)) + len(self._lookups) + int(self.has_message)

    def fusion_calls(self, events: tuple[dict[str, Any], ...]) -> Events:
        """Return what our events tell of the panel and the judge."""
        return [self._event(kind, **values) for event in events for kind, values in self._calls.told(event)]

    def closing(self, answer: Answer, url: str) -> Events:
        snapshot, text = answer.run, answer.text
        calls = snapshot.answer.tool_calls if snapshot.answer else ()
        lookups, late = answer.web.lookups if answer.web else (), thoughts_of(snapshot)
        events = self.thought(late) if late and not self.thoughts else []
        # Those that began before the message and were not told to their end; where it has not begun, all are before it.
        before = [one for one in lookups if not self.has_message or (one.step, one.ordinal) in self._lookups]
        events += [event for one in before for event in self._lookup(one, is_over=True)]
        events += self._ended_thoughts() if calls else self._begun_message()
        response = ended(self.run, self.echo, answer, url, self.notices, self.thoughts, len(before))
        if self.has_message:
            cited = annotations_of(answer)
            written = message(self.run.public_id, text, response["status"], cited)
            events += [
                self._event(
                    "response.output_text.annotation.added", **self._place(), annotation=one, annotation_index=at
                )
                for at, one in enumerate(cited)
            ]
            events += [
                self._event("response.output_text.done", **self._place(), text=text, logprobs=[]),
                self._event("response.content_part.done", **self._place(), part=part(text, cited)),
                self._event("response.output_item.done", output_index=self._message_index, item=written),
            ]
        events += [event for one in lookups if one not in before for event in self._lookup(one, is_over=True)]
        for at, call in enumerate(calls):
            events += self._call(at, call)
        return [*events, self._event(f"response.{response['status']}", response=response)]

    def failing(self, error: ApiError) -> Events:
        """Return the end of a stream that failed. OpenAI has the fields of an error at the top, others below it."""
        fields = {"code": error.code, "message": error.message, "param": error.param}
        inner = {"type": error.envelope["error"]["type"], **fields}
        # There is no event for a response that was stopped, so it failed.
        response = failed(self.run, self.echo, error) | {"status": "failed", "error": error_of(error)}
        return [self._event("error", **fields, error=inner), self._event("response.failed", response=response)]

    def _begun_message(self) -> Events:
        """Return the beginning of the message, once. An item comes before its part: OpenAI's clients rely on that."""
        if self.has_message:
            return []
        events = self._ended_thoughts()
        self._message_index, self.has_message = self._next_index(), True
        item = message(self.run.public_id, "", "in_progress")
        return [
            *events,
            self._event("response.output_item.added", output_index=self._message_index, item=item),
            self._event("response.content_part.added", **self._place(), part=part("")),
        ]

    def _begun_thoughts(self) -> Events:
        item = reasoning_item(self.run.public_id, "", "in_progress")
        return [
            self._event("response.output_item.added", output_index=0, item=item),
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
            self._event("response.output_item.done", output_index=0, item=item),
        ]

    def _call(self, at: int, call: ToolCall) -> Events:
        """Return the events of a call of a tool, in OpenAI's order."""
        run_id, index = self.run.public_id, at + self._next_index()
        begun_call, whole = (function_call(run_id, at, call, state) for state in ("in_progress", "completed"))
        place = {"item_id": whole["id"], "output_index": index}
        return [
            self._event("response.output_item.added", output_index=index, item=begun_call),
            self._event("response.function_call_arguments.delta", **place, delta=call.arguments),
            self._event("response.function_call_arguments.done", **place, name=call.name, arguments=call.arguments),
            self._event("response.output_item.done", output_index=index, item=whole),
        ]

    def _place(self) -> dict[str, Any]:
        item_id = f"{MESSAGE_PREFIX}{self.run.public_id}"
        return {"item_id": item_id, "output_index": self._message_index, "content_index": 0}

    def _thoughts(self) -> dict[str, Any]:
        return {"item_id": f"{REASONING_PREFIX}{self.run.public_id}", "output_index": 0, "summary_index": 0}

    def _event(self, kind: str, **values: Any) -> dict[str, Any]:
        return {"type": kind, "sequence_number": next(self._numbers), **values}
