"""Answers in JSON compared field by field, as an analysis has it: findings about fields, and which pairs agree on them.

Values are equal as in a vote (``json_values.py``). A field on whose value answers differ is a contradiction, one on
which all that are JSON agree is consensus; one that some lack is nobody's contradiction, but not equal either. Values
in prose that differ are left to the comparison of sentences.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from apps.fusion.answers.fields import MOST_FIELDS
from apps.fusion.answers.reading import LONGEST_QUOTE
from apps.fusion.answers.values import MOST_WORDS
from apps.fusion.json_values import JsonField, JsonText, canonical_scalars, json_text
from apps.fusion.judging.agreement import same_side
from apps.fusion.judging.findings import Evidence, Finding
from apps.fusion.vocabulary import FindingKind

LONGEST_STANCE = 120

Pair = tuple[str, str]


def have_fields(answers: Iterable[str]) -> bool:
    """Return whether two of these texts are JSON that is compared by its fields."""
    return sum(json_text(text) is not None for text in answers) > 1


class Fieldwise(NamedTuple):
    """The comparison of the answers (slots) that are JSON.

    ``equal`` has for each pair (``a < b``) on how many fields both have the same value, of how many that either has;
    ``fields`` counts those that were compared. ``spans`` are the places of each answer of which this says all.
    ``lengths`` are those of answers that are lists of plain values: final answers as they stand, also beside prose.
    """

    findings: tuple[Finding, ...]
    equal: Mapping[Pair, tuple[int, int]]
    fields: int
    spans: Mapping[str, tuple[tuple[int, int], ...]]
    lengths: Mapping[str, int] = {}
    is_cut: bool = False

    @property
    def tells_all(self) -> bool:
        """Return whether the fields alone tell the answers apart: of "[1]" and "[1, 2]" none contradicts another."""
        return len(set(self.lengths.values())) < 2


def compare_fields(answers: Mapping[str, str]) -> Fieldwise | None:
    """Compare the answers (slot to text) that are JSON; ``None`` unless two are, all of them objects or all lists.

    ``answers`` are all that take a side: what those hold that are JSON is consensus only if they are all.
    """
    found = {slot: one for slot, text in sorted(answers.items()) if (one := json_text(text))}
    if len(found) < 2 or len({type(one.value) for one in found.values()}) > 1:
        return None
    pointers = _in_order([list(one.fields) for one in found.values()])
    steps = _lists_of_steps(found.values())
    findings: list[Finding] = []
    equal: dict[Pair, list[int]] = {}
    prose: dict[str, list[tuple[int, int]]] = {slot: [] for slot in found}
    for pointer in pointers[:MOST_FIELDS]:
        given = {slot: one.fields[pointer] for slot, one in found.items() if pointer in one.fields}
        classes = _classes(given)
        is_step = pointer.rpartition("/")[0] in steps
        has_prose = any(is_prose(one.value) or (is_step and isinstance(one.value, str)) for one in given.values())
        differs_in_prose = len(classes) > 1 and has_prose
        if differs_in_prose:
            for slot, field in given.items():
                # Quotation marks are none of its words.
                marks = isinstance(field.value, str)
                prose[slot].append((field.inner + marks, field.end - marks))
        else:
            findings.append(_finding(pointer, classes, given, answers))
        side = {slot: at for at, slots in enumerate(classes) for slot in slots}
        for pair in combinations(found, 2):
            a, b = (side.get(slot) for slot in pair)
            # Of prose that differs it is not known whether it says the same, also as one step more.
            if (a, b) != (None, None) and not (has_prose and a != b):
                same, of = equal.get(pair, (0, 0))
                equal[pair] = [same + (a == b), of + 1]
    return Fieldwise(
        findings=tuple(findings),
        equal={pair: (same, of) for pair, (same, of) in equal.items()},
        fields=len(findings),
        spans={slot: tuple(stretches(one.span, prose[slot])) for slot, one in found.items()},
        lengths={slot: len(one.value) for slot, one in found.items() if _is_plain(one.value)},
        is_cut=len(pointers) > MOST_FIELDS,
    )


def _lists_of_steps(found: Iterable[JsonText]) -> set[str]:
    """Return the pointers of lists in which prose stands, as in steps of a reasoning: their texts count as prose."""
    places = (
        pointer.rpartition("/") for one in found for pointer, field in one.fields.items() if is_prose(field.value)
    )
    return {parent for parent, _, place in places if place.isdecimal()}


def _is_plain(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _in_order(lists: Sequence[list[str]]) -> list[str]:
    """Return all pointers, by the first place that any answer has them at: no letter of a slot decides."""
    first: dict[str, int] = {}
    for pointers in lists:
        for at, pointer in enumerate(pointers):
            first[pointer] = min(at, first.get(pointer, at))
    return sorted(first, key=lambda pointer: (first[pointer], pointer))


def _classes(given: Mapping[str, JsonField]) -> list[list[str]]:
    """Return the slots by equal values, those of most slots first."""
    classes: dict[str, list[str]] = {}
    for slot, form in canonical_scalars({slot: field.value for slot, field in given.items()}).items():
        classes.setdefault(form, []).append(slot)
    return [slots for _, slots in sorted(classes.items(), key=lambda one: (-len(one[1]), one[0]))]


def is_prose(value: Any) -> bool:
    """Return whether a value is text of so many words that it may say the same in others."""
    return isinstance(value, str) and len(value.split()) > MOST_WORDS


def _finding(
    pointer: str, classes: Sequence[Sequence[str]], given: Mapping[str, JsonField], answers: Mapping[str, str]
) -> Finding:
    """Return the finding about a field."""
    stances = _stances([[given[slot].value for slot in slots] for slots in classes])
    sides = {slot: stance for slots, stance in zip(classes, stances, strict=True) for slot in slots}
    evidence = tuple(_evidence(slot, sides[slot], given[slot], answers[slot]) for slot in sorted(given))
    if len(classes) > 1:
        return Finding(id="", kind=FindingKind.CONTRADICTION, text=pointer, pointer=pointer, evidence=evidence)
    kind = FindingKind.CONSENSUS
    if len(given) < len(answers):
        kind = FindingKind.UNIQUE_INSIGHT if len(given) == 1 else FindingKind.PARTIAL_COVERAGE
    plain = tuple(one.model_copy(update={"stance": ""}) for one in evidence)
    return Finding(id="", kind=kind, text=f"{pointer}: {stances[0]}", pointer=pointer, evidence=plain)


def _stances(classes: Sequence[Sequence[Any]]) -> list[str]:
    """Return each class's value as most of it write it, in words that tell the classes apart."""
    shown: dict[str, str] = {}
    for number, values in enumerate(classes, 1):
        written = [_shown(value) for value in values]
        text = max(sorted(written), key=written.count)
        text = text if len(text) <= LONGEST_STANCE else f"{text[: LONGEST_STANCE - 1]}…"
        # Two long values may begin alike.
        text = f"{text} ({number})" if same_side(text) in shown else text
        shown[same_side(text)] = text
    return list(shown.values())


def _shown(value: Any) -> str:
    """Return a value as JSON has it, words without marks unless they look like something else then."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    is_plain = words and words not in ("true", "false", "null", "NaN") and not words.startswith(("{", "[", '"'))
    return words if is_plain else json.dumps(value, ensure_ascii=False)


def _evidence(slot: str, stance: str, field: JsonField, text: str) -> Evidence:
    """Return the evidence for a value: the field as it stands in its answer, of a long one the beginning."""
    span = field.start, min(field.end, field.start + LONGEST_QUOTE)
    return Evidence(slot=slot, stance=stance, quote=text[slice(*span)], verified=True, span=span)


def stretches(span: tuple[int, int], left: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches of a span without those that are ``left`` to others."""
    edges = [span[0], *(edge for stretch in sorted(left) for edge in stretch), span[1]]
    return list(zip(edges[::2], edges[1::2], strict=True))


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the text, of the same length, with spaces in these places."""
    for start, end in spans:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text
