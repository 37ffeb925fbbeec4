"""Numbers in sentences whose words are not known: read by their place, beside what the rest of a panel concludes.

An answer to a question for a number concludes with it, whatever words lead there. Which of the figures of a place it is
shows beside the others: a result that another member gives too, or the only figure that no other text has, since all of
them repeat what was given.
"""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from apps.fusion.answers.endings import calculates, plans
from apps.fusion.answers.figures import figures_of, values_of
from apps.fusion.answers.frame_words import leads
from apps.fusion.answers.places import Spot, places
from apps.fusion.answers.stated_first import is_overtaken
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.values import Final, classify

LONGEST_TOLD = 100
"""Characters of a sentence that concludes, where no other answer says that it is a number that is asked for."""
MOST_SPOTS = 2
"""Places with figures among which one concludes."""

_ALONE = re.compile(r"[\W_]*(?:[^:：\n]{1,40}[:：][\W_]*)?")
"""Before a value that a sentence begins with stands nothing, or a label."""
_AFTER_ALONE = re.compile(r"[*_`]*\s?(?:[.,:;!–—。，：-]|$)")
_COUNTED = re.compile(r"[\s*_]{0,3}[^\W\d_]")
"""The word behind a number that says of what it is one."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_WORD_OR_FIGURE = re.compile(r"\w+")
_LISTED = re.compile(r"[ \t]*(?:[-*+•–]|\d{1,3}[.)])[ \t]+")


class _Figured(NamedTuple):
    """A place with its figures; ``opens`` says that it begins with its only one, ``is_all`` that it is all of a text.

    ``is_plan`` says that it only tells how to get to a result, or is one of a list; ``is_opening`` that the text begins
    with its number.
    """

    place: Spot
    figures: tuple[Final, ...]
    opens: bool
    is_all: bool
    is_plan: bool
    is_opening: bool

    @property
    def is_set_apart(self) -> bool:
        """Return whether it is set apart from the reasons, by the layout or as it begins with its number."""
        return self.place.is_apart or self.opens


def numbers_by_place(
    texts: Mapping[str, str],
    known: Mapping[str, Final],
    sure: Iterable[str],
    comma: Mapping[str, bool],
    is_time: bool = False,
    is_announced: bool = False,
) -> dict[str, Found]:
    """Return the numbers that texts conclude, beside the ``known`` ones; those of ``sure`` slots stay.

    Where a day or year is asked for (``is_time``), a text of one sentence says it too, and texts of one each differ.
    Beside a number that is announced as the answer a text of one sentence concludes with its only one.
    """
    spots = {slot: _spots(text, comma[slot], is_time) for slot, text in texts.items()}
    # What was worked out stands, unless the layout sets another place apart.
    apart = {slot for slot, own in spots.items() if any(one.place.is_apart or one.is_opening for one in own)} - set(
        sure
    )
    given = (
        {slot: final for slot, final in known.items() if slot not in apart} or _shared(spots, is_time) or dict(known)
    )
    given = given or (_single(spots) if is_time else {})
    if not given:
        return {}
    found = {slot: Found(final, final.start) for slot, final in given.items() if slot not in known}
    every = {slot: values_of(text, comma[slot]) for slot, text in texts.items()}
    said = list(given.values())
    for slot in texts.keys() - given.keys():
        others = {value for other, values in every.items() if other != slot for value in values}
        only_hits = len(texts) < 3 or (calculates(texts[slot]) and not is_time)
        own = [one for one in spots[slot] if not one.is_all or (is_announced and len(one.figures) == 1)]
        final = _beside(texts[slot], own, said, others, only_hits=only_hits)
        if final:
            found[slot] = Found(final, final.start)
    return found


def _spots(text: str, comma: bool, is_time: bool) -> list[_Figured]:
    """Return the places of a text that have figures; first a number with which one begins."""
    found = []
    for place in places(text):
        figures = figures_of(text, place.start, place.end, comma)
        figures = _days(text, place.start, place.end) or figures if is_time else figures
        is_plan = plans(text, place.start, place.end) or _is_listed(text, place.start)
        if not figures and (place.is_apart or not is_plan):
            continue
        opens = len(figures) == 1 and bool(
            _is_led(text, place.start, figures[0].start) and _AFTER_ALONE.match(text, figures[0].end, place.end)
        )
        is_opening = opens and not text[: place.start].strip() and not is_overtaken(text, figures[0], comma)
        is_all = not is_time and text.strip() == text[place.start : place.end].strip()
        found.append(_Figured(place, figures, opens, is_all, is_plan, is_opening))
        if not place.is_apart and not opens and len(found) > 1:
            break
    return sorted(found, key=lambda one: not one.is_set_apart)


def _is_led(text: str, start: int, at: int) -> bool:
    """Return whether only a label stands before a value in its sentence, or in an opening words that lead to it."""
    words = _WORD.findall(text, start, at)
    is_opening = not text[:start].strip(" \n*_#>")
    return bool(_ALONE.fullmatch(text[start:at])) or (is_opening and all(leads(word.casefold()) for word in words))


def _is_listed(text: str, at: int) -> bool:
    """Return whether nothing but the mark of a list stands before a place in its line."""
    return bool(_LISTED.fullmatch(text, text.rfind("\n", 0, at) + 1, at))


def _days(text: str, start: int, end: int) -> tuple[Final, ...]:
    """Return the only day that a sentence names, with its year."""
    finals = (classify(text, mark.start(), end) for mark in _WORD_OR_FIGURE.finditer(text, start, end))
    days = [one for one in finals if one and one.dimension == "date"]
    return tuple(days[:1])


def _is_same(one: Final, other: Final) -> bool:
    if one.canonical == other.canonical:
        return True
    return one.value == other.value and not (one.dimension and other.dimension)


def _is_sole(spot: _Figured, is_time: bool = False) -> bool:
    """Return whether a place says nothing but one number: in a short sentence beside others, and no year or date."""
    if len(spot.figures) != 1:
        return False
    is_short = not spot.is_all and spot.place.end - spot.place.start <= LONGEST_TOLD
    return spot.opens or (is_short and (is_time or not _is_date(spot.figures[0])))


def _is_date(final: Final) -> bool:
    """Return whether a number says when: a date, or what may be a year."""
    return final.dimension in ("date", "clock") or (
        not final.dimension and final.places == 0 and final.value is not None and 1000 <= final.value <= 2100
    )


def _fits(text: str, final: Final, said: list[Final]) -> bool:
    """Return whether a number may be one beside those that are known.

    It has their unit or none, counts nothing else ("in 2 ways") where all of them have one, and is no year.
    """
    units = {one.dimension for one in said}
    if final.dimension:
        is_alike = final.dimension in units or units == {""} or {final.dimension, *units} <= {"JPY", "CNY", ""}
    else:
        is_alike = "" in units or not _COUNTED.match(text, final.end)
    return is_alike and (not _is_date(final) or any(map(_is_date, said)))


def _shared(spots: Mapping[str, list[_Figured]], is_time: bool = False) -> dict[str, Final]:
    """Return the result of the slots that have the same one alone in a place that concludes, if they are most."""
    alone = {slot: [one.figures[0] for one in own if _is_sole(one, is_time)] for slot, own in spots.items()}
    best: dict[str, Final] = {}
    for finals in map(alone.__getitem__, sorted(alone)):
        for final in finals:
            same = {
                other: hit
                for other, theirs in sorted(alone.items())
                if (hit := next((one for one in theirs if _is_same(one, final)), None))
            }
            if len(same) > max(1, len(best)):
                best = same
    return best if 3 * len(best) >= 2 * len(spots) else {}


def _single(spots: Mapping[str, list[_Figured]]) -> dict[str, Final]:
    """Return the number of each slot whose likeliest place says only one, if most slots have such."""
    found = {slot: own[0].figures[0] for slot, own in spots.items() if own and _is_sole(own[0], is_time=True)}
    return found if 3 * len(found) >= 2 * len(spots) else {}


def _beside(
    text: str, spots: list[_Figured], said: list[Final], others: set[Fraction], *, only_hits: bool
) -> Final | None:
    """Return the figure of a place that the others conclude, or that only this text has.

    A text that works something out has figures of its steps: of those only what is set apart, or told by others, is a
    result. Where a later place has something else than what others conclude, either may be a remark.
    """
    read = spots[:MOST_SPOTS]
    hits = [[one for one in spot.figures if any(_is_same(one, other) for other in said)] for spot in read]
    for at, spot in enumerate(read):
        if len({one.canonical for one in hits[at]}) == 1:
            return hits[at][-1]
        only_hits = only_hits or (spot.is_plan and not spot.is_set_apart)
        if only_hits and not spot.is_set_apart:
            continue
        fitting = [one for one in spot.figures if _fits(text, one, said)]
        alone = fitting if len(spot.figures) == 1 else [one for one in fitting if one.value not in others]
        if len(alone) == 1:
            return alone[0] if spot.is_set_apart or not any(hits[at + 1 :]) else None
    return None
