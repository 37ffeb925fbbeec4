"""The recipes of replays: a strategy's settings for a panel of recorded models, and the final answers that count."""

from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple

from apps.fusion.values import (
    Calibration,
    CascadeSettings,
    EarlyExitSettings,
    JsonFields,
    NoMajority,
    Recipe,
    SlotSpec,
    StrategySettings,
    VoteSettings,
    WeightedSettings,
)
from apps.fusion.vocabulary import Builtin, CountedKind, StrategyName, WeightBasis

LETTERS = ascii_uppercase
"""Slots of a replayed panel, which may be larger than one of a run."""
MOST_MEMBERS = len(LETTERS)
JUDGES = {"judge": Builtin.OVERLAP, "writer": Builtin.CLOSEST}


class Counting(NamedTuple):
    """The final answers that count, and what a field of JSON without a majority is (``None``: fields do not count)."""

    kind: CountedKind = CountedKind.AUTO
    labels: tuple[str, ...] = ()
    no_majority: NoMajority | None = None

    @property
    def of_all(self) -> dict[str, Any]:
        """Return the settings of every strategy that counts final answers."""
        return {**JUDGES, "answer_kind": self.kind, "labels": self.labels}

    @property
    def of_votes(self) -> dict[str, Any]:
        """Return the settings of strategies whose answer may be made of fields."""
        by_fields = {"json_fields": JsonFields.WINNER, "no_majority": self.no_majority}
        return {**self.of_all, **(by_fields if self.no_majority else {})}


EVERY_KIND = Counting()


def _early_exit(_slots: tuple[str, ...], calibration: Calibration, counting: Counting) -> EarlyExitSettings:
    return EarlyExitSettings(
        **counting.of_all,
        weigh_by=WeightBasis.ACCURACY,
        calibration=calibration,
        at_certificate=calibration.certificate is not None,
    )


def _cascade(slots: tuple[str, ...], calibration: Calibration, counting: Counting) -> CascadeSettings:
    """Return a cascade that accepts by the certificate of its first stage, where there is one."""
    is_certified = calibration.stage is not None and calibration.stage.certificate is not None
    return CascadeSettings(
        **counting.of_all,
        stages=(slots[:-1], slots[-1:]),
        calibration=calibration if is_certified else None,
        at_certificate=is_certified,
    )


SETTINGS: Mapping[StrategyName, Callable[[tuple[str, ...], Calibration, Counting], StrategySettings]] = {
    StrategyName.VOTE: lambda _, calibration, counting: VoteSettings(**counting.of_votes, calibration=calibration),
    StrategyName.WEIGHTED: lambda _, calibration, counting: WeightedSettings(
        **counting.of_votes, calibration=calibration
    ),
    StrategyName.EARLY_EXIT: _early_exit,
    StrategyName.CASCADE: _cascade,
}
"""The strategies that can be replayed, with their settings for slots and what was measured on the calibration items.

The last member of a cascade is its last stage.
"""


def recipe_of(
    strategy: StrategyName, panel: Sequence[str], calibration: Calibration, counting: Counting = EVERY_KIND
) -> Recipe:
    """Return the recipe of a replay."""
    slots = slots_of(panel)
    settings = SETTINGS[strategy](tuple(spec.slot for spec in slots), calibration, counting)
    # A panel of recorded answers may be larger than a run's, which its validation would refuse.
    return Recipe.model_construct(settings=settings, panel=slots)


def slots_of(panel: Sequence[str]) -> tuple[SlotSpec, ...]:
    """Return the slots of a panel of recorded models, without parameters."""
    return tuple(SlotSpec.model_construct(slot=slot, model=model) for slot, model in zip(LETTERS, panel, strict=False))
