"""Dates in a sentence, as intervals of days: a year is as good as any day in it, in the languages of the site."""

import re
from typing import NamedTuple

from apps.fusion.intervals import Interval
from apps.fusion.patterns import any_of, in_small_letters

ABOUT_YEARS = 5
"""The years by which "about 1889" is widened on either side."""
_YEAR = 372
"""Days of a year of twelve months of 31 days: order is all that matters here."""

_NAMES = (
    "january jan januar jänner janvier enero gennaio janeiro января|"
    "february feb februar février febrero febbraio fevereiro февраля|"
    "march mar märz mars marzo março марта|april apr avril abril aprile апреля|may mai mayo maggio maio мая|"
    "june jun juni juin junio giugno junho июня|july jul juli juillet julio luglio julho июля|"
    "august aug août agosto августа|september sep sept septembre septiembre settembre setembro сентября|"
    "october oct oktober okt octobre octubre ottobre outubro октября|november nov novembre noviembre novembro ноября|"
    "december dec dezember dez décembre diciembre dicembre dezembro декабря"
)
_MONTHS = {name: number for number, names in enumerate(_NAMES.split("|")) for name in names.split()}
_MONTH = f"(?:{any_of(_MONTHS)})"
_NAMED_MONTH = re.compile(
    rf"(?<!\w)({_MONTH}|(?:январ|феврал|март|апрел|ма[йея]|июн|июл|август|(?:сент|окт|но|дек)ябр)\w{{0,2}})(?!\w)|"
    r"(?<!\d)(\d{1,2}|[一二三四五六七八九十]{1,2})月",
    re.IGNORECASE,
)
_Y = r"(?:1\d{3}|20\d{2}|21\d{2})"
_BEFORE_CHRIST = r"(?:\s?(?P<era>BCE?|B\.C\.|v\.\s?Chr\.|CE|AD|n\.\s?Chr\.))"

# The longest forms come first, since an alternation takes the first that fits. 3/4/1999 is a day in March or in April,
# depending on the country, so it has both readings.
_DATE = re.compile(
    rf"""(?=[\djfmasondgeяфмаисонbcvn])(?<![^\W\u3040-\u30ff\u3400-\u9fff])(?<![.,/:$€£¥-])(?<![$€£¥]\s)(?:
      (?P<m1>{_MONTH})\b\.?\s(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<y1>{_Y}))?
    | (?P<d2>\d{{1,2}})(?:st|nd|rd|th|\.|er|º|°)?\s(?:of\s|de\s)?(?P<m2>{_MONTH})\b\.?
      (?:,?\s(?:de\s|del\s)?(?P<y2>{_Y}))?
    | (?P<y3>{_Y})-(?P<n3>\d\d)-(?P<d3>\d\d)
    | (?P<d4>\d{{1,2}})\.(?P<n4>\d{{1,2}})\.(?P<y4>{_Y})
    | (?P<a5>\d{{1,2}})/(?P<b5>\d{{1,2}})/(?P<y5>{_Y})
    | (?P<y8>{_Y})年(?:(?P<n8>\d{{1,2}})月(?:(?P<d8>\d{{1,2}})[日号])?)?
    | (?P<n9>\d{{1,2}})月(?:(?P<d9>\d{{1,2}})[日号])?
    | (?P<m6>{_MONTH})\b\.?,?\s(?:of\s|de\s|del\s)?(?P<y6>{_Y})
    | (?P<decade>{_Y})(?:['’]?s|er(?:\sJahren?)?)\b
    | (?P<century>\d{{1,2}})(?:st|nd|rd|th|\.)[\s-](?:century|jahrhunderts?)(?:{_BEFORE_CHRIST})?
    | (?P<from>{_Y})\s?(?:–|-|\b(?:to|until|till|bis|and|und|through)\b)\s?(?P<to>{_Y}|(?<=[–-])\d\d\b)
    | (?:AD|CE|n\.\s?Chr\.)\s?(?P<new>\d{{1,4}})
    | (?P<old>\d{{1,4}})\s?(?P<bc>BCE?|B\.C\.|v\.\s?Chr\.)
    | (?P<year>{_Y})
    )(?:(?<=[年月日号])|(?![^\W\u3040-\u30ff\u3400-\u9fff]|[/€£]|[.,:]\d|-\d))""",
    re.VERBOSE | re.IGNORECASE,
)
_WHEN = re.compile(
    r"\b(?:in|im|since|seit|en|em|nel|nell|dal|dès|depuis|desde|в|с|от|к|до|на|anno|año|ano|année|by|until|till|bis|from|year|jahre?|ab|before|after|vor|nach|circa|ca\.?|during|around|about|"
    r"autumn|spring|summer|winter|late|early|mid|ende|anfang|mitte|built|opened|completed|founded|born|died)[\s(]*$",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"\b(?:is|are|equals?|total(?:s|led)?|ist|sind|beträgt|est|es|è|é)[\s:]*$|[=:]\s*$", re.IGNORECASE)
_NEXT_WORD = re.compile(r"[\s]([^\W\d_]+)")
_NOT_COUNTED = re.compile(
    r"(?:and|or|to|at|in|by|with|as|when|after|before|for|on|was|is|und|oder|mit|als|nach|für|von|the|der|die|das|it|he|"
    r"she|wurde|war|ist|during|under|following|because|which|that|but|eröffnet|erbaut|gebaut|errichtet|fertiggestellt|"
    r"gegründet|geboren|gestorben|vollendet|statt|starb|begann|endete|hatten?|lebten?|gab|fand|kam|kamen|zählte|betrug|lag|wurden|waren|"
    r"(?-i:ge\w{3,}(?:en|t)))$",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"(?:about|around|circa|ca\.?|c\.|approximately|roughly|etwa|ungefähr|rund|um)\s$", re.IGNORECASE)


class Date(NamedTuple):
    """A date as days of the calendar of this module; ``dimension`` is ``date``, or ``day`` if it has no year.

    ``readings`` are the days that it can mean: two where only the country tells the day from the month.
    """

    dimension: str
    readings: tuple[Interval, ...]
    start: int
    end: int


def months(text: str) -> frozenset[str | int]:
    """Return the months that a sentence names, the same for every form of a name."""
    named = ((name.lower(), numeral) for name, numeral in _NAMED_MONTH.findall(text))
    # Russian declines them: мая, в мае.
    return frozenset(
        (name[:3].replace("мая", "май").replace("мае", "май") if name > "а" else _MONTHS[name]) if name else numeral
        for name, numeral in named
    )


def dates(text: str) -> list[Date]:
    """Return all dates in a sentence, in order, with their spans."""
    found = (_date(match, text) for match in _DATE.finditer(text))
    return [date for date in found if date]


def day_at(text: str, start: int, end: int) -> Date | None:
    """Return the day of a year that is written from ``start`` on; ``None`` for anything vaguer, and for 3/4/1999."""
    match = _DATE.match(text, start, end)
    if not match or not any(match[f"d{form}"] and match[f"y{form}"] for form in "12348"):
        return None
    day = _interval(match)
    return Date("date", (day,), match.start(), match.end()) if day else None


def _date(match: re.Match[str], text: str) -> Date | None:
    if (match["year"] or match["from"]) and not _is_year(match, text):
        return None
    readings = _both_orders(match) if match["y5"] else [_interval(match)]
    known = [reading for reading in readings if reading]
    if not known:
        return None
    if _ABOUT.search(text[max(0, match.start() - 15) : match.start()]):
        known = [Interval(one.low - ABOUT_YEARS * _YEAR, one.high + ABOUT_YEARS * _YEAR) for one in known]
    has_year = not ((match["d1"] and not match["y1"]) or (match["d2"] and not match["y2"]) or match["n9"])
    return Date("date" if has_year else "day", tuple(known), match.start(), match.end())


def _both_orders(match: re.Match[str]) -> list[Interval | None]:
    """Return the readings of 3/4/1999: one if a part can be no month, the whole year if neither can."""
    year, parts = match["y5"], (match["a5"], match["b5"])
    days = {(day, month) for day, month in (parts, parts[::-1]) if 1 <= int(month) <= 12 and 1 <= int(day) <= 31}
    return [_calendar({"y5": year, "n5": month, "d5": day}) for day, month in sorted(days)] or [
        _years(int(year), int(year))
    ]


def _is_year(match: re.Match[str], text: str) -> bool:
    """Return whether four digits are a year: said when, or not followed by something that they could count."""
    if _WHEN.search(text[max(0, match.start() - 14) : match.start()]):
        return True
    before = text[max(0, match.start() - 14) : match.start()]
    after = _NEXT_WORD.match(text, match.end())
    # "The total is 1800." counts; "it was 1887." may be a year.
    if not after and _COUNTS.search(before):
        return False
    return (not after and text[match.end() : match.end() + 1] not in ("°", "%", "-")) or bool(
        after and _NOT_COUNTED.match(after.group(1))
    )


def _interval(match: re.Match[str]) -> Interval | None:
    groups = {name: value for name, value in match.groupdict().items() if value}
    if "from" in groups:
        # A short second year takes the century of the first: 1914–18 ends in 1918.
        first, second = groups["from"], groups["to"]
        return _years(int(first), int(first[: 4 - len(second)] + second))
    if "century" in groups:
        return _century(int(groups["century"]), groups.get("era", ""))
    if "decade" in groups:
        # A round hundred with an s is a century: "the 1900s".
        year = int(groups["decade"])
        return _years(year, year + (99 if year % 100 == 0 else 9))
    if "new" in groups:
        return _years(int(groups["new"]), int(groups["new"]))
    if "old" in groups:
        return _years(-int(groups["old"]), -int(groups["old"]))
    return _calendar(groups)


def _calendar(groups: dict[str, str]) -> Interval | None:
    parts = {name[0]: value for name, value in groups.items() if len(name) == 2 and name[1].isdigit()}
    year = int(groups.get("year") or parts.get("y") or 0)
    month = _MONTHS[in_small_letters(parts["m"])] if "m" in parts else int(parts.get("n", 0)) - 1
    # No month, or none that exists: the year still counts.
    if not 0 <= month <= 11:
        return _years(year, year)
    first = year * _YEAR + month * 31
    if "d" not in parts:
        return Interval(first, first + 31)
    day = int(parts["d"])
    return Interval(first + day - 1, first + day) if 1 <= day <= 31 else None


def _years(first: int, last: int) -> Interval:
    return Interval(min(first, last) * _YEAR, (max(first, last) + 1) * _YEAR)


def _century(number: int, era: str) -> Interval:
    if era.upper().startswith(("B", "V")):
        return _years(-100 * number, -100 * (number - 1) - 1)
    # A century begins in 1800 for some and in 1801 for others; both are in it.
    return _years(100 * (number - 1), 100 * number)
