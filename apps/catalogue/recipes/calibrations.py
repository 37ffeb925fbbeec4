"""Calibrations that people keep under names: save, find and delete. A new one of a name is its next version."""

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.catalogue.access import own_calibrations
from apps.catalogue.models import SavedCalibration
from apps.fusion.refusal import Refusal
from apps.fusion.values import Calibration

LONGEST_NAME = 60


class BadCalibration(Refusal):
    """A calibration cannot be saved or found; ``sentence`` says why."""


def save_calibration(owner: User, name: str, calibration: Calibration) -> SavedCalibration:
    """Keep a calibration as the next version of a name. Raise :class:`BadCalibration` for a bad name."""
    name = " ".join(name.replace("\x00", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadCalibration(f"A calibration has a name of up to {LONGEST_NAME} characters.", "name")
    newest = own_calibrations(owner).filter(name=name).order_by("-version").first()
    version = newest.version + 1 if newest else 1
    value = calibration.model_copy(update={"name": name, "version": version})
    try:
        with transaction.atomic():
            return SavedCalibration.objects.create(
                owner=owner, team=owner.personal_team, name=name, version=version, value=value
            )
    except IntegrityError:
        # Two at once took the same version.
        raise BadCalibration(f"“{name}” was saved a moment ago. Try again.", "name") from None


def newest_calibrations(user: User) -> list[Calibration]:
    """Return the newest version of each calibration of a person, by name."""
    rows = own_calibrations(user).order_by("name", "-version").distinct("name")
    return [row.value for row in rows]


def find_calibration(user: User, name: str) -> Calibration:
    """Return the newest version of one of a person's calibrations; raise :class:`BadCalibration` if there is none."""
    row = own_calibrations(user).filter(name=name).order_by("-version").first()
    if row is None:
        raise BadCalibration(f"There is no calibration “{name}” of yours.", "calibration")
    return row.value


def calibration_version(user: User, name: str, version: int) -> Calibration | None:
    """Return one version of a person's calibrations, ``None`` if it is not there."""
    row = own_calibrations(user).filter(name=name, version=version).first()
    return row.value if row else None


def delete_calibration(user: User, name: str) -> int:
    """Delete all versions of one of a person's calibrations and return their number; recipes keep their copies."""
    deleted, _ = own_calibrations(user).filter(name=name).delete()
    return deleted
