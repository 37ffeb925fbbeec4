"""Calibrations from a person's own opinions and output checks: the items there are, and the value they make."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.fusion.calibration import MOST_VERSIONS, CalibrationSource, CountingRule
from apps.fusion.certificates import DELTA, LabelledItem, calibrate
from apps.fusion.values import Calibration, SlotSpec
from apps.fusion.vocabulary import FinalKind
from apps.fusion.weights import panel_fingerprint, prompt_fingerprint
from apps.runs.measuring.labelled import labelled_runs
from apps.runs.measuring.replay_recipes import EVERY_KIND, Counting
from apps.runs.reading.good_answers import LabelSource

NO_ITEMS = (
    "There are no labelled items: a run of all these members counts once you rule which side of a contradiction is "
    "right, rate its answers, vote blind, or check them in a batch."
)


@dataclass(frozen=True, slots=True)
class OwnItems:
    """A person's labelled runs of a panel whose final answers are of one ``kind``, and how many come from what."""

    items: Sequence[LabelledItem]
    kind: FinalKind | None
    sources: Mapping[LabelSource, int]
    versions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The versions in which each model answered them, the newest last."""


def own_items(user: User, panel: Sequence[SlotSpec], counting: Counting = EVERY_KIND) -> OwnItems:
    """Return the labelled runs that asked all models of a panel, of the kind of answers that most have."""
    labelled = list(labelled_runs(user, [spec.model for spec in panel], counting))
    kinds = [one.kind for one in labelled if one.kind]
    kind = max(set(kinds), key=kinds.count, default=None)
    fitting = [one for one in labelled if one.kind in (kind, None)]
    told = [one.versions for one in reversed(fitting)]
    newest = {spec.model: list(dict.fromkeys(filter(None, (one.get(spec.model) for one in told)))) for spec in panel}
    return OwnItems(
        items=[one.item for one in fitting],
        kind=kind,
        sources=Counter(one.source for one in fitting),
        versions={model: versions[:MOST_VERSIONS][::-1] for model, versions in newest.items()},
    )


def calibration_of(
    found: OwnItems,
    panel: Sequence[SlotSpec],
    system: str = "",
    counting: Counting = EVERY_KIND,
    alpha: float | None = None,
    delta: float = DELTA,
    rule: CountingRule | None = None,
) -> Calibration:
    """Return the calibration of a panel under a system prompt from own items; raises ``ValueError`` without any."""
    if not found.items:
        raise ValueError(NO_ITEMS)
    models = list(dict.fromkeys(spec.model for spec in panel))
    made = calibrate(found.items, models, {}, rule, alpha, delta)
    members = tuple(
        one.model_copy(update={"versions": tuple(found.versions.get(one.model, ()))}) for one in made.members
    )
    own = {"kind": found.kind, "source": CalibrationSource.RUNS, "members": members}
    changes = {**tied_to(panel, system, counting), **own}
    return made.model_copy(update=changes)


def tied_to(panel: Sequence[SlotSpec], system: str, counting: Counting) -> dict[str, Any]:
    """Return what a calibration that is made today is tied to: beside anything else it is void."""
    return {
        "measured_on": timezone.localdate().isoformat(),
        "panel": panel_fingerprint(panel),
        "prompt": prompt_fingerprint(system),
        "counts": counting.kind,
        "labels": counting.labels,
    }
