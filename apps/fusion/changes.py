"""Changes from one run to another that was made from it: its texts, its panel and its settings, one by one.

Models stand by their references; a page puts their names in their place. Seeds of the order in which a judge reads are
left out: they are no choice of a person's.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import SequenceMatcher
from enum import Enum
from typing import Any, NamedTuple

from pydantic import BaseModel, Field
from rapidfuzz.distance import Indel

from apps.fusion.frozen import Value
from apps.fusion.values import AnswerFormat, Calibration, JudgedSettings, Message, Parameters, Recipe, SlotSpec
from apps.fusion.vocabulary import AUTO

MOST_WORDS = 12_000
"""Words of both versions of a text in whose order changes are counted; of longer ones the words are, in any order."""
MOST_CHANGES = 60
NOT_SET = "not set"
LONGEST_VALUE = 200
"""Characters of a value that a change tells."""
UNTOLD = frozenset({"panel", "settings", "criteria", "seed", "depth", "preset_version", "route", "today", "cache"})
"""Fields of a recipe that are no change of their own, or are told apart."""
INSTRUCTIONS = ("judge_instructions", "writer_instructions")
DERIVED = frozenset({"strategy", "judge_is_auto", "writer_is_auto", "grace_is_auto", *INSTRUCTIONS})
"""Settings of a strategy that follow from others, or are told apart."""


class SetUp(NamedTuple):
    """All that a run is made of: the conversation, and how it is answered."""

    messages: Sequence[Message]
    recipe: Recipe


class SetUpChange(Value):
    """One thing that is otherwise. ``before`` and ``after`` are its values, '' for none: one of them for a column.

    Of a text, these are empty, and ``added`` and ``removed`` count its words.
    """

    what: str
    before: str = Field(default="", exclude_if=lambda value: not value)
    after: str = Field(default="", exclude_if=lambda value: not value)
    added: int | None = Field(default=None, exclude_if=lambda value: value is None)
    removed: int | None = Field(default=None, exclude_if=lambda value: value is None)

    def in_words(self, names: Mapping[str, str] | None = None) -> str:
        """Return the change as a person reads it, with ``names`` in place of the references of models."""
        before, after = ((names or {}).get(value, value) for value in (self.before, self.after))
        if self.added is not None:
            counts = f"+{self.added:,} −{self.removed or 0:,} words"  # noqa: RUF001 - the sign of a difference
            return f"{self.what} changed ({counts})" if self.added or self.removed else f"{self.what}: layout changed"
        if before and after:
            return f"{self.what}: {before} → {after}"
        return f"{self.what} added: {after}" if after else f"{self.what} removed: {before}"


def changes_between(before: SetUp, after: SetUp) -> tuple[SetUpChange, ...]:
    """Return what the second set-up has otherwise than the first, in the order in which a person chooses it."""
    found = [*_texts(before, after), *_columns(before.recipe.panel, after.recipe.panel), *_settings(before, after)]
    return tuple(found[:MOST_CHANGES])


def counted_words(before: str, after: str) -> tuple[int, int]:
    """Return how many words a newer version of a text adds, and how many it leaves out."""
    old, new = before.split(), after.split()
    if len(old) + len(new) > MOST_WORDS:
        one, other = Counter(old), Counter(new)
        return (other - one).total(), (one - other).total()
    # The distance is the sum of both counts, and their difference is that of the lengths.
    distance, longer = Indel.distance(old, new), len(new) - len(old)
    return (distance + longer) // 2, (distance - longer) // 2


def _texts(before: SetUp, after: SetUp) -> list[SetUpChange]:
    """Return the changed texts: prompt, system prompt, the turns before, and a person's words for judge and writer."""
    found = []
    for what, text_of in TEXTS.items():
        old, new = text_of(before), text_of(after)
        if old != new:
            added, removed = counted_words(old, new)
            found.append(SetUpChange(what=what, added=added, removed=removed))
    pictures = [[image for message in one.messages for image in message.images] for one in (before, after)]
    if pictures[0] != pictures[1]:
        counts = [str(len(images)) for images in pictures]
        same = counts[0] == counts[1]
        after_words = f"{counts[1]} other{'s' if counts[1] != '1' else ''}" if same else counts[1]
        found.append(SetUpChange(what="pictures", before=counts[0], after=after_words))
    files, others = ([file for message in one.messages for file in message.files] for one in (before, after))
    if files != others:
        names = (", ".join(file.name for file in one)[:LONGEST_VALUE] or NOT_SET for one in (files, others))
        found.append(SetUpChange(what="files", before=next(names), after=next(names)))
    return found


def _earlier(setup: SetUp) -> str:
    """Return the turns before the newest question as one text."""
    return "\n\n".join(message.text for message in setup.messages[:-1] if message.role != "system")


def _instructions(name: str) -> Callable[[SetUp], str]:
    return lambda setup: str(getattr(setup.recipe.settings, name, ""))


TEXTS: Mapping[str, Callable[[SetUp], str]] = {
    "prompt": lambda setup: setup.messages[-1].text if setup.messages else "",
    "system prompt": lambda setup: "\n".join(one.text for one in setup.messages if one.role == "system"),
    "earlier turns": _earlier,
    "criteria": lambda setup: setup.recipe.criteria,
    "instructions for the judge": _instructions(INSTRUCTIONS[0]),
    "instructions for the writer": _instructions(INSTRUCTIONS[1]),
}
"""The texts of a set-up by their names."""


def _columns(before: Sequence[SlotSpec], after: Sequence[SlotSpec]) -> list[SetUpChange]:
    """Return the changed columns. Letters follow the order, so that columns are put together by their models."""
    found: list[SetUpChange] = []
    models, others = ([spec.model for spec in panel] for panel in (before, after))
    for tag, first, last, start, end in SequenceMatcher(None, models, others, autojunk=False).get_opcodes():
        old, new = before[first:last], after[start:end]
        for one, other in zip(old, new, strict=False):
            if tag == "equal":
                found += _of_slot(one, other)
            else:
                found.append(SetUpChange(what=f"column {other.slot}", before=one.model, after=other.model))
                found += _of_variant(one, other)
        found += [SetUpChange(what=f"column {one.slot}", before=one.model) for one in old[len(new) :]]
        for one in new[len(old) :]:
            found += [SetUpChange(what=f"column {one.slot}", after=one.model), *_of_variant(None, one)]
    return found


def _of_slot(before: SlotSpec, after: SlotSpec) -> list[SetUpChange]:
    """Return the changed settings of a column whose model is the same."""
    untold = {"slot", "model", "variant"}
    return [*_fields(dict(before), dict(after), f"{after.slot} ", untold), *_of_variant(before, after)]


def _of_variant(before: SlotSpec | None, after: SlotSpec) -> list[SetUpChange]:
    """Return the changed variant of a column by its name, and the words of its texts where the name is the same."""
    old, new = before.variant if before else None, after.variant
    if old == new:
        return []
    if old is None or new is None or old.name != new.name:
        names = [one.name if one else NOT_SET for one in (old, new)]
        return [SetUpChange(what=f"{after.slot} variant", before=names[0], after=names[1])]
    found = []
    for what in ("system", "prompt"):
        texts = getattr(old, what), getattr(new, what)
        if texts[0] != texts[1]:
            name = f"{what} prompt" if what == "system" else what
            added, removed = counted_words(*texts)
            words = f"{after.slot} variant “{new.name}”: {name}"
            found.append(SetUpChange(what=words, added=added, removed=removed))
    return found


def _settings(before: SetUp, after: SetUp) -> list[SetUpChange]:
    """Return the changed settings of the recipe and of its strategy, whichever there are."""
    old, new = before.recipe, after.recipe
    found = []
    if old.strategy is not new.strategy:
        found.append(SetUpChange(what="strategy", before=old.strategy, after=new.strategy))
    own, other = old.settings, new.settings
    if isinstance(own, JudgedSettings) and isinstance(other, JudgedSettings):
        found += _fields(_told(own, other), _told(other, own), "", DERIVED)
    found += _fields(dict(old), dict(new), "", UNTOLD)
    if old.preset == new.preset and old.preset_version != new.preset_version:
        versions = (str(recipe.preset_version or NOT_SET) for recipe in (old, new))
        found.append(SetUpChange(what=f"version of preset {new.preset}", before=next(versions), after=next(versions)))
    return found


def _told(settings: JudgedSettings, others: JudgedSettings) -> dict[str, Any]:
    """Return settings without those that only this strategy has, and that are as they are by default."""
    defaults = {name: field.default for name, field in type(settings).model_fields.items()}
    told = {name: one for name, one in settings if hasattr(others, name) or one != defaults[name]}
    # A measured grace has other seconds in each run.
    return told | {"grace_s": AUTO} if settings.grace_is_auto else told


def _fields(
    before: Mapping[str, Any], after: Mapping[str, Any], prefix: str, untold: Collection[str] = ()
) -> list[SetUpChange]:
    """Return the fields with other values; one that only one side has is compared with nothing."""
    found: list[SetUpChange] = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if name in untold or old == new:
            continue
        if isinstance(old, Parameters) or isinstance(new, Parameters):
            of_what = name.removesuffix("parameters").replace("_", " ")
            sides = (dict(one) if one else dict(Parameters()) for one in (old, new))
            found += _fields(next(sides), next(sides), prefix + of_what)
            continue
        values = [_in_words(value, is_preset=name == "preset") for value in (old, new)]
        if values[0] != values[1]:
            found.append(SetUpChange(what=prefix + _name(name), before=values[0], after=values[1]))
    return found


def _name(field: str) -> str:
    """Return the name of a field as a person reads it."""
    words = {"grace_s": "grace (s)", "hard_limit_s": "hard limit (s)", "max_cost": "cap (USD)", "web": "web look-ups"}
    return words.get(field, field.replace("_", " "))


def _in_words(value: Any, *, is_preset: bool = False) -> str:
    """Return a value of a setting as a short text, which is never empty."""
    if value is None or value in ("", (), {}):
        return "custom" if is_preset else NOT_SET
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Calibration):
        return value.name or "own figures"
    if isinstance(value, AnswerFormat):
        return f"{value.type.replace('_', ' ')}{f' {value.name}' if value.name else ''}"
    if isinstance(value, BaseModel):
        return ", ".join(f"{_name(name)} {_in_words(one)}" for name, one in value if one is not None)[:LONGEST_VALUE]
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_in_words(one)}" for name, one in value.items())[:LONGEST_VALUE]
    if isinstance(value, list | tuple):
        return ", ".join("+".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in value)[
            :LONGEST_VALUE
        ]
    return str(value.value if isinstance(value, Enum) else value)[:LONGEST_VALUE]
