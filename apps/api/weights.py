"""Weights of votes in requests: what was measured of the members, their prices, or the caller's own word."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, ValidationError

from apps.accounts.models import User
from apps.api.errors import ApiError
from apps.api.numbers import Number, Whole
from apps.api.strict import Strict
from apps.catalogue.recipes.calibrations import BadCalibration, find_calibration
from apps.catalogue.recipes.resolve import OF_FIELDS, models_of, weights_of_prices
from apps.fusion.strategy_settings import problem_of_agreement, problem_of_certificate, problem_of_labels
from apps.fusion.values import (
    Calibration,
    CascadeSettings,
    CountedSettings,
    EarlyExitSettings,
    FieldwiseSettings,
    MemberRecord,
    Recipe,
    SingleSettings,
    StrategySettings,
    VoteSettings,
    WeighedSettings,
)
from apps.fusion.vocabulary import CountedKind, WeightBasis

Reference = Annotated[str, Field(min_length=1, max_length=255, examples=["openai/gpt-5"])]
Weight = Annotated[Number, Field(ge=0, le=1_000_000)]

COUNTING = ("answer_kind", "labels", *OF_FIELDS)
OF_WEIGHTS: tuple[tuple[type, ...], str] = (
    (WeighedSettings,),
    "Only the strategies “weighted” and “early_exit” weigh votes.",
)
ONLY: dict[str, tuple[tuple[type, ...], str]] = {
    "at_certificate": (
        (EarlyExitSettings, CascadeSettings),
        "Only the strategies “early_exit” and “cascade” accept at a certificate.",
    ),
    "threshold": ((CascadeSettings,), "Only the strategy “cascade” accepts from a share of the weight on."),
}
"""The strategies that have a use for an option, and the sentence for others."""
OF_ONE = (
    "A panel of one is always “single”: its model is asked alone, so there are no votes, stages or layers. Name more "
    "models, or leave this out."
)


class MeasuredMember(Strict):
    """The share of labelled items of a kind of task that a model got right."""

    model: Reference
    """A reference, `provider/model`."""
    correct: Whole = Field(ge=0, le=10_000_000)
    """Items that it got right."""
    items: Whole = Field(ge=1, le=10_000_000)
    """Items that it was asked."""
    family: str = Field("", max_length=100)
    """Its maker, or whatever it shares with members that err alike: for one answer they weigh as the heaviest."""


class MeasuredAccuracy(Strict):
    """The accuracy of models on a kind of task. It is kept with the run, and means nothing for other tasks."""

    task: str = Field("", max_length=200)
    """The kind of task, in words."""
    measured_on: date | None = None
    """The day of the measurement."""
    members: list[MeasuredMember] = Field(min_length=1, max_length=100)
    """The models that were measured."""


AnyCalibration = Annotated[
    Annotated[Annotated[str, Field(min_length=1, max_length=60)], Tag("tagged-name")]
    | Annotated[MeasuredAccuracy, Tag("tagged-measured")],
    Discriminator(lambda value: "tagged-name" if isinstance(value, str) else "tagged-measured"),
]
"""A calibration that the caller keeps, or one that stands in the request."""


def weighed_settings(
    user: User, recipe: Recipe, measured: str | MeasuredAccuracy | None, said: Mapping[str, Any]
) -> StrategySettings:
    """Return the settings of a recipe with the calibration of a request and what it ``said`` of weights.

    Raises :class:`ApiError` where its strategy has no use for them, or the calibration is not there.
    """
    calibration = _calibration(user, measured) if measured else None
    changes = {name: value for name, value in said.items() if value is not None}
    own = _counting(recipe.settings, {name: changes.pop(name) for name in COUNTING if name in changes})
    changes = _accepting(own, changes)
    if calibration is None and not changes:
        return own
    if calibration is not None and not isinstance(own, VoteSettings | WeighedSettings | CascadeSettings):
        sentence = "Only “vote”, “weighted”, “early_exit” and “cascade” have a use for measured accuracies."
        raise useless(own, "calibration", sentence)
    for name in changes:
        kinds, sentence = ONLY.get(name, OF_WEIGHTS)
        if not isinstance(own, kinds):
            raise useless(own, name, sentence)
    if "weights" in changes:
        changes["weigh_by"] = _basis_of_weights(changes)
    elif changes.get("weigh_by") is WeightBasis.COST:
        changes["weights"] = weights_of_prices(recipe.panel, models_of(recipe))
    if calibration is not None:
        changes["calibration"] = calibration
        if isinstance(own, EarlyExitSettings):
            changes.setdefault("weigh_by", WeightBasis.ACCURACY)
    try:
        checked = Recipe(settings=type(own)(**{**dict(own), **changes}), panel=recipe.panel)
    except ValidationError as error:
        reason = str(error.errors()[0].get("ctx", {}).get("error", "The weights do not fit the panel."))
        raise ApiError(400, "invalid_parameter", reason, "fusion.weights") from None
    return checked.settings


def useless(own: StrategySettings, name: str, sentence: str) -> ApiError:
    """Return the refusal of an option that a strategy has no use for; one model alone has none, whatever was named."""
    said = OF_ONE if isinstance(own, SingleSettings) else sentence
    return ApiError(400, "invalid_parameter", said, f"fusion.{name}")


def _basis_of_weights(said: Mapping[str, Any]) -> WeightBasis:
    """Return by what votes weigh whose weights a request names; raises :class:`ApiError` if it says otherwise."""
    if said.get("weigh_by", WeightBasis.HAND) is not WeightBasis.HAND:
        sentence = "Weights are for votes that weigh by `hand`. Leave them out, or `weigh_by`."
        raise ApiError(400, "invalid_parameter", sentence, "fusion.weights")
    return WeightBasis.HAND


def _accepting(own: StrategySettings, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request ``said`` with what follows: a stage agrees at the certificate or from a share on, not both.

    Raises :class:`ApiError` where it names both, and where votes are to end at a certificate and none can be for what
    counts.
    """
    changes = dict(said)
    if isinstance(own, CascadeSettings):
        if problem := problem_of_agreement(said.get("threshold"), said.get("at_certificate", False)):
            raise ApiError(400, "invalid_parameter", problem, "fusion.threshold")
        if said.get("at_certificate"):
            changes["threshold"] = None
        elif "threshold" in said:
            changes["at_certificate"] = False
    is_asked = changes.get("at_certificate", getattr(own, "at_certificate", False))
    problem = problem_of_certificate(own.answer_kind) if isinstance(own, CountedSettings) else ""
    if problem and is_asked:
        raise ApiError(400, "invalid_parameter", problem, "fusion.at_certificate")
    return changes


def _counting(own: StrategySettings, said: Mapping[str, Any]) -> StrategySettings:
    """Return settings whose vote counts what a request ``said``: labels make the kind, another kind has none."""
    if not said:
        return own
    if not isinstance(own, CountedSettings):
        sentence = "Only “vote”, “weighted”, “early_exit” and “cascade” count final answers by their kind."
        raise useless(own, next(iter(said)), sentence)
    for name in OF_FIELDS:
        if name in said and not isinstance(own, FieldwiseSettings):
            sentence = "Only the strategies “vote” and “weighted” count answers in JSON by their fields."
            raise useless(own, name, sentence)
    changes = dict(said)
    if "labels" in changes:
        kind = CountedKind.LABEL if changes["labels"] else CountedKind.AUTO
        changes = {"answer_kind": kind, **changes, "labels": tuple(changes["labels"])}
    elif changes.get("answer_kind", CountedKind.LABEL) is not CountedKind.LABEL:
        changes["labels"] = ()
    kind, labels = changes.get("answer_kind", own.answer_kind), changes.get("labels", own.labels)
    problem = problem_of_labels(kind, labels)
    if not problem and any(label != label.strip() or "\n" in label for label in labels):
        problem = "A label begins and ends with no space and stands on one line."
    if problem:
        raise ApiError(400, "invalid_parameter", problem, "fusion.labels")
    return own.model_copy(update=changes)


def _calibration(user: User, said: str | MeasuredAccuracy) -> Calibration:
    """Return what was measured, as the recipe keeps it; raises :class:`ApiError` where it cannot be."""
    if isinstance(said, str):
        try:
            return find_calibration(user, said)
        except BadCalibration as error:
            raise ApiError(400, "unknown_calibration", error.sentence, "fusion.calibration") from None
    if any(member.correct > member.items for member in said.members):
        sentence = "A model cannot be right more often than it was asked."
        raise ApiError(400, "invalid_parameter", sentence, "fusion.calibration.members")
    members = tuple(MemberRecord(**member.model_dump()) for member in said.members)
    day = said.measured_on.isoformat() if said.measured_on else ""
    return Calibration(task=said.task, measured_on=day, members=members)
