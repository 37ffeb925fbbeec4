"""Intervals of real numbers: what a written figure may mean, given how precisely it is written."""

from typing import NamedTuple


class Interval(NamedTuple):
    """Everything between two bounds; infinite where a text says "more than" or "up to"."""

    low: float
    high: float

    def meets(self, other: "Interval", slack: float = 0.0) -> bool:
        """Return whether the two have something in common; ``slack`` is the share by which either may be off."""
        room = slack * max((abs(bound) for bound in (*self, *other) if abs(bound) != float("inf")), default=0.0)
        # Strictly less, so that neighbours such as 1889 and 1890 have nothing in common.
        return max(self.low, other.low) < min(self.high, other.high) + room

    def scaled(self, low: float, high: float, offset: float = 0.0) -> "Interval":
        """Return the interval in base units, for a unit of ``low`` to ``high`` base units."""
        # Every bound by every factor: a negative value turns the order round.
        bounds = [bound * factor + offset for bound in self for factor in (low, high)]
        return Interval(min(bounds), max(bounds))

    def widened(self, share: float) -> "Interval":
        """Return an approximate interval: wider on both sides by ``share`` (0 to 1) of the value."""
        room = share * max(abs(self.low), abs(self.high))
        return Interval(self.low - room, self.high + room)

    def through(self, other: "Interval") -> "Interval":
        """Return the range from this interval to the other."""
        return Interval(min(self.low, other.low), max(self.high, other.high))
