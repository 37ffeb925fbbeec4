"""The message that answers, whole and as the events of its stream.

The order of events: platform.claude.com, ``/docs/en/build-with-claude/streaming``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.api import documents, sse
from apps.api.answer_stream import ToolCallDelta
from apps.api.answering import Answer
from apps.api.anthropic.wire.web import citations_of, search_blocks
from apps.api.errors import ApiError
from apps.api.extension import fusion_of, server_tool_use, tokens_of
from apps.fusion.vocabulary import FinishReason
from apps.providers.tool_calls import arguments_object
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.web_account import WebAccount

STOPS = {
    FinishReason.TOOL_CALLS: "tool_use",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.UNKNOWN: "max_tokens",
    FinishReason.REFUSAL: "refusal",
    FinishReason.CONTENT_FILTER: "refusal",
}
PING = sse.data({"type": "ping"}, "ping")

MESSAGE_EXAMPLE = {
    "id": "msg_k3Xw9Qp2LmZa",
    "type": "message",
    "role": "assistant",
    "model": "claude-fusion",
    "content": [{"type": "text", "text": "330 metres."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 812, "output_tokens": 240},
}


def message(answer: Answer, model: str, url: str, notices: Sequence[str], *, shows_web: bool = False) -> dict[str, Any]:
    """Return the whole message; ``model`` is the name that was asked for.

    With ``shows_web``, searches are blocks before the text, which has their citations.
    """
    run, text = answer.run, answer.text
    calls = run.answer.tool_calls if run.answer else ()
    words: list[dict[str, Any]] = [{"type": "text", "text": text}] if text or not calls else []
    if shows_web:
        words = [*search_blocks(answer.web), *({**one, "citations": citations_of(answer.web, text)} for one in words)]
    uses = [{**_tool_use(call.id, call.name), "input": arguments_object(call.arguments)} for call in calls]
    return _head(run.id, model) | {
        "content": [*words, *uses],
        "stop_reason": stop_reason_of(run),
        "usage": usage_of(run, answer.web),
        "fusion": fusion_of(run, url, notices),
    }


def stop_reason_of(run: RunSnapshot) -> str:
    """Return why the answer ends, in Anthropic's words; one that ended for no known reason may be cut off."""
    reason = run.answer.finish_reason if run.answer else None
    return STOPS.get(reason, "end_turn") if reason else "end_turn"


def usage_of(run: RunSnapshot, web: WebAccount | None) -> dict[str, Any]:
    """Return the usage of all calls together; what caches held is not in ``input_tokens``. ``cost`` is USD."""
    tokens = tokens_of(run)
    cost = documents.known_cost(run.cost, run.cost_is_complete)
    return {
        "input_tokens": max(0, tokens["input_tokens"] - tokens["cached_tokens"]),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": tokens["cached_tokens"],
        "output_tokens": tokens["output_tokens"],
        **({} if cost is None else {"cost": cost}),
        **server_tool_use(web),
    }


def _head(run_id: str, model: str) -> dict[str, Any]:
    return {
        "id": f"msg_{run_id}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _tool_use(call_id: str, name: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": name, "input": {}}


@dataclass(slots=True)
class MessageEvents:
    """Makes the events of one stream. Blocks are numbered, and one is open at a time."""

    run: str
    model: str
    input_tokens: int
    notices: Sequence[str] = ()
    shows_web: bool = False
    blocks: int = field(default=0, init=False)
    open: str = field(default="", init=False)
    has_arguments: bool = field(default=False, init=False)

    def opening(self) -> bytes:
        """Return the beginning; the input is counted roughly here, and exactly at the end."""
        usage = {"input_tokens": self.input_tokens, "output_tokens": 0}
        return _event("message_start", message=_head(self.run, self.model) | {"usage": usage}) + PING

    def text(self, text: str) -> bytes:
        opened = b"" if self.open == "text" else self._start({"type": "text", "text": ""})
        return opened + self._delta({"type": "text_delta", "text": text})

    def call(self, delta: ToolCallDelta) -> bytes:
        """Return more of a call of a tool. Arguments that are no object come whole, and stand in one."""
        opened = self._start(_tool_use(delta.id, delta.name)) if delta.is_first else b""
        text = delta.arguments
        if text and not (self.has_arguments or text.startswith("{")):
            text = documents.json_text(arguments_object(text))
        self.has_arguments |= bool(text)
        return opened + (self._delta({"type": "input_json_delta", "partial_json": text}) if text else b"")

    def closing(self, answer: Answer, url: str) -> bytes:
        """Return the end of what is open, and of the message."""
        return b"".join(self._closing(answer, url))

    def _closing(self, answer: Answer, url: str) -> Iterator[bytes]:
        run, usage = answer.run, usage_of(answer.run, answer.web)
        if self.open == "text":
            for cited in citations_of(answer.web, answer.text) if self.shows_web else ():
                yield self._delta({"type": "citations_delta", "citation": cited})
        yield self._stop()
        # They are told with the end of the answer, so their blocks come behind its text.
        for block in search_blocks(answer.web) if self.shows_web else ():
            yield self._start(block) + self._stop()
        delta = {"stop_reason": stop_reason_of(run), "stop_sequence": None}
        yield _event("message_delta", delta=delta, usage=usage, fusion=fusion_of(run, url, self.notices))
        yield _event("message_stop")

    def failing(self, refusal: ApiError) -> bytes:
        """Return the end of a stream that failed."""
        return sse.data(refusal.in_anthropics_form(self.run)[1], "error")

    def _start(self, block: dict[str, Any]) -> bytes:
        """Begin a block, and end the one before it."""
        ended, self.open, self.has_arguments = self._stop(), block["type"], False
        return ended + _event("content_block_start", index=self.blocks, content_block=block)

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return _event("content_block_delta", index=self.blocks, delta=delta)

    def _stop(self) -> bytes:
        if not self.open:
            return b""
        stopped = _event("content_block_stop", index=self.blocks)
        self.blocks, self.open = self.blocks + 1, ""
        return stopped


def _event(kind: str, **values: Any) -> bytes:
    return sse.data({"type": kind, **values}, kind)
