"""Reasoning that open models write into their text, in ``<think>`` tags at its very start, told apart as it streams."""

from collections.abc import Iterator
from enum import Enum, auto

from apps.providers.base import Reasoning, Text

OPEN, CLOSE = "<think>", "</think>"


class _At(Enum):
    START = auto()
    THINKING = auto()
    AFTER = auto()
    TEXT = auto()


class ThinkSplitter:
    """Fed with pieces of text, it yields them as reasoning or text; a tag may be cut anywhere."""

    def __init__(self) -> None:
        self._at = _At.START
        self._held = ""

    def feed(self, piece: str) -> Iterator[Text | Reasoning]:
        """What can be told after this piece; what may be part of a tag is held back."""
        if self._at is _At.TEXT:  # nothing is held back any more
            yield Text(piece)
            return
        self._held += piece
        if self._at is _At.START:
            self._open()
        if self._at is _At.THINKING:
            yield from self._think()
        if self._at is _At.AFTER:
            self._held = self._held.lstrip()
            self._at = _At.TEXT if self._held else _At.AFTER
        if self._at is _At.TEXT and self._held:
            text, self._held = self._held, ""
            yield Text(text)

    def flush(self) -> Iterator[Text | Reasoning]:
        """What was held back, at the end of the stream."""
        held, self._held = self._held, ""
        if held:
            yield Reasoning(held) if self._at is _At.THINKING else Text(held)

    def _open(self) -> None:
        bare = self._held.lstrip()
        if bare.startswith(OPEN):
            self._at, self._held = _At.THINKING, bare[len(OPEN) :]
        elif not OPEN.startswith(bare):
            self._at = _At.TEXT

    def _think(self) -> Iterator[Reasoning]:
        thought, is_closed, rest = self._held.partition(CLOSE)
        if is_closed:
            self._at, self._held = _At.AFTER, rest
        else:
            kept = next((n for n in range(len(CLOSE) - 1, 0, -1) if thought.endswith(CLOSE[:n])), 0)
            self._held = thought[len(thought) - kept :]
            thought = thought[: len(thought) - kept]
        if thought:
            yield Reasoning(thought)
