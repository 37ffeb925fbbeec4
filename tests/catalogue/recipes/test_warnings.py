"""Remarks on recipes whose prompt has images; those on settings and kin are held where the form shows them."""

import pytest

from apps.catalogue.models import Model
from apps.catalogue.recipes import warnings
from apps.catalogue.recipes.resolve import models_of
from apps.fusion.values import Message, PlainSettings, Recipe, SlotSpec
from apps.fusion.vocabulary import Builtin, StrategyName
from tests.factories import make_hosted_models

pytestmark = pytest.mark.django_db

SEEN = (Message(role="user", text="What is it?", images=("data:image/png;base64,AA==",)),)
ANVIL, BIRCH, CEDAR = "router/anvil-1", "router/birch-1", "router/cedar-1"
BOTH_READ = "The judge and writer know the images only from what the panel says about them."


@pytest.mark.parametrize(
    "blind, judge, said",
    [
        ([], CEDAR, []),
        ([CEDAR], CEDAR, ["B’s fallback cannot see images and receives the text alone.", BOTH_READ]),
        ([ANVIL, CEDAR], CEDAR, ["A and B’s fallback cannot see images and receive the text alone.", BOTH_READ]),
        ([ANVIL], BIRCH, ["A cannot see images and receives the text alone."]),
        (
            [CEDAR],
            Builtin.OVERLAP,
            [
                "B’s fallback cannot see images and receives the text alone.",
                "The writer knows the images only from what the panel says about them.",
            ],
        ),
    ],
)
def test_warning_names_models_that_cannot_see_images(blind, judge, said):
    make_hosted_models()
    Model.objects.filter(reference__in=blind).update(supports_vision=False)
    panel = (SlotSpec(slot="A", model=ANVIL), SlotSpec(slot="B", model=BIRCH, fallback=CEDAR))
    recipe = Recipe(panel=panel, judge=judge, writer=CEDAR)

    found = warnings.warnings(recipe, models_of(recipe), SEEN)

    assert [sentence for sentence in found if "images" in sentence] == said


def test_panel_of_one_has_no_warning_about_judge_and_writer():
    make_hosted_models()
    recipe = Recipe(panel=(SlotSpec(slot="A", model=ANVIL),), judge=CEDAR, writer=CEDAR)

    assert warnings.warnings(recipe, models_of(recipe), SEEN) == []


def test_panel_is_not_warned_about_a_writer_that_nobody_plans_to_ask():
    make_hosted_models()
    panel = (SlotSpec(slot="A", model=ANVIL), SlotSpec(slot="B", model=BIRCH))
    read, compared = (
        Recipe(panel=panel, settings=PlainSettings(strategy=strategy, judge=CEDAR, writer=ANVIL))
        for strategy in (StrategyName.FUSE, StrategyName.BEST_OF)
    )

    said = [warnings.warnings(recipe, models_of(recipe)) for recipe in (read, compared)]

    assert ["The writer is on the panel too (A)." in found for found in said] == [True, False]
