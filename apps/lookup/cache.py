"""The seam to whatever keeps results between look-ups; the site's keeps them in its database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept text. ``validators`` are headers with which its source is asked whether it has changed."""

    value: str
    validators: Mapping[str, str] = field(default_factory=dict)
    age_s: float = 0.0


class Cache(Protocol):
    """Entries by kind and name. An entry is kept a while after it is no longer fresh, so that it can be revalidated."""

    async def read(self, kind: str, name: str) -> Entry | None:
        """Return an entry, however old."""

    async def write(self, kind: str, name: str, entry: Entry) -> None:
        """Keep an entry, and let go of the lease on its name."""

    async def lease(self, kind: str, name: str) -> bool:
        """Return whether the caller is the one to fetch it; ``False`` while another process does."""

    async def release(self, kind: str, name: str) -> None:
        """Let go of a lease whose holder fetched nothing."""
