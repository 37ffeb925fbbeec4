"""Compare final answers: groups of slots whose answers are equal, largest first, and which of them exclude each other.

Equality divides the answers of a panel into groups, so it is an equivalence on them, whatever their order. A bare
number equals one with a unit if only one unit is in question: beside "$18" and "18 apples", 18 is the same; beside
"18 km" and "18 m" it is neither. A number with fewer decimal places equals the only one that rounds to it.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from apps.fusion.answers.asked_choice import asked_choice
from apps.fusion.answers.beside import beside, fitting
from apps.fusion.answers.names import NAMED, are_other_names
from apps.fusion.answers.options import in_latin, options_of
from apps.fusion.answers.reading import TAIL, FinalAnswer, as_written, final_answer
from apps.fusion.answers.values import Final, text_form
from apps.fusion.languages import languages_of
from apps.fusion.numerals import plain_form
from apps.fusion.units import CURRENCIES
from apps.fusion.vocabulary import FinalKind

FEWEST_PLACES = 2
"""Decimal places from which a number may be the rounding of another."""
NEVER_ROUNDED = Fraction(2, 100)
"""The distance from which on no chain of roundings leads from one number to another: it is twice the longest."""


class Group(NamedTuple):
    """Slots whose final answers are equal, by letter; of a group by meaning ``shown`` is the text of its first slot."""

    answers: Mapping[str, FinalAnswer]
    shown: str = ""

    @property
    def kind(self) -> FinalKind:
        """Return the kind of the answers; a bare text that joined a literal takes its kind."""
        return min((one.final.kind for one in self.answers.values()), key=lambda kind: kind is FinalKind.TEXT)

    @property
    def text(self) -> str:
        """Return the answer as most members write it, the longest of these: a unit tells more than none."""
        written = [one.text for one in self.answers.values()]
        return self.shown or max(written, key=lambda text: (written.count(text), len(text), text))

    @property
    def forms(self) -> frozenset[str]:
        return frozenset(one.final.canonical for one in self.answers.values())


def read_answers(answers: Mapping[str, str], languages: Mapping[str, str] | None = None) -> dict[str, FinalAnswer]:
    """Return the final answer of each slot that has one, by slot. ``answers`` are the whole texts."""
    languages = languages_of(answers) if languages is None else languages
    found = {slot: final_answer(text, languages[slot]) for slot, text in sorted(answers.items())}
    return {slot: one for slot, one in found.items() if one}


def read_panel(answers: Mapping[str, str], asked: str = "") -> dict[str, FinalAnswer]:
    """Return the final answers as an analysis has them, which reads a text beside the others; votes count none of that.

    A text whose words are not known is read by its place, as what most of the panel concludes, or as what is ``asked``.
    """
    asked = asked[-TAIL:]  # a question stands at the end, and the whole of a long request would take a minute
    options = options_of(asked)
    latin = {slot: in_latin(text, options) for slot, text in answers.items()}
    languages = languages_of(latin, asked)
    alone = read_answers(latin, languages)
    chosen = asked_choice(latin, alone, asked, languages)
    found = beside(latin, fitting(alone, asked), languages, asked) if chosen is None else chosen
    return {slot: as_written(one, answers[slot]) if options else one for slot, one in sorted(found.items())}


def group_answers(finals: Mapping[str, FinalAnswer]) -> list[Group]:
    """Return the groups of equal final answers, largest first; equals by what they say, never by their letters."""
    classes: dict[str, list[str]] = {}
    for slot in sorted(finals):
        classes.setdefault(finals[slot].final.canonical, []).append(slot)
    joins = (*_quoted_texts(finals), *_bare_numbers(finals), *_rounded_numbers(finals))
    joined = {form: form for form in classes}
    for form, target in joins:
        if _root(joined, target) != form:  # as 33.3333 % and 1/3, of which each would join the other
            joined[form] = target
    groups: dict[str, dict[str, FinalAnswer]] = {}
    for form, slots in classes.items():
        groups.setdefault(_root(joined, form), {}).update({slot: finals[slot] for slot in slots})
    found = [Group(dict(sorted(members.items()))) for members in groups.values()]
    return sorted(found, key=lambda group: (-len(group.answers), group.kind.value, sorted(group.forms)))


def exclude(one: Group, other: Group) -> bool:
    """Return whether two different groups cannot both be right: letters, verdicts, numbers and literals each can.

    Two short texts may say the same in other words, so they exclude each other only if both are names that share
    no word; a letter and a number may mean the same option. Of formulas only those whose form decides exclude each
    other: two with a root or a function may be equal all the same.
    """
    kinds = {one.kind, other.kind}
    if kinds <= {FinalKind.NUMBER, FinalKind.LITERAL}:
        return True
    if kinds == {FinalKind.BOOLEAN, FinalKind.LITERAL}:
        return True
    if FinalKind.FORMULA in kinds:
        forms = one.forms | other.forms
        return kinds <= {FinalKind.FORMULA, FinalKind.NUMBER} and all(form.startswith(_DECIDED) for form in forms)
    if kinds == {FinalKind.TEXT}:
        forms = one.forms | other.forms
        if all(form.startswith(NAMED) for form in forms):
            return all(are_other_names(mine, theirs) for mine in one.forms for theirs in other.forms)
        return _are_other_names(one, other)
    return len(kinds) == 1


def may_join(one: FinalAnswer, other: FinalAnswer) -> bool:
    """Return whether two answers that are written differently may be one group beside some further answers.

    Bare numbers only join where they round to the same, which two that are ``NEVER_ROUNDED`` apart never do.
    """
    kinds = {one.final.kind, other.final.kind}
    if kinds == {FinalKind.NUMBER}:
        first, second = one.final.value, other.final.value
        is_bare = not one.final.dimension and not other.final.dimension
        return first is None or second is None or not is_bare or abs(first - second) <= NEVER_ROUNDED
    return FinalKind.TEXT in kinds and kinds <= {FinalKind.TEXT, FinalKind.LITERAL}


def _root(joined: Mapping[str, str], form: str) -> str:
    while joined[form] != form:
        form = joined[form]
    return form


def _only(found: Iterable[str]) -> str | None:
    """Return the only one of some forms; ``None`` if there are several."""
    forms = set(found)
    return forms.pop() if len(forms) == 1 else None


def _quoted_texts(finals: Mapping[str, FinalAnswer]) -> list[tuple[str, str]]:
    """Return the short texts that stand elsewhere in quotation marks, word for word, with what they join."""
    quoted = {one.final.canonical for one in finals.values() if one.final.kind is FinalKind.LITERAL}
    bare = {one.final.canonical: one.text for one in finals.values() if one.final.kind is FinalKind.TEXT}
    joins = []
    for form, text in bare.items():
        target = f"text:{text}"
        # "abx" without marks is neither 'abX' nor 'abx' for sure, but it is written like one of them.
        if target in quoted:
            joins.append((form, target))
        else:
            alike = _only(one for one in quoted if text_form(one.removeprefix("text:")) == form)
            joins += [(form, alike)] if alike and " " in text else []
    return [(form, target) for form, target in joins if form != target]


def _numbers(finals: Mapping[str, FinalAnswer]) -> dict[str, FinalAnswer]:
    """Return a number of each form, the one with the most decimal places."""
    found: dict[str, FinalAnswer] = {}
    for one in sorted(finals.values(), key=lambda one: one.final.places or 0):
        if one.final.kind is FinalKind.NUMBER:
            found[one.final.canonical] = one
    return found


def _bare_numbers(finals: Mapping[str, FinalAnswer]) -> list[tuple[str, str]]:
    """Return the bare numbers that are the only one with a unit, as it is written there."""
    forms: dict[str, set[Fraction]] = {}
    for one in finals.values():
        if one.final.kind is FinalKind.NUMBER and one.final.dimension and one.final.value is not None:
            forms.setdefault(one.final.canonical, set()).add(one.final.value)
    bare = {form: one.final.value for form, one in _numbers(finals).items() if not one.final.dimension}
    joins = {form: _only(other for other, values in forms.items() if value in values) for form, value in bare.items()}
    # Of a share, 0.5 is 50 %, unless 50 is there too.
    for form, value in bare.items():
        share = f"percent:{plain_form(100 * value)}" if value is not None else ""
        if joins[form] is None and share in forms and share not in joins.values():
            joins[form] = share
    # Cents are hundredths of a currency, of whichever somebody writes.
    for form in [form for form in forms if form.startswith("cents:")]:
        whole = plain_form(Fraction(form.removeprefix("cents:")) / 100)
        money = _only(other for other in forms if other in {f"{currency}:{whole}" for currency in CURRENCIES})
        joins |= {form: money} if money else {}
    # Pounds are money, degrees those of a thermometer, ¥ are yuan and $ those of another country if somebody writes so.
    of_us = {one.final.canonical for one in finals.values() if "US" in one.text}
    for one in finals.values():
        dimensions = _MAY_BE.get(one.final.dimension, ())
        is_pound = one.text.casefold().endswith(("pound", "pounds"))
        if (one.final.dimension == "mass" and not is_pound) or one.final.canonical in of_us:
            continue
        others = [
            other
            for other, values in forms.items()
            if other.startswith(tuple(f"{dimension}:" for dimension in dimensions)) and one.final.value in values
        ]
        if len(others) == 1:
            joins[one.final.canonical] = others[0]
    # Of 5 and 5000 beside "5 km" and "5000 m" neither joins: two numbers are never made one.
    targets = list(joins.values())
    return [(form, target) for form, target in joins.items() if target and targets.count(target) == 1]


def _rounded_numbers(finals: Mapping[str, FinalAnswer]) -> list[tuple[str, str]]:
    """Return the numbers with some decimal places that are the rounding of just one finer number of their kind."""
    numbers = {form: one.final for form, one in _numbers(finals).items() if one.final.value is not None}
    joins = []
    for form, number in numbers.items():
        if number.places is None:
            continue
        finer = [other for other, two in numbers.items() if other != form and _rounds_to(two, number, number.places)]
        target = _only(finer)
        joins += [(form, target)] if target else []
    return joins


def _rounds_to(finer: Final, number: Final, places: int) -> bool:
    """Return whether a number with so many decimal places is the rounding of a finer one; of shares, 33 % is of 1/3."""
    is_share = {finer.dimension, number.dimension} == {"", "percent"}
    if not is_share and (finer.dimension != number.dimension or places < FEWEST_PLACES):
        return False
    (mine, own), (theirs, others) = _as_share(number, is_share), _as_share(finer, is_share)
    if own is None or own < FEWEST_PLACES or (is_share and max(mine, theirs) > 1):
        return False
    return (others is None or others > own) and abs(theirs - mine) <= Fraction(1, 10**own) / 2


def _as_share(number: Final, is_share: bool) -> tuple[Fraction, int | None]:
    """Return a number and its decimal places, as a part of 1 if it is a percentage beside a share."""
    value, places = number.value or Fraction(0), number.places
    if not is_share or not number.dimension:
        return value, places
    return value / 100, None if places is None else places + 2


def _are_other_names(one: Group, other: Group) -> bool:
    """Return whether two short texts are names, capitalised throughout, that have no word in common."""
    texts = [[final.text for final in group.answers.values() if final.is_announced] for group in (one, other)]
    if not all(texts):
        return False
    words = [{word for text in group for word in text.split()} for group in texts]
    is_named = all(word[0].isupper() or word.casefold() in _SMALL_WORDS for group in words for word in group)
    plain = [{word.casefold() for word in group} - _SMALL_WORDS for group in words]
    return is_named and all(plain) and not plain[0] & plain[1]


_MAY_BE = {"mass": ("GBP",), "angle": ("temperature",), "JPY": ("CNY",), "USD": ("AUD", "CAD", "HKD", "NZD", "SGD")}
"""Dimensions of units that are another where somebody writes so."""
_DECIDED = ("rational:", "number:")
_SMALL_WORDS = frozenset("the of and de la von van der del di da le el".split())
