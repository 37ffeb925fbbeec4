"""Calibrations under names, the site's and people's own: save, find and delete. One's own hide the site's of a name.

A new one of a name is its next version.
"""

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.accounts.models import User
from apps.catalogue.access import own_calibrations, site_calibrations, visible_calibrations
from apps.catalogue.models import Preset, SavedCalibration
from apps.catalogue.recipes.resolve import recipe_of_preset
from apps.fusion.refusal import Refusal
from apps.fusion.values import Calibration, Recipe
from apps.fusion.weights import under_prompt

LONGEST_NAME = 60


class BadCalibration(Refusal):
    """A calibration cannot be saved or found; ``sentence`` says why."""


def save_calibration(owner: User | None, name: str, calibration: Calibration) -> SavedCalibration:
    """Keep a calibration as the next version of a name; without an owner it is the site's.

    Raise :class:`BadCalibration` for a bad name.
    """
    name = " ".join(name.replace("\x00", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadCalibration(f"A calibration has a name of up to {LONGEST_NAME} characters.", "name")
    kept = own_calibrations(owner) if owner else site_calibrations()
    newest = kept.filter(name=name).order_by("-version").first()
    version = newest.version + 1 if newest else 1
    value = calibration.model_copy(update={"name": name, "version": version})
    try:
        with transaction.atomic():
            return SavedCalibration.objects.create(
                owner=owner, team=owner.personal_team if owner else None, name=name, version=version, value=value
            )
    except IntegrityError:
        # Two at once took the same version.
        raise BadCalibration(f"“{name}” was saved a moment ago. Try again.", "name") from None


def newest_saved(user: User) -> list[SavedCalibration]:
    """Return the newest version of each calibration that a person may use, by name."""
    mine_first = visible_calibrations(user).order_by("name", F("owner").asc(nulls_last=True), "-version")
    return list(mine_first.distinct("name"))


def newest_calibrations(user: User) -> list[Calibration]:
    """Return the values of :func:`newest_saved`."""
    return [row.value for row in newest_saved(user)]


def recipe_with(calibration: Calibration, preset: Preset) -> tuple[Calibration, Recipe]:
    """Return a calibration as it holds in a preset, and the preset's recipe; raise :class:`UnknownModel`."""
    return under_prompt(calibration, preset.system), recipe_of_preset(preset, user=preset.owner)


def find_calibration(user: User, name: str) -> Calibration:
    """Return the newest version of a calibration of a person's own, else of the site's.

    Raise :class:`BadCalibration` if there is none.
    """
    rows = visible_calibrations(user).filter(name=name)
    row = rows.order_by(F("owner").asc(nulls_last=True), "-version").first()
    if row is None:
        raise BadCalibration(f"There is no calibration “{name}” of yours.", "calibration")
    return row.value


def calibration_version(user: User, name: str, version: int) -> Calibration | None:
    """Return one version of a person's calibrations or the site's, ``None`` if it is not there."""
    rows = visible_calibrations(user).filter(name=name, version=version)
    row = rows.order_by(F("owner").asc(nulls_last=True)).first()
    return row.value if row else None


def delete_calibration(user: User, name: str) -> int:
    """Delete all versions of one of a person's calibrations and return their number; recipes keep their copies."""
    deleted, _ = own_calibrations(user).filter(name=name).delete()
    return deleted
