"""Measured values that a recipe freezes: how often each model was right on labelled items, and what that certifies."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from apps.fusion.frozen import Value
from apps.fusion.vocabulary import CountedKind, FinalKind

ENOUGH_ITEMS = 200
"""Labelled items below which they say little: of the weights of votes, of a panel, and of prompts like another."""

LONGEST_VOID = 300
"""Characters of the sentence that says why a calibration is not applied."""
MOST_VERSIONS = 20
"""The newest versions of a model that its record names."""


class CountingRule(StrEnum):
    """The ways to count votes: the best member alone where it has an answer, all alike, or each by its weight."""

    SINGLE = "single"
    MAJORITY = "majority"
    WEIGHTED = "weighted"


class CalibrationSource(StrEnum):
    """The sources of a calibration: a pack of recorded answers, a person's own runs and judgements, or by hand."""

    PACK = "pack"
    RUNS = "runs"
    HAND = "hand"


class MemberRecord(Value):
    """The items of one kind of task, and of all that it was measured on, that a model got right.

    The models of one ``family`` ('' for none) have a maker in common and err alike. ``versions`` are the vendor's words
    for what answered these items, the newest last, where it said any.
    """

    model: str
    correct: int = Field(ge=0)
    items: int = Field(ge=0)
    overall_correct: int = Field(default=0, ge=0)
    overall_items: int = Field(default=0, ge=0)
    family: str = ""
    versions: tuple[str, ...] = Field(default=(), max_length=MOST_VERSIONS, exclude_if=lambda versions: not versions)

    @model_validator(mode="after")
    def _check_counts(self) -> Self:
        if self.correct > self.items or self.overall_correct > self.overall_items:
            raise ValueError("A model cannot be right more often than it was asked.")
        return self


class Certificate(Value):
    """A bound on the errors of votes, from labelled items.

    Of the ``accepted`` items on which a final answer had at least ``threshold`` of the weight (a share, 0 to 1), the
    answer was wrong on ``errors``. So the share of errors is at most ``alpha``; that this is wrong has a chance of at
    most ``delta``.
    """

    threshold: float = Field(gt=0, le=1)
    alpha: float = Field(gt=0, lt=1)
    delta: float = Field(gt=0, lt=1)
    errors: int = Field(ge=0)
    accepted: int = Field(ge=1)


class StageRecord(Value):
    """The agreement of a cascade's first stage, the ``members`` (models), on labelled ``items``.

    On ``agreed`` of them all members gave the same final answer, which was right on ``right``; the rest is escalated.
    The ``certificate`` bounds the errors of answers by their share of the members' weight.
    """

    members: tuple[str, ...] = Field(min_length=2)
    agreed: int = Field(ge=0)
    right: int = Field(ge=0)
    items: int = Field(ge=1)
    certificate: Certificate | None = None

    @property
    def escalated(self) -> float:
        """Return the share of items, 0 to 1, on which the last stage is asked."""
        return 1 - self.agreed / self.items


class Calibration(Value):
    """The accuracies of models on labelled items of one kind of ``task``, on a day (``measured_on``, ISO 8601).

    It is frozen in the recipe, so that a run can be repeated; it means nothing for other tasks. ``name`` and
    ``version`` tell which of its owner's it is. ``panel`` and ``prompt`` are fingerprints of the members with their
    parameters and of the system prompt, '' where it is tied to none; with another one it is void. So it is for final
    answers of another ``kind``, or where another kind ``counts`` or other ``labels``. ``items`` were labelled; on
    ``all_wrong`` of them no member was right. ``rule`` is the way to count that did best on them, beside which no other
    was better by more than chance. ``stage`` is the agreement of all members but the last. ``void`` says why it is not
    applied to the recipe that it stands in, where the recipe itself does not show it.
    """

    name: str = Field(default="", max_length=60)
    version: int = Field(default=1, ge=1)
    task: str = Field(default="", max_length=200)
    measured_on: str = Field(default="", max_length=10)
    source: CalibrationSource = CalibrationSource.HAND
    kind: FinalKind | None = None
    panel: str = Field(default="", max_length=16)
    prompt: str = Field(default="", max_length=16)
    counts: CountedKind = CountedKind.AUTO
    labels: tuple[str, ...] = ()
    items: int = Field(default=0, ge=0)
    all_wrong: int | None = Field(default=None, ge=0)
    rule: CountingRule = CountingRule.WEIGHTED
    members: tuple[MemberRecord, ...] = Field(default=(), max_length=100)
    certificate: Certificate | None = None
    stage: StageRecord | None = None
    void: str = Field(default="", max_length=LONGEST_VOID)

    def record_of(self, model: str) -> MemberRecord | None:
        """Return what was measured of a model, ``None`` if nothing was."""
        return next((record for record in self.members if record.model == model), None)

    @property
    def fewest_items(self) -> int:
        """Return the number of labelled items, of the member that was asked fewest if it is not told."""
        return self.items or min((record.items for record in self.members), default=0)
