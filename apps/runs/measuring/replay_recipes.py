"""The recipes of replays: a strategy's settings for a panel of recorded models, and the final answers that count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from string import ascii_uppercase
from typing import Any, NamedTuple

from apps.fusion.routing import ROUTE
from apps.fusion.strategies import STRATEGIES
from apps.fusion.values import (
    Calibration,
    CascadeSettings,
    EarlyExitSettings,
    JsonFields,
    NoMajority,
    PlainSettings,
    Price,
    Recipe,
    SingleSettings,
    SlotSpec,
    StrategySettings,
    VoteSettings,
    WeightedSettings,
)
from apps.fusion.vocabulary import Builtin, CountedKind, StrategyName, WeightBasis
from apps.fusion.weights import weights_by_cost

LETTERS = ascii_uppercase
"""Slots of a replayed panel, which may be larger than one of a run."""
MOST_MEMBERS = len(LETTERS)
JUDGES = {"judge": Builtin.OVERLAP, "writer": Builtin.CLOSEST}
EVALUATOR = "recorded"
"""The evaluator of ``best_of``, whose replies the pack has."""
REPLAYED = (*(str(name) for name, strategy in STRATEGIES.items() if strategy.is_replayed), ROUTE)
"""The strategies whose answers can be drawn from recorded ones."""
NOT_RECORDED = "what its later calls would write, once they have read the answers, was not recorded"
"""The reason why other strategies cannot be replayed."""


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


@dataclass(frozen=True, slots=True)
class Variation:
    """The options of a replayed strategy: how its votes weigh, and how many members each stage of a cascade has.

    Weights by hand are those of the panel, in its order. A stage agrees at a ``threshold``, a share of the weight.
    Without ``stages`` the last member is the last stage, and the others are the first.
    """

    weigh_by: WeightBasis = WeightBasis.ACCURACY
    weights: tuple[float, ...] = ()
    stages: tuple[int, ...] = ()
    threshold: float | None = None


PLAIN = Variation()


def recipe_of(
    strategy: str,
    panel: Sequence[str],
    calibration: Calibration | None,
    counting: Counting = EVERY_KIND,
    variation: Variation = PLAIN,
    prices: Mapping[str, Price] | None = None,
) -> Recipe:
    """Return the recipe of a replay; raises ``ValueError`` for weights or stages that do not fit the panel."""
    slots = slots_of(panel)
    names = [spec.slot for spec in slots]
    settings: StrategySettings
    match strategy:
        case StrategyName.SINGLE:
            settings = SingleSettings()
        case StrategyName.VOTE:
            settings = VoteSettings(**counting.of_votes, calibration=calibration)
        case StrategyName.WEIGHTED:
            weighing = _weighing(slots, variation, prices or {})
            settings = WeightedSettings(**counting.of_votes, **weighing, calibration=calibration)
        case StrategyName.EARLY_EXIT:
            is_certified = calibration is not None and calibration.certificate is not None
            weighing = _weighing(slots, variation, prices or {})
            settings = EarlyExitSettings(
                **counting.of_all, **weighing, calibration=calibration, at_certificate=is_certified
            )
        case StrategyName.CASCADE:
            settings = _cascade(names, calibration, counting, variation)
        case StrategyName.BEST_OF:
            settings = PlainSettings(strategy=StrategyName.BEST_OF, judge=EVALUATOR, writer=Builtin.CLOSEST)
        case _:
            settings = PlainSettings(**JUDGES | {"strategy": strategy})
    # A panel of recorded answers may be larger than a run's, which its validation would refuse.
    return Recipe.model_construct(settings=settings, panel=slots)


def slots_of(panel: Sequence[str]) -> tuple[SlotSpec, ...]:
    """Return the slots of a panel of recorded models, without parameters."""
    return tuple(SlotSpec.model_construct(slot=slot, model=model) for slot, model in zip(LETTERS, panel, strict=False))


def _weighing(slots: Sequence[SlotSpec], variation: Variation, prices: Mapping[str, Price]) -> dict[str, Any]:
    """Return the settings that say by what votes weigh."""
    weights: dict[str, float] = {}
    if variation.weigh_by is WeightBasis.HAND:
        if len(variation.weights) != len(slots):
            raise ValueError(f"Weights by hand need one for each member: {len(slots)}, not {len(variation.weights)}.")
        weights = dict(zip((spec.slot for spec in slots), variation.weights, strict=True))
    elif variation.weigh_by is WeightBasis.COST:
        weights = weights_by_cost({spec.slot: prices.get(spec.model, Price()) for spec in slots})
    return {"weigh_by": variation.weigh_by, "weights": weights}


def _cascade(
    slots: Sequence[str], calibration: Calibration | None, counting: Counting, variation: Variation
) -> CascadeSettings:
    """Return a cascade that accepts by a threshold, or by the certificate of its first stage, where there is one."""
    sizes = variation.stages or (len(slots) - 1, 1)
    if sum(sizes) != len(slots):
        raise ValueError(f"The stages have {sum(sizes)} members together, and the panel has {len(slots)}.")
    ends = [0, *accumulate(sizes)]
    is_certified = calibration is not None and calibration.stage is not None and bool(calibration.stage.certificate)
    return CascadeSettings(
        **counting.of_all,
        stages=tuple(tuple(slots[start:end]) for start, end in pairwise(ends)),
        calibration=calibration if is_certified or variation.threshold else None,
        threshold=variation.threshold,
        at_certificate=is_certified and variation.threshold is None,
    )
