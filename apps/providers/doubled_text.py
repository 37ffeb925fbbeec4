"""Texts that vendors send twice, told once: every piece with all before it, or everything once more at the end.

Gateways between dialects do both. A piece may also happen to begin like the text before it, so one that may be a
repetition is held until the next piece, or the end, decides. In doubt both stay: what is told twice can be read, what
is left out is lost.
"""

from collections.abc import Iterator

LEAST_REPEATED = 8
"""Characters of a text that may be taken for repeated: a shorter answer may well say the same twice."""

LEAST_GROWN = 4
"""Characters of a text that two pieces, each with the one before it, have gone on with."""


class Once:
    """One channel of an answer, fed with its pieces as they come; it yields what is new in each."""

    def __init__(self) -> None:
        self.length = 0
        self._pieces: list[str] = []
        self._count = 0
        self._held: list[str] = []
        self._grows = False
        self._is_chorus = False

    @property
    def told(self) -> str:
        """The text so far, without what is held."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def feed(self, piece: str) -> Iterator[str]:
        """Yield what is new in a piece, and before it what was held and is no repetition."""
        if self._held:
            yield from self._decide(piece)
        # Lengths first: to join all that was told for every piece would take quadratic time.
        elif 0 < self.length <= len(piece) and piece.startswith(self.told):
            yield from self._compare(piece)
        else:
            yield from self._tell(piece)

    def flush(self) -> Iterator[str]:
        """Yield what was held and is no repetition, at the end of the answer."""
        held, self._held = self._held, []
        # Of an answer in two pieces the second may well begin like the first: "True\n", "True\nFalse\n".
        has_grown = len(held) > 1 and self.length >= LEAST_GROWN
        is_repeated = self._count > 1 and self.length >= LEAST_REPEATED
        if held and (has_grown or is_repeated):
            held = [held[-1][self.length :]]
        for piece in held:
            yield from self._tell(piece)

    def _compare(self, piece: str) -> Iterator[str]:
        """Look at a piece that begins with all that was told."""
        new = piece[self.length :]
        is_same = not new and self._count > 1 and self.length >= LEAST_REPEATED
        if self._grows:
            yield from self._tell(new)
        # A text that goes on with its own beginning is a chorus, and the model's.
        elif not self._is_chorus and (is_same or (new and not new.startswith(self.told))):
            self._held = [piece]
        else:
            self._is_chorus = True
            yield from self._tell(piece)

    def _decide(self, piece: str) -> Iterator[str]:
        """Find out by the next piece what the held ones were."""
        last = self._held[-1]
        # What comes a third time is the model's own repetition.
        is_chorus = piece == last and len(last) == self.length
        if is_chorus or not piece.startswith(last):
            held, self._held = self._held, []
            for one in held:
                yield from self._tell(one)
            yield from self.feed(piece)
        elif len(last) < LEAST_REPEATED:
            self._held.append(piece)
        else:
            self._held, self._grows = [], True
            yield from self._tell(piece[self.length :])

    def _tell(self, text: str) -> Iterator[str]:
        if text:
            self._pieces.append(text)
            self._count += 1
            self.length += len(text)
            yield text
