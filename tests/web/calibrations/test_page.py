"""The page of calibrations: listed with where they hold, made from one's own opinions, and deleted."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.annotations.models import Rating
from apps.catalogue.models import Preset, SavedCalibration
from apps.catalogue.recipes.calibrations import find_calibration, save_calibration
from apps.catalogue.recipes.presets import create_preset
from apps.fusion.calibration import Certificate
from apps.fusion.values import WeightedSettings
from apps.fusion.vocabulary import Builtin, WeightBasis
from apps.fusion.weights import panel_fingerprint, void_reason
from tests.factories import GEMMA, SMOL, make_recipe, make_run, make_user
from tests.web.compose.test_weights import calibration
from tests.web.run.test_page import words_of
from tests.web.run_factories import make_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

PAGE = "/calibrations/"


def weighted_preset(owner: User, name: str, saved: SavedCalibration, system: str = "") -> Preset:
    settings = WeightedSettings(
        judge=Builtin.OVERLAP, writer=SMOL, weigh_by=WeightBasis.ACCURACY, calibration=saved.value
    )
    return create_preset(owner, name, make_recipe(SMOL, GEMMA).model_copy(update={"settings": settings}), system)


def test_list_says_what_each_is_for_and_where_it_is_applied_or_void(as_alice: Client, alice: User) -> None:
    assert "No calibrations yet" in words_of(as_alice.get(PAGE))
    tied = {"panel": panel_fingerprint(make_recipe(SMOL, GEMMA).panel), "all_wrong": 6, "measured_on": "2026-11-28"}
    certificate = Certificate(threshold=0.75, alpha=0.03, delta=0.1, errors=1, accepted=180)
    saved = save_calibration(alice, "Sums", calibration(task="sums of shops", certificate=certificate, **tied))
    save_calibration(None, "House", calibration().model_copy(update={"items": 40}))
    save_calibration(make_user("dora"), "Secret", calibration())
    weighted_preset(alice, "Plain", saved)
    weighted_preset(alice, "Brief", saved, "Be brief.")

    words = words_of(as_alice.get(PAGE))

    assert "Secret" not in words
    assert "sums of shops" in words
    assert "200 labelled items, on 2026-11-28." in words
    assert "No member was right on 6 of 200." in words
    assert "120 of 200" in words
    assert "With 75 % of the weight: Right on at least 97 % of questions from “sums of shops”" in words
    assert "(alpha 3 %, delta 10 %, 1 wrong of 180 accepted)" in words
    assert "Used by Plain , in version 1: applied" in words.replace("Plain,", "Plain ,")
    assert "void The calibration “Sums” was made under another system prompt, so it is not applied." in words
    assert "House the site’s fewer than 200 items" in words
    assert words.count("No preset uses it.") == 1


def test_list_says_that_a_model_answers_in_another_version_now(as_alice: Client, alice: User) -> None:
    old, *others = calibration().members
    named = (old.model_copy(update={"versions": ("smol-1",)}), *others)
    for versioned in (named, (old.model_copy(update={"versions": ("smol-2",)}), *others)):
        saved = save_calibration(alice, "Sums", calibration().model_copy(update={"members": versioned}))
        weighted_preset(alice, f"Sums {saved.version}", saved)
    gone = save_calibration(alice, "Texts", calibration().model_copy(update={"members": named}))
    weighted_preset(alice, "Texts", gone)
    run = make_run(alice)
    for slot in "ABCDE":
        make_call(run, slot=slot, text="7", model_version="smol-2")

    words = words_of(as_alice.get(PAGE)).replace(" ,", ",")

    sentence = f"measured {SMOL} as smol-1; it answers as smol-2 now, so it is not applied."
    assert f"Used by Sums 1, in version 1: void The calibration “Sums” {sentence}" in words
    assert "Used by Sums 2, in version 2: applied" in words
    assert f"Used by Texts, in version 1: void The calibration “Texts” {sentence}" in words
    # The card of the newest version says so too, once for itself.
    assert (words.count(f"“Texts” {sentence}"), words.count(f"“Sums” {sentence}")) == (2, 1)


def test_calibration_is_made_from_ratings_with_the_number_of_items_shown(as_alice: Client, alice: User) -> None:
    two = create_preset(alice, "Two", make_recipe(SMOL, GEMMA), "")
    new = f"{PAGE}new/?preset={two.slug}"
    assert "0 labelled items" in words_of(as_alice.get(new))
    for number in range(4):
        run = make_run(alice, recipe=make_recipe(SMOL, GEMMA))
        calls = [make_call(run, slot=slot, text=text) for slot, text in (("A", "7"), ("B", "8"))]
        Rating.objects.create(run=run, author=alice, call=calls[number % 2].pk, thumb="up")

    words = words_of(as_alice.get(new))
    refused = as_alice.post(f"{PAGE}new/", {"preset": two.slug, "name": " "})
    made = as_alice.post(f"{PAGE}new/", {"preset": two.slug, "name": "Mine", "alpha": ""}, follow=True)

    assert "4 labelled items for “Two”: 0 by rulings, 4 by ratings, 0 by blind votes, 0 by output checks." in words
    assert "Fewer than 200 say little" in words
    assert (refused.status_code, "name of up to 60 characters" in refused.content.decode()) == (400, True)
    assert "“Mine” is made from 4 of your runs. These are few" in words_of(made)
    kept = find_calibration(alice, "Mine")
    assert [one.correct for one in kept.members] == [2, 2]
    assert void_reason(kept, make_recipe(SMOL, GEMMA)) == ""


def test_own_ones_are_deleted_with_their_versions_and_the_sites_are_not(as_alice: Client, alice: User) -> None:
    for owner in (None, alice, alice):
        saved = save_calibration(owner, "Sums", calibration())
    house = SavedCalibration.objects.get(owner=None)

    assert as_alice.post(f"{PAGE}{house.pk}/delete/").status_code == 404
    assert "version 2" in words_of(as_alice.get(PAGE))
    assert as_alice.post(f"{PAGE}{saved.pk}/delete/").status_code == 302
    # The site's is there again once one's own of that name is gone.
    assert [one.owner for one in SavedCalibration.objects.all()] == [None]
    assert "the site’s" in words_of(as_alice.get(PAGE))
    assert find_calibration(alice, "Sums").version == 1
