"""The requested form of a judge's reply, and the conversion of similar forms into it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apps.fusion.judging.answer_names import is_name


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


class ReplyForm(_Form):
    """A judge's whole reply."""

    consensus: list[PointForm]
    contradictions: list[ContradictionForm]
    partial_coverage: list[PointForm]
    unique_insights: list[InsightForm]
    blind_spots: list[str]
    assessments: list[AssessmentForm] = []

    @property
    def is_empty(self) -> bool:
        """Whether no list has anything in it: a good reply where nothing fits."""
        return not any(dict(self).values())


REQUESTED = ReplyForm.model_fields.keys() - {"assessments"}
"""The lists that every reply must have."""


# Under each key of ReplyForm, the names that models give to the same thing, the requested one first.
_LISTS = {
    "consensus": ("consensus", "agreement", "agreements", "consensus_points", "agreed"),
    "contradictions": ("contradictions", "contradiction", "conflicts", "disagreements"),
    "partial_coverage": ("partial_coverage", "partial", "partially_covered"),
    "unique_insights": ("unique_insights", "unique_insight", "unique", "insights"),
    "blind_spots": ("blind_spots", "blind_spot", "blindspots", "gaps", "missing"),
    "assessments": ("assessments", "assessment", "scores", "ratings", "evaluations"),
}
_TEXT = ("point", "topic", "insight", "text", "statement", "claim", "summary", "description", "issue", "title")
_SUPPORT = ("support", "supporters", "supported_by", "evidence", "answers", "models", "slots", "quotes")
_NAME = ("answer", "slot", "model", "letter", "name", "source", "id")
_STANCE = ("stance", "position", "view", "opinion", "claim", "statement", "point", "text")
_STANCES = ("stances", "positions", "sides", "views")
_SCHEMA = frozenset(("$ref", "anyOf", "oneOf", "allOf"))
_TAG = ("type", "kind", "category", "list", "finding")
_QUOTE = ("quote", "excerpt", "verbatim", "citation", "quotation", "evidence")


def lists_of(data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the lists of a reply that an object has, by the names of ``ReplyForm``; the words of a schema are none."""
    fields = _snaked(data)
    found = {key: _first(fields, names) for key, names in _LISTS.items() if any(name in fields for name in names)}
    return {key: items for key, value in found.items() if (items := _unwrapped(value)) is not None}


def tagged(data: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return an object that says by itself which list it belongs to, with the name of that list; else nothing."""
    fields = _snaked(data)
    tag = _first(fields, _TAG)
    name = _snake(tag) if isinstance(tag, str) and len(tag) <= 40 else ""
    lists = [key for key, names in _LISTS.items() if name in names]
    return [(key, fields) for key in lists[:1] if _said(fields) or key == "assessments"]


def normalised(lists: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return the lists in the form of ``ReplyForm``, with other names for the same thing replaced."""
    items = {key: lists.get(key, []) for key in _LISTS}
    return {
        "consensus": [_point(item) for item in items["consensus"]],
        "contradictions": [_contradiction(item) for item in items["contradictions"]],
        "partial_coverage": [_point(item) for item in items["partial_coverage"]],
        "unique_insights": [
            {"insight": _said(item), **support} for item in items["unique_insights"] for support in _supports(item)
        ],
        "blind_spots": [_said(item) for item in items["blind_spots"]],
        "assessments": [form for item in items["assessments"] for form in _assessments(item)],
    }


def _unwrapped(value: Any) -> list[Any] | None:
    """Return the items of a list, also of one inside a schema; ``None`` for a schema that holds none."""
    if isinstance(value, dict) and (not _SCHEMA.isdisjoint(value) or value.get("type") in ("array", "object")):
        inside = [value[key] for key in ("items", "value", "values", "data", "default") if key in value]
        return next((items for items in inside if isinstance(items, list)), None)
    return _items(value)


def _point(item: Any) -> dict[str, Any]:
    return {"point": _said(item), "support": _supports(item)}


def _contradiction(item: Any) -> dict[str, Any]:
    fields = _snaked(item)
    value = _first(fields, _STANCES)
    if value is None and isinstance(item, dict):  # {"topic": "…", "A": "…", "B": "…"}
        value = {name: said for name, said in item.items() if is_name(str(name))}
    stances = [stance for one in _items(value) for stance in _stances(one)]
    return {"topic": _said(item), "stances": stances}


def _stances(item: Any) -> list[dict[str, Any]]:
    """Return the stances in an entry: one in full, ``{"model": "A", "stance": "…"}``, "A: …", or a map either way.

    A map leads from answers to what they say, ``{"A": "330", "B": "300"}``, or from what is said to the answers.
    """
    if isinstance(item, str):
        name, colon, said = item.partition(":")
        return [_held(said.strip(), name)] if colon and is_name(name) else []
    fields = _snaked(item)
    stance = _first(fields, _STANCE)
    if stance is not None or not isinstance(item, dict):
        return [{"stance": _text(stance), "support": _supports(item)}]
    return [stance for name, said in item.items() for stance in _mapped(str(name), said)]


def _mapped(name: str, said: Any) -> list[dict[str, Any]]:
    if is_name(name):
        if isinstance(said, dict):
            fields = _snaked(said)
            return [_held(_text(_first(fields, _STANCE)), name, _text(_first(fields, _QUOTE)))]
        return [_held(_text(said), name)]
    supports = _supports(said) if isinstance(said, dict) else _supports({"support": said})
    return [{"stance": name, "support": supports}] if supports else []


def _held(stance: str, name: str, quote: str = "") -> dict[str, Any]:
    return {"stance": stance, "support": [{"answer": name, "quote": quote}]}


def _assessments(item: Any) -> list[dict[str, Any]]:
    fields = _snaked(item)
    form = {
        "answer": _text(_first(fields, _NAME)),
        "criterion": _text(_first(fields, ("criterion", "criteria", "dimension", "aspect"))),
        "score": _score(_first(fields, ("score", "rating", "value", "points"))),
        "reason": _text(_first(fields, ("reason", "rationale", "explanation", "justification", "comment"))),
        "quote": _text(_first(fields, _QUOTE)),
    }
    return [form] if form["score"] else []


def _score(value: Any) -> int:
    """Return a score of 1 to 5, also from ``"4/5"``. Anything else is 0, which drops the assessment."""
    found = re.match(r"\s*([1-5])(?:\.0*)?\s*(?:/\s*5)?\s*$", str(value)[:20])
    return int(found.group(1)) if found else 0


def _supports(item: Any) -> list[dict[str, Any]]:
    fields = _snaked(item)
    several = _first(fields, _SUPPORT)
    # {"A": "quote", "B": false}: false says that B is no supporter.
    if isinstance(several, dict):
        several = [{"answer": name, "quote": quote} for name, quote in several.items() if quote is not False]
    supports = [_support(one, fields) for one in _items(several)] or [_support(fields, fields)]
    return [support for support in supports if support["answer"]]


def _support(one: Any, around: Mapping[str, Any]) -> dict[str, Any]:
    """Return a supporter, given as a bare letter or with a quote of its own."""
    if isinstance(one, dict):
        fields = _snaked(one)
        return {"answer": _text(_first(fields, _NAME)), "quote": _text(_first(fields, (*_QUOTE, "text")))}
    quote = around.get("quote")
    return {"answer": _text(one), "quote": quote if isinstance(quote, str) else ""}


def _said(item: Any) -> str:
    return _text(item) if not isinstance(item, dict) else _text(_first(_snaked(item), _TEXT))


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _items(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _first(data: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)


def _snaked(data: Any) -> dict[str, Any]:
    """Return the fields of an object with keys in snake case; an empty dict if it is no object."""
    if not isinstance(data, dict):
        return {}
    return {_snake(str(key)[:100]): value for key, value in data.items()}


def _snake(key: str) -> str:
    return re.sub(r"[\s_-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key.strip())).lower()
