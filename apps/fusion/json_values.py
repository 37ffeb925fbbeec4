"""Read answers in JSON: the object or list that an answer is, its fields by JSON pointer, and which scalars are equal.

An object is read key by key. A list whose items are objects with a distinct ``id``, ``key`` or ``name`` is read by that
(``/items/id=7/price``), any other by order. Scalars are equal however they are written: 1 and 1.0, words without
case and spacing, 140,000 and 140000. Of one field, "$6" is 6 too, unless another currency is in question there.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from math import isfinite
from typing import Any, NamedTuple

from apps.fusion.units import unit_called

LONGEST = 100_000
"""Characters of an answer that is read as JSON."""
DEEPEST = 8
"""Levels of nesting; what lies beyond is not read."""
LONGEST_POINTER = 500
"""Characters of a pointer; a field with a longer one is not read, since each field below it would repeat it."""
KEYS = ("id", "key", "name")
"""Keys that tell the items of a list apart, in the order in which they are tried."""
LONGEST_NUMBER = 40
"""Characters of a string that is read as a number."""
FRACTION_DIGITS = 12
"""Digits to which numbers that are not whole are compared."""
SIGNS = ("US$", "AU$", "CA$", "HK$", "NZ$", "A$", "C$", "S$", "R$", "$", "€", "£", "¥", "₹")
"""Signs of currencies, the longer ones first."""
FENCE = "```"
OPENS = ("{", "[")

_BLOCK = re.compile(r"^```[ \t]*+(?:json5?|JSON)?[ \t]*+\n(?P<body>[^`]*)^```[ \t]*+$", re.MULTILINE)
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_EXACT = Context(prec=5_000)
"""More digits than Python reads of one number."""
_SPACE = re.compile(r"[ \t\n\r]*")
_scan = json.JSONDecoder().raw_decode


class JsonField(NamedTuple):
    """A scalar of an answer, or an empty object or list, and its span there: from its key on, an item's own alone.

    ``inner`` is where the value begins.
    """

    value: Any
    start: int
    inner: int
    end: int


class JsonText(NamedTuple):
    """The JSON of an answer: the whole value, its fields by pointer, and where it stands with the fence around it."""

    value: Any
    fields: dict[str, JsonField]
    span: tuple[int, int]


class _Node(NamedTuple):
    """A value of a text with its span; ``parts`` are those of an object or a list, each with where its key begins."""

    value: Any
    start: int
    end: int
    parts: list[tuple[str, int, "_Node"]]


def json_answer(text: str) -> Any:
    """Return the object or list that an answer is, bare or in its only fence; ``None`` if it is none.

    One with a NUL or half a character, which JSON can spell and no database keeps, is none, nor is one with a number
    beyond what a float holds.
    """
    span = _span_of_whole(text)
    return _loaded(text[slice(*span)]) if span else None


def json_text(text: str) -> JsonText | None:
    """Return the JSON of an answer with its fields, also where words stand around its only block; ``None`` without."""
    span, outer = _span_of_whole(text), (0, len(text))
    if span is None and len(text) <= LONGEST and text.count(FENCE) == 2 and (block := _BLOCK.search(text)):
        span, outer = _stripped(text, *block.span("body")), block.span()
    value = _loaded(text[slice(*span)]) if span else None
    if value is None or span is None:
        return None
    try:
        fields = dict(_fields(_node(text, span[0], 0), "", span[0], 0))
    except RecursionError:
        return None
    return JsonText(value, fields, outer)


def _span_of_whole(text: str) -> tuple[int, int] | None:
    start, end = _stripped(text, 0, len(text))
    if end - start > LONGEST:
        return None
    body = text[start:end]
    if body.startswith(FENCE) and body.endswith(FENCE) and body.count(FENCE) == 2:
        line = text.find("\n", start, end)
        start, end = _stripped(text, line + 1 if line >= 0 else end, end - len(FENCE))
    return (start, end) if text.startswith(OPENS, start, end) else None


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    body = text[start:end]
    return start + len(body) - len(body.lstrip()), start + len(body.rstrip())


def _loaded(body: str) -> Any:
    try:
        found = json.loads(body, parse_float=_held, parse_constant=_held)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) and found and _can_be_kept(found) else None


def _held(written: str) -> float:
    """Return a number; raise `ValueError` for one that a float cannot hold: 1e400, and 1e-400, which becomes 0."""
    number = float(written)
    if not isfinite(number) or (number == 0 and Decimal(written) != 0):
        raise ValueError(written)
    return number


def _can_be_kept(value: Any) -> bool:
    # By a list of what is left, not by calls of itself: it may be nested as deep as JSON is read.
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and ("\0" in one or any("\ud800" <= character <= "\udfff" for character in one)):
            return False
    return True


def _node(text: str, at: int, depth: int) -> _Node:
    """Return the value that begins at a place of a text that is known to be JSON there."""
    if depth > DEEPEST or text[at] not in OPENS:
        value, end = _scan(text, at)
        return _Node(value, at, end, [])
    is_object, closing = text[at] == "{", "}" if text[at] == "{" else "]"
    # Of equal keys the last counts, as everywhere.
    parts: dict[str | int, tuple[int, _Node]] = {}
    start, at = at, _past_space(text, at + 1)
    while text[at] != closing:
        begin, key = at, len(parts)
        if is_object:
            key, at = _scan(text, at)
            at = _past_space(text, _past_space(text, at) + 1)
        node = _node(text, at, depth + 1)
        parts[key] = (begin, node)
        at = _past_space(text, node.end)
        if text[at] == ",":
            at = _past_space(text, at + 1)
    values = {key: node.value for key, (_, node) in parts.items()}
    names = [escaped(str(key)) for key in parts]
    if not is_object:
        names = [name for name, _ in named_items(list(values.values()))]
    named = [(name, begin, node) for name, (begin, node) in zip(names, parts.values(), strict=True)]
    return _Node(values if is_object else list(values.values()), start, at + 1, named)


def _past_space(text: str, at: int) -> int:
    if text[at] > " ":
        return at
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _fields(node: _Node, pointer: str, begin: int, depth: int) -> Iterator[tuple[str, JsonField]]:
    if depth > DEEPEST or len(pointer) > LONGEST_POINTER:
        return
    if not node.parts:
        yield pointer, JsonField(node.value, begin, node.start, node.end)
    for name, start, part in node.parts:
        yield from _fields(part, f"{pointer}/{name}", start, depth + 1)


def scalars(value: Any, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the scalars of a value with their pointers, in a fifth of the time that their places take."""
    if depth > DEEPEST or len(pointer) > LONGEST_POINTER:
        return
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from scalars(inner, f"{pointer}/{escaped(key)}", depth + 1)
    elif isinstance(value, list) and value:
        for name, inner in named_items(value):
            yield from scalars(inner, f"{pointer}/{name}", depth + 1)
    else:
        yield pointer, value


def named_items(items: list[Any]) -> list[tuple[str, Any]]:
    """Return the items of a list with their names: by a key that tells them apart, else by their place from 0."""
    for key in KEYS if all(isinstance(item, dict) for item in items) else ():
        values = [item.get(key) for item in items]
        is_plain = all(isinstance(value, str | int) and not isinstance(value, bool) for value in values)
        if is_plain and len({str(value) for value in values}) == len(items):
            return [(f"{key}={escaped(str(value))}", item) for value, item in zip(values, items, strict=True)]
    return [(str(place), item) for place, item in enumerate(items)]


def canonical_scalar(value: Any) -> str:
    """Return a form that is equal for equal scalars; true is not 1, and "1" is.

    A string is a number only as plain decimal digits: a postal code ("01234"), a telephone number ("+49") and a hash
    ("12e3") are text. Fractions are equal to ``FRACTION_DIGITS`` digits, whole numbers to the last.
    """
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return f"json:{json.dumps(value)}"
    text = _ungrouped(" ".join(str(value).casefold().split()))
    is_number = len(text) <= LONGEST_NUMBER if isinstance(value, str) else isinstance(value, int) or isfinite(value)
    if not is_number or (isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(text)):
        return f"text:{text}"
    number = Decimal(text)
    if number != number.to_integral_value():
        # 0.1 + 0.2 is 0.30000000000000004 in binary.
        number = Context(prec=FRACTION_DIGITS).plus(number)
    return f"number:{_EXACT.normalize(number) if number else 0}"


def canonical_scalars(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the canonical form of each value (by slot) of one field, in which sums of money are numbers.

    With one currency in question "$6" is 6; beside "€6" it is "$6.00" only, and a bare 6 is neither.
    """
    sums = {slot: found for slot, value in values.items() if (found := _sum_of_money(value))}
    is_one_currency = len({currency for currency, _ in sums.values()}) == 1
    forms = {slot: canonical_scalar(value) for slot, value in values.items()}
    return forms | {slot: form if is_one_currency else f"{currency}{form}" for slot, (currency, form) in sums.items()}


def _sum_of_money(value: Any) -> tuple[str, str] | None:
    """Return the currency of a sum of money and the form of its number; ``None`` for any other value."""
    text = value.strip() if isinstance(value, str) else ""
    for sign in SIGNS:
        if text.startswith(sign) != text.endswith(sign):
            form = canonical_scalar(text.removeprefix(sign).removesuffix(sign))
            return (unit_called(sign).dimension, form) if form.startswith("number:") else None
    return None


def _ungrouped(text: str) -> str:
    """Return a number without the commas between its thousands; any other text as it is."""
    whole, point, rest = text.partition(".")
    first, *groups = whole.split(",")
    # 0,125 is no 125, and 1,2,3 a list.
    leads = first.lstrip("+-")
    is_grouped = 0 < len(leads) <= 3 and leads[0] != "0" and all(len(one) == 3 and one.isdecimal() for one in groups)
    return f"{first}{''.join(groups)}{point}{rest}" if is_grouped and leads.isdecimal() else text


def escaped(key: str) -> str:
    """Return a key as a JSON pointer has it (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
