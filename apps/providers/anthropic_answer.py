"""An answer of Anthropic's Messages API: its events, and messages that come whole, as chunks.

Source: platform.claude.com, ``/docs/en/build-with-claude/streaming``.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from apps.fusion.tools import VendorData
from apps.fusion.values import Usage
from apps.fusion.vocabulary import FinishReason
from apps.providers.base import MAX_ID, End, Endpoint, Reasoning, Text, clean
from apps.providers.native_search.anthropic import AnthropicSearchNotes
from apps.providers.reading import objects, output_tokens, part, raw_text, tokens_of
from apps.providers.translation import Translator

DIALECT = "anthropic"
BLOCK_EVENTS = ("content_block_start", "content_block_delta", "content_block_stop")
EVENTS = ("message_start", *BLOCK_EVENTS, "message_delta", "message_stop", "message", "ping")
CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
FEW = 64
THOUGHTS = ("thinking", "reasoning", "reasoning_content")


class MessageTranslator(Translator):
    """Turns the events of one answer into chunks."""

    own_reasons: ClassVar[Mapping[str, FinishReason]] = {"pause_turn": FinishReason.LENGTH}  # after many searches

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        super().__init__(endpoint, model)
        self.search: AnthropicSearchNotes = AnthropicSearchNotes()
        self.counted: dict[str, Any] = {}
        self._start: Text | Reasoning | None = None
        self._repeated = 0
        self._signed: dict[Any, dict[str, Any]] = {}
        self._pieces: dict[tuple[Any, str], list[str]] = {}
        self._inputs: dict[Any, Any] = {}

    def read(self, found: dict[str, Any]) -> Iterator[Text | Reasoning]:
        kind = found.get("type")
        self.raise_for_error(found, has_answer=kind in EVENTS)
        block = part(found, "delta" if kind == "content_block_delta" else "content_block")
        if kind in BLOCK_EVENTS and self.search.is_own_block(found.get("index"), block):
            kind = ""
        match kind:
            case "message_start":
                self._begin(part(found, "message"))
            case "content_block_start":
                self.search.open_text(self.length)
                self._note_block(found.get("index"), block)
                yield from self._open(block)
            case "content_block_delta":
                self.search.cite(part(block, "citation"))
                self._note_block(found.get("index"), block)
                yield from self._add(block)
            case "content_block_stop":
                self.search.close_block(found.get("index"))
                self._close_call(found.get("index"))
                yield from self.leftover()
            case "message_delta":
                yield from self.leftover()
                self._close_calls()
                self._finish(part(found, "delta"), found)
            case "message_stop":
                self._close_calls()
                self._count(part(found, "usage"))
                self.is_done = True
            case "message":
                yield from self._whole(found)

    def end(self) -> End:
        return End(self.finish_reason, usage_of(self.counted), None, self.upstream_id)

    def vendor_data(self) -> VendorData | None:
        """Return the thoughts with their signatures: without one, a thought would be refused."""
        gathered: dict[Any, dict[str, str]] = {}
        for (index, name), pieces in self._pieces.items():
            gathered.setdefault(index, {})[name] = clean("".join(pieces))
        blocks = [block | gathered.get(index, {}) for index, block in self._signed.items()]
        signed = [block for block in blocks if block.get("signature") or block.get("data")]
        return VendorData(dialect=DIALECT, model=self.model, content=tuple(signed)) if signed else None

    def _note_block(self, index: Any, block: dict[str, Any]) -> None:
        """Gather what a block, or an addition to one, holds of a call, or of a thought that goes back with it."""
        if not self.takes_calls:
            return
        match block.get("type"):
            case "tool_use":
                # An empty object at the start stands for arguments that are yet to come, or for none. Imitators begin
                # with all of them, also in a text, and some say them again in pieces.
                self._inputs[index] = block.get("input") or {}
                self.calls.add(index, block.get("id"), block.get("name"), None)
            case "input_json_delta":
                self.calls.add(index, None, None, block.get("partial_json"))
            case "thinking":
                self._signed[index] = block
                for name in ("thinking", "signature"):
                    self._pieces[index, name] = [raw_text(block.get(name))]
            case "redacted_thinking":
                self._signed[index] = block
            case "thinking_delta" | "signature_delta" as kind:
                name = kind.removesuffix("_delta")
                if pieces := self._pieces.get((index, name)):
                    pieces.append(raw_text(block.get(name)))

    def _close_calls(self) -> None:
        """Close the calls whose blocks a gateway left open."""
        for index in [*self._inputs]:
            self._close_call(index)

    def _close_call(self, index: Any) -> None:
        if (began_with := self._inputs.pop(index, None)) is not None:
            self.calls.close(index, began_with)

    def leftover(self) -> Iterator[Text | Reasoning]:
        """Yield what a block began with, and as much of it as has come again."""
        start, repeated, self._start, self._repeated = self._start, self._repeated, None, 0
        if start:
            yield type(start)(start.text + start.text[:repeated])

    def _open(self, block: dict[str, Any]) -> Iterator[Text | Reasoning]:
        """Hold what a block begins with: imitators of the API say it again in the first additions to the block."""
        yield from self.leftover()
        for chunk in _block_chunks(block):
            yield from self.leftover()
            self._start = chunk

    def _add(self, delta: dict[str, Any]) -> Iterator[Text | Reasoning]:
        for chunk in _block_chunks(delta):
            start = self._start if type(self._start) is type(chunk) else None
            left = len(start.text) - self._repeated if start else 0
            if start is None or not start.text.startswith(chunk.text[:left], self._repeated):
                yield from self.leftover()
                yield chunk
            elif len(chunk.text) < left:
                self._repeated += len(chunk.text)
            # The block's beginning was said again, and is told once.
            else:
                self._start, self._repeated = None, 0
                yield type(chunk)(start.text + chunk.text[left:])

    def _begin(self, message: dict[str, Any]) -> None:
        """Note the input; the output tokens of the first event are no count yet."""
        self.upstream_id = clean(str(message.get("id") or "")[:MAX_ID])
        self.note_version(message.get("model"))
        self.counted = {name: count for name, count in part(message, "usage").items() if name != "output_tokens"}

    def _finish(self, delta: dict[str, Any], event: dict[str, Any]) -> None:
        """Note the reason and the counts, which are cumulative; gateways put them deeper, or send nulls."""
        self._count(part(event, "usage") or part(delta, "usage"))
        self.finish(delta.get("stop_reason"))

    def _count(self, found: dict[str, Any]) -> None:
        self.search.note_usage(found)
        self._part_from_cached(found)
        self.counted |= {name: count for name, count in found.items() if count or name not in self.counted}

    def _part_from_cached(self, found: dict[str, Any]) -> None:
        """Take from the input what a later report finds in the cache: Alibaba counts all of it at the beginning."""
        cached = sum(tokens_of(found.get(name)) or 0 for name in CACHED)
        told = tokens_of(self.counted.get("input_tokens")) or 0
        is_first = not any(name in self.counted for name in CACHED) and not found.get("input_tokens")
        # By its own counts a few more are cached than there are.
        if is_first and 0 < cached <= told + FEW:
            self.counted["input_tokens"] = max(0, told - cached)

    def _whole(self, message: dict[str, Any]) -> Iterator[Text | Reasoning]:
        """Yield an answer that was not streamed; of one that was, what has not come in pieces."""
        self.upstream_id = self.upstream_id or clean(str(message.get("id") or "")[:MAX_ID])
        self.note_version(message.get("model"))
        has_calls = len(self.calls) > 0
        for at, block in enumerate(objects(message.get("content"))):
            if not (has_calls and block.get("type") == "tool_use"):
                self._note_block(("whole", at), block)
                self._close_call(("whole", at))
        self.search.note_blocks(objects(message.get("content")) if not self.said else [])
        chunks = [chunk for block in objects(message.get("content")) for chunk in _block_chunks(block)]
        yield from self.unsaid(chunks)
        self._finish(message, message)
        self.is_done = True


def _block_chunks(block: dict[str, Any]) -> Iterator[Text | Reasoning]:
    """Yield what a block, or an addition to one, holds: text or thinking. Signatures are not for people."""
    if thought := next(filter(None, (raw_text(block.get(name)) for name in THOUGHTS)), ""):
        yield Reasoning(thought)
    if text := raw_text(block.get("text")):
        yield Text(text)


def usage_of(counted: dict[str, Any]) -> Usage:
    """Return the tokens of a usage object. Those read from or written to the cache are not in its ``input_tokens``."""
    fresh = tokens_of(counted.get("input_tokens"))
    read = tokens_of(counted.get("cache_read_input_tokens"))
    written = tokens_of(counted.get("cache_creation_input_tokens"))
    output = tokens_of(counted.get("output_tokens"))
    thought = tokens_of(part(counted, "output_tokens_details").get("thinking_tokens"))
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        cached_tokens=None if fresh is None else read,
        output_tokens=output_tokens(output, thought=thought, given=None, total=None),
        reasoning_tokens=thought,
    )
