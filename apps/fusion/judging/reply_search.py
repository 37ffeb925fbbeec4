"""Find the reply in what a judge wrote: in prose, wrappers, strings of JSON, schemas, or spread over many objects."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pydantic_core import from_json

from apps.fusion.judging.escapes import doubled
from apps.fusion.judging.lenient_json import objects
from apps.fusion.judging.reply_forms import lists_of, tagged

DEEPEST_WRAPPER = 6
"""Levels of objects, lists and strings of JSON around a reply that are opened."""
MOST_DECODINGS = 3
"""Strings of JSON inside one another that are decoded."""


class _Found(NamedTuple):
    """Lists of a reply found together, and how deep."""

    lists: dict[str, list[Any]]
    depth: int


def find_lists(text: str, answers: Iterable[str]) -> dict[str, list[Any]]:
    """Return the lists of a reply by their names, as they were written; empty if there are none."""
    answers = tuple(answers)
    dicts = list(_dicts(text, answers, 0, MOST_DECODINGS))
    found = [_Found(lists, depth) for one, depth in dicts if (lists := lists_of(one))]
    pieces = [{name: [item]} for one, _ in dicts for name, item in tagged(one)]
    if not found:
        return _joined(pieces)
    shallowest = min(one.depth for one in found)
    level = [one.lists for one in found if one.depth == shallowest]
    if len(level) > 1 and all(len(lists) == 1 for lists in level):  # a line of JSON for each list, or each item
        return _joined(level)
    # The last of the best: a model that thinks aloud writes its final version at the end.
    best = max(reversed(found), key=lambda one: (len(one.lists), -one.depth))
    rest = [one.lists for one in found if one.depth == best.depth and best.lists.keys().isdisjoint(one.lists)]
    extra = [piece for piece in pieces if best.lists.keys().isdisjoint(piece)]
    return {**_joined([*rest, *extra]), **best.lists}


def _joined(parts: Iterable[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    joined: dict[str, list[Any]] = {}
    for part in parts:
        for name, items in part.items():
            joined.setdefault(name, []).extend(items)
    return joined


def _dicts(value: Any, answers: tuple[str, ...], depth: int, decodings: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the objects in a value with their depths, also those in strings that hold JSON."""
    if depth > DEEPEST_WRAPPER:
        return
    if isinstance(value, dict):
        yield value, depth
        for inner in value.values():
            yield from _dicts(inner, answers, depth + 1, decodings)
    elif isinstance(value, list):
        for inner in value:
            yield from _dicts(inner, answers, depth + 1, decodings)
    elif isinstance(value, str) and decodings and "{" in value and '"' in value:
        for inner in _read(doubled(value, answers)):
            yield from _dicts(inner, answers, depth + 1, decodings - 1)


def _read(text: str) -> list[Any]:
    """Return the values in a text: the whole of it where that is JSON, else all objects that can be found."""
    try:
        return [from_json(text, allow_inf_nan=False)]
    except ValueError:
        return list(objects(text))
