"""Read the final answers that a vote counts: of every kind, of one that its recipe names, labels, or short texts."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from apps.fusion.answers.groups import read_answers
from apps.fusion.answers.reading import LONGEST_QUOTE, TAIL, FinalAnswer
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.answers.values import Final
from apps.fusion.json_values import canonical_scalar, json_answer
from apps.fusion.vocabulary import CountedKind, FinalKind

LONGEST_MEANING = 600
"""Characters of a text that is counted by its meaning; a longer one says more than can be the same in another."""
KINDS = {
    CountedKind.NUMBER: {FinalKind.NUMBER},
    CountedKind.CHOICE: {FinalKind.CHOICE},
    # A formula may come to a number, and a set or an interval is a literal.
    CountedKind.FORMULA: {FinalKind.FORMULA, FinalKind.NUMBER, FinalKind.LITERAL},
    CountedKind.TEXT: {FinalKind.TEXT, FinalKind.BOOLEAN},
}

_CODE = re.compile(r"^ {0,3}(?:`{3}|~{3})", re.MULTILINE)


def counted_answers(
    texts: Mapping[str, str], kind: CountedKind = CountedKind.AUTO, labels: Sequence[str] = ()
) -> dict[str, FinalAnswer]:
    """Return the final answer of each slot whose text has one that counts, by slot. ``texts`` are the whole texts."""
    if labels:
        found = {slot: _label(text, labels) for slot, text in sorted(texts.items())}
    elif kind is CountedKind.JSON:
        found = {slot: _json(text) for slot, text in sorted(texts.items())}
    elif kind is CountedKind.MEANING:
        found = {slot: _meaning(text) for slot, text in sorted(texts.items())}
    else:
        read = read_answers(texts)
        return {slot: one for slot, one in read.items() if _is_of_kind(one, kind)}
    return {slot: one for slot, one in found.items() if one}


def _is_of_kind(one: FinalAnswer, kind: CountedKind) -> bool:
    """Return whether a final answer is of a kind; a literal with texts or keys in it is no set of numbers."""
    if kind not in KINDS:
        return True
    is_data = one.final.kind is FinalKind.LITERAL and any(mark in one.text for mark in "'\":")
    return one.final.kind in KINDS[kind] and not is_data


def _label(text: str, labels: Sequence[str]) -> FinalAnswer | None:
    """Return the last label that a text names as a whole word, in any case; of two in one place the longer."""
    if is_refusal(text):
        return None
    base = max(0, len(text) - TAIL)
    words = "|".join(re.escape(label) for label in sorted(labels, key=lambda label: (-len(label), label)))
    found = None
    for mark in re.finditer(rf"(?<!\w)(?:{words})(?!\w)", text[base:], re.IGNORECASE):
        found = mark
    if found is None:
        return None
    start, end = base + found.start(), base + found.end()
    final = Final(FinalKind.TEXT, f"label:{found.group().casefold()}", found.start(), found.end())
    begin = max(text.rfind("\n", 0, start) + 1, end - LONGEST_QUOTE)
    stop = text.find("\n", end)
    stop = min(len(text) if stop < 0 else stop, begin + LONGEST_QUOTE)
    shown = next(label for label in labels if label.casefold() == found.group().casefold())
    return FinalAnswer(final, shown, text[begin:stop], (begin, stop), is_announced=True)


def _json(text: str) -> FinalAnswer | None:
    """Return an object or a list that is all of a text; keys have no order, and scalars are equal as in its fields."""
    value = json_answer(text)
    if value is None:
        return None
    form = json.dumps(_canonical(value), sort_keys=True, ensure_ascii=False)
    end = min(len(text), LONGEST_QUOTE)
    final = Final(FinalKind.LITERAL, f"json:{form}", 0, len(text))
    return FinalAnswer(final, json.dumps(value, ensure_ascii=False), text[:end], (0, end), is_bare=True)


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in value.items()}
    return [_canonical(inner) for inner in value] if isinstance(value, list) else canonical_scalar(value)


def _meaning(text: str) -> FinalAnswer | None:
    """Return the whole of a short text, ``None`` for a refusal, code and JSON: those are no free text."""
    said = " ".join(text.split()).strip("*_ ")
    if (
        not said
        or len(said) > LONGEST_MEANING
        or is_refusal(text)
        or _CODE.search(text)
        or json_answer(text) is not None
    ):
        return None
    start = len(text) - len(text.lstrip())
    end = min(len(text.rstrip()), start + LONGEST_QUOTE)
    final = Final(FinalKind.TEXT, f"meaning:{said.removesuffix('.')}", 0, len(text))
    return FinalAnswer(final, said, text[start:end], (start, end))
