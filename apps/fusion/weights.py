"""Weights of votes from measured answers: log-odds, drawn to a model's overall rate where little was measured."""

from collections.abc import Mapping
from math import log

from apps.fusion.values import Calibration, MemberRecord

FEW_ITEMS = 50
"""Items of a kind of task below which a model's overall rate counts too."""
PRIOR_ITEMS = 20
"""The number of items that the overall rate is worth then; our choice."""


def rate_of(record: MemberRecord) -> float:
    """Return the chance that a member is right, strictly between 0 and 1: Laplace's rule, drawn to its overall rate."""
    laplace = (record.correct + 1) / (record.items + 2)
    if record.items >= FEW_ITEMS or not record.overall_items:
        return laplace
    overall = (record.overall_correct + 1) / (record.overall_items + 2)
    return (record.correct + PRIOR_ITEMS * overall) / (record.items + PRIOR_ITEMS)


def log_odds(rate: float) -> float:
    """Return the weight of a vote that is right at this rate, 0 at or below a half (Nitzan & Paroush 1982)."""
    return max(0.0, log(rate / (1 - rate)))


def weights_of(calibration: Calibration) -> dict[str, float]:
    """Return the weight of each model that was measured.

    The models of a family err alike: together they weigh as much as the best of them.
    """
    plain = {record.model: log_odds(rate_of(record)) for record in calibration.members}
    families: dict[str, list[str]] = {}
    for record in calibration.members:
        families.setdefault(record.family or record.model, []).append(record.model)
    return {model: weight for family in families.values() for model, weight in _capped(family, plain).items()}


def is_dictated(weights: Mapping[str, float]) -> bool:
    """Return whether one vote outweighs all others together, so that they are asked for nothing."""
    heaviest = max(weights.values(), default=0)
    return len(weights) > 1 and heaviest > sum(weights.values()) - heaviest


def _capped(family: list[str], plain: Mapping[str, float]) -> dict[str, float]:
    total, most = sum(plain[model] for model in family), max(plain[model] for model in family)
    return {model: plain[model] * most / total if total else 0.0 for model in family}
