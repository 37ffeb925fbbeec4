"""JSON answers field by field: the values of each field, by JSON pointer, and which members gave them.

Fields are read and compared as in ``json_values.py``. A field without a majority has no winner.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from apps.fusion.frozen import Value
from apps.fusion.json_values import canonical_scalars, json_answer, scalars

MOST_FIELDS = 200
"""Fields of a ballot or an analysis; what lies beyond is not read."""
SHOWN = 200
NEARLY = 1e-9
"""Weights closer than this are the same."""


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


def field_votes(
    texts: Mapping[str, str], whole: float, weigh: Callable[[Collection[str]], float] = len
) -> tuple[FieldVotes, ...]:
    """Return the votes field by field, in the order of the first answer; none unless two members (slots) gave JSON.

    ``whole`` is what the votes of all who were to vote ``weigh``, of which a majority is more than half.
    """
    answers = {slot: found for slot, text in sorted(texts.items()) if (found := json_answer(text)) is not None}
    if len(answers) < 2 or len({type(found) for found in answers.values()}) > 1:
        return ()
    read = {slot: dict(scalars(found)) for slot, found in answers.items()}
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
    for slot, form in canonical_scalars(given).items():
        classes.setdefault(form, []).append(slot)
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
