"""JSON answers field by field: the values of each field, by JSON pointer, and which members gave them.

An object is read key by key. A list whose items are objects with a distinct ``id``, ``key`` or ``name`` is read by that
(``/items/id=7/price``), any other by order. Scalars are equal however they are written: 1 and 1.0, words without
case and spacing. A field without a majority has no winner.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from math import inf, isfinite
from typing import Any

from apps.fusion.numerals import plain_form
from apps.fusion.value import Value

LONGEST = 100_000
"""Characters of an answer that is read as JSON."""
MOST_FIELDS, DEEPEST = 200, 8
"""Fields of a ballot, and levels of nesting; what lies beyond is not read."""
KEYS = ("id", "key", "name")
"""Keys that tell the items of a list apart, in the order in which they are tried."""
SHOWN = 200
NEARLY = 1e-9
"""Weights closer than this are the same."""
LONGEST_NUMBER = 40
FENCE = "```"


class FieldClass(Value):
    """A value of a field as it is written in JSON, and the slots that gave it."""

    text: str
    slots: tuple[str, ...]


class FieldVotes(Value):
    """The votes for a field: its ``pointer`` (RFC 6901), the values, most frequent first, and the slots without it.

    ``winner`` is the value that more than half of all votes are for, as JSON; '' if there is none.
    """

    pointer: str
    classes: tuple[FieldClass, ...]
    missing: tuple[str, ...] = ()
    winner: str = ""

    @property
    def is_unanimous(self) -> bool:
        return len(self.classes) == 1 and not self.missing


def json_answer(text: str) -> Any:
    """Return the object or list that an answer is, bare or in its only fence; ``None`` if it is none.

    One with a NUL or half a character, which JSON can spell and no database keeps, is none.
    """
    body = text.strip()
    if len(body) > LONGEST:
        return None
    if body.startswith(FENCE) and body.endswith(FENCE) and body.count(FENCE) == 2:
        body = body.removesuffix(FENCE).partition("\n")[2].strip()
    if not body.startswith(("{", "[")):
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) and found and _can_be_kept(found) else None


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


def field_votes(
    texts: Mapping[str, str], whole: float, weigh: Callable[[Collection[str]], float] = len
) -> tuple[FieldVotes, ...]:
    """Return the votes field by field, in the order of the first answer; none unless two members (slots) gave JSON.

    ``whole`` is what the votes of all who were to vote ``weigh``, of which a majority is more than half.
    """
    answers = {slot: found for slot, text in sorted(texts.items()) if (found := json_answer(text)) is not None}
    if len(answers) < 2 or len({type(found) for found in answers.values()}) > 1:
        return ()
    read = {slot: dict(_scalars(found, "")) for slot, found in answers.items()}
    pointers = list(dict.fromkeys(pointer for fields in read.values() for pointer in fields))[:MOST_FIELDS]
    return tuple(_votes(pointer, read, whole, weigh) for pointer in pointers)


def _votes(
    pointer: str,
    read: Mapping[str, Mapping[str, Any]],
    whole: float,
    weigh: Callable[[Collection[str]], float],
) -> FieldVotes:
    given = {slot: fields[pointer] for slot, fields in read.items() if pointer in fields}
    classes: dict[str, list[str]] = {}
    for slot, value in given.items():
        classes.setdefault(canonical_scalar(value), []).append(slot)
    ranked = sorted(classes.values(), key=lambda slots: (-weigh(slots), -len(slots), slots))
    written = [json.dumps(given[slots[0]], ensure_ascii=False) for slots in ranked]
    return FieldVotes(
        pointer=pointer,
        classes=tuple(
            FieldClass(text=text[:SHOWN], slots=tuple(slots)) for text, slots in zip(written, ranked, strict=True)
        ),
        missing=tuple(slot for slot in read if slot not in given),
        winner=written[0] if 2 * weigh(ranked[0]) - whole > NEARLY else "",
    )


def _scalars(value: Any, pointer: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the scalars of a value with their pointers; an empty object or list is one itself."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _scalars(inner, f"{pointer}/{escaped(key)}", depth + 1)
    elif isinstance(value, list) and value:
        for name, inner in named_items(value):
            yield from _scalars(inner, f"{pointer}/{name}", depth + 1)
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
    """Return a form that is equal for equal scalars; true is not 1, and "1" is."""
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return f"json:{json.dumps(value)}"
    text = " ".join(str(value).casefold().split())
    try:
        number = float(text) if len(text) <= LONGEST_NUMBER else inf
    except ValueError:
        number = inf
    if not isfinite(number):
        return f"text:{text}"
    # A power of ten may be a number of a billion digits.
    return f"number:{plain_form(Fraction(number) if 'e' in text else Fraction(text))}"


def escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
