"""How a vendor writes things on the wire. One class a dialect; behaviours speak only in these words."""

import json
from typing import Any


def encode(event: Any) -> bytes:
    """One server-sent event. Non-ASCII goes out unescaped, as most vendors do, so that U+2028 really is on the wire."""
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


class OpenAIWire:
    """OpenAI's chat completions, and its older completions (``is_chat`` false)."""

    done = b"data: [DONE]\n\n"

    def __init__(self, model: str, request_id: str, is_chat: bool) -> None:
        self.head = {"id": request_id, "object": "chat.completion.chunk", "created": 1, "model": model}
        self.is_chat = is_chat

    def _choice(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        part: dict[str, Any] = {"delta": delta} if self.is_chat else {"text": delta.get("content", "")}
        return {"index": 0, **part, "finish_reason": finish}

    def _event(self, *choices: dict[str, Any], **more: Any) -> bytes:
        return encode({**self.head, "choices": list(choices), **more})

    def opening(self, usage: dict[str, Any] | None = None) -> bytes:
        return self._event(self._choice({"role": "assistant", "content": ""}), **({"usage": usage} if usage else {}))

    def text(self, text: str) -> bytes:
        return self._event(self._choice({"content": text}))

    def reasoning(self, text: str) -> bytes:
        return self._event(self._choice({"reasoning": text}))

    def refusal(self, text: str) -> bytes:
        return self._event(self._choice({"refusal": text}))

    def finish(self, reason: str, usage: dict[str, Any] | None = None) -> bytes:
        choice = self._choice({}, reason)
        return self._event(choice | {"usage": usage} if usage else choice)

    def usage(self, usage: dict[str, Any]) -> bytes:
        return self._event(usage=usage)

    def error(self, message: str, code: Any) -> bytes:
        return encode({"error": {"message": message, "code": code, "type": "server_error"}})

    def whole(self, text: str, usage: dict[str, Any]) -> bytes:
        part = {"message": {"role": "assistant", "content": text}} if self.is_chat else {"text": text}
        choice = {"index": 0, "finish_reason": "stop", **part}
        return json.dumps({**self.head, "choices": [choice], "usage": usage}).encode()
