"""The answers that a vote counts, in the form: the kinds to choose from, the typed labels, and a recipe's choices."""

from typing import Any, Protocol

from apps.fusion.strategy_settings import LONGEST_LABEL, MOST_LABELS, problem_of_labels
from apps.fusion.values import CountedSettings, FieldwiseSettings, JsonFields, NoMajority, VoteOptions
from apps.fusion.vocabulary import CountedKind, StrategyName

COUNTED = (StrategyName.VOTE, StrategyName.WEIGHTED, StrategyName.EARLY_EXIT, StrategyName.CASCADE)
FIELDWISE = (StrategyName.VOTE, StrategyName.WEIGHTED)
OF_COUNTING = ("answer_kind", "labels", "json_fields")
KINDS = {
    CountedKind.AUTO: "Final answers of every kind",
    CountedKind.NUMBER: "Numbers only",
    CountedKind.CHOICE: "Letters of options only",
    CountedKind.LABEL: "Only these labels",
    CountedKind.FORMULA: "Formulas and numbers only",
    CountedKind.JSON: "Whole answers in JSON only",
    CountedKind.TEXT: "Words, yes and no only",
    CountedKind.MEANING: "Short texts, by what they say",
}
"""The kinds of final answers that can be counted, as the form and the ballot name them."""

FIELDS = {
    "": "Whole answers",
    NoMajority.NULL: "Each field’s winner, null without a majority",
    NoMajority.JUDGE: "Each field’s winner, the judge without a majority",
}
"""The ways to count answers in JSON, by what becomes of a field without a majority."""
OF_JSON = (CountedKind.AUTO, CountedKind.JSON)
"""The kinds among which answers in JSON are."""


class CountingFields(Protocol):
    """The fields of a form that say what a vote counts: a kind, labels, one a line, and how JSON is counted."""

    @property
    def answer_kind(self) -> str: ...
    @property
    def labels(self) -> str: ...
    @property
    def json_fields(self) -> str: ...
    @property
    def panel_strategy(self) -> StrategyName: ...
    @property
    def slots(self) -> tuple[Any, ...]: ...


def counting_fields(settings: CountedSettings | VoteOptions) -> dict[str, Any]:
    """Return the fields of a form that stand for what a recipe or a preset counts."""
    is_auto = settings.answer_kind is CountedKind.AUTO
    return {
        "answer_kind": "" if is_auto else str(settings.answer_kind),
        "labels": "\n".join(settings.labels),
        "json_fields": _fields_of(settings),
    }


def _fields_of(settings: CountedSettings | VoteOptions) -> str:
    is_winner = isinstance(settings, FieldwiseSettings | VoteOptions) and settings.json_fields is JsonFields.WINNER
    return str(settings.no_majority) if is_winner and isinstance(settings, FieldwiseSettings | VoteOptions) else ""


def chosen_kind(fields: CountingFields) -> CountedKind:
    """Return the kind that is chosen, ``AUTO`` for none and for one that is unknown."""
    return CountedKind(fields.answer_kind) if fields.answer_kind in list(CountedKind) else CountedKind.AUTO


def typed_labels(fields: CountingFields) -> tuple[str, ...]:
    """Return the labels that were typed, one a line, without space around; none where they do not count."""
    lines = [line.strip() for line in fields.labels.splitlines()]
    return tuple(line for line in lines if line) if chosen_kind(fields) is CountedKind.LABEL else ()


def chosen_fields(fields: CountingFields) -> str:
    """Return how answers in JSON are counted, a key of :data:`FIELDS`."""
    may = fields.panel_strategy in FIELDWISE and chosen_kind(fields) in OF_JSON
    return fields.json_fields if may and fields.json_fields in FIELDS else ""


def problem_of_counting(fields: CountingFields) -> str:
    """Return what is wrong with the labels, in a sentence, or ''."""
    if fields.panel_strategy not in COUNTED or len(fields.slots) < 2:
        return ""
    labels = typed_labels(fields)
    if len(labels) > MOST_LABELS or any(len(label) > LONGEST_LABEL for label in labels):
        return f"Write at most {MOST_LABELS} labels of at most {LONGEST_LABEL} characters, one a line."
    return problem_of_labels(chosen_kind(fields), labels)


def counting_choices(fields: CountingFields) -> dict[str, Any]:
    """Return the choices of a recipe for what its vote counts; none for other strategies."""
    if fields.panel_strategy not in COUNTED:
        return {}
    by_fields = chosen_fields(fields)
    return {
        "answer_kind": chosen_kind(fields),
        "labels": typed_labels(fields),
        "json_fields": JsonFields.WINNER if by_fields else None,
        "no_majority": NoMajority(by_fields) if by_fields else None,
    }
