"""Calibrations kept under names: in versions, each person's own, and void where they were not measured."""

import pytest

from apps.catalogue.models import SavedCalibration
from apps.catalogue.recipes.calibrations import (
    BadCalibration,
    delete_calibration,
    find_calibration,
    newest_calibrations,
    save_calibration,
)
from apps.fusion.values import Calibration, MemberRecord
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def calibration(correct=9):
    return Calibration(task="sums", members=(MemberRecord(model="x/a", correct=correct, items=10),))


def test_next_one_of_a_name_is_its_next_version_and_the_old_one_stays():
    alice = make_user("alice")

    save_calibration(alice, " Sums  of shops ", calibration(7))
    saved = save_calibration(alice, "Sums of shops", calibration(8))

    assert (saved.version, saved.team, saved.value.name, saved.value.version) == (
        2,
        alice.personal_team,
        "Sums of shops",
        2,
    )
    assert find_calibration(alice, "Sums of shops").members[0].correct == 8
    assert [row.value.members[0].correct for row in SavedCalibration.objects.order_by("version")] == [7, 8]


def test_each_person_has_their_own():
    alice, bob = make_user("alice"), make_user("bob")
    save_calibration(alice, "Sums", calibration())
    save_calibration(alice, "Law", calibration())

    assert [one.name for one in newest_calibrations(alice)] == ["Law", "Sums"]
    assert newest_calibrations(bob) == []
    with pytest.raises(BadCalibration, match="no calibration “Sums” of yours"):
        find_calibration(bob, "Sums")
    assert (delete_calibration(bob, "Sums"), delete_calibration(alice, "Sums")) == (0, 1)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_name_has_one_to_sixty_characters(name):
    with pytest.raises(BadCalibration, match="up to 60 characters"):
        save_calibration(make_user("alice"), name, calibration())
