"""Numbers as they are written, in figures, fractions and small words, with the unit behind them."""

import re
import unicodedata
from fractions import Fraction

from apps.fusion.answers.finals import Final
from apps.fusion.numerals import NUMBER_WORDS, plain_form, plain_numbers
from apps.fusion.patterns import in_small_letters
from apps.fusion.units import AFTER_NUMBER, OF_DOLLARS, Unit, unit_called
from apps.fusion.vocabulary import FinalKind

_FRACTION = re.compile(
    r"(?P<sign>[-−–]\s?)?\\[dt]?frac\s*(?:\{\s*)?(?P<above>-?\d{1,15})\s*(?:\}\s*)?(?:\{\s*)?(?P<below>\d{1,15})\s*\}?"
)
_DIGITS = (
    r"(?:\d{1,3}(?:(?:[,.'’\u00a0\u202f ]|\{,\}|\\,)\d{3})+(?!\d)(?:[.,]\d{1,30})?|"
    r"\d{1,30}(?:(?:[.,]|\{,\})\d{1,30})?|\.\d{1,30})"
)
_NUMBER = re.compile(
    rf"(?P<sign>[-−–+]\s?|(?i:minus|moins|menos|meno|минус)\s|マイナス|零下|负|負)?"
    rf"(?P<currency>(?:(?<![ACKRSUZ])\\?\$|{OF_DOLLARS}\\?\$|[€£¥₹₽]|(?:USD|EUR|GBP|CHF|JPY|INR|BRL|CNY|RUB|AUD|CAD|HKD|NZD|SGD)(?=\s))\s?)?"
    rf"(?P<after>[-−–])?(?P<digits>{_DIGITS})(?:[eE](?P<power>[-+]?\d{{1,2}}))?"
    rf"(?:\s?(?:/|\u2044)\s?(?P<below>\d{{1,15}})(?![\d/]))?(?!\d|:\d)",
)
_WORD_NUMBER = re.compile(rf"(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})(?![\w-])", re.IGNORECASE)
_OPERATES = re.compile(
    r"\s?(?:[-+*/×÷^·%]|\\times|\\cdot|\\div)\s?[({\d.$\\]|\((?=[a-z][-+*/^)])|\s?[a-z]?\^|\s?(?:π|√|\\pi|\\sqrt)|\s(?:times|plus|minus|divided\sby|multiplied\sby|x|mal|fois)\s+\$?\d"
)
_SCALE = re.compile(
    r"\s?(?:(?P<k>thousand|tausend|k(?=\b))|(?P<m>millions?|millionen|mio\.?)|(?P<b>billions?|milliarden?|mrd\.?))\b",
    re.IGNORECASE,
)
_VULGAR = re.compile(r"\s?([¼½¾⅓⅔⅕⅙⅛⅜⅝⅞])")
_AND_A_HALF = re.compile(
    r"\s?(?:and\sa\shalf|und\sein\w{0,2}\shalb\w{0,2}|et\sdemie?|y\smedi[oa]|e\smezz[oa]|e\smei[oa]|с\sполовиной|半)(?!\w)",
    re.IGNORECASE,
)
_PLAIN_DIGITS = re.compile(r"\d{1,3}(?!\d)(?:\.\d{1,3})?")
_AND_A_PART = re.compile(r"\s?(?:,|and|und|et|y|e|и|又)?\s?(?=\d)", re.IGNORECASE)
_ONE_IN = re.compile(r"\sin\s(\d{1,9})(?![\d.,:/]?\d)")
_POWER_OF_TEN = re.compile(
    r"\s?(?:[×x·*⋅]|\\times|\\cdot)\s?10\s?(?:\^\s?\{?\s?(?P<raised>[-−]?\d{1,2})\s?\}?|(?P<small>⁻?[⁰¹²³⁴-⁹]{1,2}))"
)
_SMALL = str.maketrans("⁻−⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
_MIXED = re.compile(r"\s(\d{1,4})/(\d{1,4})(?![\d/])")
_PERCENT = re.compile(r"\s?%(?!\s?[\d(])")
_ESCAPED_PERCENT = re.compile(r"\s?\\%")
_UNIT_IN_LATEX = re.compile(r"(?:\s|~|\\[,;: ])*\\(?:text|mathrm)\{\s?(?=[^\W\d_])")
_PARTED = frozenset({"duration", "length", "mass"})
"""Dimensions whose measures are given in two units: "5 feet 9 inches"."""
_SPEEDS = {"秒速": 1, "分速": 60, "時速": 3600, "时速": 3600, "每秒": 1, "毎秒": 1, "每分钟": 60, "每小时": 3600}
"""Words before a length that is covered in so many seconds."""
_SCALES = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}


def written_number(text: str, start: int, end: int, comma: bool) -> Final | None:
    """Return the number that words between two places begin with, ``None`` if they begin with none.

    ``comma`` says that the language writes 1.234,5. An expression is no number.
    """
    fraction = _FRACTION.match(text, start, end)
    if fraction and int(fraction["below"]):
        value = Fraction(int(fraction["above"]), int(fraction["below"]))
        return _measured(text, start, fraction.end(), end, -value if fraction["sign"] else value, None, "")
    vulgar = _VULGAR.match(text, start, end)
    if vulgar:
        return _measured(text, start, vulgar.end(), end, _exactly(vulgar[1]), None, "")
    word = _WORD_NUMBER.match(text, start, end)
    if word:
        return _measured(text, start, word.end(), end, Fraction(NUMBER_WORDS[in_small_letters(word.group())]), 0, "")
    found = _NUMBER.match(text, start, end)
    if not found:
        return None
    power = _POWER_OF_TEN.match(text, found.end(), end)
    if not (power or _is_whole(text, found.end(), end)):
        return None
    value, places = _read(found, comma)
    stop = found.end()
    if power:
        by = int((power["raised"] or power["small"]).translate(_SMALL))
        value, places, stop = value * Fraction(10) ** by, None, power.end()
    elif part := None if found["below"] else _fraction_behind(text, stop, end, value):
        (value, stop), places = part, None
    if (found["sign"] or "").strip(" +") or found["after"]:
        value = -value
    return _measured(text, start, stop, end, value, places, (found["currency"] or "").replace("\\", "").strip())


def _read(found: re.Match[str], comma: bool) -> tuple[Fraction, int | None]:
    """Return what figures say without their sign, and their decimal places: ``None`` of a fraction or a power."""
    digits = found["digits"].strip().replace("{,}", ",").replace("\\,", " ")
    plain = plain_numbers(digits, comma)[0]
    value = Fraction(plain if plain[0] != "." else f"0{plain}")
    places: int | None = len(plain.partition(".")[2])
    if found["power"]:
        value, places = value * Fraction(10) ** int(found["power"]), None
    if found["below"] and int(found["below"]):
        value, places = value / int(found["below"]), None
    return value, places


def _is_whole(text: str, stop: int, end: int) -> bool:
    """Return whether digits end where a number does: "10x" is none unless the letters are a unit, nor is "10 + 2"."""
    after = text[stop : stop + 1]
    is_measured = AFTER_NUMBER.match(text, stop, end) or _SCALE.match(text, stop, end)
    if (after == "_" or (after.isalpha() and after.isascii())) and not is_measured:
        return False
    # Of an expression the result stands behind its last "=".
    return not _OPERATES.match(text, stop, end) or bool(_PERCENT.match(text, stop, end))


def _fraction_behind(text: str, stop: int, end: int, value: Fraction) -> tuple[Fraction, int] | None:
    """Return a number with the fraction that stands behind it, and where that ends: "3 1/2", "3½", "1 in 17"."""
    mixed, vulgar = _MIXED.match(text, stop, end), _VULGAR.match(text, stop, end)
    if mixed and int(mixed[2]):
        return value + Fraction(int(mixed[1]), int(mixed[2])), mixed.end()
    if vulgar:
        return value + _exactly(vulgar[1]), vulgar.end()
    odds = _ONE_IN.match(text, stop, end)
    return (Fraction(1, int(odds[1])), odds.end()) if odds and value == 1 and int(odds[1]) else None


def _exactly(vulgar: str) -> Fraction:
    return Fraction(unicodedata.numeric(vulgar)).limit_denominator(10)


def _measured(text: str, start: int, stop: int, end: int, value: Fraction, places: int | None, currency: str) -> Final:
    """Return a number with its unit: one in base units if the unit is known, else as it is."""
    half = _AND_A_HALF.match(text, stop, end)
    if half:
        value, stop, places = value + Fraction(1, 2), half.end(), None
    scale = _SCALE.match(text, stop, end)
    if scale and scale.lastgroup:
        value, stop, places = value * _SCALES[scale.lastgroup], scale.end(), None
    percent = _ESCAPED_PERCENT.match(text, stop, end)
    worded = _UNIT_IN_LATEX.match(text, stop, end)
    stop = worded.end() if worded else stop
    # Two dollar signs end a formula.
    found = None if currency or text.startswith("$$", stop) else AFTER_NUMBER.match(text, stop, end)
    name = currency or ("%" if percent else found.group(1) if found else "")
    if not name:
        return Final(FinalKind.NUMBER, f"number:{plain_form(value)}", start, stop, "", value, value, places)
    stop = percent.end() if percent else found.end() if found else stop
    return _in_unit(text, start, stop, end, value, places, unit_called(name))


def _in_unit(text: str, start: int, stop: int, end: int, value: Fraction, places: int | None, unit: Unit) -> Final:
    """Return a number in a unit, with what is added to it in a smaller one: "2 hours 30 minutes"."""
    # Exact where the table's factor is; a ton that may be two things takes the smaller.
    factor, dimension = Fraction(str(unit.low)), unit.dimension
    if dimension == "length" and text[:start].endswith(tuple(_SPEEDS)):
        seconds = next(seconds for word, seconds in _SPEEDS.items() if text.endswith(word, 0, start))
        factor, dimension = factor / seconds, "speed"
    base = value * factor + Fraction(str(unit.offset))
    if dimension in _PARTED and value == int(value):
        added, behind = _part(text, stop, end, unit)
        if added:
            base, value, places, stop = base + added, value + added / factor, None, behind
    return Final(FinalKind.NUMBER, f"{dimension}:{plain_form(base)}", start, stop, dimension, value, base, places)


def _part(text: str, stop: int, end: int, unit: Unit) -> tuple[Fraction, int]:
    """Return what stands behind a measure in a smaller unit, in base units, and where it ends; 0 if nothing does."""
    half = _AND_A_HALF.match(text, stop, end)
    if half:
        return Fraction(str(unit.low)) / 2, half.end()
    joint = _AND_A_PART.match(text, stop, end)
    digits = _PLAIN_DIGITS.match(text, joint.end(), end) if joint else None
    smaller = AFTER_NUMBER.match(text, digits.end(), end) if digits else None
    if digits and smaller:
        other = unit_called(smaller.group(1))
        added = Fraction(digits.group()) * Fraction(str(other.low))
        if other.dimension == unit.dimension and added < Fraction(str(unit.low)):
            return added, smaller.end()
    return Fraction(0), stop
