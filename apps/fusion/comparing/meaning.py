"""Group short answers in free text by what they say, for votes that count meanings. No model, and nothing is learnt.

Two texts say the same if they are alike in their words and in their static vectors, and the same in all that decides:
figures in their order, names, negations, limits, opposites, how much they list, and what stands where. No likeness
overrules that: it is blind to exactly what a contradiction is. In doubt two texts are apart.
"""

import re
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations

from apps.fusion.answers.groups import Group, group_answers
from apps.fusion.answers.reading import FinalAnswer
from apps.fusion.comparing.claims import own_words
from apps.fusion.comparing.opposites import opposed
from apps.fusion.comparing.statements import Statement, whole_statement
from apps.fusion.comparing.support import ALIKE, has_what_is_exact
from apps.fusion.comparing.word_order import in_order
from apps.fusion.vectors import likeness
from apps.fusion.vocabulary import CountedKind

OVERLAP, MEANING = (0.411, 0.242), (0.602, 0.226)
"""Mean and standard deviation of both likenesses, of 900 pairs of recorded answers to one question (RefChecker)."""
LEAST_ALIKE = 1.5
"""The mean of both likenesses, in standard deviations above the mean, from which two texts may say the same."""

_LISTED = re.compile(
    r"[,;、，；]\s*(?:and|or|und|oder|et|ou|y|o|e)\b|[,;、，；]|\b(?:and|or|und|oder|et|ou|y)\b", re.IGNORECASE
)
_CODED = re.compile(r"\b\w+[A-Z0-9]\w*\b|\b[A-Z]{2,}\b")
_FORMULA = re.compile(r"[=<>≤≥≠±×÷^+∩∪∈∉⊂√∞∑∏→∧∨¬\\]|\b(?:\w|\d+)\s[-–−*/]\s(?:\w|\d+)\b")
_BY = re.compile(r"\bby\b", re.IGNORECASE)


def grouping(kind: CountedKind) -> Callable[[Mapping[str, FinalAnswer]], list[Group]]:
    """Return the function that groups the final answers (by slot) of a kind that counts."""
    return group_meanings if kind is CountedKind.MEANING else group_answers


def group_meanings(finals: Mapping[str, FinalAnswer]) -> list[Group]:
    """Return the groups of texts of which each says the same as every other, largest first; the medoid's slot leads.

    Groups are joined by complete linkage, the most alike first, so they are a partition. It depends on the texts alone,
    never on their slots; but another text may divide the others in another way.
    """
    slots: dict[str, list[str]] = {}
    for slot in sorted(finals):
        slots.setdefault(finals[slot].final.canonical, []).append(slot)
    texts = {form: finals[own[0]].text for form, own in slots.items()}
    groups = [_led(group, slots, texts, finals) for group in _linked(texts)]
    return sorted(groups, key=lambda group: (-len(group.answers), sorted(group.forms)))


@lru_cache(maxsize=4096)
def says_the_same(one: str, other: str) -> bool:
    """Return whether two texts are alike, and the same in all that decides, in either order."""
    return how_alike(one, other) >= LEAST_ALIKE and _is_same_in_all_that_decides(one, other)


@lru_cache(maxsize=4096)
def how_alike(one: str, other: str) -> float:
    """Return the mean of the overlap of words and the cosine of vectors, each in standard deviations from its mean."""
    words, others = own_words(one), own_words(other)
    both = len(words) + len(others)
    overlap = 2 * len(words & others) / both if both else 0.0
    told = ((overlap, OVERLAP), (likeness(one, other), MEANING))
    return sum((value - mean) / deviation for value, (mean, deviation) in told) / len(told)


def _linked(texts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the forms of texts in groups in which all pairs say the same."""
    same: dict[tuple[str, str], float] = {}
    for one, other in combinations(sorted(texts), 2):
        if says_the_same(texts[one], texts[other]):
            same[one, other] = how_alike(texts[one], texts[other])
    groups: list[tuple[str, ...]] = [(form,) for form in sorted(texts)]
    while True:
        joins = []
        for first, second in combinations(groups, 2):
            pairs = [(min(one, other), max(one, other)) for one in first for other in second]
            if all(pair in same for pair in pairs):
                joins.append((-min(same[pair] for pair in pairs), first, second))
        if not joins:
            return groups
        # Of joins that are as alike the first by its texts: slots have no say.
        _, first, second = min(joins)
        rest = (group for group in groups if group not in (first, second))
        groups = sorted([*rest, tuple(sorted((*first, *second)))])


def _led(
    forms: tuple[str, ...],
    slots: Mapping[str, list[str]],
    texts: Mapping[str, str],
    finals: Mapping[str, FinalAnswer],
) -> Group:
    """Return a group with its medoid first: of the wordings that most slots chose, the one most like all the others."""

    def centrality(form: str) -> tuple[int, float]:
        alike = sum(len(slots[other]) * how_alike(texts[form], texts[other]) for other in forms if other != form)
        return len(slots[form]), alike

    first = max(sorted(forms), key=centrality)
    others = sorted(slot for form in forms for slot in slots[form])
    order = [slots[first][0], *(slot for slot in others if slot != slots[first][0])]
    return Group({slot: finals[slot] for slot in order}, shown=texts[first])


def _is_same_in_all_that_decides(one: str, other: str) -> bool:
    # What stands where in a formula no words tell.
    if _FORMULA.search(one) or _FORMULA.search(other):
        return False
    mine, theirs = _read(one), _read(other)
    return (
        has_what_is_exact(mine, theirs)
        and has_what_is_exact(theirs, mine)
        and mine.exact == theirs.exact
        and mine.is_negated == theirs.is_negated
        and len(mine.negated) == len(theirs.negated)
        and not opposed(mine.opposites, theirs.opposites)
        and _figures(mine) == _figures(theirs)
        and len(_LISTED.findall(one)) == len(_LISTED.findall(other))
        and set(_CODED.findall(one)) == set(_CODED.findall(other))
        and _stand_alike(mine, theirs)
    )


def _figures(text: Statement) -> list[tuple[object, ...]]:
    """Return the figures in their order: as equal as they are written, since what is compatible is no equivalence."""
    return [(one.dimension.partition(":")[0], one.unit, one.readings) for one in text.quantities]


def _stand_alike(one: Statement, other: Statement) -> bool:
    """Return whether no word stands where the other text has another, and the words of both come in the same order.

    "A owns B" and "B is owned by A" have it in two orders, so a "by" in one of them turns the rule round.
    """
    mine, theirs = in_order(one), in_order(other)
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    if matcher.ratio() >= ALIKE and any(kind == "replace" for kind, *_ in matcher.get_opcodes()):
        return False
    both = set(mine) & set(theirs)
    is_in_order = [word for word in mine if word in both] == [word for word in theirs if word in both]
    is_turned = bool(_BY.search(one.text)) != bool(_BY.search(other.text))
    return is_in_order != is_turned


@lru_cache(maxsize=1024)
def _read(text: str) -> Statement:
    return whole_statement(text)
