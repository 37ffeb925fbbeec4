"""The confidence in a vote: a certificate that holds for it, in words that say what was measured and on how much."""

from apps.fusion.calibration import Calibration, Certificate, CountingRule
from apps.fusion.strategy_settings import problem_of_agreement
from apps.fusion.values import CascadeSettings, EarlyExitSettings, Recipe, StrategySettings, WeighedSettings
from apps.fusion.vocabulary import VoteResult, WeightBasis
from apps.fusion.voting import ALIKE, Ballot, whole_weight
from apps.fusion.weights import calibration_in, void_reason, weighing_of


def certificate_in(recipe: Recipe) -> Certificate | None:
    """Return the certificate that votes of a recipe can reach, ``None`` if there is none.

    It holds for votes that are counted as its items were, on the panel that it was made for; one that is tied to no
    panel holds for none. In a cascade it is that of the first stage.
    """
    return None if _why_none(recipe) else _bound(recipe)


def certificate_doubt(recipe: Recipe) -> str:
    """Say why none can hold where a recipe is to accept at a certificate, and what follows; '' if one can.

    Beside it the threshold of an older recipe has no use, which is said too.
    """
    own = recipe.settings
    if not isinstance(own, EarlyExitSettings | CascadeSettings) or not own.at_certificate:
        return ""
    is_cascade, why = isinstance(own, CascadeSettings), _why_none(recipe)
    instead = "a stage agrees only where all say the same" if is_cascade else "the vote ends once nobody can change it"
    sentences = [f"No certificate can hold here, as {why}; so {instead}."] if why else []
    if isinstance(own, CascadeSettings) and problem_of_agreement(own.threshold, own.at_certificate):
        sentences.append("The share of the weight that was set has no use beside the certificate.")
    return " ".join(sentences)


def certificate_of(ballot: Ballot, recipe: Recipe) -> Certificate | None:
    """Return the certificate that covers a vote, ``None`` if there is none.

    It covers votes for the kind of answer that it was made for, where the winner has the share that it asks for. In a
    cascade it covers what the first stage alone agreed on.
    """
    certificate, calibration, winning = certificate_in(recipe), calibration_in(recipe), ballot.winning
    if certificate is None or calibration is None or winning is None or calibration.kind not in (None, winning.kind):
        return None
    if not isinstance(recipe.settings, CascadeSettings):
        return certificate if ballot.share >= certificate.threshold - ALIKE else None
    first = recipe.settings.stages[0]
    asked = {*ballot.nulls, *(slot for one in ballot.classes for slot in one.slots)}
    if ballot.result is not VoteResult.AGREED or asked != set(first):
        return None
    weighing = weighing_of(recipe).among(first)
    weight = weighing.together({slot: weighing.of(slot, winning.kind) for slot in winning.slots})
    has_share = weight - certificate.threshold * whole_weight(first, weighing) >= -ALIKE
    return certificate if has_share and weight else None


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


def _why_none(recipe: Recipe) -> str:
    """Return why no certificate can hold for votes of a recipe, as a clause; '' if one can."""
    own, calibration = recipe.settings, calibration_in(recipe)
    if calibration is None:
        return "no calibration was chosen"
    name = f"the calibration “{calibration.name}”" if calibration.name else "the calibration"
    # Groups by meaning depend on who else answered, and the certificate was counted with all members.
    if isinstance(own, CascadeSettings) and not own.answer_kind.is_lasting:
        return "groups of texts by meaning have none"
    if void_reason(calibration, recipe):
        return f"{name} is not applied"
    if not _counts_each_once(recipe):
        return "a model sits on the panel twice"
    if _bound(recipe) is None:
        return f"{name} certifies nothing{' for this first stage' if isinstance(own, CascadeSettings) else ''}"
    return "" if _weighs_as_measured(own, calibration) else f"{name} was measured with other weights"


def _counts_each_once(recipe: Recipe) -> bool:
    """Return whether a model has no more weight than on the items, where it has one answer: as a family, or alone."""
    own, models = recipe.settings, [spec.model for spec in recipe.panel]
    if isinstance(own, CascadeSettings):
        models = [spec.model for spec in recipe.panel if spec.slot in own.stages[0]]
    return len(set(models)) == len(models) or bool(weighing_of(recipe).families)


def _bound(recipe: Recipe) -> Certificate | None:
    """Return the certificate of a recipe's calibration, in a cascade that of its first stage; ``None`` for none."""
    own, calibration = recipe.settings, calibration_in(recipe)
    if calibration is None or not calibration.panel:
        return None
    if not isinstance(own, CascadeSettings):
        return calibration.certificate
    first = {spec.model for spec in recipe.panel if spec.slot in own.stages[0]}
    return calibration.stage.certificate if calibration.stage and set(calibration.stage.members) == first else None


def _weighs_as_measured(own: StrategySettings, calibration: Calibration) -> bool:
    """Return whether votes weigh as on the items of their calibration."""
    if isinstance(own, CascadeSettings):
        return True
    basis = own.weigh_by if isinstance(own, WeighedSettings) else WeightBasis.EQUAL
    is_plain = basis is WeightBasis.EQUAL and calibration.rule is CountingRule.MAJORITY
    return is_plain or basis is WeightBasis.ACCURACY
