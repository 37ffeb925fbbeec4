"""The response object of responses, and the events of its stream.

Every field that the Open Responses specification requires is there; those without a meaning here are constant.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from apps.api import documents
from apps.api.errors import ApiError
from apps.api.extension import fusion_of, tokens_of
from apps.api.openai.wire.extension import finish_of
from apps.api.openai.wire.responses_request import MESSAGE_PREFIX, RESPONSE_PREFIX, OfSchema, ResponsesRequest
from apps.fusion.tools import ToolCall
from apps.fusion.values import AnswerFormat, JudgedSettings
from apps.runs.models import Run
from apps.runs.reading.snapshot import RunSnapshot

CALL_PREFIX = "fc_"
REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}

Echo = dict[str, Any]
"""The part of a response that repeats its request."""


def echo_of(request: ResponsesRequest) -> Echo:
    """Return what a response repeats of its request."""
    wanted = request.text.format if request.text else None
    form = wanted.model_dump(by_alias=True, exclude_none=True) if wanted else {"type": "text"}
    effort = request.reasoning.effort if request.reasoning else None
    return {
        "model": request.model,
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "temperature": 1.0 if request.temperature is None else request.temperature,
        "top_p": 1.0 if request.top_p is None else request.top_p,
        "presence_penalty": request.presence_penalty or 0.0,
        "frequency_penalty": request.frequency_penalty or 0.0,
        "metadata": request.metadata or {},
        "text": {
            "format": form | ({"strict": bool(wanted.strict)} if isinstance(wanted, OfSchema) else {}),
            "verbosity": (request.text.verbosity if request.text else None) or "medium",
        },
        "reasoning": {"effort": effort.value if effort else None, "summary": None},
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "tool_choice": request.tool_choice or "auto",
        "tools": [] if request.fusion and request.fusion.tools == "ignore" else _echoed(request.offered()),
        "max_tool_calls": request.max_tool_calls,
        "safety_identifier": request.safety_identifier,
        "prompt_cache_key": request.prompt_cache_key,
    }


def _echoed(functions: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return functions as OpenAI repeats them: with every key, and in the form of responses."""
    names = ("description", "parameters")
    return [
        {
            "type": "function",
            "name": given.get("name"),
            **{name: given.get(name) for name in names},
            "strict": given.get("strict") is not False,
        }
        for _, given in functions
    ]


def echo_of_run(run: Run) -> Echo:
    """Return what is known of the request of a run that was stored."""
    recipe, settings = run.recipe, run.recipe.settings
    is_fused = isinstance(settings, JudgedSettings)
    parameters = settings.writer_parameters if isinstance(settings, JudgedSettings) else recipe.panel[0].parameters
    request = ResponsesRequest(
        model=f"fusion/{run.preset}".rstrip("/") if is_fused else recipe.panel[0].model,
        input="",
        max_output_tokens=parameters.max_tokens,
        temperature=parameters.temperature,
        top_p=parameters.top_p,
        presence_penalty=parameters.presence_penalty,
        frequency_penalty=parameters.frequency_penalty,
        metadata=run.metadata or None,
        tools=[{"type": "function", **tool.model_dump()} for tool in run.tools.tools] if run.tools else None,
    )
    return echo_of(request) | {"text": {"format": _stored_format(recipe.answer_format), "verbosity": "medium"}}


def _stored_format(answer_format: AnswerFormat | None) -> dict[str, Any]:
    if answer_format is None or answer_format.json_schema is None:
        return {"type": answer_format.type if answer_format else "text"}
    return {
        "type": "json_schema",
        "name": answer_format.name,
        "schema": answer_format.json_schema,
        "strict": False,
    }


def begun(run: Run, echo: Echo) -> dict[str, Any]:
    """Return the response while it is being made."""
    return {
        "id": f"{RESPONSE_PREFIX}{run.public_id}",
        "object": "response",
        "created_at": int(run.created_at.timestamp()),
        "completed_at": None,
        "status": "in_progress",
        **echo,
        "previous_response_id": f"{RESPONSE_PREFIX}{run.parent.public_id}" if run.parent else None,
        "truncation": "disabled",
        "top_logprobs": 0,
        "store": run.is_kept,
        "background": False,
        "service_tier": "default",
        "output": [],
        "error": None,
        "incomplete_details": None,
        "usage": None,
    }


def ended(
    run: Run, echo: Echo, snapshot: RunSnapshot, text: str, url: str, notices: list[str] | None = None
) -> dict[str, Any]:
    """Return the response with its answer."""
    reason = REASONS.get(finish_of(snapshot))
    state = "incomplete" if reason else "completed"
    return begun(run, echo) | {
        "status": state,
        "completed_at": int(snapshot.ended_at.timestamp()) if snapshot.ended_at else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output_of(run.public_id, snapshot, text, state),
        "usage": _usage(snapshot),
        "fusion": fusion_of(snapshot, url, notices),
    }


def failed(run: Run, echo: Echo, error: ApiError) -> dict[str, Any]:
    """Return the response that came to nothing."""
    state = "cancelled" if error.code == "cancelled" else "failed"
    return begun(run, echo) | {"status": state, "error": {"code": error.code, "message": error.message}}


def message(run_id: str, text: str, state: str) -> dict[str, Any]:
    """Return the one message that a response consists of; without a text when it begins."""
    content = [part(text)] if text else []
    return {
        "id": f"{MESSAGE_PREFIX}{run_id}",
        "type": "message",
        "role": "assistant",
        "status": state,
        "content": content,
    }


def output_of(run_id: str, snapshot: RunSnapshot, text: str, state: str) -> list[dict[str, Any]]:
    """Return the items of a response: the message, and the calls of tools; no message where there are calls alone."""
    calls = snapshot.answer.tool_calls if snapshot.answer else ()
    items = [message(run_id, text, state)] if text or not calls else []
    return items + [function_call(run_id, at, call, "completed") for at, call in enumerate(calls)]


def function_call(run_id: str, at: int, call: ToolCall, state: str) -> dict[str, Any]:
    """Return a call of a tool; without its arguments when it begins."""
    return {
        "id": f"{CALL_PREFIX}{run_id}_{at}",
        "type": "function_call",
        "status": state,
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments if state == "completed" else "",
    }


def part(text: str) -> dict[str, Any]:
    """Return the one part of the message."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(run: RunSnapshot) -> dict[str, Any]:
    tokens = tokens_of(run)
    cost = documents.known_cost(run.cost, run.cost_is_complete)
    return {
        "input_tokens": tokens["input_tokens"],
        "input_tokens_details": {"cached_tokens": tokens["cached_tokens"], "cache_write_tokens": 0},
        "output_tokens": tokens["output_tokens"],
        "output_tokens_details": {"reasoning_tokens": tokens["reasoning_tokens"]},
        "total_tokens": tokens["input_tokens"] + tokens["output_tokens"],
        **({} if cost is None else {"cost": cost}),
    }


@dataclass(slots=True)
class StreamEvents:
    """Makes the events of one stream, numbered."""

    run: Run
    echo: Echo
    notices: list[str]
    has_message: bool = False
    _numbers: "count[int]" = field(default_factory=count)

    def opening(self) -> list[dict[str, Any]]:
        """Return the beginning; where no tools are offered, the message begins as well: its answer is a text."""
        response = begun(self.run, self.echo)
        events = [
            self._event("response.created", response=response),
            self._event("response.in_progress", response=response),
        ]
        return events + ([] if response["tools"] else self._begun_message())

    def delta(self, text: str) -> list[dict[str, Any]]:
        delta = self._begun_message()
        return [*delta, self._event("response.output_text.delta", **self._place(), delta=text, logprobs=[])]

    def _begun_message(self) -> list[dict[str, Any]]:
        """Return the beginning of the message, once. An item comes before its part: OpenAI's clients rely on that."""
        if self.has_message:
            return []
        self.has_message = True
        item = message(self.run.public_id, "", "in_progress")
        return [
            self._event("response.output_item.added", output_index=0, item=item),
            self._event("response.content_part.added", **self._place(), part=part("")),
        ]

    def fusion_event(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return one of our events."""
        return self._event("response.fusion_event", fusion_event=event)

    def closing(self, snapshot: RunSnapshot, text: str, url: str) -> list[dict[str, Any]]:
        response = ended(self.run, self.echo, snapshot, text, url, self.notices)
        calls = snapshot.answer.tool_calls if snapshot.answer else ()
        events = [] if calls else self._begun_message()
        if self.has_message:
            written = message(self.run.public_id, text, response["status"])
            events += [
                self._event("response.output_text.done", **self._place(), text=text, logprobs=[]),
                self._event("response.content_part.done", **self._place(), part=part(text)),
                self._event("response.output_item.done", output_index=0, item=written),
            ]
        for at, call in enumerate(calls):
            events += self._call(at, call)
        return [*events, self._event(f"response.{response['status']}", response=response)]

    def _call(self, at: int, call: ToolCall) -> list[dict[str, Any]]:
        """Return the events of a call of a tool, in OpenAI's order."""
        run_id, index = self.run.public_id, at + int(self.has_message)
        begun_call, whole = (function_call(run_id, at, call, state) for state in ("in_progress", "completed"))
        place = {"item_id": whole["id"], "output_index": index}
        return [
            self._event("response.output_item.added", output_index=index, item=begun_call),
            self._event("response.function_call_arguments.delta", **place, delta=call.arguments),
            self._event("response.function_call_arguments.done", **place, name=call.name, arguments=call.arguments),
            self._event("response.output_item.done", output_index=index, item=whole),
        ]

    def failing(self, error: ApiError) -> list[dict[str, Any]]:
        """Return the end of a stream that failed. OpenAI has the fields of an error at the top, others below it."""
        fields = {"code": error.code, "message": error.message, "param": error.param}
        inner = {"type": error.envelope["error"]["type"], **fields}
        response = failed(self.run, self.echo, error) | {"status": "failed"}
        return [
            self._event("error", **fields, error=inner),
            self._event("response.failed", response=response),
        ]

    def _place(self) -> dict[str, Any]:
        return {"item_id": f"{MESSAGE_PREFIX}{self.run.public_id}", "output_index": 0, "content_index": 0}

    def _event(self, kind: str, **values: Any) -> dict[str, Any]:
        return {"type": kind, "sequence_number": next(self._numbers), **values}
