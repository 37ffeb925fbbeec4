"""Detect when a model loops: the tail of its text repeats the same words over and over.

Small models do this. A loop is periodic: from some word on, every word equals the one a fixed distance before
it. The guard follows only those distances that a repeated triple of words suggests, so a word costs the same however
long the text is. What may repeat in good writing (lists, tables, code, a refrain) stays below the thresholds.
"""

import re

CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
TOKEN = re.compile(rf"```|[{CJK}]|[^\W{CJK}]{{1,40}}|[^\w\s]")
"""A fence, an ideograph, a word (a very long one in pieces), or a punctuation mark."""

WORD_LIMIT = 40
TRIPLE = 3
SENTENCE_ENDS = frozenset((".", "!", "?", "…", "。", "\uff01", "\uff1f"))

MIN_COPIES, MIN_CHARS = 4, 120
"""A loop has this many copies that span this many characters…"""

LONG_COPIES, LONG_UNIT_CHARS = 3, 60
"""…or this many copies of something this long."""

STRICT_COPIES, STRICT_CHARS = 20, 600
"""The same for code, tables and rows of figures, where repetition is ordinary."""

MAX_WORDS = 20_000
"""After this many words the guard forgets and starts afresh, so that an endless text needs bounded memory."""


class RepetitionGuard:
    """Watch the deltas of a text for a loop. The way the text is split does not matter.

    ``unit`` holds the words that are repeated, in lower case.
    """

    def __init__(self) -> None:
        self.is_looping = False
        self.unit: frozenset[str] = frozenset()
        self._keep = 0
        self._pending = ""
        self._offset = 0  # of the pending text, in characters of the whole
        self._fences = 0
        self._forget()

    def feed(self, delta: str) -> bool:
        """Add the next delta. Return True from the moment that a loop is found."""
        if self.is_looping:
            return True
        self._pending += delta
        consumed = 0
        for match in TOKEN.finditer(self._pending):
            if self._may_grow(match):
                break
            if self._take(match.group().lower(), self._offset + match.start(), self._offset + match.end()):
                return True
            consumed = match.end()
        rest = self._pending[consumed:].lstrip()
        self._offset += len(self._pending) - len(rest)
        self._pending = rest
        return False

    def trim(self, text: str) -> str:
        """Return ``text``, the text fed so far, up to the first copy of the loop; all of it if there is none."""
        return text[: self._keep].rstrip() if self.is_looping else text

    def _forget(self) -> None:
        self._words: list[str] = []
        self._spans: list[tuple[int, int]] = []
        self._seen: dict[tuple[str, ...], int] = {}
        self._runs: dict[int, int] = {}  # distance to the copy before → words that have matched so far

    def _may_grow(self, match: re.Match[str]) -> bool:
        """Return whether the next delta may lengthen this token: a word, or the backticks of a fence."""
        length = len(self._pending) - match.start()
        # A fence is three backticks; fewer at the end may be the beginning of one.
        if length <= 2 and self._pending.endswith("`" * length):
            return True
        word = match.group()
        return length == len(word) and len(word) < WORD_LIMIT and re.fullmatch(rf"[^\W{CJK}]+", word) is not None

    def _take(self, word: str, start: int, end: int) -> bool:
        """Add a word. Return True if the text loops with it."""
        if len(self._words) >= MAX_WORDS:
            self._forget()
        self._fences += word == "```"
        self._words.append(word)
        self._spans.append((start, end))
        self._follow(word)
        for distance, matched in self._runs.items():
            if self._is_loop(distance, matched):
                self._cut(distance, matched)
                break
        return self.is_looping

    def _follow(self, word: str) -> None:
        """Extend the distances that still match, and add the one that the newest triple suggests."""
        words, last = self._words, len(self._words) - 1
        self._runs = {d: matched + 1 for d, matched in self._runs.items() if words[last - d] == word}
        triple = tuple(words[-TRIPLE:])
        before = self._seen.get(triple)
        if before is not None:
            self._runs.setdefault(last - before, TRIPLE)
        if len(triple) == TRIPLE:
            self._seen[triple] = last

    def _is_loop(self, distance: int, matched: int) -> bool:
        copies = (matched + distance) // distance
        if copies < LONG_COPIES:
            return False
        first = len(self._words) - matched - distance
        chars = self._spans[-1][1] - self._spans[first][0]
        # The first words tell what is repeated; a word must not cost more where the loop is long.
        unit = self._words[first : first + min(distance, 50)]
        # Code blocks, tables, markup and rows of figures repeat in good writing too.
        is_ordinary = self._fences % 2 == 1 or not {"|", "<"}.isdisjoint(unit) or not any(map(str.isalpha, unit))
        if is_ordinary:
            return copies >= STRICT_COPIES and chars >= STRICT_CHARS
        return (copies >= MIN_COPIES and chars >= MIN_CHARS) or chars >= copies * LONG_UNIT_CHARS

    def _cut(self, distance: int, matched: int) -> None:
        """Keep one copy, ended at its last sentence where it has one.

        The stop before the loop looks like a part of it, so a sentence's end is sought from one word further on.
        """
        first = len(self._words) - matched - distance
        ends = [index for index in range(first + 1, first + distance + 1) if self._words[index] in SENTENCE_ENDS]
        self.unit = frozenset(filter(str.isalnum, self._words[first : first + distance]))
        self._keep = self._spans[ends[-1] if ends else first + distance - 1][1]
        self.is_looping = True


def is_looping(text: str) -> bool:
    """Return whether a whole text loops anywhere."""
    # The line break ends the last word, which the guard would otherwise keep waiting to grow.
    return RepetitionGuard().feed(text + "\n")


def trim_loop(text: str) -> str:
    """Return ``text`` up to the first copy of a loop; unchanged if there is none."""
    guard = RepetitionGuard()
    guard.feed(text + "\n")
    return guard.trim(text)


def looping_words(text: str) -> frozenset[str]:
    """Return the words that a text repeats, in lower case; none if it does not loop."""
    guard = RepetitionGuard()
    guard.feed(text + "\n")
    return guard.unit
