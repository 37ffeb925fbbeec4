"""The requested form of a judge's reply, and the conversion of similar forms into it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apps.fusion.judging.answer_names import is_name
from apps.fusion.judging.reply_holders import (
    are_all,
    holders_in,
    is_map_of_names,
    items_of,
    supports_of,
    text_of,
)
from apps.fusion.judging.reply_keys import (
    ASPECTS,
    BOTTOM_LINE,
    CRITERION,
    LISTS,
    NAME,
    QUOTE,
    REASON,
    SCORE,
    STANCE,
    STANCES,
    SUPPORT,
    TEXT,
    Names,
    is_field,
    is_statement,
    named_alike,
    pick,
    snake,
    snaked,
)


# Strict and closed: whatever differs from the requested form goes through ``normalised`` and is called repaired.
class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SupportForm(_Form):
    """A letter and the words that show that this answer says so."""

    answer: str
    quote: str


class PointForm(_Form):
    """A point and who holds it."""

    point: str
    support: list[SupportForm]


class StanceForm(_Form):
    """One side of a contradiction."""

    stance: str
    support: list[SupportForm]


class ContradictionForm(_Form):
    """A contradiction in a judge's reply."""

    topic: str
    stances: list[StanceForm]


class InsightForm(_Form):
    """A point that one answer alone makes."""

    answer: str
    insight: str
    quote: str


class AssessmentForm(_Form):
    """One answer by one criterion."""

    answer: str
    criterion: str
    score: int = Field(ge=1, le=5)
    reason: str
    quote: str


class BottomLineForm(_Form):
    """The conclusion of one answer."""

    answer: str
    bottom_line: str
    quote: str


class BestForm(_Form):
    """The answer that the judge would give unchanged, and why."""

    answer: str
    reason: str


class ReplyForm(_Form):
    """A judge's whole reply."""

    bottom_lines: list[BottomLineForm] = []
    consensus: list[PointForm]
    contradictions: list[ContradictionForm]
    partial_coverage: list[PointForm]
    unique_insights: list[InsightForm]
    blind_spots: list[str]
    assessments: list[AssessmentForm] = []
    best_as_is: list[BestForm] = []

    @property
    def is_empty(self) -> bool:
        """Whether no list about the answers has anything in it: a good reply where nothing fits."""
        return not any(items for name, items in self if name != "best_as_is")


REQUESTED = ReplyForm.model_fields.keys() - {"assessments", "bottom_lines", "best_as_is"}
"""The lists that every reply must have."""

_SCHEMA = frozenset(("$ref", "anyOf", "oneOf", "allOf"))
_LETTERED = re.compile(r"([a-z_]{1,40}?)_?(\d|(?<=_)[a-h])")
_TAG = ("type", "kind", "category", "list", "finding")


def lists_of(data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the lists of a reply that an object has, by the names of ``ReplyForm``; the words of a schema are none."""
    fields = snaked(data)
    is_entry = any(name in fields for name in (*TEXT.exact, *NAME.exact, *STANCE.exact))
    found = {}
    for key, names in LISTS.items():
        value = next((fields[name] for name in names.exact if fields.get(name) is not None), None)
        if value is None and not is_entry:
            value = next((fields[name] for name in fields if _holds_list(name, fields[name], names)), None)
        found[key] = _unwrapped(key, value) if value is not None else _empty_list(fields, names)
    if found["contradictions"] is None and not is_entry:
        # Under whatever name: nothing else holds two stances.
        others = [one for name, one in fields.items() if not is_field(name, LISTS.values())]
        found["contradictions"] = next((one for one in others if are_all(_has_stances, one)), None)
    return {key: items for key, items in found.items() if items is not None}


def _holds_list(name: str, value: Any, names: Names) -> bool:
    """Return whether a key that only resembles a list's name leads to one, and not to some remark."""
    return isinstance(value, list | dict) and named_alike(name, names)


def _empty_list(fields: Mapping[str, Any], names: Names) -> list[Any] | None:
    return [] if any(name in fields for name in names.exact) else None


def tagged(data: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return an object that says by itself which list it belongs to, with the name of that list; else nothing."""
    fields = snaked(data)
    tag = next((fields[name] for name in _TAG if fields.get(name) is not None), None)
    name = snake(tag) if isinstance(tag, str) and len(tag) <= 40 else ""
    lists = [key for key, names in LISTS.items() if name in names.exact]
    return [(key, fields) for key in lists[:1] if _said(fields) or key == "assessments"]


def normalised(lists: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return the lists in the form of ``ReplyForm``, with other names for the same thing replaced."""
    items = {key: lists.get(key, []) for key in LISTS}
    return {
        "bottom_lines": [_bottom_line(item) for item in items["bottom_lines"]],
        "consensus": [_point(item) for item in items["consensus"]],
        "contradictions": [_contradiction(item) for item in items["contradictions"]],
        "partial_coverage": [_point(item) for item in items["partial_coverage"]],
        "unique_insights": [
            {"insight": _said(item), **support}
            for item in items["unique_insights"]
            for support in supports_of(item) or [{"answer": "", "quote": ""}]
        ],
        "blind_spots": [_said(item) for item in items["blind_spots"]],
        "assessments": [form for item in items["assessments"] for form in _assessments(item)],
        "best_as_is": [_best(item) for item in items["best_as_is"]],
    }


def _unwrapped(key: str, value: Any) -> list[Any] | None:
    """Return the items of a list, also of one inside a schema or given as a map; ``None`` for a schema without any."""
    if isinstance(value, dict) and (not _SCHEMA.isdisjoint(value) or value.get("type") in ("array", "object")):
        inside = [value[key] for key in ("items", "value", "values", "data", "default") if key in value]
        return next((items for items in inside if isinstance(items, list)), None)
    if isinstance(value, dict) and value and not any(is_field(name, ASPECTS) for name in snaked(value)):
        return [entry for name, said in value.items() for entry in _mapped_entries(key, str(name), said)]
    return items_of(value)


def _mapped_entries(key: str, name: str, said: Any) -> list[Any]:
    """Return the entries of a list that is a map: from answers to what they say, or from what is said to answers."""
    if key == "assessments" and isinstance(said, dict):
        pairs = said.items() if is_name(name) else ((answer, score) for answer, score in said.items())
        entries = []
        for other, score in pairs:
            answer, criterion = (name, str(other)) if is_name(name) else (str(other), name)
            more = score if isinstance(score, dict) else {"score": score}
            entries.append({"answer": answer, "criterion": criterion, **more})
        return entries
    if is_name(name):
        texts = {"text": None, "bottom_line": None}
        return [
            {**one, "answer": name} if isinstance(one, dict) else {**dict.fromkeys(texts, one), "answer": name}
            for one in items_of(said)
        ]
    return [{"topic": name, "stances": said} if key == "contradictions" else {"point": name, "support": said}]


def _bottom_line(item: Any) -> dict[str, Any]:
    fields = snaked(item)
    if not fields:
        name, _, said = text_of(item).partition(":")
        return {"answer": name if is_name(name) else "", "bottom_line": said.strip(), "quote": ""}
    line = pick(fields, BOTTOM_LINE)
    supports = supports_of({name: value for name, value in fields.items() if value is not line}) if line else []
    quote = supports[0]["quote"] if supports else text_of(pick(fields, QUOTE))
    answer = ", ".join(support["answer"] for support in supports) or text_of(pick(fields, NAME))
    return {"answer": answer, "bottom_line": text_of(line) or _said(item), "quote": quote}


def _best(item: Any) -> dict[str, Any]:
    fields = snaked(item)
    if not fields:
        name, _, said = text_of(item).partition(":")
        return {"answer": name.strip(), "reason": said.strip()}
    return {"answer": text_of(pick(fields, NAME)), "reason": text_of(pick(fields, REASON)) or _said(item)}


def _point(item: Any) -> dict[str, Any]:
    is_held = bool(pick(snaked(item), SUPPORT))
    # Holders that are given but cannot be read are not everybody.
    return {"point": _said(item), "support": supports_of(item) or [{"answer": "", "quote": ""}] * is_held}


def _contradiction(item: Any) -> dict[str, Any]:
    fields = snaked(item)
    value = pick(fields, STANCES)
    if value is None and isinstance(item, dict):  # {"topic": "…", "A": "…", "B": "…"}
        value = {name: said for name, said in item.items() if is_name(str(name))} or _lettered_sides(fields)
        value = value or _stances_in(fields.values())
    stances = [stance for one in items_of(value) for stance in _stances(one)]
    return {"topic": _said(item), "stances": stances}


def _lettered_sides(fields: Mapping[str, Any]) -> list[Any]:
    """Return the sides whose fields have letters or numbers: ``stance_a``, ``support_a``, ``stance_b``, ``support_b``.

    Each has to name its answers: the letter may be a side's or an answer's.
    """
    sides: dict[str, dict[str, Any]] = {}
    for name, one in fields.items():
        if found := _LETTERED.fullmatch(name):
            sides.setdefault(found[2], {})[found[1]] = one
    entries = [_only(side) if len(side) == 1 else side for side in sides.values()]
    return entries if len(entries) > 1 and all(map(_is_stance, entries)) else []


def _only(side: Mapping[str, Any]) -> Any:
    return next(iter(side.values()))


def _stances_in(values: Iterable[Any]) -> Any:
    """Return the stances of a contradiction under whatever name."""
    return next((one for one in values if are_all(_is_stance, one) and len(one) > 1), None)


def _has_stances(item: Any) -> bool:
    """Return whether an entry of a list under whatever name has sides: those who agree say something, too."""
    fields = snaked(item)
    others = (
        one
        for name, one in fields.items()
        if not is_field(name, (SUPPORT, QUOTE)) and are_all(lambda side: isinstance(side, dict), one)
    )
    are_sides = _stances_in(others) is not None and not is_statement(_said(item), fields)
    return are_sides or are_all(_is_stance, pick(fields, STANCES)) or bool(_lettered_sides(fields))


def _is_stance(item: Any) -> bool:
    """Return whether an entry says something of answers that it names."""
    if isinstance(item, str):
        name, colon, _ = item.partition(":")
        return bool(colon) and is_name(name)
    fields = snaked(item)
    return holders_in(fields) is not None and bool(_stance_text(pick(fields, STANCE)) or _said(item))


def _stances(item: Any) -> list[dict[str, Any]]:
    """Return the stances in an entry: one in full, ``{"model": "A", "stance": "…"}``, "A: …", or a map either way.

    A map leads from answers to what they say, ``{"A": "330", "B": "300"}``, or from what is said to the answers.
    """
    if isinstance(item, str):
        name, colon, said = item.partition(":")
        return [_held(said.strip(), name)] if colon and is_name(name) else []
    fields = snaked(item)
    stance = pick(fields, STANCE)
    if stance is None and not any(map(is_name, fields)) and holders_in(fields) is not None:
        stance = _said(item) or None
    if stance is not None or not isinstance(item, dict):
        return [{"stance": _stance_text(stance), "support": supports_of(item)}]
    return [stance for name, said in item.items() for stance in _mapped(str(name), said)]


def _mapped(name: str, said: Any) -> list[dict[str, Any]]:
    if is_name(name):
        if isinstance(said, dict):
            fields = snaked(said)
            return [_held(_stance_text(pick(fields, STANCE)), name, text_of(pick(fields, QUOTE)))]
        return [_held(_stance_text(said), name)]
    is_entry = isinstance(said, dict) and not is_map_of_names(said)
    supports = supports_of(said if is_entry else {"support": said})
    return [{"stance": name, "support": supports}] if supports else []


def _stance_text(value: Any) -> str:
    """Return what a side says, also one that only says whether the topic is true."""
    return str(value).lower() if isinstance(value, bool) else text_of(value)


def _held(stance: str, name: str, quote: str = "") -> dict[str, Any]:
    return {"stance": stance, "support": [{"answer": name, "quote": quote}]}


def _assessments(item: Any) -> list[dict[str, Any]]:
    fields = snaked(item)
    form = {
        "answer": text_of(pick(fields, NAME)),
        "criterion": text_of(pick(fields, CRITERION)),
        "score": _score(pick(fields, SCORE)),
        "reason": text_of(pick(fields, REASON)),
        "quote": text_of(pick(fields, QUOTE)),
    }
    if form["score"] or form["criterion"]:
        return [form] if form["score"] else []
    # As in {"answer": "A", "scores": {"accuracy": 4, "depth": {"score": 3, "reason": "…"}}}: one entry an answer.
    scores = next((one for one in fields.values() if isinstance(one, dict)), {})
    found = [(str(name), *_scored(one)) for name, one in scores.items()]
    return [{**form, "criterion": name, "score": score, "reason": reason} for name, score, reason in found if score]


def _scored(value: Any) -> tuple[int, str]:
    fields = snaked(value)
    return (_score(pick(fields, SCORE)), text_of(pick(fields, REASON))) if fields else (_score(value), "")


def _score(value: Any) -> int:
    """Return a score of 1 to 5, also from ``"4/5"``. Anything else is 0, which drops the assessment."""
    found = re.match(r"\s*([1-5])(?:\.0*)?\s*(?:/\s*5)?\s*$", str(value)[:20])
    return int(found.group(1)) if found else 0


def _said(item: Any) -> str:
    """Return what an entry says: its text under any of the names for it, else the only text that is nothing else."""
    if not isinstance(item, dict):
        text = text_of(item)
        name, colon, said = text.partition(":")
        return said.strip() if colon and is_name(name) else text
    fields = snaked(item)
    text = text_of(pick(fields, TEXT))
    known = (SUPPORT, NAME, QUOTE, STANCES, STANCE)
    others = {name: one for name, one in fields.items() if name not in _TAG and not is_field(name, known)}
    rest = [one for one in others.values() if isinstance(one, str) and not is_name(one)]
    return text or (rest[0] if len(rest) == 1 else "")
