"""Presets: what the site's own resolve to, and the versions of those that people keep."""

from importlib import import_module

import pytest
from django.db import connection
from pydantic import ValidationError

from apps.catalogue.models import Model, Preset
from apps.catalogue.recipes.builtin_presets import write_presets
from apps.catalogue.recipes.presets import (
    InvalidPreset,
    change_preset,
    choosable_presets,
    choose_default,
    create_preset,
    delete_preset,
    find_choosable,
    move_preset,
)
from apps.catalogue.recipes.resolve import build_recipe, recipe_of_preset
from apps.fusion.values import SlotSpec
from apps.fusion.vocabulary import AUTO, Builtin, StrategyName
from tests.factories import GEMMA, SMOL, make_local_preset, make_model, make_provider, make_recipe, make_user

pytestmark = pytest.mark.django_db

CATALOGUE = [
    ("opus", "A", 75),
    ("haiku", "A", 5),
    ("gpt", "B", 30),
    ("gpt-mini", "B", "0.4"),
    ("pro", "C", 12),
    ("flash", "C", "0.3"),
    ("ministral", "D", "0.1"),
]


@pytest.fixture
def router():
    provider = make_provider("router", "Router")
    for name, maker, price in CATALOGUE:
        make_model(provider, name, maker=maker, price_output=price)
    return provider


def resolved(slug):
    """Return the models of a built-in preset, and its judge and writer, without their provider."""
    preset = Preset.objects.get(slug=slug, owner=None, is_current=True, is_available=True)
    short = [reference.split("/", 1)[-1] for reference in (preset.judge, preset.writer)]
    return [spec.model.split("/", 1)[-1] for spec in preset.panel], *short


@pytest.mark.parametrize(
    "slug, panel, judge, writer",
    [
        ("quality", ["opus", "gpt", "pro"], AUTO, AUTO),
        ("budget", ["ministral", "gpt-mini", "flash"], "ministral", "ministral"),
        ("fast", ["haiku", "gpt-mini", "flash"], "haiku", "haiku"),
    ],
)
def test_preset_takes_different_makers_by_its_purpose(router, slug, panel, judge, writer):
    write_presets()

    assert resolved(slug) == (panel, judge, writer)


def test_fast_takes_similar_first_tokens_as_measured_here(router):
    write_presets({"router/opus": 0.8, "router/gpt": 0.5, "router/haiku": 0.4, "router/pro": 3.0})

    assert resolved("fast")[0] == ["haiku", "gpt", "opus"]
    assert Preset.objects.get(slug="fast").note == "Measured here: the first token comes after 0.4 to 0.8 s."


def test_fast_without_two_measured_models_names_small_families_and_says_so(router):
    write_presets({"router/opus": 0.8})

    assert resolved("fast")[0] == ["haiku", "gpt-mini", "flash"]
    assert Preset.objects.get(slug="fast").note == "Models of small families. Their speed is not measured here yet."


def test_fast_stays_while_nobody_measured_anew_and_its_models_are_there(router):
    write_presets({"router/opus": 0.8, "router/gpt": 0.5})
    write_presets()
    assert resolved("fast")[0] == ["gpt", "opus"]

    Model.objects.filter(name="opus").update(is_available=False)
    write_presets()

    assert resolved("fast")[0] == ["haiku", "gpt-mini", "flash"]


def waiting(slug):
    """Return how long the current version of one of the site's presets waits."""
    preset = Preset.objects.get(slug=slug, is_current=True)
    return preset.quorum, preset.grace_s


def test_only_fast_does_not_wait_for_all(router):
    for ttft in (None, {"router/opus": 0.8, "router/gpt": 0.5}):
        write_presets(ttft)
        assert [waiting(slug) for slug in ("quality", "budget", "fast")] == [(None, None), (None, None), (2, 30)]


@pytest.mark.parametrize("has_prices, offered", [(True, ["quality", "budget", "fast"]), (False, ["connected", "fast"])])
def test_first_of_the_sites_presets_waits_for_all(router, has_prices, offered):
    if not has_prices:
        Model.objects.update(price_input=None, price_output=None)
    write_presets()

    first, *others = choosable_presets(make_user("alice"))
    assert [first.slug, *(preset.slug for preset in others)] == offered
    assert (first.quorum, first.grace_s) == (None, None)


def test_presets_of_before_keep_their_grace_and_the_sites_get_a_version_without(router):
    make_local_preset()
    write_presets()
    alice = make_user("alice")
    left = create_preset(alice, "Left open", make_recipe(SMOL, GEMMA))
    said = create_preset(alice, "Said", make_recipe(SMOL, GEMMA, grace_s=5.0))
    alone = create_preset(alice, "Alone", make_recipe(SMOL))
    Preset.objects.filter(slug="fast").update(quorum=None, grace_s=None)
    (operation,) = import_module("apps.catalogue.migrations.0010_preset_grace").Migration.operations

    with connection.cursor() as cursor:
        cursor.execute(operation.sql)

    assert [waiting(slug) for slug in (left.slug, said.slug, alone.slug)] == [(None, 30), (None, 5), (None, None)]
    assert (waiting("quality"), waiting("fast")) == ((None, 30), (None, 30))
    write_presets()
    assert waiting("quality") == (None, None)
    assert Preset.objects.get(slug="quality", version=1).grace_s == 30


def test_local_takes_ollamas_models_before_the_tiny_ones(router):
    make_local_preset()
    ollama = make_provider("ollama", "Ollama")
    for name, maker in [("llama:8b", "Meta"), ("qwen:8b", "Alibaba")]:
        make_model(ollama, name, maker=maker, price_input=0, price_output=0, context_length=8192)

    write_presets()

    assert resolved("local") == (["llama:8b", "qwen:8b"], "qwen:8b", "qwen:8b")


def test_resolving_otherwise_writes_a_new_version_and_keeps_the_old(router):
    write_presets()
    Model.objects.filter(name="opus").update(is_available=False)

    write_presets()
    write_presets()

    rows = Preset.objects.filter(slug="quality").order_by("version")
    assert [(row.version, row.is_current, row.panel[0].model) for row in rows] == [
        (1, False, "router/opus"),
        (2, True, "router/gpt"),
    ]


def test_preset_that_cannot_be_filled_is_not_offered(router):
    write_presets()
    Model.objects.update(is_available=False)

    write_presets()

    assert list(choosable_presets(make_user("alice"))) == []


def own(owner, name="Legal", **values):
    return create_preset(owner, name, make_recipe(**values))


def test_saved_preset_runs_as_the_recipe_it_was_made_of():
    make_local_preset()
    specs = [SlotSpec(slot="A", model=SMOL, fallback=GEMMA), SlotSpec(slot="B", model=GEMMA)]
    recipe = build_recipe(specs, AUTO, SMOL, criteria="cites a source", quorum=1, grace_s=5, max_cost="0.5")
    alice = make_user("alice")

    again = recipe_of_preset(create_preset(alice, "Legal", recipe))

    changed = {"seed": 0, "preset": "", "preset_version": None}
    assert again.model_copy(update=changed) == recipe.model_copy(update=changed)
    assert (again.preset, again.preset_version, again.settings.judge_is_auto) == ("legal", 1, True)


def test_presets_are_seen_by_their_owner_behind_the_sites():
    make_local_preset()
    alice, charlie = make_user("alice"), make_user("charlie")
    own(alice)

    assert [preset.slug for preset in choosable_presets(alice)] == ["local", "legal"]
    assert [preset.slug for preset in choosable_presets(charlie)] == ["local"]
    with pytest.raises(Preset.DoesNotExist):
        find_choosable(charlie, "legal")


def test_change_is_a_new_version_and_no_change_is_none():
    make_local_preset()
    alice = make_user("alice")
    first = own(alice)

    same = change_preset(first, "Legal", make_recipe())
    second = change_preset(first, "Legal", make_recipe(criteria="names the risk"))

    assert (same.version, second.version) == (1, 2)
    assert find_choosable(alice, "legal").criteria == "names the risk"
    assert Preset.objects.get(owner=alice, version=1).criteria == ""


@pytest.mark.parametrize(
    "name, sentence",
    [
        (" ", "Give the preset a name."),
        ("\x00", "Give the preset a name."),
        ("x" * 51, "The name has 51 characters; the limit is 50. Shorten it."),
        ("legal", "There is a preset “legal” already. Choose another name."),
        ("LOCAL", "There is a preset “LOCAL” already. Choose another name."),
    ],
)
def test_bad_name_is_refused_with_a_sentence(name, sentence):
    make_local_preset()
    alice = make_user("alice")
    own(alice)

    with pytest.raises(InvalidPreset) as caught:
        own(alice, name)

    assert (caught.value.field, caught.value.sentence) == ("name", sentence)


@pytest.mark.parametrize("name, slug", [("法律", "preset"), ("Lo-cal!", "lo-cal"), ("Local ?", "local-2")])
def test_slug_of_a_name_is_free(name, slug):
    make_local_preset()

    assert own(make_user("alice"), name).slug == slug


def test_two_people_may_use_one_name():
    make_local_preset()

    assert own(make_user("alice")).slug == own(make_user("bob")).slug == "legal"


def test_sites_presets_cannot_be_changed_or_deleted():
    local = make_local_preset()

    for act in (lambda: change_preset(local, "Mine", make_recipe()), lambda: delete_preset(local)):
        with pytest.raises(InvalidPreset):
            act()

    assert Preset.objects.get(slug="local").judge == Builtin.OVERLAP


def test_deleting_takes_all_versions_of_ones_own():
    make_local_preset()
    alice, bob = make_user("alice"), make_user("bob")
    mine = own(alice)
    change_preset(mine, "Legal", make_recipe(criteria="x"))
    own(bob)

    delete_preset(mine)

    assert [(preset.owner, preset.slug) for preset in Preset.objects.filter(slug="legal")] == [(bob, "legal")]


def test_preset_keeps_the_strategy_of_its_recipe():
    make_local_preset()
    alice = make_user("alice")
    presets = [own(alice), create_preset(alice, "Alone", make_recipe(SMOL))]

    assert [preset.strategy for preset in presets] == [StrategyName.FUSE, StrategyName.SINGLE]
    assert [recipe_of_preset(preset).strategy for preset in presets] == [StrategyName.FUSE, StrategyName.SINGLE]
    presets[1].strategy = StrategyName.FUSE
    with pytest.raises(ValidationError):  # the stored word counts, not the number of models
        recipe_of_preset(presets[1])


def test_sites_presets_name_their_strategy():
    make_local_preset()
    Model.objects.all().delete()
    make_model(make_provider("ollama", "Ollama"), "one", price_input=0, price_output=0)

    write_presets()

    local = Preset.objects.get(slug="local", is_current=True)
    assert (len(local.panel), local.strategy, recipe_of_preset(local).strategy) == (1, "single", "single")


def test_another_system_prompt_is_a_version_and_another_note_is_none():
    make_local_preset()
    alice = make_user("alice")
    first = create_preset(alice, "Legal", make_recipe(), " Be brief. ", "For  letters.")

    noted = change_preset(first, "Legal", make_recipe(), "Be brief.", "For mail.")
    second = change_preset(first, "Legal", make_recipe(), "Be long.", "For mail.")

    assert (first.system, first.note) == ("Be brief.", "For letters.")
    assert [(preset.version, preset.note) for preset in (noted, second)] == [(1, "For mail."), (2, "For mail.")]
    with pytest.raises(InvalidPreset) as caught:
        change_preset(first, "Legal", make_recipe(), "", "x" * 201)
    assert (caught.value.field, caught.value.sentence) == (
        "note",
        "The note has 201 characters; the limit is 200. Shorten it.",
    )


def slugs(user):
    return [preset.slug for preset in choosable_presets(user)]


def test_default_stands_first_and_each_person_has_one():
    make_local_preset()
    alice, bob = make_user("alice"), make_user("bob")
    for name in ("One", "Two"):
        own(alice, name)

    choose_default(alice, "two")
    choose_default(alice, "one")

    assert slugs(alice) == ["one", "local", "two"]
    assert slugs(bob) == ["local"]
    assert list(alice.preset_preferences.filter(is_default=True).values_list("slug", flat=True)) == ["one"]


def test_presets_are_moved_within_a_persons_order():
    make_local_preset()
    alice, bob = make_user("alice"), make_user("bob")
    for owner, name in [(alice, "One"), (alice, "Two"), (bob, "Bobs")]:
        own(owner, name)

    orders = []
    for slug, by in [("two", -1), ("two", -1), ("two", -1), ("local", 5), ("bobs", -1), ("nothing", 1)]:
        move_preset(alice, slug, by)
        orders.append(" ".join(slugs(alice)))

    assert orders == ["local two one", "two local one", "two local one", *["two one local"] * 3]
    assert slugs(bob) == ["local", "bobs"]
    delete_preset(choosable_presets(alice).get(slug="two"))
    assert slugs(alice) == ["one", "local"]
    own(alice, "Two")
    assert slugs(alice) == ["one", "local", "two"]
