"""Reasoning that open models write into their text, told apart as it streams.

Inference servers that do not parse a model's template let its marks through: a pair of tags around the thoughts at the
very start (``<think>`` and its like), the closing tag alone where the template has the opening one in the prompt, or
the channels of OpenAI's harmony format (its specification: github.com/openai/harmony, ``docs/format.md``).
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto

from apps.providers.base import Content, Reasoning, Text, TextWasReasoning

PAIRS: Mapping[str, str] = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<antthinking>": "</antthinking>",
    "<ant_thinking>": "</ant_thinking>",
    "<mm:think>": "</mm:think>",
    "<seed:think>": "</seed:think>",
    "<longcat_think>": "</longcat_think>",
    "[think]": "[/think]",
    "[thinking]": "[/thinking]",
    "<|thinking|>": "<|/thinking|>",
    "<unused94>thought": "<unused95>",
    "◁think▷": "◁/think▷",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "<|channel>thought": "<channel|>",
}
"""Opening and closing marks, in lower case: of Qwen, DeepSeek and most others, of imitators of Claude and Gemini, of
MiniMax, Seed, LongCat, Mistral, Kimi, Cohere, OpenThinker, Apertus, MedGemma and Gemma 4."""

MARKS = (*PAIRS, *PAIRS.values())
MARK = re.compile("|".join(map(re.escape, MARKS)), re.IGNORECASE)
CLOSING = {closing: re.compile(re.escape(closing), re.IGNORECASE) for closing in PAIRS.values()}
OPENING_OF = {closing: opening for opening, closing in PAIRS.items()}

HARMONY_STARTS = ("<|channel|>", "<|start|>")
HARMONY_TOKENS = tuple(f"<|{name}|>" for name in "start channel message constrain end return call".split())
HARMONY_TOKEN = re.compile("|".join(map(re.escape, HARMONY_TOKENS)))
HARMONY_THOUGHTS = ("analysis", "commentary")

MOST_THOUGHTS = 20
"""Thoughts in a row; what follows is text, whatever it looks like."""

MENTIONED_AFTER = ("`", '"', "'", "“", "\u2018")
"""A closing mark right after one of these is mentioned and closes nothing."""


class _At(Enum):
    """Where the stream is: before any text, in a thought, in a text that may turn out to be one, in what is text."""

    START = auto()
    THOUGHT = auto()
    TEXT = auto()
    HARMONY = auto()
    ANSWER = auto()


class ThinkSplitter:
    """Fed with pieces of text, it yields them as reasoning or text; a mark may be cut anywhere.

    Text that was yielded may turn out to be reasoning: a closing mark that nothing opened says so.
    """

    def __init__(self) -> None:
        self._at = _At.START
        self._held = ""
        self._closing = ""
        self._thoughts = 0
        self._told: list[str] = []
        self._opened: set[str] = set()
        self._harmony = _Harmony()

    def feed(self, piece: str) -> Iterator[Content]:
        """Yield what can be told after this piece; what may be part of a mark is held back."""
        self._held += piece
        at: _At | None = None
        while at is not self._at:  # a thought may be over, and another begin, within one piece
            at = self._at
            match at:
                case _At.START:
                    self._open()
                case _At.THOUGHT:
                    yield from self._think()
                case _At.TEXT:
                    yield from self._tell()
                case _At.HARMONY:
                    held, self._held = self._held, ""
                    yield from self._harmony.feed(held)
                case _At.ANSWER:
                    held, self._held = self._held, ""
                    if held:
                        yield Text(held)

    def flush(self) -> Iterator[Content]:
        """Yield what was held back, at the end of the stream."""
        held, self._held = self._held, ""
        if self._at is _At.HARMONY:
            yield from self._harmony.flush()
        elif self._at is _At.THOUGHT and held:
            yield Reasoning(held)
        elif held and (held.strip() or not self._thoughts):
            yield Text(held)

    def _open(self) -> None:
        """Look for an opening mark at the very start, and again after a thought: some models think twice."""
        bare = self._held.lstrip()
        start = bare[:30].lower()
        opening = next((mark for mark in PAIRS if start.startswith(mark)), "")
        if self._thoughts >= MOST_THOUGHTS:
            self._at = _At.ANSWER
        elif opening:
            self._at, self._closing, self._held = _At.THOUGHT, PAIRS[opening], bare[len(opening) :]
        elif start.startswith(HARMONY_STARTS):
            self._at, self._held = _At.HARMONY, bare
        # The blank lines between a thought and the answer belong to neither.
        elif self._thoughts and bare and not _may_begin(start):
            self._at, self._held = _At.ANSWER, bare
        elif not _may_begin(start):
            self._at = _At.TEXT

    def _think(self) -> Iterator[Content]:
        """Yield the thought up to its own closing mark; other pairs' marks are part of it."""
        mark = CLOSING[self._closing].search(self._held)
        end = mark.start() if mark else len(self._held) - _partial(self._held, (self._closing,))
        if thought := self._held[:end]:
            yield Reasoning(thought)
        self._held = self._held[end:]
        if mark:
            self._close(len(self._closing))

    def _tell(self) -> Iterator[Content]:
        """Yield text, or, after a closing mark that nothing opened, everything before it as reasoning."""
        held = self._held
        for mark in MARK.finditer(held):
            word = mark[0].lower()
            opening = OPENING_OF.get(word, word)
            if word in OPENING_OF and opening not in self._opened and not self._is_mention(mark.start()):
                if self._told:
                    yield TextWasReasoning()
                if thought := held[: mark.start()]:
                    yield Reasoning(thought)
                self._close(mark.end())
                return
            self._opened.add(opening)  # from here on, its closing mark is text as well
        end = len(held) - _partial(held, MARKS)
        text, self._held = held[:end], held[end:]
        if text:
            self._told.append(text)
            yield Text(text)

    def _close(self, end: int) -> None:
        self._held = self._held[end:]
        self._thoughts, self._at = self._thoughts + 1, _At.START

    def _is_mention(self, at: int) -> bool:
        """Return whether a mark stands in code or in quotation marks, as in an answer about such marks."""
        before = "".join(self._told) + self._held[:at]
        return before.endswith(MENTIONED_AFTER) or before.count("```") % 2 == 1


class _Harmony:
    """Messages with a header: ``<|start|>role<|channel|>name<|message|>body<|end|>``; the first may lack its role."""

    def __init__(self) -> None:
        self._held = ""
        self._part = ""
        self._header = ""
        self._channel = ""

    def feed(self, piece: str) -> Iterator[Content]:
        held, at = self._held + piece, 0
        for token in HARMONY_TOKEN.finditer(held):
            yield from self._tell(held[at : token.start()])
            at = token.end()
            if self._part == "<|channel|>":
                self._channel = self._header.strip()
            self._part, self._header = token[0], ""
        rest = held[at:]
        end = len(rest) - _partial(rest, HARMONY_TOKENS)
        yield from self._tell(rest[:end])
        self._held = rest[end:]

    def flush(self) -> Iterator[Content]:
        """Yield what was held back; a header without a body was none."""
        yield from self._tell(self._held)
        if self._header.strip() and self._part == "<|channel|>":
            yield Text(self._header)

    def _tell(self, text: str) -> Iterator[Content]:
        if self._part in ("<|start|>", "<|channel|>", "<|constrain|>"):
            self._header += text
        elif text and self._part == "<|message|>" and self._channel.startswith(HARMONY_THOUGHTS):
            yield Reasoning(text)
        elif text and (self._part == "<|message|>" or text.strip()):
            yield Text(text)


def _may_begin(start: str) -> bool:
    """Return whether ``start`` may be the beginning of an opening mark."""
    return any(mark.startswith(start) for mark in (*PAIRS, *HARMONY_STARTS))


def _partial(text: str, marks: tuple[str, ...]) -> int:
    """Return how many characters at the end of ``text`` may be the beginning of one of ``marks``."""
    # No mark is longer than that.
    tail = text[-30:].lower()
    for at, character in enumerate(tail):
        if character in "<[◁" and any(mark.startswith(tail[at:]) and mark != tail[at:] for mark in marks):
            return len(tail) - at
    return 0
