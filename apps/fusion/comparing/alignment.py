"""Group sentences of different answers that speak of the same thing, and find the answer closest to the others."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from functools import cache
from itertools import combinations
from operator import itemgetter
from typing import NamedTuple

from apps.fusion.answers.groups import group_answers, read_panel
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.comparing.comparison import (
    SAME_SUBJECT,
    SLIGHT,
    Comparison,
    Relation,
    compare,
    is_exchanged,
    similarity,
)
from apps.fusion.comparing.statements import Statement, statements, weigh, weights

MOST_USES = 120
"""The most sentences that may contain a word for it to pair two of them."""
CANDIDATES = 12
"""The number of sentences that a sentence is compared with closely: those that share most of its words."""
HELD_TOGETHER = SLIGHT
"""The least similarity of every two members of a group."""
CLOSE = 0.45
"""The similarity to another answer's sentence from which a sentence is no insight of its own answer."""


class Aligned(NamedTuple):
    """Groups of sentences about the same thing in the order of their places, and the sentences like no other."""

    groups: list[list[Statement]]
    alone: list[Statement]
    weight: Mapping[str, float]

    def compare(self, a: Statement, b: Statement) -> Comparison:
        """Compare two sentences of a group; they do not agree where a word stands in the place of another."""
        found = compare(a, b, similarity(a, b, self.weight))
        return Comparison(Relation.UNCLEAR) if found.relation is Relation.AGREE and is_exchanged(a, b) else found


def align(found: list[Statement]) -> Aligned:
    """Put sentences together, most similar first; a group has at most one sentence of each slot."""
    weight = weights(found)

    totals = [weigh(one.stems, weight) for one in found]

    @cache
    def similar(a: int, b: int) -> float:
        return similarity(found[a], found[b], weight, (totals[a], totals[b]))

    nth = _occurrences(found)
    pairs = [pair for pair in sorted(_candidates(found, nth)) if similar(*pair) >= HELD_TOGETHER]
    together = [pair for pair in pairs if similar(*pair) >= SAME_SUBJECT]
    group_of: dict[int, list[int]] = {}

    def rank(pair: tuple[int, int]) -> tuple[object, ...]:
        # Ties are broken by the texts, so that the order of the slots makes no difference.
        return (-similar(*pair), *sorted((found[at].text, nth[at]) for at in pair))

    for a, b in sorted(together, key=rank):
        one, other = group_of.get(a, [a]), group_of.get(b, [b])
        # One sentence of a slot in each group; this also keeps a group from being joined with itself.
        is_disjoint = not {found[at].slot for at in one} & {found[at].slot for at in other}
        # Every pair must hold together: a chain of like sentences would otherwise join two different things.
        if is_disjoint and all(similar(*sorted((x, y))) >= HELD_TOGETHER for x in one for y in other):
            group_of.update(dict.fromkeys(one + other, one + other))
    groups = {id(group): group for group in group_of.values()}.values()
    # Also a sentence that no group took in is no insight if another answer says nearly the same.
    near = {at for pair in pairs if similar(*pair) >= CLOSE for at in pair}
    return Aligned(
        groups=sorted(
            (sorted((found[at] for at in group), key=lambda one: one.slot) for group in groups),
            key=lambda group: (min(one.start for one in group), sorted((one.text, one.start) for one in group)),
        ),
        alone=[one for at, one in enumerate(found) if at not in near],
        weight=weight,
    )


def closest(answers: Mapping[str, str]) -> str:
    """Return the slot that is closest to the others; the first letter wins a tie.

    The largest group of equal final answers comes first. Of its members, or of all where there is none of two, it is
    the one that shares most content words with the others of them: what an outsider writes decides nothing among
    those who agree. An answer that only refuses is never returned beside another.
    """
    taking = {slot: text for slot, text in answers.items() if not is_refusal(text)} or answers
    groups = group_answers(read_panel(taking))
    largest = max((len(group.answers) for group in groups), default=0)
    agreeing = {slot for group in groups if len(group.answers) == largest for slot in group.answers}
    chosen = {slot: text for slot, text in taking.items() if largest < 2 or slot in agreeing}
    bags = {
        slot: Counter(stem for one in statements(slot, text) for stem in one.stems) for slot, text in chosen.items()
    }
    nearness = {
        slot: sum(_nearness(bag, other) for rival, other in bags.items() if rival != slot) for slot, bag in bags.items()
    }
    # Rounded, because the order of a sum of floats would otherwise decide between equals.
    return min(nearness, key=lambda slot: (-round(nearness[slot], 9), slot))


def _nearness(a: Counter[str], b: Counter[str]) -> float:
    """Return Dice's coefficient of two bags of words, 0 to 1."""
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 0.0


def _occurrences(found: list[Statement]) -> list[int]:
    """Return, for each sentence, how often its slot said the same before."""
    seen: Counter[tuple[str, str]] = Counter()
    numbers = []
    for one in found:
        numbers.append(seen[one.slot, one.text])
        seen[one.slot, one.text] += 1
    return numbers


def _candidates(found: list[Statement], nth: list[int]) -> set[tuple[int, int]]:
    """Return the pairs worth comparing closely: each sentence with those of other slots that share most of its words.

    An answer of one sentence is paired with all others like it, because a bare figure shares no words; and so are equal
    sentences, each with its like in the same place of a row of repetitions.
    """
    uses: dict[str, list[int]] = {}
    equal: dict[tuple[str, int], list[int]] = {}
    for at, one in enumerate(found):
        equal.setdefault((one.text, nth[at]), []).append(at)
        for stem in one.stems:
            uses.setdefault(stem, []).append(at)
    slot_of, many = [one.slot for one in found], len(found)
    texts = {key: number for number, key in enumerate(sorted({(one.text, nth[at]) for at, one in enumerate(found)}))}
    order = [texts[one.text, nth[at]] for at, one in enumerate(found)]
    pairs = set(combinations([at for at, one in enumerate(found) if one.is_only], 2))
    pairs.update(pair for same in equal.values() for pair in combinations(same, 2))
    for at, one in enumerate(found):
        shared: Counter[int] = Counter()
        for stem in one.stems:
            # A word that stands everywhere pairs everything with everything, in quadratic time.
            shared.update(uses[stem] if len(uses[stem]) <= MOST_USES else ())
        others = [(other, count) for other, count in shared.items() if slot_of[other] != one.slot]
        if len(others) > CANDIDATES:
            # Most share a word or two, and need not be sorted.
            fewest = sorted((count for _, count in others), reverse=True)[CANDIDATES - 1]
            others = [pair for pair in others if pair[1] >= fewest]
        # By text and place, never by slot: a cut must fall the same whoever says what.
        ranked = sorted((order[other] - many * count, other) for other, count in others)
        # Equals of the last one are taken too.
        last = bisect_right(ranked, ranked[min(len(ranked), CANDIDATES) - 1][0], key=itemgetter(0)) if ranked else 0
        pairs.update((min(at, other), max(at, other)) for _, other in ranked[:last])
    return pairs
