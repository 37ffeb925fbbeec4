"""Choose the number that each text of a panel concludes, where a number is asked for."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from apps.fusion.answers.number_choice.candidates import Number
from apps.fusion.answers.number_choice.signs import signs_of
from apps.fusion.answers.number_choice.weights import ALONE, BESIDE_OTHERS, SAID_BY_OTHERS
from apps.fusion.answers.stretches import Found

LIKELY = 0.5
"""Probability from which a number is chosen: it is then likelier than all others of its text together."""
POSSIBLE = 0.05
"""Probability that a number has by itself, below which what other members say changes nothing."""
CLEAR = 0.6
"""Probability from which the choice in one text counts as what that member says, for the choice in another."""

Signs = Sequence[tuple[Number, Mapping[str, float]]]


class Choice(NamedTuple):
    """A number of a text with the probability that the text concludes it."""

    number: Number
    probability: float


class Weighed(NamedTuple):
    """The likeliest number of a text, and the probability of each value ``of`` it."""

    best: Choice
    of: Mapping[Fraction | None, float]


def choose_numbers(texts: Mapping[str, str], asked: str, languages: Mapping[str, str]) -> dict[str, Found]:
    """Return the number that each text concludes as an answer to what is ``asked``, by slot; none where none is likely.

    Each text is read alone first. Then a number that other members conclude is likelier in a text that has it too.
    """
    signs = {slot: signs_of(text, asked, languages[slot]) for slot, text in sorted(texts.items())}
    chosen = choose(signs)
    return {slot: Found(one.number.final, one.number.start) for slot, one in chosen.items()}


def choose(signs: Mapping[str, Signs]) -> dict[str, Choice]:
    """Return the likely number of each slot, from the signs of the numbers of its text."""
    alone = {slot: weigh(own, ALONE) for slot, own in signs.items()}
    beside = {
        slot: weigh(
            with_others(own, alone[slot], [one for other, one in alone.items() if other != slot]), BESIDE_OTHERS
        )
        for slot, own in signs.items()
    }
    chosen = {slot: one.best for slot, one in beside.items() if one}
    return {slot: one for slot, one in chosen.items() if one.probability >= LIKELY}


def with_others(own: Signs, alone: Weighed | None, others: Sequence[Weighed | None]) -> Signs:
    """Return signs with the share of other members that clearly say the same number, where it is possible by itself.

    A sentence that is not plain may be about what others say, and denies it: it counts for nothing there.
    """
    said = Counter(one.best.number.final.value for one in others if one and one.best.probability >= CLEAR)
    members = max(1, len(others))
    shares = {value: count / members for value, count in said.items() if alone and alone.of[value] >= POSSIBLE}
    return [
        (number, {**found, SAID_BY_OTHERS: found["in_plain"] * shares.get(number.final.value, 0.0)})
        for number, found in own
    ]


def weigh(signs: Signs, weights: Mapping[str, float]) -> Weighed | None:
    """Return the likeliest number of a text, as it is likeliest there, and the probability of each (a softmax)."""
    if not signs:
        return None
    sums = [sum(weights.get(name, 0.0) * value for name, value in found.items()) for _, found in signs]
    highest = max(sums)
    parts = [math.exp(one - highest) for one in sums]
    of: dict[Fraction | None, float] = defaultdict(float)
    for (number, _), part in zip(signs, parts, strict=True):
        of[number.final.value] += part / sum(parts)
    value, probability = max(of.items(), key=lambda one: one[1])
    # Of "18 km/h, so 18 km in an hour" the one counts that has the unit of the question.
    said = [at for at, (number, _) in enumerate(signs) if number.final.value == value]
    best = max(said, key=lambda at: (signs[at][1]["unit_of_question"], parts[at]))
    return Weighed(Choice(signs[best][0], probability), of)
