"""The vendors' wire forms. One class a dialect; behaviours speak only in the words of `Wire`.

Usage is given in OpenAI's words everywhere and translated here, so that one script serves every dialect.
"""

import json
from typing import Any, ClassVar

from tests.upstream.gemini_wire import GeminiWire
from tests.upstream.wire import Cited, Usage, Wire, detail, encode


def wire_for(path: str, model: str, request_id: str) -> Wire:
    """The wire that a request to ``path`` expects."""
    if path.endswith("/messages"):
        return AnthropicWire(model, request_id)
    if ":streamGenerateContent" in path or ":generateContent" in path:
        return GeminiWire(model, request_id)
    return OpenAIWire(model, request_id, is_chat=not path.endswith("/v1/completions"))


def dialect_of(path: str) -> str:
    return {AnthropicWire: "anthropic", GeminiWire: "gemini"}.get(type(wire_for(path, "", "")), "openai")


def halves(text: str) -> list[str]:
    """A text in two pieces."""
    return [text[: len(text) // 2], text[len(text) // 2 :]]


class OpenAIWire:
    """OpenAI's chat completions, and its older completions (``is_chat`` false)."""

    reports_cost = True
    statuses: ClassVar[dict[str, int]] = {"context": 400, "quota": 429, "blocked": 400}
    kinds: ClassVar[dict[Any, str]] = {
        "context": "context_length_exceeded",
        "quota": "insufficient_quota",
        "blocked": "content_policy_violation",
        400: "invalid_request_error",
        401: "invalid_api_key",
        402: "insufficient_credits",
        403: "permission_error",
        404: "model_not_found",
        429: "rate_limit_exceeded",
        529: "overloaded_error",
    }
    reasons: ClassVar[dict[str, str]] = {"refusal": "stop"}

    def __init__(self, model: str, request_id: str, is_chat: bool) -> None:
        self.done = b"data: [DONE]\n\n"
        self.head = {"id": request_id, "object": "chat.completion.chunk", "created": 1, "model": model}
        self.is_chat = is_chat

    def _choice(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        part: dict[str, Any] = {"delta": delta} if self.is_chat else {"text": delta.get("content", "")}
        return {"index": 0, **part, "finish_reason": finish}

    def _event(self, *choices: dict[str, Any], **more: Any) -> bytes:
        return encode({**self.head, "choices": list(choices), **more})

    def opening(self, usage: Usage) -> bytes:
        return self.early(None)

    def early(self, usage: Usage) -> bytes:
        return self._event(self._choice({"role": "assistant", "content": ""}), **({"usage": usage} if usage else {}))

    def text(self, text: str) -> bytes:
        return self._event(self._choice({"content": text}))

    def text_with_reason(self, text: str, reason: str) -> bytes:
        return self._event(self._choice({"content": text}, reason))

    def begun_with(self, text: str) -> bytes:
        return b""

    def repeated(self, text: str, usage: Usage) -> bytes:
        said = self._choice({}, "stop") | {"message": {"role": "assistant", "content": text}}
        return self._event(said, object="chat.completion", usage=usage)

    def reasoning(self, text: str) -> bytes:
        return self._event(self._choice({"reasoning": text}))

    def refusal(self, text: str) -> bytes:
        return self._event(self._choice({"refusal": text}))

    def calls(self, calls: list[dict[str, Any]]) -> bytes:
        sent = b""
        for index, call in enumerate(calls):
            head = {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": ""}}
            sent += self._event(self._choice({"tool_calls": [{"index": index, **head}]}))
            for piece in halves(call["arguments"]):
                part = {"index": index, "function": {"arguments": piece}}
                sent += self._event(self._choice({"tool_calls": [part]}))
        return sent

    def searched(self, query: str, pieces: list[Cited]) -> bytes:
        sent, at, notes = b"", 0, []
        for text, sources in pieces:
            sent += self.text(text)
            place = {"start_index": at, "end_index": at + len(text)}
            notes += [{"url": one["url"], "title": one["title"], **place} for one in sources]
            at += len(text)
        marks = [{"type": "url_citation", "url_citation": one} for one in notes]
        return sent + self._event(self._choice({"annotations": marks}))

    def ending(self, reason: str, usage: Usage) -> bytes:
        end = self._event(self._choice({}, self.reasons.get(reason, reason)))
        return end + (self._event(usage=usage) if usage else b"")

    def misplaced(self, reason: str, usage: Usage) -> bytes:
        return self._event(self._choice({}, reason) | {"usage": usage})

    def error(self, status: int, message: str) -> bytes:
        return encode({"error": {"message": message, "code": status, "type": "server_error"}})

    def error_body(self, status: int, kind: str, message: str) -> bytes:
        word = self.kinds.get(kind) or self.kinds.get(status, "server_error")
        code = status if kind == "inside" else word
        return json.dumps({"error": {"message": message, "type": word, "code": code}}).encode()

    def whole(self, text: str, usage: Usage) -> bytes:
        part = {"message": {"role": "assistant", "content": text}} if self.is_chat else {"text": text}
        choice = {"index": 0, "finish_reason": "stop", **part}
        return json.dumps({**self.head, "choices": [choice], "usage": usage}).encode()


class AnthropicWire:
    """Anthropic's messages: named events, blocks that open and close, input counted at the start, output at the end."""

    reports_cost = False
    statuses: ClassVar[dict[str, int]] = {"context": 400, "quota": 400, "blocked": 400}
    kinds: ClassVar[dict[int, str]] = {
        400: "invalid_request_error",
        401: "authentication_error",
        402: "billing_error",
        403: "permission_error",
        404: "not_found_error",
        413: "request_too_large",
        429: "rate_limit_error",
        529: "overloaded_error",
    }
    reasons: ClassVar[dict[str, str]] = {
        "stop": "end_turn",
        "length": "max_tokens",
        "content_filter": "refusal",
        "tool_calls": "tool_use",
    }

    def __init__(self, model: str, request_id: str) -> None:
        self.done = self._event("message_stop")
        self.message = {"id": request_id, "type": "message", "role": "assistant", "model": model}
        self.index = -1
        self.open = ""
        self.searches = 0

    def _event(self, kind: str, **more: Any) -> bytes:
        return encode({"type": kind, **more}, kind)

    def _counted(self, usage: Usage) -> dict[str, Any]:
        """Input without what the cache held, which is counted apart."""
        if not usage:
            return {}
        given, cached = usage.get("prompt_tokens"), detail(usage, "prompt_tokens_details", "cached_tokens")
        counted = {"input_tokens": given - (cached or 0), "output_tokens": usage.get("completion_tokens")}
        thought = detail(usage, "completion_tokens_details", "reasoning_tokens")
        counted |= {"output_tokens_details": {"thinking_tokens": thought}} if thought is not None else {}
        return counted | ({"cache_read_input_tokens": cached} if cached is not None else {})

    def _start(self, usage: dict[str, Any]) -> bytes:
        more = {"usage": usage} if usage else {}
        return self._event("message_start", message={**self.message, "content": [], **more}) + self._event("ping")

    def opening(self, usage: Usage) -> bytes:
        return self._start(self._counted(usage) | {"output_tokens": 1} if usage else {})

    def early(self, usage: Usage) -> bytes:
        return self._start(self._counted(usage))

    def _block(self, kind: str) -> bytes:
        """Close the open block and begin another, unless it is of this kind."""
        if self.open == kind:
            return b""
        closing = self._close()
        self.open, self.index = kind, self.index + 1
        return closing + self._event("content_block_start", index=self.index, content_block={"type": kind, kind: ""})

    def _close(self) -> bytes:
        if not self.open:
            return b""
        signature = {"type": "signature_delta", "signature": "EqQBCgIYAhIM"}
        signed = (
            self._event("content_block_delta", index=self.index, delta=signature) if self.open == "thinking" else b""
        )
        self.open = ""
        return signed + self._event("content_block_stop", index=self.index)

    def _delta(self, kind: str, text: str) -> bytes:
        start = self._block(kind)
        return start + self._event("content_block_delta", index=self.index, delta={"type": f"{kind}_delta", kind: text})

    def text(self, text: str) -> bytes:
        return self._delta("text", text)

    def text_with_reason(self, text: str, reason: str) -> bytes:
        delta = {"stop_reason": self.reasons.get(reason, reason), "stop_sequence": None}
        return self.text(text) + self._event("message_delta", delta=delta)

    def begun_with(self, text: str) -> bytes:
        self.open, self.index = "text", self.index + 1
        block = {"type": "text", "text": text}
        return self._event("content_block_start", index=self.index, content_block=block)

    def repeated(self, text: str, usage: Usage) -> bytes:
        end = {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "usage": self._counted(usage)}
        return self._close() + encode({**self.message, **end}, "message")

    def reasoning(self, text: str) -> bytes:
        return self._delta("thinking", text)

    def refusal(self, text: str) -> bytes:
        return self.text(text)

    def calls(self, calls: list[dict[str, Any]]) -> bytes:
        sent = b""
        for call in calls:
            sent += self._close()
            self.open, self.index = "tool_use", self.index + 1
            block = {"type": "tool_use", "id": call["id"], "name": call["name"], "input": {}}
            sent += self._event("content_block_start", index=self.index, content_block=block)
            # Of no arguments the API sends no piece at all.
            for piece in halves(call["arguments"]) if call["arguments"] != "{}" else []:
                delta = {"type": "input_json_delta", "partial_json": piece}
                sent += self._event("content_block_delta", index=self.index, delta=delta)
        return sent

    def searched(self, query: str, pieces: list[Cited]) -> bytes:
        self.searches = 1
        asked = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
        sent = self._close() + self._whole_block(
            asked, {"type": "input_json_delta", "partial_json": json.dumps({"query": query})}
        )
        urls = {one["url"]: one["title"] for _, sources in pieces for one in sources}
        hits = [
            {"type": "web_search_result", "url": url, "title": title, "encrypted_content": "Eo"}
            for url, title in urls.items()
        ]
        sent += self._whole_block({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": hits})
        for text, sources in pieces:
            said = {"type": "text_delta", "text": text}
            cited = [
                {
                    "type": "web_search_result_location",
                    "url": one["url"],
                    "title": one["title"],
                    "cited_text": one.get("quote", ""),
                }
                for one in sources
            ]
            notes = [{"type": "citations_delta", "citation": one} for one in cited]
            sent += self._whole_block({"type": "text", "text": ""}, *notes, said)
        return sent

    def _whole_block(self, block: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
        self.index += 1
        events = [self._event("content_block_delta", index=self.index, delta=one) for one in deltas]
        start = self._event("content_block_start", index=self.index, content_block=block)
        return start + b"".join(events) + self._event("content_block_stop", index=self.index)

    def ending(self, reason: str, usage: Usage) -> bytes:
        delta = {"stop_reason": self.reasons.get(reason, reason), "stop_sequence": None}
        counted = self._counted(usage)
        if self.searches and usage:
            counted |= {"server_tool_use": {"web_search_requests": self.searches}}
        return self._close() + self._event("message_delta", delta=delta, **({"usage": counted} if usage else {}))

    def misplaced(self, reason: str, usage: Usage) -> bytes:
        delta = {"stop_reason": self.reasons.get(reason, reason), "usage": self._counted(usage)}
        return self._close() + self._event("message_delta", delta=delta)

    def error(self, status: int, message: str) -> bytes:
        return self._event("error", error={"type": self.kinds.get(status, "api_error"), "message": message})

    def error_body(self, status: int, kind: str, message: str) -> bytes:
        words = {
            "context": "prompt is too long: 9000 tokens > 8192 maximum",
            "quota": "Your credit balance is too low to access the API.",
            "blocked": "Output blocked by content filtering policy",
        }
        error = {"type": self.kinds.get(status, "api_error"), "message": words.get(kind, message)}
        return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()

    def whole(self, text: str, usage: Usage) -> bytes:
        content = [{"type": "text", "text": text}]
        end = {"content": content, "stop_reason": "end_turn", "usage": self._counted(usage)}
        return json.dumps({**self.message, **end}).encode()
