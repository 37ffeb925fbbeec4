"""Files that go with a prompt, as the text that was read of them, and the pages and lines of it."""

from bisect import bisect_right

from apps.fusion.frozen import Value
from apps.fusion.refusal import Refusal

LONGEST_NAME = 200


class BadFile(Refusal):
    """A file cannot go with a prompt; ``sentence`` names it and says why."""


class PromptFile(Value):
    """A file of a message. ``size`` (bytes) and ``sha256`` (hex) are of the file as it came, ``text`` is what it says.

    ``page_starts`` are the places in the text, in characters, at which its pages begin; () for one without pages.
    ``warnings`` are sentences on what stands in it.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    text: str
    page_starts: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        """The number of its pages, 0 for a file without any."""
        return len(self.page_starts)

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1

    def place_of(self, at: int) -> str:
        """Return where a character of the text stands, as ``page 3`` or ``line 12``."""
        if self.page_starts:
            return f"page {max(1, bisect_right(self.page_starts, at))}"
        return f"line {self.text.count(chr(10), 0, at) + 1}"


def plain_name(name: str) -> str:
    """Return the name of a file without its folders, on one line, and no longer than a name should be."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return " ".join("".join(char if char.isprintable() else " " for char in last).split())[:LONGEST_NAME] or "file"
