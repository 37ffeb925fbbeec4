"""Targets that a person sets for a preset, and how many of its newest runs met them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from apps.fusion.frozen import Value

LONGEST_S = 86_400
MOST_USD = Decimal(1_000_000)
LONGEST_NAME = 100
NEWEST_RUNS = 50
"""The newest runs of a preset that are held against its targets."""


class Targets(Value):
    """Limits for a preset's runs: ``seconds`` to the answer, ``cost`` of a run (USD), ``accuracy`` from 0 to 1.

    The accuracy is the share of answers that a person's ratings, blind votes and output checks found good. With a
    ``question_set``, the name of a prompt template, it is the share of rows of that template's batches whose answers
    passed all output checks. A target that is ``None`` is not set; one of them is.
    """

    seconds: float | None = Field(default=None, gt=0, le=LONGEST_S)
    cost: Decimal | None = Field(default=None, gt=0, le=MOST_USD)
    accuracy: float | None = Field(default=None, gt=0, le=1)
    question_set: str = Field(default="", max_length=LONGEST_NAME, exclude_if=lambda name: not name)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.seconds is None and self.cost is None and self.accuracy is None:
            raise ValueError("Set one target at least.")
        if self.question_set and self.accuracy is None:
            raise ValueError("A set of questions needs a share of good answers.")
        return self


@dataclass(frozen=True, slots=True)
class RunFigures:
    """A run that has ended: seconds to its answer (``None``: it has none), USD, and whether its answer was good.

    A ``cost`` or ``is_good`` of ``None`` is not known.
    """

    seconds: float | None
    cost: Decimal | None
    is_good: bool | None


@dataclass(frozen=True, slots=True)
class Tally:
    """So many (``met``) of those ``of`` which it is known."""

    met: int
    of: int

    @property
    def share(self) -> float | None:
        return self.met / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """The newest runs of a preset against its targets; a tally is ``None`` where there is no target.

    That of the accuracy counts good answers, the others runs that met the target.
    """

    targets: Targets
    runs: int
    seconds: Tally | None
    cost: Tally | None
    accuracy: Tally | None

    @property
    def unpriced(self) -> int:
        """Runs whose cost is not known."""
        return self.runs - self.cost.of if self.cost else 0

    @property
    def is_accurate(self) -> bool | None:
        """Whether the share of good answers is that of the target or more; ``None`` while none is known."""
        share = self.accuracy.share if self.accuracy else None
        return None if share is None or self.targets.accuracy is None else share >= self.targets.accuracy


def hold_against(targets: Targets, runs: Sequence[RunFigures], of_set: Sequence[bool] = ()) -> TargetRecord:
    """Return how many of these runs met each target. A run without an answer is not in time, whatever it took.

    ``of_set`` says of the newest rows of the targets' question set whether they passed: the accuracy is then theirs.
    """
    in_time = [run.seconds is not None and run.seconds <= (targets.seconds or 0) for run in runs]
    costs = [run.cost for run in runs if run.cost is not None]
    judged = list(of_set) if targets.question_set else [run.is_good for run in runs if run.is_good is not None]
    return TargetRecord(
        targets=targets,
        runs=len(runs),
        seconds=None if targets.seconds is None else Tally(sum(in_time), len(runs)),
        cost=None if targets.cost is None else Tally(sum(cost <= targets.cost for cost in costs), len(costs)),
        accuracy=None if targets.accuracy is None else Tally(sum(judged), len(judged)),
    )
