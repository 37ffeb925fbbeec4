"""Auto: which model judges and writes when nobody was chosen."""

import pytest

from apps.catalogue.recipes.resolve import UnknownModel, build_recipe, recipe_of_preset
from apps.fusion.values import Parameters, SingleSettings, SlotSpec
from apps.fusion.vocabulary import AUTO, Builtin
from tests.factories import SMOL, make_hosted_models, make_local_models, make_local_preset, make_model, make_provider

pytestmark = pytest.mark.django_db


def specs(*models):
    return [SlotSpec(slot=slot, model=model) for slot, model in zip("ABCDEFGH", models, strict=False)]


@pytest.fixture
def router():
    return make_provider("router", "Router")


def connect(router, *rows):
    """Create models of (name, maker, USD per million output tokens), and more fields."""
    for name, maker, price, *fields in rows:
        make_model(router, name, maker=maker, price_output=price, **(fields[0] if fields else {}))


@pytest.mark.parametrize(
    "panel, models, judge",
    [
        pytest.param(["a"], [("a", "A", 15), ("b", "B", 5), ("c", "C", 12)], "c", id="strongest of another maker"),
        pytest.param(["a", "c"], [("a", "A", 15), ("c", "C", 12)], "a", id="strongest at all"),
        pytest.param(["a"], [("a", "A", 15), ("a2", "A", 14), ("b", "B", 1)], "b", id="another maker before strength"),
        pytest.param(["a"], [("a", "A", 1), ("b", "B", 15), ("c", "C", 500)], "b", id="never dear unasked"),
        pytest.param(["a"], [("a", "A", 200), ("c", "C", 500)], "c", id="dear where nothing else is"),
        pytest.param(["a"], [("a", "A", 1), ("b-mini", "B", 5), ("c", "C", 4)], "c", id="small family last"),
        pytest.param(["a"], [("a", "A", 1), ("b", "B", 0), ("c", "C", None)], "c", id="unknown price before free"),
        pytest.param(
            ["a"],
            [("a", "A", 1), ("b", "B", 6), ("c", "C", 5, {"supports_json_schema": True})],
            "c",
            id="schema counts for a judge",
        ),
        pytest.param(["a"], [("a", "", 1), ("b", "", 1)], "b", id="unknown makers are different ones"),
    ],
)
def test_auto_judge_is_the_strongest_of_another_maker(router, panel, models, judge):
    connect(router, *models)

    settings = build_recipe(specs(*(f"router/{name}" for name in panel * 2))).settings

    assert (settings.judge, settings.judge_is_auto) == (f"router/{judge}", True)


def test_schema_does_not_count_for_a_writer(router):
    connect(router, ("a", "A", 1), ("b", "B", 6), ("c", "C", 5, {"supports_json_schema": True}))

    assert build_recipe(specs("router/a", "router/a")).settings.writer == "router/b"


def test_tiny_models_never_judge_and_the_better_one_writes():
    make_local_models()

    settings = build_recipe(specs(SMOL, SMOL)).settings

    assert (settings.judge, settings.writer) == (Builtin.OVERLAP, SMOL)


def test_tiny_models_do_not_write_where_a_chat_model_is_connected():
    make_local_models()
    make_hosted_models()

    assert build_recipe(specs("router/anvil-1", "router/birch-1", "router/cedar-1")).settings.writer == "router/anvil-1"


def test_chosen_judge_and_writer_are_not_auto():
    make_local_models()

    settings = build_recipe(specs(SMOL, SMOL), Builtin.OVERLAP, SMOL).settings

    assert (settings.judge_is_auto, settings.writer_is_auto) == (False, False)


def test_auto_without_any_model_names_the_slot_that_is_gone():
    with pytest.raises(UnknownModel) as caught:
        build_recipe(specs("x/gone"), AUTO, AUTO)

    assert caught.value.reference == "x/gone"


def test_fallback_that_is_not_connected_is_refused():
    make_local_models()

    with pytest.raises(UnknownModel) as caught:
        build_recipe([SlotSpec(slot="A", model=SMOL, fallback="x/gone")], Builtin.OVERLAP, SMOL)

    assert caught.value.reference == "x/gone"


def test_recipe_of_a_preset_has_all_that_the_preset_says():
    preset = make_local_preset()
    preset.quorum, preset.grace_s, preset.criteria, preset.max_cost = 3, 5, "names a source", "0.5"
    preset.judge_parameters = Parameters(temperature=0.1)

    recipe = recipe_of_preset(preset, grace_s=None, hard_limit_s=90)

    assert (recipe.preset, recipe.preset_version, recipe.criteria) == ("local", 1, "names a source")
    assert (recipe.hard_limit_s, str(recipe.max_cost)) == (90, "0.5")
    assert (recipe.settings.quorum, recipe.settings.grace_s) == (3, None)
    assert recipe.settings.judge_parameters == Parameters(temperature=0.1)


@pytest.mark.parametrize(
    "slot, writer",
    [
        (SlotSpec(slot="A", model=Builtin.OVERLAP), "up/one"),
        (SlotSpec(slot="A", model="up/one", fallback=Builtin.OVERLAP), "up/one"),
        (SlotSpec(slot="A", model="up/one"), Builtin.OVERLAP),
        (SlotSpec(slot="A", model="up/one"), Builtin.CLOSEST),
    ],
)
def test_builtin_models_neither_sit_nor_write(slot, writer):
    make_model(make_provider("up"), "one")

    with pytest.raises(UnknownModel) as caught:
        build_recipe([slot, SlotSpec(slot="B", model="up/one")], Builtin.OVERLAP, writer)

    assert caught.value.reference in list(Builtin)


@pytest.mark.parametrize("judge, writer", [(AUTO, AUTO), (Builtin.OVERLAP, SMOL), ("x/gone", "x/gone")])
def test_recipe_of_one_slot_is_single_and_has_no_judge_and_no_writer(judge, writer):
    make_local_models()

    recipe = build_recipe(specs(SMOL), judge, writer, quorum=2, grace_s=5, hard_limit_s=90, criteria="names a source")

    assert recipe.settings == SingleSettings()
    assert (recipe.hard_limit_s, recipe.criteria) == (90, "names a source")
