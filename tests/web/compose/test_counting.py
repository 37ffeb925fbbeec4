"""The answers that a vote counts, in the form: what is offered, chosen and refused, and what presets keep."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.catalogue.recipes.presets import settings_of
from apps.catalogue.recipes.resolve import recipe_of_preset
from apps.runs.models import Run
from apps.web.compose.drafts import draft_of_run
from tests.factories import GEMMA, SMOL
from tests.web.compose.test_home import HOME, form, preset_form
from tests.web.compose.test_weights import made

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

LABELS = {"answer_kind": "label", "labels": "spam\r\n not spam \r\n\r\n"}


@pytest.mark.parametrize("strategy", ["vote", "weighted", "early_exit", "cascade"])
def test_form_makes_a_run_that_counts_what_was_chosen_and_its_copy_too(as_alice: Client, strategy: str) -> None:
    three = {"model": [SMOL, GEMMA, SMOL], "temperature": [""] * 3, "kept": [""] * 3}
    recipe = made(as_alice, strategy=strategy, **LABELS, **three)
    copy = draft_of_run(Run.objects.get(), is_edit=True)
    kept = settings_of(recipe)["votes"]

    assert (recipe.settings.answer_kind, recipe.settings.labels) == ("label", ("spam", "not spam"))
    assert (copy.answer_kind, copy.labels) == ("label", "spam\nnot spam")
    assert (kept.answer_kind, kept.labels) == ("label", ("spam", "not spam"))


@pytest.mark.parametrize("strategy", ["vote", "weighted"])
def test_form_counts_json_by_fields_and_presets_and_copies_keep_that(as_alice: Client, strategy: str) -> None:
    chosen = {"strategy": strategy, "json_fields": "judge", "answer_kind": "json"}
    chosen |= {"weigh_by": "cost"} if strategy == "weighted" else {}
    recipe = made(as_alice, **chosen)
    as_alice.post("/presets/new/", form(name="Fields", **chosen))
    preset = Preset.objects.get(name="Fields")
    as_alice.post(HOME, preset_form(preset, **chosen))

    assert (recipe.settings.json_fields, recipe.settings.no_majority) == ("winner", "judge")
    assert draft_of_run(Run.objects.first(), is_edit=True).json_fields == "judge"
    assert (preset.votes.json_fields, preset.votes.no_majority) == ("winner", "judge")
    assert Run.objects.last().preset == preset.slug
    assert recipe_of_preset(preset).settings == recipe.settings


def test_preset_copy_and_run_keep_that_meanings_count(as_alice: Client) -> None:
    page = as_alice.post("/setup/", form(strategy="vote", answer_kind="meaning")).content.decode()
    assert "Short texts, by what they say" in page
    assert "In doubt two texts are apart" in page
    as_alice.post("/presets/new/", form(name="Facts", strategy="vote", answer_kind="meaning"))
    preset = Preset.objects.get(name="Facts")

    as_alice.post(HOME, preset_form(preset, strategy="vote", answer_kind="meaning"))

    run = Run.objects.get()
    assert (run.preset, run.recipe.settings.answer_kind) == (preset.slug, "meaning")
    assert preset.votes.answer_kind == "meaning"
    assert recipe_of_preset(preset).settings == run.recipe.settings
    assert draft_of_run(run, is_edit=True).answer_kind == "meaning"


def test_fields_are_offered_for_votes_on_json_alone(as_alice: Client) -> None:
    def page(**chosen: str) -> str:
        return as_alice.post("/setup/", form(**chosen)).content.decode()

    assert "Each field’s winner, null without a majority" in page(strategy="vote")
    assert "Each field’s winner" not in page(strategy="vote", answer_kind="number")
    assert "Each field’s winner" not in page(strategy="cascade")
    assert made(as_alice, strategy="vote", answer_kind="number", json_fields="null").settings.json_fields == "whole"


def test_labels_count_only_while_they_are_chosen(as_alice: Client) -> None:
    own = made(as_alice, strategy="vote", answer_kind="number", labels="spam").settings

    assert (own.answer_kind, own.labels) == ("number", ())
    assert 'name="answer_kind"' in as_alice.post("/setup/", form(strategy="vote")).content.decode()
    assert 'name="answer_kind"' not in as_alice.post("/setup/", form(strategy="fuse")).content.decode()


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ("spam", "Votes for labels need two labels or more."),
        ("spam\nSpam", "Each label stands in the list once, whatever its case."),
        (
            "\n".join(str(number) for number in range(51)),
            "Write at most 50 labels of at most 80 characters, one a line.",
        ),
    ],
)
def test_labels_that_cannot_be_counted_are_refused_beside_their_field(
    as_alice: Client, labels: str, sentence: str
) -> None:
    response = as_alice.post(HOME, form(strategy="vote", answer_kind="label", labels=labels))

    assert Run.objects.count() == 0
    assert sentence in response.content.decode()


def test_a_preset_keeps_what_its_votes_count(as_alice: Client, alice: User) -> None:
    as_alice.post("/presets/new/", form(name="Spam", strategy="vote", **LABELS))
    preset = Preset.objects.get(name="Spam")

    as_alice.post(HOME, preset_form(preset, strategy="vote", **LABELS))

    run = Run.objects.get()
    assert (preset.votes.answer_kind, preset.votes.labels) == ("label", ("spam", "not spam"))
    assert (run.preset, run.recipe.settings.labels) == (preset.slug, ("spam", "not spam"))
    assert recipe_of_preset(preset, user=alice).settings == run.recipe.settings
