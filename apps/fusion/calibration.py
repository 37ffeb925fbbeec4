"""Measured values that a recipe freezes: how often each model was right on labelled items."""

from typing import Self

from pydantic import Field, model_validator

from apps.fusion.value import Value


class MemberRecord(Value):
    """The items of one kind of task, and of all that it was measured on, that a model got right.

    The models of one ``family`` ('' for none) have a maker in common and err alike.
    """

    model: str
    correct: int = Field(ge=0)
    items: int = Field(ge=0)
    overall_correct: int = Field(default=0, ge=0)
    overall_items: int = Field(default=0, ge=0)
    family: str = ""

    @model_validator(mode="after")
    def _check_counts(self) -> Self:
        if self.correct > self.items or self.overall_correct > self.overall_items:
            raise ValueError("A model cannot be right more often than it was asked.")
        return self


class Calibration(Value):
    """The accuracies of models on labelled items of one kind of ``task``, on a day (``measured_on``, ISO 8601).

    It is frozen in the recipe, so that a run can be repeated; it means nothing for other tasks.
    """

    task: str = Field(default="", max_length=200)
    measured_on: str = Field(default="", max_length=10)
    members: tuple[MemberRecord, ...] = Field(default=(), max_length=100)

    def record_of(self, model: str) -> MemberRecord | None:
        """Return what was measured of a model, ``None`` if nothing was."""
        return next((record for record in self.members if record.model == model), None)
