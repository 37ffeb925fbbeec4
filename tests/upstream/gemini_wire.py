"""Gemini's wire form."""

import json
from typing import Any, ClassVar

from tests.upstream.wire import Cited, Usage, detail, encode


class GeminiWire:
    """Gemini's content: every event is a whole response; the connection's end is the answer's."""

    reports_cost = False
    statuses: ClassVar[dict[str, int]] = {"context": 400, "quota": 429, "blocked": 200}
    kinds: ClassVar[dict[int, str]] = {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED",
        503: "UNAVAILABLE",
    }
    reasons: ClassVar[dict[str, str]] = {
        "stop": "STOP",
        "length": "MAX_TOKENS",
        "refusal": "SAFETY",
        "content_filter": "RECITATION",
        "tool_calls": "STOP",
    }

    def __init__(self, model: str, request_id: str) -> None:
        self.done = b""
        self.head = {"responseId": request_id, "modelVersion": model}

    def _counted(self, usage: Usage) -> dict[str, Any]:
        """Candidates without thoughts, which are counted apart."""
        if not usage:
            return {}
        thought = detail(usage, "completion_tokens_details", "reasoning_tokens")
        counted = {
            "promptTokenCount": usage.get("prompt_tokens"),
            "candidatesTokenCount": usage.get("completion_tokens", 0) - (thought or 0),
            "cachedContentTokenCount": detail(usage, "prompt_tokens_details", "cached_tokens"),
            "thoughtsTokenCount": thought,
            "totalTokenCount": usage.get("total_tokens"),
        }
        return {"usageMetadata": {name: count for name, count in counted.items() if count is not None}}

    def _candidate(self, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"candidates": [{"content": {"parts": list(parts), "role": "model"}, "index": 0, **more}]}

    def _event(self, *more: dict[str, Any]) -> bytes:
        return encode({key: value for part in (*more, self.head) for key, value in part.items()})

    def opening(self, usage: Usage) -> bytes:
        return b""

    def early(self, usage: Usage) -> bytes:
        return self._event(self._counted(usage))

    def text(self, text: str) -> bytes:
        return self._event(self._candidate({"text": text}))

    def text_with_reason(self, text: str, reason: str) -> bytes:
        return self._event(self._candidate({"text": text}, finishReason=self.reasons.get(reason, reason)))

    def begun_with(self, text: str) -> bytes:
        return b""

    def repeated(self, text: str, usage: Usage) -> bytes:
        return self._event(self._candidate({"text": text}, finishReason="STOP"), self._counted(usage))

    def reasoning(self, text: str) -> bytes:
        return self._event(self._candidate({"text": text, "thought": True}))

    def refusal(self, text: str) -> bytes:
        return self.text(text)

    def calls(self, calls: list[dict[str, Any]]) -> bytes:
        called = [{"id": call["id"], "name": call["name"], "args": json.loads(call["arguments"])} for call in calls]
        return self._event(self._candidate(*({"functionCall": call} for call in called)))

    def searched(self, query: str, pieces: list[Cited]) -> bytes:
        pages, supports, at = [], [], 0
        for text, sources in pieces:
            indices = list(range(len(pages), len(pages) + len(sources)))
            pages += [{"web": {"uri": one["url"], "title": one["title"]}} for one in sources]
            place = {"startIndex": at, "endIndex": at + len(text.encode()), "text": text}
            supports.append({"segment": place, "groundingChunkIndices": indices})
            at += len(text.encode())
        found = {"webSearchQueries": [query], "groundingChunks": pages, "groundingSupports": supports}
        found |= {"searchEntryPoint": {"renderedContent": '<div class="carousel">Search</div>'}}
        return b"".join(self.text(text) for text, _ in pieces) + self._event(self._candidate(groundingMetadata=found))

    def ending(self, reason: str, usage: Usage) -> bytes:
        word = self.reasons.get(reason, reason)
        return self._event(self._candidate({"text": ""}, finishReason=word), self._counted(usage))

    def misplaced(self, reason: str, usage: Usage) -> bytes:
        return self._event(self._candidate(finishReason=self.reasons.get(reason, reason), **self._counted(usage)))

    def _error(self, status: int, message: str) -> dict[str, Any]:
        return {"error": {"code": status, "message": message, "status": self.kinds.get(status, "INTERNAL")}}

    def error(self, status: int, message: str) -> bytes:
        return encode(self._error(status, message))

    def error_body(self, status: int, kind: str, message: str) -> bytes:
        words = {
            "context": "The input token count (9000) exceeds the maximum number of tokens allowed (8192).",
            "quota": "Your prepayment credits are depleted.",
        }
        if kind == "blocked":
            return json.dumps({"promptFeedback": {"blockReason": "SAFETY"}, **self.head}).encode()
        return json.dumps([self._error(status, words.get(kind, message))]).encode()

    def whole(self, text: str, usage: Usage) -> bytes:
        event = self._candidate({"text": text}, finishReason="STOP") | self._counted(usage) | self.head
        return json.dumps([event]).encode()
