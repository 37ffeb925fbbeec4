"""Faults of an archive, for the person who wants to import it."""

from apps.fusion.refusal import Refusal


class BadArchive(Refusal):
    """A file is no archive that can be imported; ``sentence`` names the entry and the line, and says why."""

    def __init__(self, why: str, entry: str = "", line: int = 0) -> None:
        self.why, self.entry, self.line = why, entry, line
        place = f"{entry}, line {line:,}: " if line else f"{entry}: " if entry else ""
        super().__init__(f"{place}{why} Nothing was imported.", "archive")
