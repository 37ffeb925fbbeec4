"""A search of runs as one value, for page, API and export: parsed once, without a database and without a clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Self

from rapidfuzz import fuzz, process

from apps.fusion.ratings import RatingReason, Thumb
from apps.fusion.vocabulary import FindingKind, Status, StrategyName
from apps.runs.reading.searching.grammar import BadQuery, RawTerm, read_terms

LONGEST_QUERY, MOST_TERMS = 500, 20
"""Characters and terms of a query."""
NEAR = 60
"""Likeness, in percent, from which a word is suggested in place of another."""
MODELS = ("model", "judge", "writer", "alone")
FIGURES = {
    **dict.fromkeys(("agreement", "grounding", "stability", "preference"), "share"),
    "cost": "USD",
    "duration": "seconds",
    "rating": "thumb",
}
"""Figures of a run, with their unit; the reader's own thumb up is 1, down is -1."""
DATES = ("before", "after")
KINDS = {
    "contradiction": FindingKind.CONTRADICTION,
    "consensus": FindingKind.CONSENSUS,
    "insight": FindingKind.UNIQUE_INSIGHT,
    "coverage": FindingKind.PARTIAL_COVERAGE,
    "blind-spot": FindingKind.BLIND_SPOT,
}
"""Findings that can be asked about, by the words of a query."""
CHOICES = {
    "status": {**{str(status): str(status) for status in Status}, "stopped": str(Status.CANCELLED)},
    "strategy": {str(name): str(name) for name in StrategyName},
    "has": {
        **{name: str(kind) for name, kind in KINDS.items()},
        **{name: name for name in ("note", "tag", "rating")},
        "blind-vote": "blind_vote",
    },
    "is": {name: name for name in ("shared", "starred", "archived", "imported")},
    "reason": {reason.replace("_", "-"): str(reason) for reason in RatingReason},
}
"""Names that take one of a few words, and the facet for each of them."""
TEXTS = ("preset", "key", "tag", "fork-of")
"""Names that take whatever somebody called a thing, or the id of a run."""
FLAGS = {"starred": "starred", "archived": "archived"}
"""Words that stand alone, and the facet for each of them."""
OPERATORS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "=": "exact"}
UNITS: dict[str, dict[str, float]] = {
    "seconds": {"s": 1, "m": 60, "min": 60, "h": 3600},
    "share": {"%": 0.01},
    "USD": {},
    "thumb": {},
}
AGES = {"d": 1, "w": 7, "m": 30, "y": 365}


@dataclass(frozen=True, slots=True)
class Words:
    """A word or a phrase to be found in any text of a run; a prefix stands for every word that begins so."""

    text: str
    is_phrase: bool = False
    is_prefix: bool = False
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class FindingWords:
    """A word or a phrase to be found in findings of one kind."""

    kind: FindingKind
    text: str
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class ModelNamed:
    """A model whose reference or label contains a text, in a role: ``model`` (panel), ``judge``, ``writer``, ``alone``.

    ``alone`` is a model that said something which no other answer did.
    """

    role: str
    text: str
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A thing that is so of a run or not: ``name`` and ``value`` as its search row has them."""

    name: str
    value: str
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A bound on a figure of a run, in the unit of :data:`FIGURES`; ``lookup`` is one of :data:`OPERATORS`."""

    name: str
    lookup: str
    bound: float
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """The day before which (exclusive), or from which (inclusive), a run was made."""

    is_before: bool
    day: date
    is_negated: bool = False


Term = Words | FindingWords | ModelNamed | Facet | Figure | Made


@dataclass(frozen=True, slots=True)
class RunQuery:
    """The terms that all hold for the runs that are looked for, and their order: newest first, or by relevance."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    by_relevance: bool = False

    @classmethod
    def parse(cls, text: str, today: date, *, by_relevance: bool = False) -> Self:
        """Return the query that a text states, of which spaces at both ends are no part. Raises :class:`BadQuery`."""
        text = text.replace("\x00", "").strip()
        if len(text) > LONGEST_QUERY:
            raise BadQuery(f"A search takes at most {LONGEST_QUERY} characters.", LONGEST_QUERY, text=text)
        try:
            return cls(text, tuple(_terms(text, today)), by_relevance)
        except BadQuery as error:
            error.text = text
            raise

    @property
    def words(self) -> tuple[Words, ...]:
        """The words and phrases that must be found, which snippets mark."""
        return tuple(term for term in self.terms if isinstance(term, Words) and not term.is_negated)

    def says(self, name: str, value: str) -> bool:
        """Return whether the query says anything of a facet."""
        return any(isinstance(term, Facet) and (term.name, term.value) == (name, value) for term in self.terms)


def names() -> list[str]:
    """Return the names that a query can have before its operators."""
    return [*MODELS, *FIGURES, *DATES, *KINDS, *CHOICES, *TEXTS]


def _terms(text: str, today: date) -> Iterator[Term]:
    """Yield the meanings of a query's terms. Raises :class:`BadQuery`."""
    before: RawTerm | None = None
    for raw in read_terms(text, MOST_TERMS):
        if before and _are_torn(before, raw):
            raise _torn(before, raw, text)
        yield _term(raw, text, today)
        before = raw


def _are_torn(before: RawTerm, raw: RawTerm) -> bool:
    """Return whether two words are a condition with a space in it: ``agreement < 0.5``, ``model :claude``."""
    if before.name or before.is_phrase or raw.name or raw.is_phrase or raw.is_negated:
        return False
    name = before.value.lower()
    return name in names() and raw.value.startswith((*OPERATORS, ":") if name in FIGURES else ":")


def _torn(before: RawTerm, raw: RawTerm, text: str) -> BadQuery:
    rest = text[raw.value_column + len(raw.value) :]
    is_sign = raw.value in {*OPERATORS, ":"}
    suggestion = text[: raw.value_column].rstrip() + raw.value + (rest.lstrip() if is_sign else rest)
    length = raw.value_column + len(raw.value) - before.column
    sentence = "A condition has no spaces in it, as in agreement<0.5 or status:done."
    return BadQuery(sentence, before.column, length, suggestion)


def _term(raw: RawTerm, text: str, today: date) -> Term:
    """Return the meaning of a term. Raises :class:`BadQuery`."""
    name, value, no = raw.name, raw.value, raw.is_negated
    if value == "":
        raise BadQuery("There is nothing between these quotes.", raw.value_column, 2)
    if name and name not in names():
        raise _unknown(raw, text, name, raw.column + no, names())
    if name in FIGURES:
        return _figure(raw)
    if name:
        return _named(raw, text, today)
    if not raw.is_phrase and value.lower() in FLAGS:
        return Facet("is", FLAGS[value.lower()], no)
    # One Latin letter begins far too many words; a sign of a script without spaces may be a word.
    is_prefix = not raw.is_phrase and value.endswith("*") and (len(value) > 2 or not value.isascii())
    return Words(value.rstrip("*") if is_prefix else value, raw.is_phrase, is_prefix, no)


def _named(raw: RawTerm, text: str, today: date) -> Term:
    """Return the meaning of a name with its value, which a colon parts."""
    name, value, no = raw.name, raw.value, raw.is_negated
    if raw.operator != ":":
        raise BadQuery(f"After “{name}” stands a colon, as in {name}:{value}.", raw.column + no + len(name))
    if name in DATES:
        return Made(name == "before", _day(raw, today), no)
    if name in MODELS:
        return ModelNamed(name, value, no)
    if name in KINDS:
        return FindingWords(KINDS[name], value, no)
    if name not in CHOICES:
        return Facet(name, value.lower(), no)
    choices = CHOICES[name]
    if value.lower() not in choices:
        raise _unknown(raw, text, value, raw.value_column + raw.is_phrase, list(choices))
    return Facet(name, choices[value.lower()], no)


def _figure(raw: RawTerm) -> Figure:
    """Return the bound of "agreement<0.5", "agreement:>=80%", "cost>$0.05", "duration<2m" or "rating:up"."""
    unit = FIGURES[raw.name]
    if unit == "thumb" and raw.operator in (":", "=") and raw.value.lower() in list(Thumb):
        return Figure(raw.name, "gt" if raw.value.lower() == Thumb.UP else "lt", 0, raw.is_negated)
    number = raw.value.lstrip("$") if unit == "USD" else raw.value
    suffix = next((one for one in sorted(UNITS[unit], key=len, reverse=True) if number.endswith(one)), "")
    try:
        bound = round(float(number.removesuffix(suffix)) * UNITS[unit].get(suffix, 1), 12)  # 70% is 0.7
    except ValueError:
        bound = float("nan")
    if not isfinite(bound) or abs(bound) > 1e9:
        examples = {"share": "0.8 or 80%", "USD": "0.05", "seconds": "90, 90s or 2m", "thumb": "1, 0 or -1"}
        words = ", or the words up and down" if unit == "thumb" else ""
        sentence = f"“{raw.name}” takes a number: {examples[unit]}{words}."
        raise BadQuery(sentence, raw.value_column, max(1, len(raw.value)))
    return Figure(raw.name, OPERATORS[raw.operator.removeprefix(":") or "="], bound, raw.is_negated)


def _day(raw: RawTerm, today: date) -> date:
    """Return the day of 2026-11-28, 2026-11, 2026, today, yesterday or 7d (also w, m, y)."""
    value = raw.value.lower()
    ages = {"today": 0, "yesterday": 1}
    try:
        if value in ages:
            return today - timedelta(days=ages[value])
        if value[-1:] in AGES and value[:-1].isascii() and value[:-1].isdigit():
            return today - timedelta(days=int(value[:-1]) * AGES[value[-1]])
        numbers = [int(part) for part in value.split("-")]
        return date(*[*numbers, 1, 1][: max(3, len(numbers))])
    except (ValueError, OverflowError, TypeError):
        sentence = f"“{raw.name}” takes a day: 2026-11-28, 2026-11, 2026, today, yesterday or 7d (also w, m, y)."
        raise BadQuery(sentence, raw.value_column, max(1, len(raw.value))) from None


def _unknown(raw: RawTerm, text: str, wrong: str, column: int, known: list[str]) -> BadQuery:
    """Return the fault of a name or a value that does not exist, with the nearest that does."""
    nearest = process.extractOne(wrong.lower(), known, scorer=fuzz.ratio, score_cutoff=NEAR)
    suggestion = text[:column] + nearest[0] + text[column + len(wrong) :] if nearest else ""
    if wrong is raw.name:
        remedy = f"Did you mean “{nearest[0]}”?" if nearest else "To find the words themselves, put them in quotes."
        return BadQuery(f"There is no “{wrong}{raw.operator}”. {remedy}", column, len(wrong), suggestion)
    listed = f"{', '.join(known[:-1])} or {known[-1]}" if len(known) > 1 else known[0]
    remedy = f"Did you mean “{nearest[0]}”?" if nearest else f"It takes {listed}."
    return BadQuery(f"“{raw.name}” does not take “{wrong}”. {remedy}", column, len(wrong), suggestion)
