"""Quantities in a sentence: numbers with units, counts, percentages, money, dates, and whether two of them conflict.

A written figure stands for an interval: "2.1 million" for everything that rounds to it, "over 300" for anything above,
"about 300" for what its digits are rounded from, up to ten percent around, a year for its days. Two quantities conflict
if they measure the same and their intervals have nothing in common; after a conversion between units one percent of
slack is given.
"""

import re
from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

from apps.fusion.comparing.sentences import EMPHASIS
from apps.fusion.comparing.words import STOP, TOKEN, stem
from apps.fusion.dates import dates
from apps.fusion.entities import without_entities
from apps.fusion.intervals import Interval
from apps.fusion.languages import DECIMAL_COMMA
from apps.fusion.numerals import NUMBER_WORDS, NUMBER_WORDS_OF, plain_numbers
from apps.fusion.patterns import any_of, in_small_letters
from apps.fusion.units import AFTER_NUMBER, OF_DOLLARS, UNITS, Unit, unit_called

FAR = 0.125
"""The share by which two figures in different units may differ at most, however roughly they are written."""
ABOUT = 0.10
"""The share by which an approximate figure may be off at most."""
CONVERSION = 0.01
"""The share by which a converted or visibly rounded figure may be off."""

_DIGITS = (
    r"(?:[0-9]{1,3}(?:[,.'’\u00a0\u202f\u2009 ][0-9]{3})+(?:[.,][0-9]{1,30})?|[0-9]{1,15}(?:[.,][0-9]{1,30})?)(?![0-9])"
)
_DIGIT = re.compile("[0-9]")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LETTERS = re.compile(r"[^\W\d_]+")
# Digits inside words, versions, times, paths and references ("v1.2", "10:30", "#5", "[4]") are no quantity.
_FIGURE = (
    rf"(?=[-−–$€£¥0-9]|{OF_DOLLARS}\$)(?<![^\W\u3040-\u30ff\u3400-\u9fff])(?<![.,:/#\[])(?<![^\W\d_]-)(?P<sign>(?<![^\s`(*])[-−–])?(?P<currency>(?:{OF_DOLLARS}?\$|[€£¥])\s?)?(?P<digits>{_DIGITS})"
    rf"(?![./:][0-9]|\]|st\b|nd\b|rd\b|th\b)"
)
_NUMBER = re.compile(_FIGURE + r"(?P<word>(?!))?", re.IGNORECASE)
_NUMBER_OR_WORD = {
    language: re.compile(rf"{_FIGURE}|\b(?P<word>{any_of(known)})\b", re.IGNORECASE)
    for language, known in {"": NUMBER_WORDS, **NUMBER_WORDS_OF}.items()
}
_STEP = re.compile(r"[\s*_]{0,9}\d{1,3}[.)]\s")
"""The number of a step in front of its sentence."""
_CLOCK = re.compile(
    r"(?<![^\W\u3040-\u30ff\u3400-\u9fff])(?<![.,:/#\[])(?:(?P<hour>[01]?[0-9]|2[0-4])[:：](?P<minute>[0-5][0-9])"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?|(?P<full>1[0-2]|[1-9])\s?(?P<of>[ap])(?:\.\s?m\.|m\b)|"
    r"(?:(?<=\ba\slas\s)|(?<=\balle\s)|(?<=\balle\sore\s))(?P<oclock>[01]?[0-9]|2[0-4])(?=\s?(?:[.,;!?)]|$|"
    r"(?:horas?|de|del|los|en|el|la|las|y|di|della|il|ogni|in|e)\b)))(?![0-9:])",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"[\s\u00a0-]?(?:(?P<thousand>thousand|tausend|mille|mila|mil|тысячи?|тыс\.?)|"
    r"(?P<million>millionen|millions?|mio\.?|mn|millones|millón|milioni|milione|milhões|milhão|миллион(?:а|ов)?|млн\.?)|"
    r"(?P<milliard>milliarden?|milliards?|mrd\.?|bn|miliardi|miliardo|миллиард(?:а|ов)?|млрд\.?)|"
    r"(?P<billion>billionen|billion)|(?P<trillion>trillion))(?:\s(?:de|di|d['’])\b)?(?![^\W_])|(?P<wan>[万萬])|(?P<yi>[亿億])",
    re.IGNORECASE,
)
_MONEY_SCALE = re.compile(r"(?:(?P<thousand>k)|(?P<million>m)|(?P<milliard>bn?))(?![^\W_])", re.IGNORECASE)
_SCALES = {"thousand": 1e3, "million": 1e6, "milliard": 1e9, "billion": 1e9, "trillion": 1e12, "wan": 1e4, "yi": 1e8}
_RANGE = re.compile(r"\s?(?:-|–|—|to|bis|and|und|à|et|a|y|hasta|e|до|и|至|到|から)\s?$", re.IGNORECASE)
_MINUS = frozenset("-–—−")
_EQUATION = re.compile(r"\s?[\w]{0,20}\s?[=+*/×÷]")
_COMPOUND = re.compile(r"\s?(?:,|and|und)?\s?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|zwischen|entre|tra|fra|между)\s[^,;]{0,30}$", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:about|around|circa|ca\.?|c\.|approximately|approx\.?|roughly|nearly|almost|some|close to|"
    r"etwa|ungefähr|rund|fast|knapp|annähernd|gut|~|≈|environ|presque|à peu près|aproximadamente|alrededor de|unos|"
    r"unas|cerca de|circa|quase|около|примерно|почти|(?:约|大约|大約|約|およそ)有?)\s?$",
)
_AT_LEAST = re.compile(
    r"(?:more than|no less than|no fewer than|nicht weniger als|over|above|at least|exceeds|exceeding|minimum of|"
    r"mehr als|über|mindestens|plus de|au moins|más de|al menos|más que|più di|almeno|oltre|mais de|pelo menos|более|"
    r"больше|свыше|не менее|超过|至少|多于|以上)\s?$",
)
_AT_MOST = re.compile(
    r"(?:less than|fewer than|under|below|at most|up to|not? more than|maximum of|"
    r"weniger als|unter|höchstens|bis zu|nicht mehr als|moins de|au plus|jusqu['’]à|menos de|como máximo|hasta|meno di|"
    r"al massimo|fino a|até|no máximo|менее|меньше|не более|до|不到|少于|至多|最多)\s?$",
)
_NO_FEWER = re.compile(r"(?:no|not|nicht) (?:less than|fewer than|weniger als)\s$")
_NAME_BEFORE = re.compile(r"(?:^|[\s*_(])(?P<name>[A-Z][\w-]*)\s$")


class Quantity(NamedTuple):
    """A quantity in base units of its ``dimension`` (``count:planet`` for counted things, ``number`` for a bare one).

    ``readings`` are what it can mean ("1,063" is two numbers in German); the span counts in the sentence.
    """

    dimension: str
    unit: str
    readings: tuple[Interval, ...]
    start: int
    end: int

    def compatible(self, other: "Quantity") -> bool:
        """Return whether both can be true of one thing."""
        slack = CONVERSION if self.unit != other.unit else 0.0
        # "2 hours" stands for one and a half to two and a half, but nobody writes it for 150 minutes.
        if slack and self.is_far_from(other):
            return False
        return any(mine.meets(theirs, slack) for mine in self.readings for theirs in other.readings)

    def is_far_from(self, other: "Quantity") -> bool:
        """Return whether two figures of one dimension, in different units, are further apart than rounding explains."""
        one, two = self.readings[0], other.readings[0]
        if self.unit not in UNITS or other.unit not in UNITS or self.dimension == "temperature":
            return False
        middles = (one.low + one.high) / 2, (two.low + two.high) / 2
        # A bound without end has no middle.
        return isfinite(sum(middles)) and abs(middles[0] - middles[1]) > FAR * max(map(abs, middles))

    def repeats(self, other: "Quantity") -> bool:
        """Return whether both state the same of one thing, as in "324 m (1,063 ft)"."""
        return self.dimension == other.dimension and self.compatible(other)


def quantities(text: str, language: str = "en") -> list[Quantity]:
    """Return the quantities of a sentence in order, as its language writes numbers.

    Names ("Apollo 11"), ordinals and references do not count, nor do marks of emphasis ("**5** km", "_5 km_") and
    entities ("&#68;").
    """
    text = without_entities(text)
    if ("*" in text or "_" in text) and EMPHASIS.search(text):
        places = _places_without_marks(text)
        found = quantities("".join(text[at] for at in places), language)
        return [one._replace(start=places[one.start], end=places[one.end - 1] + 1) for one in found]
    has_digits = _DIGIT.search(text)
    found = [Quantity(d.dimension, "date", d.readings, d.start, d.end) for d in dates(text)] if has_digits else []
    found += [_clock(match) for match in _CLOCK.finditer(text)] if has_digits else []
    taken = [(quantity.start, quantity.end) for quantity in found]
    # Most sentences spell no number out, and the words for them are many.
    known = NUMBER_WORDS_OF.get(language, NUMBER_WORDS)
    has_word = not known.keys().isdisjoint(_LETTERS.findall(text.lower()))
    pattern = _NUMBER_OR_WORD.get(language, _NUMBER_OR_WORD[""]) if has_word else _NUMBER
    step = _STEP.match(text) if has_digits else None
    for match in pattern.finditer(text, step.end() if step else 0) if has_digits or has_word else ():
        if not any(start < match.end() and match.start() < end for start, end in taken):
            found += _quantity(match, text, language)
    return _merged(sorted(found, key=lambda quantity: quantity.start), text)


def _places_without_marks(text: str) -> list[int]:
    """Return the places of a text's characters without those of marks of emphasis."""
    marks = {at for match in EMPHASIS.finditer(text) for at in range(*match.span())}
    return [at for at in range(len(text)) if at not in marks]


def _clock(match: re.Match[str]) -> Quantity:
    """Return a time of day in minutes, which is exact."""
    half = (match["half"] or match["of"] or "").lower()
    hour = int(match["hour"] or match["full"] or match["oclock"]) % (12 if half else 25) + (12 if half == "p" else 0)
    minutes = 60.0 * hour + int(match["minute"] or 0)
    return Quantity("clock", "clock", (Interval(minutes - 0.5, minutes + 0.5),), match.start(), match.end())


def _quantity(match: re.Match[str], text: str, language: str) -> Iterator[Quantity]:
    readings = _readings(match, language)
    scale, end = _scale(match, text, language)
    readings = [reading.scaled(scale, scale) for reading in readings]
    unit, end = _unit(match, text, end)
    # "Apollo 11" is a name and "3D" a word, unless a unit or a "million" follows.
    if unit is None and scale == 1 and (_is_name(match, text, language) or _is_glued(text[end : end + 1])):
        return
    if unit:
        readings = [reading.scaled(unit.low, unit.high, unit.offset) for reading in readings]
    # Lower case here, since patterns that ignore case take several times as long.
    before = text[max(0, match.start() - 20) : match.start()].lower()
    readings = [_bounded(one, before, off) for one, off in zip(readings, _shares_off(match, language), strict=True)]
    yield Quantity(*_measured(unit, text, end), tuple(readings), match.start(), end)


def _is_glued(char: str) -> bool:
    """Return whether a letter stands at a number without a space; scripts without spaces write all words so."""
    return char.isalpha() and not _DENSE.match(char)


def _measured(unit: Unit | None, text: str, end: int) -> tuple[str, str]:
    """Return the dimension of a number and the name of its unit."""
    if unit:
        return unit.dimension, unit.name
    noun = _counted(text, end)
    return (f"count:{noun}" if noun else "number"), ""


def _readings(match: re.Match[str], language: str) -> list[Interval]:
    if match["word"]:
        value = float(NUMBER_WORDS_OF.get(language, NUMBER_WORDS)[in_small_letters(match["word"])])
        return [Interval(value - 0.5, value + 0.5)]
    sign = -1.0 if match["sign"] else 1.0
    return [_rounding(plain).scaled(sign, sign) for plain in plain_numbers(match["digits"], language in DECIMAL_COMMA)]


def _shares_off(match: re.Match[str], language: str) -> list[float]:
    """Return, for each reading, the share by which the figure may be off where it is called approximate.

    "About 300" may be 310 and "about 325" 327, but nobody who writes "about 327" means 325.
    """
    if match["word"]:
        return [ABOUT]
    return [
        min(ABOUT, _step(plain) / 2 / (float(plain) or 1))
        for plain in plain_numbers(match["digits"], language in DECIMAL_COMMA)
    ]


def _step(plain: str) -> float:
    """Return the step to which a number is rounded as it is written: 100 for 300, 10 for 330, 5 for 325, 1 for 327."""
    whole, _, decimals = plain.partition(".")
    digits = whole + decimals
    zeros = len(digits) - len(digits.rstrip("0")) if not decimals else 0
    return (5.0 if digits.rstrip("0").endswith("5") else 1.0) * 10.0 ** (zeros - len(decimals))


def _rounding(plain: str) -> Interval:
    """Return all values that round to a number as written. Four digits or more that end in 00 count as rounded."""
    value = float(plain)
    _, _, decimals = plain.partition(".")
    half = 0.5 * 10.0 ** -len(decimals)
    if not decimals and value >= 1_000 and plain.endswith("00"):
        half = max(half, CONVERSION * value)
    return Interval(value - half, value + half)


def _scale(match: re.Match[str], text: str, language: str) -> tuple[float, int]:
    found = _SCALE.match(text, match.end()) or (_MONEY_SCALE.match(text, match.end()) if match["currency"] else None)
    if not found or found.lastgroup is None:
        return 1.0, match.end()
    # A billion is 10¹² in German, whose plural gives it away in an English sentence too.
    if found.lastgroup == "billion" and (language == "de" or found.group().lower().endswith("en")):
        return 1e12, found.end()
    return _SCALES[found.lastgroup], found.end()


def _unit(match: re.Match[str], text: str, end: int) -> tuple[Unit | None, int]:
    if match["currency"]:
        return unit_called(match["currency"].strip().upper()), end
    found = AFTER_NUMBER.match(text, end)
    return (unit_called(found.group(1)), found.end()) if found else (None, end)


def _counted(text: str, end: int) -> str:
    """Return the stem of the thing counted: the first of the next three words that is no stop word."""
    if _DENSE.match(text, end):
        return text[end]
    for token in list(TOKEN.finditer(text, end, end + 60))[:3]:
        if re.search(r"[.,;:()–-]", text[end : token.start()]) or token.group()[0].isdigit():
            return ""
        if token.group().casefold() not in STOP:
            return stem(token.group().casefold())
    return ""


def _is_name(match: re.Match[str], text: str, language: str) -> bool:
    """Return whether a number belongs to a name ("Apollo 11"); never in German, which capitalises every noun."""
    before = _NAME_BEFORE.search(text[max(0, match.start() - 40) : match.start()])
    return bool(before and language != "de" and match["digits"] and before["name"].casefold() not in STOP)


def _bounded(reading: Interval, before: str, share: float) -> Interval:
    if _AT_MOST.search(before) and not _NO_FEWER.search(before):
        return Interval(float("-inf"), reading.high)
    if _AT_LEAST.search(before):
        return Interval(reading.low, float("inf"))
    return reading.widened(share) if _ABOUT.search(before) else reading


def _merged(found: list[Quantity], text: str) -> list[Quantity]:
    """Merge ranges ("10 to 20 km") and compounds ("5 feet 9 inches") into one quantity each."""
    merged: list[Quantity] = []
    for quantity in found:
        together = _together(merged[-1], quantity, text) if merged else None
        if together:
            merged[-1] = together
        else:
            merged.append(quantity)
    return merged


def _together(first: Quantity, second: Quantity, text: str) -> Quantity | None:
    between = text[first.end : second.start]
    # "324 m (1,063 ft)" is one length said twice, not a range.
    if len(between) > 8 or second.repeats(first):
        return None
    # "2 and 3" are two figures; "between 2 and 3" is a range.
    is_and = between.strip().lower() in ("and", "und", "et", "y", "e", "и", "a")
    # "40 - 12 = 28" subtracts.
    if between.strip() in _MINUS and _EQUATION.match(text, second.end):
        return None
    if _RANGE.fullmatch(between) and (not is_and or _BETWEEN.search(text[max(0, first.start - 40) : first.start])):
        return _range(first, second)
    # A compound ends in a part of its unit: inches of feet, minutes of hours.
    is_measured = first.dimension == second.dimension and first.dimension in ("length", "duration", "mass")
    is_compound = is_measured and second.readings[0].high < UNITS[first.unit].low
    return _sum(first, second) if _COMPOUND.fullmatch(between) and is_compound else None


def _range(first: Quantity, second: Quantity) -> Quantity | None:
    """Return the range of two quantities. A first number without a unit ("10 to 20 km") takes that of the second."""
    reading = first.readings[0]
    if first.dimension == "number" and second.unit in UNITS:
        unit = UNITS[second.unit]
        reading = reading.scaled(unit.low, unit.high, unit.offset)
    elif first.dimension not in (second.dimension, "number"):
        return None
    return Quantity(second.dimension, second.unit, (reading.through(second.readings[0]),), first.start, second.end)


def _sum(first: Quantity, second: Quantity) -> Quantity:
    low = first.readings[0].low + second.readings[0].low
    high = first.readings[0].high + second.readings[0].high
    return Quantity(first.dimension, second.unit, (Interval(low, high),), first.start, second.end)
