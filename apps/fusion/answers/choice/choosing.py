"""Choose what each text of a panel concludes: of the candidates of a text the likeliest, if it is likely.

A candidate is a place of a text with the value that it would conclude, and with signs: what stands around it. The sum
of the weights of its signs says how likely it is; the probability of a value is that of all its candidates together.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from apps.fusion.answers.values import Final

LIKELY = 0.5
"""Probability from which a value is chosen: it is then likelier than all others of its text together."""
POSSIBLE = 0.05
"""Probability that a value has by itself, below which what other members say changes nothing."""
CLEAR = 0.6
"""Probability from which the choice in one text counts as what that member says, for the choice in another."""
SAID_BY_OTHERS = "said_by_others"
"""The sign of a value that other members of the panel say: their share."""

Signs = Mapping[str, float]


class Candidate(NamedTuple):
    """A value that a text may conclude, where it stands, and its signs. ``None`` is the value of nothing at all."""

    value: Hashable | None
    final: Final
    signs: Signs


class Choice(NamedTuple):
    """A candidate with the probability that its text concludes its value."""

    candidate: Candidate
    probability: float


class Weights(NamedTuple):
    """The weights of signs in a text that is read alone, and in one beside what the other members say."""

    alone: Mapping[str, float]
    beside: Mapping[str, float]


class Weighed(NamedTuple):
    """The likeliest candidate of a text, and the probability of each value ``of`` it."""

    best: Choice
    of: Mapping[Hashable | None, float]


def choose(candidates: Mapping[str, Sequence[Candidate]], weights: Weights) -> dict[str, Choice]:
    """Return what each text likely concludes, by slot.

    Each text is read alone first. Then what other members conclude is likelier in a text that has it too.
    """
    chosen = {slot: one.best for slot, (_, one) in weigh_panel(candidates, weights).items()}
    return {slot: one for slot, one in chosen.items() if one.probability >= LIKELY and one.candidate.value is not None}


def weigh_panel(
    candidates: Mapping[str, Sequence[Candidate]], weights: Weights
) -> dict[str, tuple["Weighed", "Weighed"]]:
    """Return what each text that has candidates likely says, read alone and beside what the others say."""
    alone = {slot: one for slot, own in candidates.items() if (one := weigh(own, weights.alone))}
    found = {}
    for slot, one in alone.items():
        others = [alone.get(other) for other in candidates if other != slot]
        if beside := weigh(with_others(candidates[slot], one, others), weights.beside):
            found[slot] = one, beside
    return found


def with_others(own: Sequence[Candidate], alone: Weighed | None, others: Sequence[Weighed | None]) -> list[Candidate]:
    """Return candidates with the share of other members that clearly say the same, where it is possible by itself.

    A sentence that is not plain may be about what others say, and denies it: it counts for nothing there.
    """
    said = Counter(one.best.candidate.value for one in others if one and one.best.probability >= CLEAR)
    members = max(1, len(others))
    shares = {value: count / members for value, count in said.items() if alone and alone.of.get(value, 0) >= POSSIBLE}
    return [
        one._replace(signs={**one.signs, SAID_BY_OTHERS: one.signs.get("in_plain", 0.0) * shares.get(one.value, 0.0)})
        for one in own
    ]


def weigh(candidates: Sequence[Candidate], weights: Mapping[str, float]) -> Weighed | None:
    """Return the likeliest of the candidates of a text, and the probability of each value (a softmax)."""
    if not candidates:
        return None
    sums = [sum(weights.get(name, 0.0) * value for name, value in one.signs.items()) for one in candidates]
    highest = max(sums)
    parts = [math.exp(one - highest) for one in sums]
    of: dict[Hashable | None, float] = defaultdict(float)
    for one, part in zip(candidates, parts, strict=True):
        of[one.value] += part / sum(parts)
    value, probability = max(of.items(), key=lambda one: one[1])
    # Of "18 km/h, so 18 km in an hour" the one counts that has the unit of the question.
    said = [at for at, one in enumerate(candidates) if one.value == value]
    best = max(said, key=lambda at: (candidates[at].signs.get("unit_of_question", 0.0), parts[at]))
    return Weighed(Choice(candidates[best], probability), of)
