"""The words of a behaviour in any dialect, as a protocol. The dialects: ``wires.py``."""

import json
from typing import Any, ClassVar, Protocol

Usage = dict[str, Any] | None
Cited = tuple[str, list[dict[str, str]]]
"""A piece of text with the sources that the vendor names for it: ``url``, ``title`` and perhaps a ``quote``."""


def encode(event: Any, name: str = "") -> bytes:
    """One server-sent event. Non-ASCII goes out unescaped, as most vendors do, so that U+2028 really is on the wire."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def detail(usage: dict[str, Any], group: str, name: str) -> Any:
    return (usage.get(group) or {}).get(name)


class Wire(Protocol):
    """One answer in one dialect, piece by piece. ``reason`` is OpenAI's word for why it ends."""

    done: bytes
    reports_cost: bool
    statuses: ClassVar[dict[str, int]]
    """The status of the refusals that have a name instead of a status."""

    def opening(self, usage: Usage) -> bytes: ...
    def early(self, usage: Usage) -> bytes:
        """An opening with all of the usage, which nobody can know yet."""
        ...

    def text(self, text: str) -> bytes: ...
    def text_with_reason(self, text: str, reason: str) -> bytes:
        """A piece of text together with a reason to stop."""
        ...

    def begun_with(self, text: str) -> bytes:
        """Text where only a beginning belongs; nothing where the dialect has no such place."""
        ...

    def repeated(self, text: str, usage: Usage) -> bytes:
        """An ending that holds the whole text once more."""
        ...

    def reasoning(self, text: str) -> bytes: ...
    def refusal(self, text: str) -> bytes: ...
    def calls(self, calls: list[dict[str, Any]]) -> bytes:
        """Calls of tools: of each its ``id``, its ``name`` and its ``arguments``, JSON in a text."""
        ...

    def searched(self, query: str, pieces: list[Cited]) -> bytes:
        """An answer for which the vendor has searched itself: pieces of text, each with its sources."""
        ...

    def ending(self, reason: str, usage: Usage) -> bytes: ...
    def misplaced(self, reason: str, usage: Usage) -> bytes:
        """An ending with the usage where it does not belong."""
        ...

    def error(self, status: int, message: str) -> bytes:
        """An error in the middle of a stream."""
        ...

    def error_body(self, status: int, kind: str, message: str) -> bytes: ...
    def whole(self, text: str, usage: Usage) -> bytes:
        """The answer as one JSON object instead of a stream."""
        ...
