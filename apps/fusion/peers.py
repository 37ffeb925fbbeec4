"""The arithmetic of a peer review: Borda counts without self-votes, and preferences that hold in both orders. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from apps.fusion.frozen import Value
from apps.fusion.opinions import Opinion
from apps.fusion.vocabulary import PeerChoice


class PeerRank(Value):
    """The place of a slot among its peers. ``points`` of at most ``most`` from ``rankings`` that have it.

    ``share`` is points / most, ``None`` where no ranking says anything; ``place`` counts from 1, equal shares share it.
    """

    slot: str
    points: int
    most: int
    rankings: int
    share: float | None
    place: int | None


class Preferences(Value):
    """The reviewers by what they prefer: the fused answer, or their own, in both orders; or whatever stands where.

    ``missing`` gave no reply that could be read in one order or both; they are no part of ``n``.
    """

    fused: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        return len(self.fused) + len(self.own) + len(self.undecided)

    @property
    def rate(self) -> float | None:
        """The share of the ``n`` reviewers that prefer the fused answer in both orders; ``None`` without any."""
        return len(self.fused) / self.n if self.n else None


def borda(slots: Sequence[str], rankings: Mapping[str, Sequence[str]]) -> tuple[PeerRank, ...]:
    """Return the standings of these slots, best first, from rankings by reviewer, each of others than itself.

    Of k ranked answers the first gets k - 1 points, the last none. A slot is held against what it could have got from
    the rankings that have it, since the one whose own reviewer gave none is in one ranking more. Raise ``ValueError``
    for a vote for oneself, for an unknown slot, and for one that is ranked twice.
    """
    points, most, counts = dict.fromkeys(slots, 0), dict.fromkeys(slots, 0), dict.fromkeys(slots, 0)
    for reviewer, order in rankings.items():
        if reviewer in order or len(set(order)) < len(order) or not set(order) <= points.keys():
            raise ValueError(f"{reviewer} cannot rank {', '.join(order)}.")
        for at, slot in enumerate(order):
            points[slot] += len(order) - 1 - at
            most[slot] += len(order) - 1
            counts[slot] += 1
    # Fractions, so that equal shares of different counts are equal.
    shares = {slot: Fraction(points[slot], most[slot]) for slot in slots if most[slot]}
    places = {slot: 1 + sum(other > share for other in shares.values()) for slot, share in shares.items()}
    ordered = sorted(slots, key=lambda slot: (places.get(slot, len(slots) + 1), slot))
    return tuple(
        PeerRank(
            slot=slot,
            points=points[slot],
            most=most[slot],
            rankings=counts[slot],
            share=float(shares[slot]) if slot in shares else None,
            place=places.get(slot),
        )
        for slot in ordered
    )


def replies_of(verdicts: Iterable[tuple[str, int, Opinion | None]]) -> dict[str, list[PeerChoice | None]]:
    """Return the two replies of each reviewer from its slot, the take of each call, and what that says, if anything."""
    found: dict[str, list[PeerChoice | None]] = {}
    for slot, _, verdict in sorted(verdicts, key=lambda one: one[:2]):
        found.setdefault(slot, []).append(verdict.prefers if verdict else None)
    return found


def preferences(replies: Mapping[str, Sequence[PeerChoice | None]]) -> Preferences:
    """Return who prefers what from the replies of each reviewer in both orders; ``None`` is one that is missing."""
    found: dict[str, list[str]] = {"fused": [], "own": [], "undecided": [], "missing": []}
    for reviewer, (first, second) in sorted(replies.items()):
        if first is None or second is None:
            found["missing"].append(reviewer)
        elif first is second:
            found[first.value].append(reviewer)
        else:
            found["undecided"].append(reviewer)
    return Preferences(**{name: tuple(slots) for name, slots in found.items()})
