"""Quantities in a sentence: numbers with units, counts, percentages, money, dates, and whether two of them conflict.

A written figure stands for an interval: "2.1 million" for everything that rounds to it, "over 300" for anything above,
"about 300" for ten percent around, a year for its days. Two quantities conflict if they measure the same and their
intervals have nothing in common; after a conversion between units one percent of slack is given.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from apps.fusion.comparing.dates import dates
from apps.fusion.comparing.intervals import Interval
from apps.fusion.comparing.words import STOP, TOKEN, stem
from apps.fusion.numerals import plain_numbers
from apps.fusion.units import AFTER_NUMBER, UNITS, Unit, unit_called

ABOUT = 0.10
"""The share by which an approximate figure may be off."""
CONVERSION = 0.01
"""The share by which a converted or visibly rounded figure may be off."""

_DIGITS = (
    r"(?:[0-9]{1,3}(?:[,.'’\u00a0\u202f\u2009 ][0-9]{3})+(?:[.,][0-9]{1,8})?|[0-9]{1,15}(?:[.,][0-9]{1,8})?)(?![0-9])"
)
_SMALL = (
    "two zwei|three drei|four vier|five fünf|six sechs|seven sieben|eight acht|nine neun|ten zehn|eleven elf|"
    "twelve zwölf|thirteen dreizehn|fourteen vierzehn|fifteen fünfzehn|sixteen sechzehn|seventeen siebzehn|"
    "eighteen achtzehn|nineteen neunzehn|twenty zwanzig"
)
_WORDS = {word: float(number) for number, words in enumerate(_SMALL.split("|"), start=2) for word in words.split()}
_DIGIT = re.compile("[0-9]")
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
# Digits inside words, versions, times, paths and references ("v1.2", "10:30", "#5", "[4]") are no quantity.
_NUMBER = re.compile(
    rf"(?<![\w.,:/#\[])(?<![^\W\d_]-)(?P<sign>(?<!\S)[-−–])?(?P<currency>[$€£¥]\s?)?(?P<digits>{_DIGITS})"
    rf"(?![./:][0-9]|\]|st\b|nd\b|rd\b|th\b)"
    rf"|\b(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"[\s\u00a0-]?(?:(?P<thousand>thousand|tausend)|(?P<million>millionen|million|mio\.?|mn)|"
    r"(?P<milliard>milliarden?|mrd\.?|bn)|(?P<billion>billionen|billion)|(?P<trillion>trillion))(?![^\W_])",
    re.IGNORECASE,
)
_MONEY_SCALE = re.compile(r"(?:(?P<thousand>k)|(?P<million>m)|(?P<milliard>bn?))(?![^\W_])", re.IGNORECASE)
_SCALES = {"thousand": 1e3, "million": 1e6, "milliard": 1e9, "billion": 1e9, "trillion": 1e12}
_RANGE = re.compile(r"\s?(?:-|–|—|to|bis|and|und)\s?$", re.IGNORECASE)
_COMPOUND = re.compile(r"\s?(?:,|and|und)?\s?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|zwischen)\s[^,;]{0,30}$", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:about|around|circa|ca\.?|c\.|approximately|approx\.?|roughly|nearly|almost|some|close to|"
    r"etwa|ungefähr|rund|fast|knapp|annähernd|gut|~|≈)\s?$",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"(?:more than|no less than|no fewer than|nicht weniger als|over|above|at least|exceeds|exceeding|minimum of|"
    r"mehr als|über|mindestens)\s$",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    r"(?:less than|fewer than|under|below|at most|up to|not? more than|maximum of|"
    r"weniger als|unter|höchstens|bis zu|nicht mehr als)\s$",
    re.IGNORECASE,
)
_NO_FEWER = re.compile(r"(?:no|not|nicht) (?:less than|fewer than|weniger als)\s$", re.IGNORECASE)
_NAME_BEFORE = re.compile(r"(?:^|\s)(?P<name>[A-Z][\w-]*)\s$")


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
        return any(mine.meets(theirs, slack) for mine in self.readings for theirs in other.readings)

    def repeats(self, other: "Quantity") -> bool:
        """Return whether both state the same of one thing, as in "324 m (1,063 ft)"."""
        return self.dimension == other.dimension and self.compatible(other)


def quantities(text: str, german: bool = False) -> list[Quantity]:
    """Return the quantities of a sentence in order. Names ("Apollo 11"), ordinals and references do not count."""
    has_digits = _DIGIT.search(text)
    found = [Quantity(d.dimension, "date", (d.interval,), d.start, d.end) for d in dates(text)] if has_digits else []
    taken = [(quantity.start, quantity.end) for quantity in found]
    for match in _NUMBER.finditer(text) if has_digits or _WORD.search(text) else ():
        if not any(start < match.end() and match.start() < end for start, end in taken):
            found += _quantity(match, text, german)
    return _merged(sorted(found, key=lambda quantity: quantity.start), text)


def _quantity(match: re.Match[str], text: str, german: bool) -> Iterator[Quantity]:
    readings = _readings(match, german)
    scale, end = _scale(match, text, german)
    readings = [reading.scaled(scale, scale) for reading in readings]
    unit, end = _unit(match, text, end)
    # "Apollo 11" is a name and "3D" a word, unless a unit or a "million" follows.
    if unit is None and scale == 1 and (_is_name(match, text, german) or text[end : end + 1].isalpha()):
        return
    if unit:
        readings = [reading.scaled(unit.low, unit.high, unit.offset) for reading in readings]
    before = text[max(0, match.start() - 20) : match.start()]
    readings = [_bounded(reading, before) for reading in readings]
    yield Quantity(*_measured(unit, text, end), tuple(readings), match.start(), end)


def _measured(unit: Unit | None, text: str, end: int) -> tuple[str, str]:
    """Return the dimension of a number and the name of its unit."""
    if unit:
        return unit.dimension, unit.name
    noun = _counted(text, end)
    return (f"count:{noun}" if noun else "number"), ""


def _readings(match: re.Match[str], german: bool) -> list[Interval]:
    if match["word"]:
        value = _WORDS[match["word"].lower()]
        return [Interval(value - 0.5, value + 0.5)]
    sign = -1.0 if match["sign"] else 1.0
    return [_rounding(plain).scaled(sign, sign) for plain in plain_numbers(match["digits"], german)]


def _rounding(plain: str) -> Interval:
    """Return all values that round to a number as written. Four digits or more that end in 00 count as rounded."""
    value = float(plain)
    _, _, decimals = plain.partition(".")
    half = 0.5 * 10.0 ** -len(decimals)
    if not decimals and value >= 1_000 and plain.endswith("00"):
        half = max(half, CONVERSION * value)
    return Interval(value - half, value + half)


def _scale(match: re.Match[str], text: str, german: bool) -> tuple[float, int]:
    found = _SCALE.match(text, match.end()) or (_MONEY_SCALE.match(text, match.end()) if match["currency"] else None)
    if not found or found.lastgroup is None:
        return 1.0, match.end()
    # A billion is 10¹² in German, whose plural gives it away in an English sentence too.
    if found.lastgroup == "billion" and (german or found.group().lower().endswith("en")):
        return 1e12, found.end()
    return _SCALES[found.lastgroup], found.end()


def _unit(match: re.Match[str], text: str, end: int) -> tuple[Unit | None, int]:
    if match["currency"]:
        return unit_called(match["currency"].strip()), end
    found = AFTER_NUMBER.match(text, end)
    return (unit_called(found.group(1)), found.end()) if found else (None, end)


def _counted(text: str, end: int) -> str:
    """Return the stem of the thing counted: the first of the next three words that is no stop word."""
    for token in list(TOKEN.finditer(text, end, end + 60))[:3]:
        if re.search(r"[.,;:()–-]", text[end : token.start()]) or token.group()[0].isdigit():
            return ""
        if token.group().casefold() not in STOP:
            return stem(token.group().casefold())
    return ""


def _is_name(match: re.Match[str], text: str, german: bool) -> bool:
    """Return whether a number belongs to a name ("Apollo 11"); never in German, which capitalises every noun."""
    before = _NAME_BEFORE.search(text[max(0, match.start() - 40) : match.start()])
    return bool(before and not german and match["digits"] and before["name"].casefold() not in STOP)


def _bounded(reading: Interval, before: str) -> Interval:
    if _AT_MOST.search(before) and not _NO_FEWER.search(before):
        return Interval(float("-inf"), reading.high)
    if _AT_LEAST.search(before):
        return Interval(reading.low, float("inf"))
    return reading.widened(ABOUT) if _ABOUT.search(before) else reading


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
    is_and = between.strip().lower() in ("and", "und")
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
