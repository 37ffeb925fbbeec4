"""Decide whether a sentence of an answer supports a claim: all that decides must be the same, whatever else they share.

Words in common say that two sentences are about the same thing. What decides is compared as it is written: figures and
what they count, names, letters and literals, negations, limits ("all", "before", "at most"), and every word that stands
where the other sentence has another one.
"""

import re
from collections import Counter
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from apps.fusion.comparing.exact_tokens import written
from apps.fusion.comparing.opposites import hedges, limits
from apps.fusion.comparing.quantities import Quantity
from apps.fusion.comparing.statements import Statement
from apps.fusion.comparing.word_order import in_order, trade_places
from apps.fusion.comparing.words import stem
from apps.fusion.judging.likeness import denies
from apps.fusion.numerals import NUMBER_WORDS

MOST_UNSAID = 1 / 3
"""The largest share of a claim's own words that may be missing in the sentence that supports it."""
ALIKE = 0.6
"""The share of their words (0 to 1) from which on two sentences are so alike that each differing word counts."""
_DENSE = ("zh", "ja")
LONGEST_EXCHANGE = 3
"""Words in a row that stand where the other sentence has others and make another statement of it."""

_NUMBER = re.compile(r"(?:(?<![\w)\]])[-+±])?\d+(?:[.,:/]\d+)*")
_SCALED = re.compile(
    r"\b(?:thousand|million|billion|trillion|tausend|million(?:en)?|milliarden?|mio|mrd)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SIGN = re.compile(r"[%‰°$€£¥=<>≤≥≠±×÷^]|(?<=[\w)]\s)[-+*/](?=\s[\w($€£¥])")
_MARKED = re.compile(
    r"(?P<sign>(?<![\w)\]])[-−])?(?P<before>[$€£¥])?\s?(?P<number>\d+(?:[.,:/]\d+)*)"
    r"(?:\s?(?P<scale>thousand|million|billion|trillion)\b)?"
    r"(?:[\s-]?(?P<behind>[%‰°$€£¥]|(?:percent|per\scent|prozent|dollars?|euros?|pounds|yen)\b))?",
    re.IGNORECASE,
)
_MARK_OF = dict.fromkeys(("percent", "per cent", "prozent"), "%") | {
    "dollar": "$", "dollars": "$", "euro": "€", "euros": "€", "pounds": "£", "yen": "¥"
}  # fmt: skip
_OR = re.compile(r"\b(?:or|oder|ou|или)\b|或|または", re.IGNORECASE)
_GENDERS = dict.fromkeys("he him his himself".split(), "m") | dict.fromkeys("she her hers herself".split(), "f")
_ADJECTIVES = (
    "french/france german/germany british/britain english/england spanish/spain dutch/netherlands "
    "swiss/switzerland swedish/sweden danish/denmark polish/poland turkish/turkey greek/greece irish/ireland "
    "welsh/wales scottish/scotland finnish/finland norwegian/norway portuguese/portugal chinese/china"
)
_COUNTRIES: dict[str, str] = {
    stem(adjective): stem(country) for adjective, _, country in (pair.partition("/") for pair in _ADJECTIVES.split())
}


def supports(claim: Statement, said: Statement) -> bool:
    """Return whether a sentence that is about the same as a claim has all of it that decides."""
    return has_what_is_exact(claim, said) and not _exchanges(claim, said) and not trade_places(claim, said)


def has_what_is_exact(claim: Statement, said: Statement) -> bool:
    """Return whether a sentence has the figures, names, signs, negations and limits of a claim, in whatever words."""
    return (
        denies(claim.text) == denies(said.text)
        and claim.is_negated == said.is_negated
        and written(claim.exact, claim.text) <= written(said.exact, said.text)
        and not _signs(claim) - _signs(said)
        and limits(claim.text) == limits(said.text)
        and _marks_alike(claim.text, said.text)
        and bool(_OR.search(claim.text)) == bool(_OR.search(said.text))
        and not _are_others(claim.text, said.text)
        and _has_figures(claim, said)
        and _has_names(claim, said)
    )


def claims_alike(a: Statement, b: Statement) -> bool:
    """Return whether two sentences with the same words also say them of the same, as surely and as often.

    "Without salt" is not "with salt", nor "no longer open" "open"; at other times or in other cases both may hold.
    """
    is_same = denies(a.text) == denies(b.text) and hedges(a.text) == hedges(b.text)
    return is_same and not trade_places(a, b)


def _signs(statement: Statement) -> Counter[str]:
    """Return how often each operator and sign occurs; those of units are compared as figures, which may spell them."""
    signs = Counter(_SIGN.findall(statement.text))
    return Counter({sign: count for sign, count in signs.items() if sign not in "%°$€£¥"})


def _marks_alike(claim: str, said: str) -> bool:
    """Return whether each number that both have stands with the same sign, percent or currency in both."""
    mine, theirs = _marked(claim), _marked(said)
    return all(marks <= theirs[number] for number, marks in mine.items() if number in theirs)


def _marked(text: str) -> dict[str, set[str]]:
    """Return the numbers of a text, each with the marks beside it; a spelt unit is its mark."""
    found: dict[str, set[str]] = {}
    for match in _MARKED.finditer(text):
        behind = (match["behind"] or "").casefold()
        sign, scale = (match["sign"] or "").replace("−", "-"), (match["scale"] or "").casefold()
        mark = sign + scale + (match["before"] or _MARK_OF.get(behind, behind))
        found.setdefault(match["number"].replace(",", ""), set()).add(mark)
    return found


def _are_others(claim: str, said: str) -> bool:
    """Return whether one sentence is about a man and the other about a woman."""
    genders = [
        {_GENDERS[word] for word in map(str.casefold, _WORD.findall(text)) if word in _GENDERS}
        for text in (claim, said)
    ]
    return all(genders) and genders[0].isdisjoint(genders[1])


def _has_figures(claim: Statement, said: Statement) -> bool:
    """Return whether each figure of a claim stands in the sentence, of the same thing, also those within names."""
    if not all(any(_is_same_figure(one, other, claim, said) for other in said.quantities) for one in claim.quantities):
        return False
    if any(_has_other_unit(one, claim, said) for one in claim.quantities):
        return False
    # As they are written too: what compares as equal within its rounding, or as a range, may be another number.
    unseen = _numbers(claim.text) - _numbers(said.text)
    converted = [one for one in claim.quantities if _is_converted(one, claim, said)]
    covered = Counter(number for one in converted for number in _numbers(claim.text[one.start : one.end]).elements())
    return not unseen - covered


def _numbers(text: str) -> Counter[str]:
    figures = [re.sub(r"(?<=\d),(?=\d{3})", "", number) for number in _NUMBER.findall(text.replace("−", "-"))]
    spelt = [NUMBER_WORDS.get(word.casefold()) for word in _WORD.findall(text)]
    return Counter([*figures, *(str(number) for number in spelt if number)])


def _has_other_unit(one: Quantity, claim: Statement, said: Statement) -> bool:
    """Return whether the sentence has a figure's number with other units only: a conversion would change it."""
    number = _numbers(claim.text[one.start : one.end])
    units = {other.unit for other in said.quantities if _numbers(said.text[other.start : other.end]) == number}
    return bool(number and one.unit and units - {""}) and one.unit not in units


def _is_converted(one: Quantity, claim: Statement, said: Statement) -> bool:
    """Return whether the sentence gives a figure in another unit, or in other words for its size."""
    others = [other for other in said.quantities if other.dimension == one.dimension and one.compatible(other)]
    has_scale = bool(_SCALED.search(claim.text)) != bool(_SCALED.search(said.text))
    return any(other.unit != one.unit for other in others) or bool(others and has_scale)


def _is_same_figure(one: Quantity, other: Quantity, claim: Statement, said: Statement) -> bool:
    if not one.compatible(other):
        return False
    if one.dimension == other.dimension:
        return True
    kinds = [quantity.dimension.partition(":") for quantity in (one, other)]
    if {kind for kind, _, _ in kinds} - {"count", "number"}:
        return False
    # "300 people" are 300 of what the other sentence counts only if it speaks of people.
    return all(
        not noun or noun in spoken for (_, _, noun), spoken in zip(kinds, (said.stems, claim.stems), strict=True)
    )


def _has_names(claim: Statement, said: Statement) -> bool:
    names = {word.stem for word in claim.words if word.is_name and word.start > 0} - said.stems
    # A first word is written like a name whatever it is, unless others follow that belong to it.
    first = claim.words[0] if claim.words else None
    if first and first.is_name and first.stem in claim.topic and len(claim.topic) > 1 and first.stem not in said.stems:
        names.add(first.stem)
    # What is said in passing is no statement's word, but a name in it is not to be another one either.
    spoken = {stem(word.group().casefold()) for word in _WORD.finditer(said.text)}
    asides = {stem(word.group().casefold()) for word in _WORD.finditer(claim.text, 1) if word.group()[0].isupper()}
    if asides - claim.stems - spoken - said.stems:
        return False
    return all(any(_is_same_name(name, other) for other in said.stems) for name in names)


def _is_same_name(name: str, other: str) -> bool:
    """Return whether a name is another's adjective: French of France, Italian of Italy."""
    for adjective, country in ((name, other), (other, name)):
        if _COUNTRIES.get(adjective) == country:
            return True
        if len(country) >= 4 and adjective[:4] == country[:4] and adjective.endswith(("n", "ian", "ese", "i")):
            return fuzz.ratio(adjective, country) >= 75
    return False


def _exchanges(claim: Statement, said: Statement) -> bool:
    """Return whether words of a claim stand where the sentence has others, or too many are missing altogether."""
    own = [word.stem for word in claim.words]
    unsaid = [word for word in own if word not in said.stems]
    if len(unsaid) > MOST_UNSAID * len(own):
        return True
    mine, theirs = in_order(claim), in_order(said)
    if claim.language in _DENSE:
        # Nothing tells words apart there: a character counts as one.
        mine, theirs = list("".join(mine)), list("".join(theirs))
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    is_alike = matcher.ratio() >= ALIKE
    for kind, first, last, start, end in matcher.get_opcodes():
        is_short = min(last - first, end - start) <= LONGEST_EXCHANGE
        # In sentences that are otherwise alike any word decides, be it as small as "up".
        decides = is_alike or any(word in unsaid for word in mine[first:last])
        if kind == "replace" and is_short and decides:
            return True
    return False
