"""The confidence in a vote: a certificate that holds for it, in words that say what was measured and on how much."""

from apps.fusion.calibration import Calibration, Certificate, CountingRule
from apps.fusion.values import Recipe, VoteSettings, WeighedSettings
from apps.fusion.vocabulary import WeightBasis
from apps.fusion.voting import ALIKE, Ballot
from apps.fusion.weights import void_reason


def certificate_of(ballot: Ballot, recipe: Recipe) -> Certificate | None:
    """Return the certificate that covers a vote, ``None`` if there is none.

    It covers votes that were counted as its items were, on the panel and for the kind of answer that they had, where
    the winner has the share that it asks for. One that is tied to no panel covers nothing.
    """
    calibration = _calibration(recipe)
    if calibration is None or calibration.certificate is None or ballot.winning is None:
        return None
    if not calibration.panel or void_reason(calibration, recipe):
        return None
    is_same_kind = calibration.kind in (None, ballot.winning.kind)
    has_share = ballot.share >= calibration.certificate.threshold - ALIKE
    return calibration.certificate if is_same_kind and has_share else None


def certificate_words(certificate: Certificate, task: str = "") -> str:
    """Say what a certificate means for a vote that it covers."""
    right = f"{100 * (1 - certificate.alpha):.3g} %"
    sure = f"{100 * (1 - certificate.delta):.3g} %"
    of_task = f"questions from “{task}”" if task else "questions like these"
    return f"Right on at least {right} of {of_task}, with {sure} confidence ({certificate.accepted} items)."


def confidence_words(ballot: Ballot, recipe: Recipe) -> str:
    """Say how often votes like this one are right, as it is certified; '' where it is not."""
    certificate, calibration = certificate_of(ballot, recipe), _calibration(recipe)
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
