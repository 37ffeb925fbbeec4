"""The response of chat completions, whole and in chunks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.api.openai.wire.extension import fingerprint_of, finish_of, fusion_of, usage_of
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


def completion(run: RunSnapshot, text: str, model: str, url: str, notices: Sequence[str] = ()) -> dict[str, Any]:
    """Return the whole response; ``model`` is the name that was asked for."""
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": f"chatcmpl-{run.id}",
        "object": "chat.completion",
        "created": int(run.created_at.timestamp()),
        "model": model,
        "system_fingerprint": fingerprint_of(run.recipe),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_of(run)}],
        "usage": usage_of(run),
        "fusion": fusion_of(run, url, notices),
    }


@dataclass(frozen=True, slots=True)
class Chunks:
    """Makes the chunks of one stream."""

    run: str
    created: int
    model: str
    with_usage: bool
    fingerprint: str
    notices: Sequence[str] = ()

    def role(self) -> dict[str, Any]:
        return self._chunk({"role": "assistant", "content": ""})

    def content(self, text: str) -> dict[str, Any]:
        return self._chunk({"content": text})

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return one of our events; ``choices`` is empty."""
        return self._base() | {"choices": [], "fusion_event": event}

    def finish(self, run: RunSnapshot, url: str) -> dict[str, Any]:
        return self._chunk({}, finish_of(run)) | {"fusion": fusion_of(run, url, self.notices)}

    def usage(self, run: RunSnapshot) -> dict[str, Any]:
        return self._base() | {"choices": [], "usage": usage_of(run)}

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
