"""Find the reply in what a judge wrote: in prose, wrappers, strings of JSON, schemas, or spread over many objects."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic_core import from_json

from apps.fusion.judging.answer_names import is_name
from apps.fusion.judging.escapes import doubled
from apps.fusion.judging.lenient_json import ReadObject, read_objects
from apps.fusion.judging.reply_forms import lists_of, tagged
from apps.fusion.judging.thoughts import without_thoughts

DEEPEST_WRAPPER = 6
"""Levels of objects, lists and strings of JSON around a reply that are opened."""
MOST_DECODINGS = 3
"""Strings of JSON inside one another that are decoded."""

ENVELOPE = frozenset("id type name tool role model object".split())
"""Keys beside a reply in a wrapper whose words are no part of it."""

_BEGINS_OBJECT = re.compile(r"\s*(?:[\"'“‘}]|$|\w+\s*:)")  # noqa: RUF001 - as models write them
_PLACEHOLDER = re.compile(r"[.…\s]*|<[^<>]{1,60}>|\[[^\[\]]{1,60}\]|string|text", re.IGNORECASE)


class FoundReply(NamedTuple):
    """The lists of a reply by their names, as they were written.

    ``texts`` are all strings of the objects that hold them, whether in a list or not. ``is_cut``: the text ended before
    the reply did. ``is_form``: there was only the form that was to be filled in.
    """

    lists: dict[str, list[Any]]
    texts: tuple[str, ...] = ()
    is_cut: bool = False
    is_form: bool = False


class _Found(NamedTuple):
    """Lists of a reply found together, in which object, how deep, and in which of the text's objects."""

    lists: dict[str, list[Any]]
    source: dict[str, Any]
    depth: int
    number: int


def find_lists(text: str, answers: Iterable[str]) -> FoundReply:
    """Return the reply in a text; without lists if there is none, or only the beginning of one behind a draft."""
    answers = tuple(answers)
    said = without_thoughts(text)
    tops = _read(said.text)
    cuts = [said.is_cut, tops.is_cut]
    dicts = [
        (value, depth, number)
        for number, top in enumerate(tops.values)
        for value, depth in _dicts(top, answers, 0, MOST_DECODINGS, cuts)
    ]
    is_cut = any(cuts)
    found = [_Found(lists, value, depth, number) for value, depth, number in dicts if (lists := lists_of(value))]
    filled = [one for one in found if not is_form(one.lists)]
    pieces = [({name: [item]}, value) for value, _, _ in dicts for name, item in tagged(value)]
    if not filled:
        lists = _joined(piece for piece, _ in pieces)
        return FoundReply(lists, _texts(value for _, value in pieces), is_cut, is_form=bool(found) and not lists)
    chosen = _chosen(filled, len(tops.values) - 1 if is_cut else None)
    taken = _joined(one.lists for one in chosen)
    extra = [(piece, value) for piece, value in pieces if chosen and taken.keys().isdisjoint(piece)]
    sources = [*(one.source for one in chosen), *(value for _, value in extra)]
    wrappers = [value for value, depth, _ in dicts if depth == 0 and chosen and not lists_of(value)]
    sources += [_without_envelope(value) for value in wrappers]
    return FoundReply(_joined([taken, *(piece for piece, _ in extra)]), _texts(sources), is_cut)


def _without_envelope(value: Any) -> Any:
    """Return a wrapper without what belongs to it and not to the reply: its name and kind, and strings of JSON."""
    if isinstance(value, dict):
        return {key: _without_envelope(inner) for key, inner in value.items() if key not in ENVELOPE}
    if isinstance(value, list):
        return [_without_envelope(inner) for inner in value]
    return "" if isinstance(value, str) and "{" in value and '"' in value else value


def _chosen(found: list[_Found], cut: int | None) -> list[_Found]:
    """Return the lists that make up the reply. ``cut`` is the number of the object that the text's end cut off."""
    shallowest = min(one.depth for one in found)
    level = [one for one in found if one.depth == shallowest]
    if len(level) > 1 and all(len(one.lists) == 1 for one in level):  # a line of JSON for each list, or each item
        return level
    if cut is not None and len({one.number for one in found} | {cut}) > 1:
        # What came before is a draft: better its beginning than another text than the final one.
        found = [one for one in found if one.number == cut]
        if not found:
            return []
    # The last of the best: a model that thinks aloud writes its final version at the end.
    best = max(reversed(found), key=lambda one: (len(one.lists), -one.depth))
    rest = [one for one in found if one.depth == best.depth and best.lists.keys().isdisjoint(one.lists)]
    return [*rest, best]


def _joined(parts: Iterable[Mapping[str, list[Any]]]) -> dict[str, list[Any]]:
    joined: dict[str, list[Any]] = {}
    for part in parts:
        for name, items in part.items():
            joined.setdefault(name, []).extend(items)
    return joined


def is_form(lists: Mapping[str, list[Any]]) -> bool:
    """Return whether lists hold nothing but the marks of the form: "...", letters, scores."""
    texts = list(strings_in(lists, 0))
    marks = [text for text in texts if _PLACEHOLDER.fullmatch(text)]
    return any(mark.strip() for mark in marks) and all(is_name(text) for text in set(texts) - set(marks))


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(text for value in values for text in strings_in(value, 0))


def strings_in(value: Any, depth: int) -> Iterator[str]:
    """Yield the strings in a value, not those that are keys."""
    if depth > 2 * DEEPEST_WRAPPER:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings_in(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_in(inner, depth + 1)


def _dicts(
    value: Any, answers: tuple[str, ...], depth: int, decodings: int, cuts: list[bool]
) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the objects in a value with their depths, also those in strings of JSON; add to ``cuts`` if such ended."""
    if depth > DEEPEST_WRAPPER:
        return
    if isinstance(value, dict):
        yield value, depth
        for inner in value.values():
            yield from _dicts(inner, answers, depth + 1, decodings, cuts)
    elif isinstance(value, list):
        for inner in value:
            yield from _dicts(inner, answers, depth + 1, decodings, cuts)
    elif isinstance(value, str) and decodings and "{" in value and '"' in value:
        read = _read(doubled(value, answers))
        cuts.append(read.is_cut)
        for inner in read.values:
            yield from _dicts(inner, answers, depth + 1, decodings - 1, cuts)


class _Read(NamedTuple):
    values: list[Any]
    is_cut: bool


def _read(text: str) -> _Read:
    """Return the values in a text: the whole of it where that is JSON, else all objects that can be found."""
    try:
        return _Read([from_json(text, allow_inf_nan=False)], False)
    except ValueError:
        pass
    if text.lstrip()[:1] == '"' and '\\"' in text:  # a string of JSON that has no end
        text = text.replace('\\"', '"').replace("\\\\", "\\")
    found = read_objects(text)
    opened = text.partition("{")[0].rstrip().endswith("[")
    return _Read([one.value for one in found], _is_cut(found, text) or (opened and "]" not in text.rpartition("}")[2]))


def _is_cut(found: list[ReadObject], text: str) -> bool:
    """Return whether the last object has no end; a brace in prose begins none."""
    return bool(found) and found[-1].is_cut and (bool(found[-1].value) or _begins_last(text))


def _begins_last(text: str) -> bool:
    return bool(_BEGINS_OBJECT.match(text, text.rfind("{") + 1))
