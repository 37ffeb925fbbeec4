"""The answers that a judge's entry names, and their quotes, in the forms that models have for them.

A supporter is an object, a letter, "A: quote" or a pair; several are a list, a map from letters to quotes, or names in
one text. A single one may stand without its list.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.fusion.judging.answer_names import is_name
from apps.fusion.judging.reply_keys import NAME, QUOTE, SUPPORT, is_denying, pick, snaked

_HOLDERS = re.compile(r"[(\[]([^()\[\]]{1,60})[)\]]\s*(?:\.\s*)?$")


def supports_of(item: Any) -> list[dict[str, Any]]:
    """Return the supporters of an entry, each with a quote, '' if it has none."""
    fields = snaked(item)
    several = pick(fields, SUPPORT)
    if isinstance(item, str):
        # "A: it is deep", or "It is deep (A, B)".
        name, colon, _ = item.partition(":")
        holders = _HOLDERS.search(item[-80:])
        several = name if colon and is_name(name) else holders[1] if holders and is_name(holders[1]) else None
    elif several is None and pick(fields, NAME) is None:
        several = holders_in(fields)
    entries = [entry for one in items_of(several) for entry in _entries(one)]
    quotes = _quotes_beside(entries, several, pick(fields, QUOTE))
    supports = [
        _support(one, {**fields, "quote": quotes[at]} if quotes else fields) for at, one in enumerate(entries)
    ] or [_support(fields, fields)]
    return [support for support in supports if support["answer"]]


def _quotes_beside(entries: list[Any], several: Any, quotes: Any) -> list[Any]:
    """Return the quotes of supporters that are named in a list of their own, one for one; none if they do not pair."""
    is_pair = quotes is not several and isinstance(quotes, list) and len(quotes) == len(entries)
    return quotes if is_pair and all(isinstance(one, str) for one in (*entries, *quotes)) else []


def _entries(one: Any) -> list[Any]:
    """Return the supporters in an item of their list, or in what stands in its place."""
    if is_map_of_names(one):
        # {"A": "quote", "B": false}: false says that B is no supporter.
        return [
            {**said, "answer": name} if isinstance(said, dict) else {"answer": name, "quote": said}
            for name, said in one.items()
            if said is not False
        ]
    if isinstance(one, list) and len(one) == 2 and all(isinstance(part, str) for part in one) and is_name(one[0]):
        return [{"answer": one[0], "quote": one[1]}]
    if isinstance(one, str):
        name, colon, quote = one.partition(":")
        return [{"answer": name, "quote": quote.strip()}] if colon and is_name(name) else [one]
    return [one]


def is_map_of_names(value: Any) -> bool:
    """Return whether a value is an object with names of answers for its keys."""
    return isinstance(value, dict) and bool(value) and all(is_name(str(name)) for name in value)


def holders_in(fields: Mapping[str, Any]) -> Any:
    """Return the names of answers in an entry, or its supporters, under whatever name."""
    return next(
        (
            one
            for name, one in fields.items()
            if not is_denying(name) and (_are_names(one) or are_all(_is_support, one))
        ),
        None,
    )


def _is_support(item: Any) -> bool:
    return isinstance(item, dict) and bool(_name_in(snaked(item)))


def _name_in(fields: Mapping[str, Any]) -> str:
    """Return the names of answers in an entry, if need be the only ones under whatever name."""
    named = _joined(pick(fields, NAME))
    names = [_joined(one) for name, one in fields.items() if _are_names(one) and not is_denying(name)]
    return named or (names[0] if len(names) == 1 else "")


def _joined(names: Any) -> str:
    return ", ".join(filter(None, map(text_of, names))) if isinstance(names, list) else text_of(names)


def _are_names(value: Any) -> bool:
    return isinstance(value, str | list) and all(
        isinstance(one, str) and is_name(one) for one in items_of(value) or [0]
    )


def are_all(is_one: Callable[[Any], bool], value: Any) -> bool:
    """Return whether a value is a list that is not empty, and of whose items each is one of a kind."""
    return isinstance(value, list) and bool(value) and all(map(is_one, value))


def _support(one: Any, around: Mapping[str, Any]) -> dict[str, Any]:
    """Return a supporter, given as a bare letter or with a quote of its own."""
    if isinstance(one, dict):
        fields = snaked(one)
        quote = pick(fields, QUOTE)
        return {"answer": _name_in(fields), "quote": _quote(fields.get("text") if quote is None else quote)}
    quote = around.get("quote")
    return {"answer": text_of(one), "quote": quote if isinstance(quote, str) else ""}


def _quote(value: Any) -> str:
    """Return a quote; of several the first."""
    return text_of(value[0]) if isinstance(value, list) and value else text_of(value)


def text_of(value: Any) -> str:
    """Return a text, or a number as one; '' for anything else."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def items_of(value: Any) -> list[Any]:
    """Return the items of a list; what is none is its only one, and nothing is an empty one."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]
