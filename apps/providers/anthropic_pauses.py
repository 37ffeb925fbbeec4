"""Answers that Anthropic pauses amid its own searches (``pause_turn``): what was said goes back, and the turn goes on.

Source: platform.claude.com, ``/docs/en/build-with-claude/handling-stop-reasons``.
"""

import json
import logging
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx

from apps.fusion.native_search import joined
from apps.fusion.tokens import count_tokens
from apps.fusion.values import Usage
from apps.fusion.vocabulary import FailureCode
from apps.providers.anthropic_answer import MessageTranslator
from apps.providers.base import Chunk, End, Endpoint, Paused, Reasoning, Request, Text
from apps.providers.corrections import Post
from apps.providers.errors import ProviderError
from apps.providers.json_text import BadJson, loads
from apps.providers.reading import cleaned, objects, part, raw_text
from apps.providers.transport import stream_chunks

log = logging.getLogger(__name__)

MOST_PAUSES = 4
"""The most times that one answer goes on: each time its vendor reads, and charges, all of it anew."""
MOST_CONTENT = 4 * 1024 * 1024
"""Characters of JSON that go back; a longer answer does not go on."""
MOST_CITED = 2_000
"""Citations of an answer that go back; one with more does not go on."""
MIN_BUDGET = 1_024
"""Tokens of thought for the models before 4.6, which take a budget instead of an effort; the API's least."""
TEXTS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


@dataclass
class Turn:
    """The blocks of an answer as the API wants them back: unchanged, with what only it can read."""

    size: int = 0
    _blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    _pieces: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    _citations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    _cited: int = 0

    @property
    def is_too_long(self) -> bool:
        return self.size > MOST_CONTENT or self._cited > MOST_CITED

    def note(self, found: dict[str, Any]) -> None:
        """Take an event of a stream, or a whole message."""
        index, kind = found.get("index"), found.get("type")
        self.size += len(json.dumps(found))
        if self.is_too_long:
            return
        if kind == "message":
            self._blocks = dict(enumerate(objects(found.get("content"))))
        elif kind == "content_block_start" and isinstance(index, int):
            self._blocks[index] = {**part(found, "content_block")}
        elif kind == "content_block_delta" and index in self._blocks:
            self._add(index, part(found, "delta"))

    def _add(self, index: int, delta: dict[str, Any]) -> None:
        kind = str(delta.get("type"))
        if name := TEXTS.get(kind):
            self._pieces.setdefault((index, name), []).append(raw_text(delta.get(name)))
        elif kind == "input_json_delta":
            self._pieces.setdefault((index, "input"), []).append(raw_text(delta.get("partial_json")))
        elif kind == "citations_delta":
            self._cited += 1
            self._citations.setdefault(index, []).append(part(delta, "citation"))

    def content(self) -> list[dict[str, Any]]:
        """Return the blocks, none if they cannot go back: too long, or not what the API says."""
        if self.is_too_long:
            return []
        try:
            return [cleaned(block) for block in self._whole()]
        except (BadJson, RecursionError):
            return []

    def _whole(self) -> Iterator[dict[str, Any]]:
        for index, block in self._blocks.items():
            whole = dict(block)
            for name in (*TEXTS.values(), "input"):
                pieces = self._pieces.get((index, name), [])
                if name == "input" and pieces:
                    whole[name] = loads("".join(pieces) or "{}")
                elif pieces:
                    whole[name] = raw_text(block.get(name)) + "".join(pieces)
            if cited := self._citations.get(index):
                whole["citations"] = [*objects(block.get("citations")), *cited]
            # The API refuses empty texts.
            if whole.get("type") != "text" or raw_text(whole.get("text")):
                yield whole


class PausingTranslator(MessageTranslator):
    """Reads an answer that may be paused, and keeps what has to go back then."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        super().__init__(endpoint, model)
        self.turn = Turn()

    def read(self, found: dict[str, Any]) -> Iterator[Text | Reasoning]:
        self.turn.note(found)
        return super().read(found)

    def content_that_goes_back(self) -> list[dict[str, Any]]:
        """Return the blocks with which a paused answer goes on, none for one that was not paused or cannot."""
        return self.turn.content() if self.reason_word == "pause_turn" else []


@dataclass
class _Parts:
    """The parts of an answer that were paused: their common end, the characters of their text, and what goes back."""

    end: End | None = None
    said: int = 0
    has_words: bool = False
    content: list[dict[str, Any]] = field(default_factory=list)

    def with_part(self, end: End | None) -> End | None:
        """Return the end of the newest part, with what those before it searched for; ``None`` if none has ended."""
        before = self.end
        if before is None:
            return end
        end = end or replace(before, usage=Usage(), search=None)
        return replace(
            end,
            dropped=tuple(dict.fromkeys((*before.dropped, *end.dropped))),
            search=joined(before.search, self.said, end.search),
        )


async def stream_with_pauses(
    client: httpx.AsyncClient, endpoint: Endpoint, request: Request, post: Post
) -> AsyncGenerator[Chunk, None]:
    """Send ``post`` and go on with its answer whenever it is paused.

    All requests together write at most the tokens that the first may. Raises `ProviderError`.
    """
    messages = post.body["messages"]
    before, deadline = _Parts(), time.monotonic() + request.timeouts.total_s
    for pauses in range(MOST_PAUSES + 1):
        end: End | None = None
        # A request that is sent once more without a parameter is read anew; the last reader has the answer.
        readers: list[PausingTranslator] = []
        new_reader = partial(_new_reader, endpoint, request.model, readers)
        try:
            async with aclosing(stream_chunks(client, endpoint, request, post, new_reader)) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, End):
                        end = chunk
                    else:
                        yield chunk
        except ProviderError as error:
            error.told = before.with_part(error.told)
            # Whatever there was to say was said before the pause.
            if error.code is not FailureCode.EMPTY or error.told is None or not before.has_words:
                raise
            yield error.told
            return
        end, reader = before.with_part(end), readers[-1]
        assert end
        written = end.usage.output_tokens
        content, left_s = reader.content_that_goes_back(), deadline - time.monotonic()
        body = _with_tokens_left(post.body, count_tokens(reader.said) if written is None else written)
        if not content or body is None or pauses == MOST_PAUSES or left_s <= 0:
            yield end
            return
        yield Paused(end.usage, end.search)
        log.info("%s paused an answer amid its searches; it goes on.", endpoint.name)
        words = before.has_words or reader.has_text or reader.has_reasoning
        before = _Parts(end, before.said + reader.length, words, [*before.content, *content])
        turn = {"role": "assistant", "content": before.content}
        post = replace(post, body={**body, "messages": [*messages, turn]})
        request = replace(request, timeouts=replace(request.timeouts, total_s=left_s))


def _with_tokens_left(body: Mapping[str, Any], written: int) -> dict[str, Any] | None:
    """Return a body whose limit of output tokens is lower by what was written; ``None`` where too little is left."""
    left, thinking = body["max_tokens"] - written, part({**body}, "thinking")
    # The API wants a budget of thought below the limit, and not below its least.
    if left <= (MIN_BUDGET if "budget_tokens" in thinking else 0):
        return None
    if "budget_tokens" in thinking:
        budget = min(thinking["budget_tokens"], max(MIN_BUDGET, left - MIN_BUDGET))
        return {**body, "max_tokens": left, "thinking": {**thinking, "budget_tokens": budget}}
    return {**body, "max_tokens": left}


def _new_reader(endpoint: Endpoint, model: str, readers: list[PausingTranslator]) -> PausingTranslator:
    readers.append(PausingTranslator(endpoint, model))
    return readers[-1]
