"""The confidence in a vote: a certificate that holds for it, in words that say what was measured and on how much."""

from apps.fusion.calibration import Calibration, Certificate, CountingRule
from apps.fusion.values import CascadeSettings, Recipe, VoteSettings, WeighedSettings
from apps.fusion.vocabulary import VoteResult, WeightBasis
from apps.fusion.voting import ALIKE, Ballot, whole_weight
from apps.fusion.weights import void_reason, weighing_of


def certificate_of(ballot: Ballot, recipe: Recipe) -> Certificate | None:
    """Return the certificate that covers a vote, ``None`` if there is none.

    It covers votes that were counted as its items were, on the panel and for the kind of answer that they had, where
    the winner has the share that it asks for. One that is tied to no panel covers nothing. In a cascade it is that of
    the first stage, and covers what this alone agreed on.
    """
    if isinstance(recipe.settings, CascadeSettings):
        return _of_stage(ballot, recipe, recipe.settings)
    calibration = _calibration(recipe)
    if calibration is None or calibration.certificate is None or ballot.winning is None:
        return None
    if not calibration.panel or void_reason(calibration, recipe):
        return None
    is_same_kind = calibration.kind in (None, ballot.winning.kind)
    has_share = ballot.share >= calibration.certificate.threshold - ALIKE
    return calibration.certificate if is_same_kind and has_share else None


def _of_stage(ballot: Ballot, recipe: Recipe, own: CascadeSettings) -> Certificate | None:
    calibration, stage = own.calibration, own.calibration.stage if own.calibration else None
    winning, asked = ballot.winning, {*ballot.nulls, *(slot for one in ballot.classes for slot in one.slots)}
    if calibration is None or stage is None or stage.certificate is None or winning is None:
        return None
    first = {spec.model for spec in recipe.panel if spec.slot in own.stages[0]}
    is_alone = ballot.result is VoteResult.AGREED and asked == set(own.stages[0]) and set(stage.members) == first
    # Groups by meaning depend on who else answered, and the certificate was counted with all members.
    is_counted = calibration.panel and own.answer_kind.is_lasting and not void_reason(calibration, recipe)
    if not is_alone or not is_counted or calibration.kind not in (None, winning.kind):
        return None
    weighing = weighing_of(recipe).among(own.stages[0])
    weight = weighing.together({slot: weighing.of(slot, winning.kind) for slot in winning.slots})
    has_share = weight - stage.certificate.threshold * whole_weight(own.stages[0], weighing) >= -ALIKE
    return stage.certificate if has_share and weight else None


def certificate_words(certificate: Certificate, task: str = "") -> str:
    """Say what a certificate means for a vote that it covers."""
    right = f"{100 * (1 - certificate.alpha):.3g} %"
    sure = f"{100 * (1 - certificate.delta):.3g} %"
    of_task = f"questions from “{task}”" if task else "questions like these"
    return f"Right on at least {right} of {of_task}, with {sure} confidence ({certificate.accepted} items)."


def confidence_words(ballot: Ballot, recipe: Recipe) -> str:
    """Say how often votes like this one are right, as it is certified; '' where it is not."""
    certificate = certificate_of(ballot, recipe)
    calibration = getattr(recipe.settings, "calibration", None)
    return certificate_words(certificate, calibration.task) if certificate and calibration else ""


def _calibration(recipe: Recipe) -> Calibration | None:
    """Return the calibration whose items were counted as the votes of a recipe are."""
    settings = recipe.settings
    if isinstance(settings, VoteSettings):
        calibration, is_equal = settings.calibration, True
    elif isinstance(settings, WeighedSettings):
        calibration, is_equal = settings.calibration, settings.weigh_by is WeightBasis.EQUAL
        if settings.weigh_by in (WeightBasis.COST, WeightBasis.HAND):
            return None
    else:
        return None
    return calibration if calibration and (not is_equal or calibration.rule is CountingRule.MAJORITY) else None
