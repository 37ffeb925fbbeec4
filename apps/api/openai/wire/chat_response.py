"""The response of chat completions, whole and in chunks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.api.answer_stream import ToolCallDelta
from apps.api.answering import Answer
from apps.api.extension import citations_of, fingerprint_of, fusion_of
from apps.api.openai.wire.extension import finish_of, usage_of
from apps.runs.reading.snapshot import RunSnapshot

COMPLETION_EXAMPLE = {
    "id": "chatcmpl-k3Xw9Qp2LmZa",
    "object": "chat.completion",
    "created": 1_760_000_000,
    "model": "fusion",
    "system_fingerprint": "fp_3b1f0a92c4",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "330 metres."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 812, "completion_tokens": 240, "total_tokens": 1052, "cost": 0.0042},
    "fusion": {"run_id": "k3Xw9Qp2LmZa", "url": "http://localhost:8000/runs/k3Xw9Qp2LmZa/", "status": "done"},
}


def completion(
    answer: Answer,
    model: str,
    url: str,
    notices: Sequence[str] = (),
    *,
    in_older_form: bool = False,
) -> dict[str, Any]:
    """Return the whole response; ``model`` is the name that was asked for.

    Calls of tools are ``tool_calls``, or ``in_older_form`` a ``function_call``, which holds one.
    """
    run, text, calls = answer.run, answer.text, calls_of(answer.run)
    message: dict[str, Any] = {"role": "assistant", "content": text or (None if calls else ""), "refusal": None}
    message |= {"annotations": annotations_of(answer)} if answer.web else {}
    if calls:
        message |= {"function_call": calls[0]["function"]} if in_older_form else {"tool_calls": calls}
    return {
        "id": f"chatcmpl-{run.id}",
        "object": "chat.completion",
        "created": int(run.created_at.timestamp()),
        "model": model,
        "system_fingerprint": fingerprint_of(run.recipe),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(run, in_older_form)}],
        "usage": usage_of(run, answer.web),
        "fusion": fusion_of(run, url, notices),
    }


def annotations_of(answer: Answer) -> list[dict[str, Any]]:
    """Return the citations of an answer, in OpenAI's form for chat."""
    return [{"type": "url_citation", "url_citation": one} for one in citations_of(answer.web, answer.text)]


def calls_of(run: RunSnapshot) -> list[dict[str, Any]]:
    """Return the calls of tools that the answer asks for."""
    calls = run.answer.tool_calls if run.answer else ()
    return [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in calls
    ]


def _finish(run: RunSnapshot, in_older_form: bool) -> str:
    reason = finish_of(run)
    return "function_call" if in_older_form and reason == "tool_calls" else reason


@dataclass(frozen=True, slots=True)
class Chunks:
    """Makes the chunks of one stream."""

    run: str
    created: int
    model: str
    with_usage: bool
    fingerprint: str
    notices: Sequence[str] = ()
    in_older_form: bool = False

    def role(self) -> dict[str, Any]:
        return self._chunk({"role": "assistant", "content": ""})

    def content(self, text: str) -> dict[str, Any]:
        return self._chunk({"content": text})

    def call(self, delta: ToolCallDelta) -> list[dict[str, Any]]:
        """Return more of a call of a tool, which OpenAI begins without its arguments; the older form has one call."""
        if self.in_older_form and delta.ordinal > 0:
            return []
        begun = {"id": delta.id, "type": "function"} if delta.is_first else {}
        head, rest = {"name": delta.name, "arguments": ""}, {"arguments": delta.arguments}
        parts = [(begun, head)] * delta.is_first + [({}, rest)] * bool(delta.arguments)
        if self.in_older_form:
            return [self._chunk({"function_call": function}) for _, function in parts]
        return [
            self._chunk({"tool_calls": [{"index": delta.ordinal, **named, "function": function}]})
            for named, function in parts
        ]

    def annotations(self, answer: Answer) -> list[dict[str, Any]]:
        """Return a chunk with the citations, if there are any."""
        found = annotations_of(answer)
        return [self._chunk({"annotations": found})] if found else []

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return one of our events; ``choices`` is empty."""
        return self._base() | {"choices": [], "fusion_event": event}

    def finish(self, run: RunSnapshot, url: str) -> dict[str, Any]:
        return self._chunk({}, _finish(run, self.in_older_form)) | {"fusion": fusion_of(run, url, self.notices)}

    def usage(self, answer: Answer) -> dict[str, Any]:
        return self._base() | {"choices": [], "usage": usage_of(answer.run, answer.web)}

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._base() | {"choices": [choice]}

    def _base(self) -> dict[str, Any]:
        base = {
            "id": f"chatcmpl-{self.run}",
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
        }
        # As OpenAI does it: whoever asked for usage gets the key in every chunk, and null in all but the last.
        return base | {"usage": None} if self.with_usage else base
