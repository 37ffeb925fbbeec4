"""Answers in JSON put together from each field's winner: the value that more than half of all votes have for it.

Objects are put together key by key and lists as they are compared (``fields.py``). A field that more than half lack is
left out, and one without a majority is null.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.fusion.answers.fields import MOST_FIELDS, NEARLY
from apps.fusion.frozen import Value
from apps.fusion.json_values import DEEPEST, canonical_scalars, escaped, json_answer, named_items

SAME_FORM = "Fewer than two answers are JSON of the same form."
TOO_LARGE = f"The answers have more than {MOST_FIELDS} fields, or more than {DEEPEST} levels."
LEFT_OUT = object()

Weigh = Callable[[Collection[str]], float]
"""Returns what the votes of some slots weigh together."""


class ComposedAnswer(Value):
    """An answer made of each field's winner: its ``text`` in JSON, or a ``problem`` for which it cannot stand.

    ``decided`` counts the fields with a winner; ``undecided`` and ``left_out`` are JSON pointers of those without.
    """

    text: str = ""
    decided: int = 0
    undecided: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    problem: str = ""

    @property
    def fields(self) -> int:
        """Return how many fields the answers have, those left out included."""
        return self.decided + len(self.undecided) + len(self.left_out)


def compose(texts: Mapping[str, str], weigh: Weigh, whole: float) -> ComposedAnswer:
    """Return the answer of each field's winner; ``whole`` is what all votes weigh, of slots without JSON too.

    Without two answers of one form there is none.
    """
    answers = {slot: found for slot, text in sorted(texts.items()) if (found := json_answer(text)) is not None}
    if len(answers) < 2 or len({type(found) for found in answers.values()}) > 1:
        return ComposedAnswer(problem=SAME_FORM)
    count = _Count(frozenset(answers), weigh, whole)
    try:
        made = count.merge(answers, "")
    except _TooLarge:
        return ComposedAnswer(problem=TOO_LARGE)
    return ComposedAnswer(
        text=json.dumps(made, ensure_ascii=False, indent=2),
        decided=count.decided,
        undecided=tuple(count.undecided),
        left_out=tuple(count.left_out),
    )


class _TooLarge(Exception):
    """The answers have more fields than a ballot shows, or are nested deeper."""


@dataclass
class _Count:
    """The votes of the slots whose answers are JSON, and what became of the fields so far."""

    voters: frozenset[str]
    weigh: Weigh
    whole: float
    decided: int = 0
    undecided: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def merge(self, given: Mapping[str, Any], pointer: str, depth: int = 0) -> Any:
        """Return the winner among the values that slots gave for a field, ``LEFT_OUT`` where most have none."""
        if depth > DEEPEST or self.decided + len(self.undecided) + len(self.left_out) >= MOST_FIELDS:
            raise _TooLarge
        if self._is_majority(self.voters - given.keys()):
            self.left_out.append(pointer)
            return LEFT_OUT
        objects = {slot: value for slot, value in given.items() if isinstance(value, dict) and value}
        # The answers are of one form, so the root needs no majority; its fields do.
        if objects and (depth == 0 or self._is_majority(objects)):
            made = self._parts({slot: list(one.items()) for slot, one in objects.items()}, pointer, depth, escaped)
            return {key: value for key, value in made if value is not LEFT_OUT}
        lists = {slot: value for slot, value in given.items() if isinstance(value, list) and value}
        if lists and (depth == 0 or self._is_majority(lists)):
            made = self._parts({slot: named_items(one) for slot, one in lists.items()}, pointer, depth, str)
            return [value for _, value in made if value is not LEFT_OUT]
        classes: dict[str, list[str]] = {}
        plain = {slot: value for slot, value in given.items() if slot not in objects and slot not in lists}
        for slot, form in canonical_scalars(plain).items():
            classes.setdefault(form, []).append(slot)
        winner = next((sorted(slots) for slots in classes.values() if self._is_majority(slots)), None)
        if winner is None:
            self.undecided.append(pointer)
            return None
        self.decided += 1
        return _most_written([given[slot] for slot in winner])

    def _parts(
        self, given: Mapping[str, list[tuple[str, Any]]], pointer: str, depth: int, name: Callable[[str], str]
    ) -> list[tuple[str, Any]]:
        """Return the parts of objects or lists by name, in the order of the first answer that has them."""
        read = {slot: dict(parts) for slot, parts in given.items()}
        keys = dict.fromkeys(key for parts in read.values() for key in parts)
        of_key = {key: {slot: parts[key] for slot, parts in read.items() if key in parts} for key in keys}
        return [(key, self.merge(of_key[key], f"{pointer}/{name(key)}", depth + 1)) for key in keys]

    def _is_majority(self, slots: Iterable[str]) -> bool:
        return 2 * self.weigh(frozenset(slots)) - self.whole > NEARLY


def _most_written(values: list[Any]) -> Any:
    """Return one of equal values as most write it, of as many the first."""
    written = [json.dumps(value) for value in values]
    return values[written.index(max(written, key=written.count))]
