"""The calibrations that a program's owner may use, with what each is for."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from apps.api.auth import may_read, owner_of
from apps.api.schemas import Document, with_errors
from apps.catalogue.recipes.calibrations import newest_saved
from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.weights import weights_of

router = Router(tags=["Runs"])


class CalibrationMember(Document):
    """A member of the panel, the items it got right, and the weight of its vote."""

    model: str
    """Its reference."""
    correct: int
    """Items that it got right."""
    items: int
    """Items that it answered."""
    weight: float
    """The weight of its vote where votes are weighed."""


class CertificateDocument(Document):
    """A bound on the errors of answers that have a share of the weight."""

    threshold: float
    """The share, 0 to 1."""
    alpha: float
    """The most errors, as a share."""
    delta: float
    """The chance that the bound is wrong."""
    errors: int
    """Wrong ones among the accepted items."""
    accepted: int
    """Items that had the share."""


class CalibrationDocument(Document):
    """A calibration in its newest version."""

    name: str
    """The word by which `fusion.calibration` names it."""
    version: int
    """From 1; a new one for each time that it was made anew."""
    is_site: bool
    """True for one of the site's, which everybody may use."""
    task: str
    """The kind of task, in the words of who made it."""
    measured_on: str
    """A day, ISO 8601."""
    source: str
    """`pack` (recorded answers), `runs` (your ratings, votes, output checks and rulings) or `hand`."""
    kind: str | None
    """The kind of final answers that it was measured on."""
    answer_kind: str
    """The final answers that counted."""
    labels: list[str]
    """The labels that counted; empty for other kinds."""
    panel: str
    """A fingerprint of the models with their parameters."""
    items: int
    """Labelled items that it rests on."""
    all_wrong: int | None
    """Items on which no member was right."""
    has_few: bool
    """True below the number of items from which it says much."""
    rule: str
    """The way to count votes: `weighted`, `majority` or `single`."""
    members: list[CalibrationMember]
    """The members of the panel, with how often each was right."""
    certificate: CertificateDocument | None
    """The bound on errors at which early exits and cascades may end; null for none."""


class CalibrationList(Document):
    """The calibrations, by name."""

    data: list[CalibrationDocument]
    """The newest version of each."""


@router.get(
    "/calibrations", auth=may_read, response=with_errors({200: CalibrationList}), summary="List the calibrations"
)
def list_calibrations(request: HttpRequest) -> Any:
    """List your calibrations and the site's; one of yours hides the site's of the same name."""
    data = []
    for row in newest_saved(owner_of(request)):
        value = row.value
        weights = weights_of(value)
        data.append(
            {
                **{name: getattr(value, name) for name in ("name", "version", "task", "measured_on", "panel")},
                "is_site": row.owner_id is None,
                "source": value.source.value,
                "kind": value.kind.value if value.kind else None,
                "answer_kind": value.counts.value,
                "labels": list(value.labels),
                "items": value.fewest_items,
                "all_wrong": value.all_wrong,
                "has_few": value.fewest_items < ENOUGH_ITEMS,
                "rule": value.rule.value,
                "members": [
                    {"model": one.model, "correct": one.correct, "items": one.items, "weight": weights[one.model]}
                    for one in value.members
                ],
                "certificate": value.certificate.model_dump() if value.certificate else None,
            }
        )
    return {"data": data}
