"""The requested form of a judge's reply, and the conversion of similar forms into it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


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
_QUOTE = ("quote", "excerpt", "verbatim", "citation", "quotation", "evidence")


def known_keys(data: Mapping[str, Any]) -> int:
    """Return the number of a reply's lists that an object has, under any of their names."""
    keys = _snaked(data)
    return sum(any(name in keys for name in names) for names in _LISTS.values())


def normalised(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object in the form of ``ReplyForm``, with other names for the same thing replaced."""
    data = _snaked(data)
    lists = {key: _items(_first(data, names)) for key, names in _LISTS.items()}
    return {
        "consensus": [_point(item) for item in lists["consensus"]],
        "contradictions": [_contradiction(item) for item in lists["contradictions"]],
        "partial_coverage": [_point(item) for item in lists["partial_coverage"]],
        "unique_insights": [insight for item in lists["unique_insights"] for insight in _insights(item)],
        "blind_spots": [_said(item) for item in lists["blind_spots"]],
        "assessments": [form for item in lists["assessments"] for form in _assessments(item)],
    }


def _point(item: Any) -> dict[str, Any]:
    return {"point": _said(item), "support": _supports(item)}


def _contradiction(item: Any) -> dict[str, Any]:
    stances = _items(_first(_snaked(item), _STANCES))
    return {"topic": _said(item), "stances": [_stance(stance) for stance in stances]}


def _stance(item: Any) -> dict[str, Any]:
    """Return a stance in full; the short form ``{"model": "A", "stance": "…"}`` is accepted too."""
    return {"stance": _text(_first(_snaked(item), _STANCE)), "support": _supports(item)}


def _insights(item: Any) -> list[dict[str, Any]]:
    return [{"insight": _said(item), **support} for support in _supports(item)]


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
    if isinstance(several, dict):
        several = [{"answer": name, "quote": quote} for name, quote in several.items()]
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
