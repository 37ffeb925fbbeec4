"""The response object of responses, and the events of its stream."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from apps.api.errors import ApiError
from apps.api.openai.wire.extension import finish_of, fusion_of, tokens_of
from apps.api.openai.wire.responses_request import ResponsesRequest
from apps.runs.models import Run
from apps.runs.reading.snapshot import RunSnapshot

REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


def begun(run: Run, request: ResponsesRequest) -> dict[str, Any]:
    """The response while it is being made."""
    return {
        "id": f"resp_{run.public_id}",
        "object": "response",
        "created_at": int(run.created_at.timestamp()),
        "status": "in_progress",
        "model": request.model,
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "metadata": request.metadata or {},
        "text": {"format": {"type": request.text.format.type if request.text and request.text.format else "text"}},
        "parallel_tool_calls": False,
        "tool_choice": "none",
        "tools": [],
        "output": [],
        "error": None,
        "incomplete_details": None,
        "usage": None,
    }


def ended(run: Run, request: ResponsesRequest, snapshot: RunSnapshot, text: str, url: str) -> dict[str, Any]:
    """The response with its answer."""
    reason = REASONS.get(finish_of(snapshot))
    state = "incomplete" if reason else "completed"
    return begun(run, request) | {
        "status": state,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [message(run.public_id, text, state)],
        "usage": _usage(snapshot),
        "fusion": fusion_of(snapshot, url),
    }


def message(run_id: str, text: str, state: str) -> dict[str, Any]:
    """The one message that a response consists of; without a text when it begins."""
    content = [part(text)] if text else []
    return {"id": f"msg_{run_id}", "type": "message", "role": "assistant", "status": state, "content": content}


def part(text: str) -> dict[str, Any]:
    """The one part of the message."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(run: RunSnapshot) -> dict[str, Any]:
    tokens = tokens_of(run)
    return {
        "input_tokens": tokens["input_tokens"],
        "input_tokens_details": {"cached_tokens": tokens["cached_tokens"], "cache_write_tokens": 0},
        "output_tokens": tokens["output_tokens"],
        "output_tokens_details": {"reasoning_tokens": tokens["reasoning_tokens"]},
        "total_tokens": tokens["input_tokens"] + tokens["output_tokens"],
        "cost": float(run.cost) if run.cost is not None else None,
        "cost_is_complete": run.cost_is_complete,
    }


@dataclass(slots=True)
class StreamEvents:
    """Makes the events of one stream, numbered."""

    run: Run
    request: ResponsesRequest
    _numbers: "count[int]" = field(default_factory=count)

    def opening(self) -> list[dict[str, Any]]:
        response, item = begun(self.run, self.request), message(self.run.public_id, "", "in_progress")
        return [
            self._event("response.created", response=response),
            self._event("response.in_progress", response=response),
            self._event("response.output_item.added", output_index=0, item=item),
            self._event("response.content_part.added", **self._place(), part=part("")),
        ]

    def delta(self, text: str) -> dict[str, Any]:
        return self._event("response.output_text.delta", **self._place(), delta=text, logprobs=[])

    def told(self, event: dict[str, Any]) -> dict[str, Any]:
        """One of our events."""
        return self._event("response.fusion_event", fusion_event=event)

    def closing(self, snapshot: RunSnapshot, text: str, url: str) -> list[dict[str, Any]]:
        response = ended(self.run, self.request, snapshot, text, url)
        return [
            self._event("response.output_text.done", **self._place(), text=text, logprobs=[]),
            self._event("response.content_part.done", **self._place(), part=part(text)),
            self._event("response.output_item.done", output_index=0, item=response["output"][0]),
            self._event(f"response.{response['status']}", response=response),
        ]

    def failed(self, error: ApiError) -> list[dict[str, Any]]:
        reason = {"code": error.code, "message": error.message}
        response = begun(self.run, self.request) | {"status": "failed", "error": reason}
        return [
            self._event("error", code=error.code, message=error.message, param=error.param),
            self._event("response.failed", response=response),
        ]

    def _place(self) -> dict[str, Any]:
        return {"item_id": f"msg_{self.run.public_id}", "output_index": 0, "content_index": 0}

    def _event(self, kind: str, **values: Any) -> dict[str, Any]:
        return {"type": kind, "sequence_number": next(self._numbers), **values}
