"""Recipes as they are stored: flat, so that those of years ago can be read, and repeated."""

import pytest
from pydantic import ValidationError

from apps.fusion.values import Parameters, PlainSettings, Recipe, SingleSettings, SlotSpec
from apps.fusion.vocabulary import SLOTS, StrategyName

FIRST = {"slot": "A", "model": "x/a", "parameters": {"temperature": 0.3, "stop": []}, "fallback": ""}
SECOND = {**FIRST, "slot": "B"}
STORED = {
    "strategy": "fuse",
    "preset": "quality",
    "preset_version": 3,
    "panel": [FIRST, SECOND],
    "judge": "x/judge",
    "judge_parameters": {"temperature": 0.0, "stop": []},
    "judge_is_auto": True,
    "writer": "x/writer",
    "writer_parameters": {"max_tokens": 900, "stop": []},
    "writer_is_auto": False,
    "answer_format": None,
    "criteria": "names a source",
    "quorum": 1,
    "grace_s": 5.0,
    "hard_limit_s": 90.0,
    "seed": 7,
    "max_cost": "0.500000",
    "depth": 0,
}
"""A recipe as it was stored before there was a second strategy."""


def panel(size):
    return tuple(SlotSpec(slot=slot, model="x/a") for slot in SLOTS[:size])


def test_recipe_of_years_ago_is_read_as_it_was():
    recipe = Recipe.model_validate(STORED)

    assert recipe.settings == PlainSettings(
        judge="x/judge",
        judge_is_auto=True,
        writer="x/writer",
        writer_parameters=Parameters(max_tokens=900),
        quorum=1,
        grace_s=5,
    )
    assert (recipe.preset, recipe.criteria, recipe.hard_limit_s, recipe.seed) == ("quality", "names a source", 90, 7)


def test_recipe_is_written_as_it_was_read_and_with_what_it_had_not_yet():
    written = Recipe.model_validate(STORED).model_dump(mode="json", exclude_none=True)

    stored = {name: value for name, value in STORED.items() if value is not None}
    added = {"judge_instructions": "", "writer_instructions": "", "grace_is_auto": False}
    assert written == stored | added | {"answer_check": False, "peer_review": False}


def test_recipe_of_years_ago_with_one_slot_is_read_as_single():
    recipe = Recipe.model_validate({**STORED, "panel": [FIRST]})

    assert (recipe.strategy, recipe.settings) == (StrategyName.SINGLE, SingleSettings())
    assert (recipe.hard_limit_s, recipe.criteria, recipe.max_cost) == (90, "names a source", 0.5)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(settings=PlainSettings(judge="x/j", writer="x/w", grace_s=3), panel=panel(2), seed=3),
        Recipe(settings=SingleSettings(), panel=panel(1), depth=2),
    ],
)
def test_recipe_survives_its_json_form(recipe):
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    assert Recipe.model_validate(recipe.model_dump(mode="json", exclude_none=True)) == recipe


@pytest.mark.parametrize(
    "changes",
    [
        {"jugde": "x/judge"},
        {"strategy": "debate"},
        {"quorum": 0},
        {"strategy": "single"},
        {"strategy": "single", "panel": [FIRST], "judge": "x/judge"},
        {"panel": []},
    ],
)
def test_recipe_with_a_key_of_no_strategy_or_a_wrong_panel_is_refused(changes):
    base = {"panel": STORED["panel"]} if "strategy" in changes else STORED

    with pytest.raises(ValidationError):
        Recipe.model_validate({**base, **changes})


@pytest.mark.parametrize(("settings", "size"), [(SingleSettings(), 2), (PlainSettings(judge="x/j", writer="x/w"), 1)])
def test_recipe_whose_panel_does_not_fit_its_strategy_is_refused(settings, size):
    with pytest.raises(ValidationError):
        Recipe(settings=settings, panel=panel(size))


def test_settings_share_no_key_with_the_recipe():
    """Both stand beside each other in the flat form."""
    for settings in (PlainSettings, SingleSettings):
        assert not set(settings.model_fields) & set(Recipe.model_fields)
