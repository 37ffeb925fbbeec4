"""Calibrations from labelled items: rates of the members, the way to count them, and a certificate for its result.

The certificate needs items that the weights did not see, so with one the weights are measured on every second item and
certified on the others, unless all votes count alike and nothing is fitted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.fusion.calibration import Calibration, Certificate, CountingRule, MemberRecord, StageRecord
from apps.fusion.statistics import Step, certify, mcnemar
from apps.fusion.voting import ALIKE
from apps.fusion.weights import Weighing, blocs_of, rate_of, weights_of

FOLDS = 5
FEWEST_OF_CASCADE = 2
"""Members above which a panel can be a cascade: two that may agree, and one that is asked else."""
BY_CHANCE = 0.1
"""The p of McNemar's exact test below which another rule is better than weights by more than chance; our choice."""
THRESHOLDS = tuple(percent / 100 for percent in range(100, 25, -5))
"""Shares of the weight, from the strictest to the loosest; fixed, so that they do not depend on the items."""
DELTA = 0.1


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """A question with the final answer of each model in a form that is equal for equal ones (``None``: none).

    ``right`` are the models whose answer is right.
    """

    answers: Mapping[str, str | None]
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class Count:
    """The vote on a labelled item: the model whose answer wins ('' for none), and each answer's share of the weight."""

    winner: str
    shares: Mapping[str, float]


def counter_of(calibration: Calibration) -> Callable[[LabelledItem], Count]:
    """Return the function that counts the vote on an item under a calibration.

    Of a winning answer it names the member with the highest rate.
    """
    weights, rates = weights_of(calibration), {record.model: rate_of(record) for record in calibration.members}
    weighing = Weighing(weights=weights, families=blocs_of(calibration))
    whole = weighing.together(weights)

    def count(item: LabelledItem) -> Count:
        classes: dict[str, list[str]] = {}
        for model, answer in item.answers.items():
            if answer is not None and model in weights:
                classes.setdefault(answer, []).append(model)
        totals = {answer: weighing.together({m: weights[m] for m in models}) for answer, models in classes.items()}
        best = max(classes, key=lambda one: (round(totals[one], 9), max(rates[m] for m in classes[one])), default=None)
        if best is None or totals[best] <= 0:
            return Count("", {})
        shares = {answer: total / whole for answer, total in totals.items()}
        return Count(max(classes[best], key=lambda model: rates[model]), shares)

    return count


def calibrate(
    items: Sequence[LabelledItem],
    panel: Sequence[str],
    families: Mapping[str, str] | None = None,
    rule: CountingRule | None = None,
    alpha: float | None = None,
    delta: float = DELTA,
) -> Calibration:
    """Return the calibration of a panel (models) from items; with ``alpha`` it has a certificate, if one holds.

    Without a ``rule`` it is chosen by five-fold validation. Raises ``ValueError`` without items, and for no such share.
    """
    if not items:
        raise ValueError("A calibration needs labelled items.")
    if alpha is not None and not (0 < alpha < 1 and 0 < delta < 1):
        raise ValueError("Certify a share of errors between 0 and 1, such as 0.05, at a chance like it to be wrong.")
    families = families or {}
    is_fitted = rule is not CountingRule.MAJORITY
    measured = items[::2] if alpha is not None and is_fitted else items
    certified = items[1::2] if alpha is not None and is_fitted else items
    chosen = rule or choose_rule(measured, panel, families)
    calibration = Calibration(
        items=len(items),
        all_wrong=sum(not item.right & set(panel) for item in items),
        rule=chosen,
        members=_records(measured, panel, families),
        stage=stage_record(items, panel[:-1]) if len(panel) > FEWEST_OF_CASCADE else None,
    )
    if alpha is None:
        return calibration
    changes: dict[str, Any] = {"certificate": certify_share(certified, calibration, alpha, delta)}
    if calibration.stage:
        first = [one for one in calibration.members if one.model in calibration.stage.members]
        bound = certify_share(certified, calibration.model_copy(update={"members": tuple(first)}), alpha, delta)
        changes["stage"] = calibration.stage.model_copy(update={"certificate": bound})
    return calibration.model_copy(update=changes)


def stage_record(items: Sequence[LabelledItem], members: Sequence[str]) -> StageRecord:
    """Return how often the members of a cascade's first stage agree, and are right then."""
    answers = [(item, {item.answers.get(model) for model in members}) for item in items]
    agreed = [item for item, given in answers if len(given) == 1 and None not in given]
    right = sum(members[0] in item.right for item in agreed)
    return StageRecord(members=tuple(members), agreed=len(agreed), right=right, items=len(items))


def certify_share(
    items: Sequence[LabelledItem], calibration: Calibration, alpha: float, delta: float = DELTA
) -> Certificate | None:
    """Return the loosest share of the weight at which answers are wrong on at most ``alpha`` of the items.

    An item counts as wrong if any answer that has the share is, whichever comes first: so it also holds for a vote that
    ends as soon as one has it. ``None`` if no share holds with a chance of ``delta`` to be wrong.
    """
    count = counter_of(calibration)
    counts = [(item, count(item).shares) for item in items]

    def at(threshold: float) -> Step:
        accepted = [
            (item, {answer for answer, share in shares.items() if share >= threshold - ALIKE})
            for item, shares in counts
            if any(share >= threshold - ALIKE for share in shares.values())
        ]
        wrong = sum(any(not _is_right(item, answer) for answer in answers) for item, answers in accepted)
        return Step(threshold, wrong, len(accepted))

    step = certify((at(threshold) for threshold in THRESHOLDS), alpha, delta)
    if step is None:
        return None
    return Certificate(threshold=step.threshold, alpha=alpha, delta=delta, errors=step.errors, accepted=step.accepted)


def choose_rule(items: Sequence[LabelledItem], panel: Sequence[str], families: Mapping[str, str]) -> CountingRule:
    """Return ``weighted``, unless another rule is better by more than chance in five-fold validation on the items."""
    right: dict[CountingRule, list[bool]] = {rule: [] for rule in CountingRule}
    for fold in range(FOLDS):
        held_out = items[fold::FOLDS]
        rest = [item for at, item in enumerate(items) if at % FOLDS != fold]
        for rule in CountingRule if rest else ():
            count = counter_of(Calibration(rule=rule, members=_records(rest, panel, families)))
            right[rule] += [count(item).winner in item.right for item in held_out]
    ours, chosen = right[CountingRule.WEIGHTED], CountingRule.WEIGHTED
    for rule in (CountingRule.MAJORITY, CountingRule.SINGLE):
        only_this = sum(one and not other for one, other in zip(right[rule], ours, strict=True))
        only_ours = sum(other and not one for one, other in zip(right[rule], ours, strict=True))
        is_better = only_this > only_ours and mcnemar(only_this, only_ours) < BY_CHANCE
        if is_better and sum(right[rule]) > sum(right[chosen]):
            chosen = rule
    return chosen


def _records(
    items: Sequence[LabelledItem], panel: Sequence[str], families: Mapping[str, str]
) -> tuple[MemberRecord, ...]:
    return tuple(
        MemberRecord(
            model=model,
            correct=sum(model in item.right for item in items),
            items=len(items),
            family=families.get(model, ""),
        )
        for model in panel
    )


def _is_right(item: LabelledItem, answer: str) -> bool:
    return any(model in item.right for model, given in item.answers.items() if given == answer)
