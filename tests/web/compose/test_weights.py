"""Weights of votes in the form: what is offered and chosen, what is refused, and that presets keep it."""

import re

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.catalogue.recipes.calibrations import save_calibration
from apps.catalogue.recipes.resolve import recipe_of_preset
from apps.fusion.values import Calibration, MemberRecord, Recipe
from apps.fusion.weights import panel_fingerprint, prompt_fingerprint
from apps.runs.models import Run
from apps.web.compose.drafts import draft_of_run
from tests.factories import GEMMA, SMOL, make_run, make_user
from tests.web.compose.test_home import HOME, facts, form, preset_form, sentence_on
from tests.web.run_factories import make_call

THREE = {"model": [SMOL, GEMMA, SMOL], "temperature": ["", "", ""], "kept": ["", "", ""]}
pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def calibration(**values: object) -> Calibration:
    members = (MemberRecord(model=SMOL, correct=120, items=200), MemberRecord(model=GEMMA, correct=190, items=200))
    return Calibration(members=members, items=200, **values)


def made(as_alice: Client, **values: object) -> Recipe:
    response = as_alice.post(HOME, form(**values))
    assert response.status_code == 302, response.content.decode()
    return Run.objects.latest("pk").recipe


def test_form_offers_ones_own_calibrations_and_makes_a_run_of_the_one_chosen(as_alice: Client, alice: User) -> None:
    save_calibration(alice, "Sums", calibration())
    save_calibration(make_user("dora"), "Secret", calibration())

    page = as_alice.post("/setup/", form(strategy="weighted")).content.decode()
    recipe = made(as_alice, strategy="weighted", weigh_by="accuracy:Sums@1")

    assert "Measured accuracy: Sums, version 1" in page
    assert "Secret" not in page
    assert (recipe.settings.weigh_by, recipe.settings.calibration.name) == ("accuracy", "Sums")
    assert draft_of_run(Run.objects.get(), is_edit=True).weigh_by == "accuracy:Sums@1"


def test_version_that_was_chosen_stays_when_there_is_a_newer_one(as_alice: Client, alice: User) -> None:
    for items in (200, 400):
        save_calibration(alice, "Sums", calibration().model_copy(update={"items": items}))

    recipe = made(as_alice, strategy="weighted", weigh_by="accuracy:Sums@1")

    assert (recipe.settings.calibration.version, recipe.settings.calibration.items) == (1, 200)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"weigh_by": "hand", "weights": "2, 1"}, ("hand", {"A": 2, "B": 1})),
        ({"weigh_by": "cost"}, ("cost", {"A": 1, "B": 1})),
        ({}, ("cost", {"A": 1, "B": 1})),
    ],
)
def test_weights_by_hand_and_by_price(as_alice: Client, values: dict[str, str], expected: tuple[str, object]) -> None:
    own = made(as_alice, strategy="weighted", **values).settings

    assert (own.weigh_by, own.weights) == expected


def test_early_exit_counts_all_votes_alike_unless_it_is_told_otherwise(as_alice: Client) -> None:
    own = made(as_alice, strategy="early_exit", at_certificate="yes").settings

    assert (own.strategy, own.weigh_by, own.at_certificate) == ("early_exit", "equal", True)


@pytest.mark.parametrize("weights", ["", "2", "2, x", "0, 0", "-1, 2", "1, 2, 3"])
def test_weights_that_do_not_fit_the_panel_are_refused(as_alice: Client, weights: str) -> None:
    response = as_alice.post(HOME, form(strategy="weighted", weigh_by="hand", weights=weights))

    assert sentence_on(response, "weights").startswith("Write 2 weights from 0, one for each model in their order")
    assert (response.status_code, Run.objects.count()) == (400, 0)


def test_calibration_that_is_gone_is_refused(as_alice: Client) -> None:
    response = as_alice.post(HOME, form(strategy="weighted", weigh_by="accuracy:Sums@1"))

    assert sentence_on(response, "weights") == "There is no such calibration now. Choose another."


@pytest.mark.parametrize(
    ("system", "sentence"),
    [
        ("Be brief.", "was made for other models, parameters or prompts"),
        ("Be long.", "The calibration “Sums” was made under another system prompt, so it is not applied."),
    ],
)
def test_facts_say_why_a_calibration_is_not_applied(as_alice: Client, alice: User, system: str, sentence: str) -> None:
    save_calibration(alice, "Sums", calibration(panel="0123", prompt=prompt_fingerprint("Be brief.")))
    values = {"strategy": "weighted", "weigh_by": "accuracy:Sums@1", "system": system}

    told = facts(as_alice.post("/estimate/", form(**values)))
    recipe = made(as_alice, **values)

    assert sentence in told
    assert (recipe.settings.calibration.void == sentence) == (system == "Be long.")


def test_calibration_of_the_panel_is_applied_without_a_word(as_alice: Client, alice: User) -> None:
    panel = made(as_alice).panel
    save_calibration(alice, "Sums", calibration(panel=panel_fingerprint(panel)))

    told = facts(as_alice.post("/estimate/", form(strategy="weighted", weigh_by="accuracy:Sums@1")))

    assert "not applied" not in told


@pytest.mark.parametrize("strategy", ["weighted", "early_exit", "cascade"])
def test_facts_foretell_that_a_run_would_void_a_calibration_by_a_models_version(
    as_alice: Client, alice: User, strategy: str
) -> None:
    measured = (MemberRecord(model=SMOL, correct=120, items=200, versions=("smol-1",)), calibration().members[1])
    save_calibration(alice, "Sums", calibration().model_copy(update={"members": measured}))
    values = {**THREE, "strategy": strategy, "weigh_by": "accuracy:Sums@1"}
    earlier = make_run(alice)
    void = f"The calibration “Sums” measured {SMOL} as smol-1; it answers as smol-2 now, so it is not applied."

    def told_after(version: str, slot: str) -> bool:
        make_call(earlier, slot=slot, text="7", model_version=version)
        return void in facts(as_alice.post("/estimate/", form(**values)))

    # One of the newest five answers in the version that was measured is enough.
    assert not told_after("smol-1", "A")
    assert [told_after("smol-2", slot) for slot in "BCDEF"] == [False] * 4 + [True]
    assert made(as_alice, **values).settings.calibration.void == void


@pytest.mark.parametrize("strategy", ["early_exit", "cascade"])
@pytest.mark.parametrize("weigh_by", ["equal", "accuracy:Sums@1"])
def test_facts_say_that_no_certificate_can_hold(as_alice: Client, alice: User, strategy: str, weigh_by: str) -> None:
    save_calibration(alice, "Sums", calibration())
    values = {**THREE, "strategy": strategy, "weigh_by": weigh_by}

    plain, asked = (facts(as_alice.post("/estimate/", form(**values, at_certificate=box))) for box in ("", "yes"))

    why = "no calibration was chosen" if weigh_by == "equal" else "the calibration “Sums” certifies nothing"
    assert f"No certificate can hold here, as {why}" in asked
    assert "certificate" not in plain


@pytest.mark.parametrize("strategy", ["early_exit", "cascade"])
def test_certificate_for_groups_by_meaning_is_refused(as_alice: Client, strategy: str) -> None:
    values = {"strategy": strategy, "at_certificate": "yes", "answer_kind": "meaning"}

    refused = as_alice.post(HOME, form(**THREE, **values)).content.decode()

    assert "Groups of texts by meaning have no certificate: another text may divide them anew." in refused
    assert not Run.objects.exists()


def test_cascade_agrees_from_a_share_that_form_preset_and_copy_keep(as_alice: Client, alice: User) -> None:
    save_calibration(alice, "Sums", calibration())
    chosen = {"strategy": "cascade", "weigh_by": "accuracy:Sums@1", "threshold": "70", "at_certificate": ""}
    as_alice.post("/presets/new/", form(name="Cheap sums", **THREE, **chosen))
    preset = Preset.objects.get(name="Cheap sums")

    as_alice.post(HOME, preset_form(preset, **chosen))

    run = Run.objects.get()
    own, draft = run.recipe.settings, draft_of_run(run, is_edit=True)
    assert (own.threshold, own.calibration.name, own.at_certificate) == (0.7, "Sums", False)
    assert (run.preset, preset.votes.threshold) == (preset.slug, 0.7)
    assert recipe_of_preset(preset, alice).settings == own
    assert (draft.threshold, draft.weigh_by, draft.preset) == ("70", "accuracy:Sums@1", preset.slug)
    page = as_alice.post("/setup/", form(**THREE, **chosen)).content.decode()
    assert re.search(r'name="threshold"\s+value="70"', page)
    assert 'value="cost"' not in page


@pytest.mark.parametrize("share", ["50", "101", "half", "-70", "nan"])
def test_share_that_is_none_is_refused(as_alice: Client, share: str) -> None:
    refused = as_alice.post(HOME, form(**THREE, strategy="cascade", threshold=share)).content.decode()

    assert "Write a share above 50 and up to 100 %, such as 70, or leave it empty." in refused
    assert not Run.objects.exists()


def test_share_beside_the_certificate_is_refused(as_alice: Client) -> None:
    both = {**THREE, "strategy": "cascade", "threshold": "70", "at_certificate": "yes"}

    refused = as_alice.post(HOME, form(**both))

    assert sentence_on(refused, "weights").endswith("or at the share that is certified. Choose one of the two.")
    assert not Run.objects.exists()
    # Nobody sees the share of another strategy.
    assert made(as_alice, **both | {"strategy": "early_exit"}).settings.at_certificate


def test_preset_keeps_the_weights(as_alice: Client, alice: User) -> None:
    save_calibration(alice, "Sums", calibration())
    chosen = {"strategy": "early_exit", "weigh_by": "accuracy:Sums@1", "at_certificate": "yes"}
    as_alice.post("/presets/new/", form(name="Quick sums", **chosen))
    preset = Preset.objects.get(name="Quick sums")

    as_alice.post(HOME, preset_form(preset, **chosen))

    run = Run.objects.get()
    assert (preset.votes.calibration.name, preset.votes.at_certificate) == ("Sums", True)
    assert (run.preset, run.recipe.settings.calibration.version) == (preset.slug, 1)
    assert recipe_of_preset(preset, alice).settings == run.recipe.settings
