"""The weights of votes in the form: what one can choose, what was typed, and what a recipe is made of it."""

from collections.abc import Sequence
from typing import Any, Protocol

from apps.fusion.strategy_settings import problem_of_agreement, problem_of_certificate
from apps.fusion.values import Calibration, CascadeSettings, EarlyExitSettings, VoteOptions, WeighedSettings
from apps.fusion.vocabulary import SLOTS, CountedKind, StrategyName, WeightBasis
from apps.fusion.weights import under_prompt

WEIGHED = (StrategyName.WEIGHTED, StrategyName.EARLY_EXIT, StrategyName.CASCADE)
BY_ACCURACY = f"{WeightBasis.ACCURACY}:"
TICKED = "yes"
LARGEST = 1_000_000
MOST_DIGITS = 7
LEAST_SHARE, WHOLE = 50, 100
"""Percent of the weight, above the one and up to the other, from which a stage of a cascade may agree."""


class VoteFields(Protocol):
    """The fields of a form that are about votes: ``weigh_by`` names a basis, or a calibration in a version."""

    @property
    def weigh_by(self) -> str: ...
    @property
    def weights(self) -> str: ...
    @property
    def at_certificate(self) -> str: ...
    @property
    def threshold(self) -> str: ...
    @property
    def answer_kind(self) -> str: ...
    @property
    def system(self) -> str: ...
    @property
    def panel_strategy(self) -> StrategyName: ...
    @property
    def slots(self) -> tuple[Any, ...]: ...


def key_of(calibration: Calibration) -> str:
    """Return the value by which a form names a calibration."""
    return f"{BY_ACCURACY}{calibration.name}@{calibration.version}"


def saved_version(weigh_by: str) -> tuple[str, int] | None:
    """Return the name and version of the calibration that a form names, ``None`` if it names none."""
    name, at, version = weigh_by.removeprefix(BY_ACCURACY).rpartition("@")
    is_saved = weigh_by.startswith(BY_ACCURACY) and at and version.isdecimal() and len(version) < MOST_DIGITS
    return (name, int(version)) if is_saved else None


def fields_of(settings: WeighedSettings | CascadeSettings | VoteOptions) -> dict[str, Any]:
    """Return the fields of a form that stand for the weights of a recipe or a preset."""
    if isinstance(settings, CascadeSettings):
        settings = VoteOptions(
            weigh_by=WeightBasis.ACCURACY if settings.calibration else WeightBasis.EQUAL,
            calibration=settings.calibration,
            threshold=settings.threshold,
            at_certificate=settings.at_certificate,
        )
    by_hand = settings.weigh_by is WeightBasis.HAND
    measured = settings.weigh_by is WeightBasis.ACCURACY and settings.calibration
    slots = SLOTS[: SLOTS.index(max(settings.weights)) + 1] if by_hand and settings.weights else ""
    at_certificate = isinstance(settings, EarlyExitSettings | VoteOptions) and settings.at_certificate
    threshold = settings.threshold if isinstance(settings, VoteOptions) else None
    return {
        "weigh_by": key_of(settings.calibration) if measured and settings.calibration else str(settings.weigh_by),
        "weights": ", ".join(f"{settings.weights.get(slot, 0):g}" for slot in slots),
        "at_certificate": TICKED if at_certificate else "",
        "threshold": f"{100 * threshold:g}" if threshold else "",
    }


def weight_choices(fields: VoteFields, calibrations: Sequence[Calibration]) -> list[tuple[str, str]]:
    """Return what votes can be weighed by, as values and lines of a list, in its order."""
    measured = [(key_of(one), f"Measured accuracy: {one.name}, version {one.version}") for one in calibrations]
    others = [
        (str(WeightBasis.COST), "Price: more expensive models count for more"),
        (str(WeightBasis.HAND), "By hand"),
    ]
    equal = [(str(WeightBasis.EQUAL), "All votes count the same")]
    match fields.panel_strategy:
        case StrategyName.CASCADE:
            return [*equal, *measured]
        case StrategyName.EARLY_EXIT:
            return [*equal, *measured, *others]
        case _:
            return [*measured, *others]


def chosen_basis(fields: VoteFields, calibrations: Sequence[Calibration]) -> str:
    """Return the value that is chosen, or the first of the list where nothing in it is."""
    values = [value for value, _ in weight_choices(fields, calibrations)]
    is_named = fields.weigh_by in values or saved_version(fields.weigh_by)
    return fields.weigh_by if is_named else values[0]


def compared_basis(fields: VoteFields) -> str:
    """Return the basis by which two drafts are the same: of a cascade a calibration, or none."""
    is_alike = fields.panel_strategy is StrategyName.CASCADE and not saved_version(fields.weigh_by)
    return "" if is_alike else fields.weigh_by


def typed_threshold(fields: VoteFields) -> float | None:
    """Return the share of the weight that was typed in percent, ``None`` for none and for what is no such share."""
    try:
        percent = float(fields.threshold.strip().removesuffix("%"))
    except ValueError:
        return None
    return percent / WHOLE if LEAST_SHARE < percent <= WHOLE else None


def typed_weights(fields: VoteFields) -> dict[str, float] | None:
    """Return the weights that were typed, by slot, ``None`` if they are not one for each slot and one above 0."""
    words = fields.weights.replace(",", " ").replace(";", " ").split()
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return None
    is_good = len(numbers) == len(fields.slots) and any(numbers) and all(0 <= one <= LARGEST for one in numbers)
    return dict(zip(SLOTS, numbers, strict=False)) if is_good else None


def problem_of_weights(fields: VoteFields, calibrations: Sequence[Calibration]) -> str:
    """Return what is wrong with the weights, in a sentence, or ''."""
    if fields.panel_strategy not in WEIGHED or len(fields.slots) < 2:
        return ""
    # Nobody sees the box of another strategy.
    has_box = fields.panel_strategy is not StrategyName.WEIGHTED
    basis = chosen_basis(fields, calibrations)
    if fields.panel_strategy is StrategyName.CASCADE and (problem := _problem_of_share(fields)):
        return problem
    counts = fields.answer_kind if fields.answer_kind in list(CountedKind) else CountedKind.AUTO
    if has_box and fields.at_certificate and (problem := problem_of_certificate(CountedKind(counts))):
        return problem
    if basis == WeightBasis.HAND and typed_weights(fields) is None:
        return f"Write {len(fields.slots)} weights from 0, one for each model in their order, such as 2, 1, 1."
    if saved_version(basis) and not _calibration(basis, calibrations):
        return "There is no such calibration now. Choose another."
    return ""


def _problem_of_share(fields: VoteFields) -> str:
    """Return what is wrong with the share from which stages of a cascade agree, in a sentence, or ''."""
    share = typed_threshold(fields)
    if fields.threshold.strip() and share is None:
        return f"Write a share above {LEAST_SHARE} and up to {WHOLE} %, such as 70, or leave it empty."
    return problem_of_agreement(share, bool(fields.at_certificate))


def vote_choices(fields: VoteFields, calibrations: Sequence[Calibration]) -> dict[str, Any]:
    """Return the choices of a recipe for its votes. A calibration made under another system prompt is void."""
    if fields.panel_strategy not in WEIGHED:
        return {}
    basis = chosen_basis(fields, calibrations)
    calibration = _calibration(basis, calibrations)
    if fields.panel_strategy is StrategyName.CASCADE:
        return {
            "calibration": under_prompt(calibration, fields.system) if calibration else None,
            "threshold": typed_threshold(fields),
            "at_certificate": bool(fields.at_certificate),
        }
    return {
        "weigh_by": WeightBasis.ACCURACY if saved_version(basis) else WeightBasis(basis),
        "weights": typed_weights(fields) if basis == WeightBasis.HAND else None,
        "calibration": under_prompt(calibration, fields.system) if calibration else None,
        "at_certificate": bool(fields.at_certificate),
    }


def _calibration(basis: str, calibrations: Sequence[Calibration]) -> Calibration | None:
    return next((one for one in calibrations if key_of(one) == basis), None)
