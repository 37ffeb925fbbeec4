"""The presets pages: listing, making, changing and deleting one's own, and saving one from Home."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset
from apps.catalogue.recipes.presets import create_preset
from apps.catalogue.recipes.resolve import recipe_of_preset
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_recipe, make_run
from tests.web.compose.test_home import HOME, form, panel_of, preset_form, sentence_on


@pytest.fixture
def mine(alice: User, local: Preset) -> Preset:
    return create_preset(alice, "Legal", make_recipe(SMOL, GEMMA, criteria="cites a source", quorum=1))


def shown(client: Client, address: str = "/presets/") -> str:
    return client.get(address).content.decode()


def test_presets_list_shows_the_sites_and_mine_with_what_may_be_done(as_alice: Client, mine: Preset) -> None:
    page = shown(as_alice)

    assert page.count("Duplicate") == 2
    assert page.count('title="Edit"') == page.count("/delete/") / 2 == 1
    assert "/presets/legal/" in page


def test_card_says_what_is_set_and_names_no_judge_where_none_is_asked(
    as_alice: Client, alice: User, mine: Preset
) -> None:
    alone = create_preset(alice, "Alone", make_recipe(SMOL))
    Preset.objects.filter(pk=alone.pk).update(judge="", writer="")
    create_preset(alice, "Routed", make_recipe(SMOL, GEMMA), routes=True)

    said = [" ".join(text.split()) for text in re.findall(r'<p class="small muted">([^<]*)</p>', shown(as_alice))]

    assert "One model, asked alone." in said
    assert any(one.startswith("Fuse · judge: ") and one.endswith("Has its own criteria.") for one in said)
    assert any(one.startswith("Auto · judge: ") for one in said)
    assert "Choose a judge." not in shown(as_alice, "/presets/alone/")


def test_presets_list_costs_the_same_queries_for_few_and_many(
    as_alice: Client, alice: User, mine: Preset, django_assert_num_queries: Any
) -> None:
    shown(as_alice)
    with django_assert_num_queries(5):
        shown(as_alice)
    for number in range(3):
        create_preset(alice, f"More {number}", make_recipe())

    with django_assert_num_queries(5):
        shown(as_alice)


def test_chip_of_ones_own_preset_brings_all_it_says(as_alice: Client, mine: Preset) -> None:
    response = as_alice.post("/setup/", form(edit="preset:legal", quorum="", criteria=""))

    draft = response.context["draft"]
    assert (draft.preset, draft.preset_version, draft.quorum, draft.criteria) == ("legal", 1, "1", "cites a source")
    assert b'name="criteria"' in response.content


def test_run_records_preset_and_version(as_alice: Client, mine: Preset) -> None:
    as_alice.post(HOME, preset_form(mine, quorum="1"))

    recipe = Run.objects.get().recipe
    assert (recipe.preset, recipe.preset_version, recipe.settings.quorum) == ("legal", 1, 1)


@pytest.mark.parametrize("change", [{"quorum": "2"}, {"seed": ["1"]}, {"fallback": [GEMMA]}, {"grace_s": "1"}])
def test_changed_setting_makes_the_recipe_custom(as_alice: Client, mine: Preset, change: dict[str, Any]) -> None:
    as_alice.post(HOME, preset_form(mine, **{"quorum": "1", **change}))

    recipe = Run.objects.get().recipe
    assert (recipe.preset, recipe.preset_version) == ("", None)


@pytest.mark.parametrize("change", [{"criteria": "another"}, {"max_cost": "1"}, {"quorum": " 1 "}])
def test_texts_and_a_cap_leave_the_preset_unchanged(as_alice: Client, mine: Preset, change: dict[str, Any]) -> None:
    as_alice.post(HOME, preset_form(mine, **{"quorum": "1", **change}))

    assert Run.objects.get().recipe.preset_version == 1


@pytest.mark.parametrize("address", [HOME, "/setup/"])
def test_home_saves_its_settings_as_a_preset(as_alice: Client, alice: User, local: Preset, address: str) -> None:
    response = as_alice.post(address, form(edit="save-preset", preset_name=" My  own ", seed=["4"]))

    preset = Preset.objects.get(owner=alice)
    assert (preset.name, preset.slug, preset.panel[0].parameters.seed) == ("My own", "my-own", 4)
    assert (response.context["draft"].preset, response.context["draft"].prompt) == ("my-own", "How high is it?")
    assert 'id="preset-my-own"' in response.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"preset_name": ""}, "Give the preset a name."),
        ({"preset_name": "local"}, "There is a preset “local” already. Choose another name."),
        ({"preset_name": "Mine", "model": ["x/gone"]}, "Correct the settings first."),
    ],
)
def test_home_refuses_a_bad_preset(as_alice: Client, local: Preset, values: dict[str, Any], sentence: str) -> None:
    response = as_alice.post("/setup/", form(edit="save-preset", **values))

    assert sentence_on(response, "preset_name") == sentence
    assert Preset.objects.exclude(owner=None).count() == 0


def test_new_preset_is_made_of_a_copy(as_alice: Client, alice: User, local: Preset) -> None:
    page = as_alice.get("/presets/new/?copy=local")
    assert (page.context["name"], panel_of(page)) == ("Local copy", [SMOL, SMOL, GEMMA])

    response = as_alice.post("/presets/new/", preset_form(local, name="Local copy"))

    assert response.url == "/presets/"
    assert Preset.objects.get(owner=alice).panel == local.panel


def test_change_of_a_preset_writes_the_next_version(as_alice: Client, alice: User, mine: Preset) -> None:
    as_alice.post("/presets/legal/", preset_form(mine, name="Law", quorum="1", criteria="names the risk"))

    rows = Preset.objects.filter(owner=alice).order_by("version")
    assert [(row.name, row.version, row.is_current, row.criteria) for row in rows] == [
        ("Legal", 1, False, "cites a source"),
        ("Law", 2, True, "names the risk"),
    ]


@pytest.mark.parametrize(
    "change, field, sentence",
    [
        ({"name": ""}, "name", "Give the preset a name."),
        ({"name": "Local"}, "name", "There is a preset “Local” already. Choose another name."),
        ({"model": ["x/gone"]}, "panel", "A: The model “x/gone” is not connected. Choose one from the list."),
        (
            {"quorum": "0"},
            "quorum",
            "The quorum is a whole number from 1 to 2, the models of the panel, or empty to wait for all.",
        ),
    ],
)
def test_bad_preset_is_refused_and_stays_as_typed(
    as_alice: Client, mine: Preset, change: dict[str, Any], field: str, sentence: str
) -> None:
    response = as_alice.post("/presets/legal/", preset_form(mine, **{"name": "Legal", **change}))

    assert (response.status_code, sentence_on(response, field)) == (400, sentence)
    assert response.context["name"] == change.get("name", "Legal")
    assert Preset.objects.get(slug="legal").version == 1


def test_preset_of_a_model_that_is_gone_says_so_on_both_pages(as_alice: Client, mine: Preset) -> None:
    Model.objects.filter(reference=GEMMA).update(is_available=False)

    assert f"{GEMMA} (not connected)" in shown(as_alice)
    page = as_alice.get("/presets/legal/")
    assert sentence_on(page, "panel") == f"B: The model “{GEMMA}” is not connected. Choose one from the list."


def test_edit_of_the_presets_form_saves_nothing(as_alice: Client, mine: Preset) -> None:
    response = as_alice.post("/presets/legal/", preset_form(mine, name="Law", edit="add"))

    assert (response.status_code, len(panel_of(response)), response.context["name"]) == (200, 3, "Law")
    assert Preset.objects.get(slug="legal").name == "Legal"


def test_delete_preset_takes_it_off_the_list(as_alice: Client, mine: Preset) -> None:
    response = as_alice.post("/presets/legal/delete/")

    assert response.url == "/presets/"
    assert not Preset.objects.filter(slug="legal").exists()


def test_system_prompt_and_note_are_kept_shown_and_brought_to_the_form(
    as_alice: Client, alice: User, local: Preset
) -> None:
    as_alice.post("/presets/new/", preset_form(local, name="Mine", system="Be brief.", note="For letters."))

    mine = Preset.objects.get(owner=alice)
    assert (mine.system, mine.note) == ("Be brief.", "For letters.")
    assert [words in shown(as_alice) for words in ("For letters.", "Has a system prompt.")] == [True, True]
    page = as_alice.get("/presets/mine/")
    assert (page.context["draft"].system, page.context["note"]) == ("Be brief.", "For letters.")
    assert as_alice.get(f"{HOME}?preset=mine").context["draft"].system == "Be brief."


def test_preset_keeps_instructions_which_a_run_an_edit_and_an_estimate_take_over(
    as_alice: Client, alice: User, local: Preset
) -> None:
    texts = {"judge_instructions": "Figures only.", "writer_instructions": "Write a table."}
    as_alice.post("/presets/new/", preset_form(local, name="Mine", **texts))
    as_alice.post("/presets/mine/", preset_form(local, name="Mine", **texts | {"writer_instructions": "A list."}))

    versions = Preset.objects.filter(owner=alice).order_by("version")
    assert [(row.judge_instructions, row.writer_instructions) for row in versions] == [
        ("Figures only.", "Write a table."),
        ("Figures only.", "A list."),
    ]
    chosen = as_alice.post("/setup/", form(edit="preset:mine")).context["draft"]
    assert (chosen.preset, chosen.judge_instructions, chosen.writer_instructions) == (
        "mine",
        "Figures only.",
        "A list.",
    )
    left = as_alice.post("/setup/", form(edit="preset:local", preset="mine", writer_instructions="A list."))
    assert left.context["draft"].writer_instructions == ""
    settings = recipe_of_preset(versions.last()).settings
    assert (settings.judge_instructions, settings.writer_instructions) == ("Figures only.", "A list.")
    run = make_run(alice, recipe=recipe_of_preset(versions.last()))
    edited = as_alice.get(f"{HOME}?from={run.public_id}").context["draft"]
    assert (edited.judge_instructions, edited.writer_instructions) == ("Figures only.", "A list.")


def test_grace_of_a_preset_may_be_auto(as_alice: Client, alice: User, local: Preset) -> None:
    as_alice.post("/presets/new/", preset_form(local, name="Mine", grace_s=" Auto "))

    mine = Preset.objects.get(owner=alice)
    assert (mine.grace_s, mine.grace_is_auto) == (None, True)
    chosen = as_alice.post("/setup/", form(edit="preset:mine")).context["draft"]
    assert (chosen.preset, chosen.grace_s) == ("mine", "auto")
    as_alice.post(HOME, preset_form(mine, grace_s="auto"))
    run = Run.objects.get()
    assert (run.recipe.preset, run.recipe.settings.grace_s, run.recipe.settings.grace_is_auto) == ("mine", 30.0, True)
    assert as_alice.get(f"{HOME}?from={run.public_id}").context["draft"].grace_s == "auto"
    as_alice.post("/presets/mine/", preset_form(mine, name="Mine", grace_s="45"))
    newest = Preset.objects.get(owner=alice, is_current=True)
    assert (newest.version, newest.grace_s, newest.grace_is_auto) == (2, 45.0, False)


def test_texts_of_a_preset_leave_with_it_unless_they_were_changed(as_alice: Client, alice: User, mine: Preset) -> None:
    create_preset(alice, "Brief", make_recipe(), "Be brief.")

    def after(**sent: Any) -> tuple[str, str]:
        draft = as_alice.post("/setup/", form(**sent)).context["draft"]
        return draft.system, draft.criteria

    assert after(edit="preset:brief", preset="legal", criteria="cites a source") == ("Be brief.", "")
    assert after(edit="preset:brief", preset="legal", criteria="names two") == ("Be brief.", "names two")
    assert after(edit="preset:legal", preset="brief", system="Be brief.") == ("", "cites a source")
    assert after(edit="preset:legal", preset="brief", system="Be long.") == ("Be long.", "cites a source")


def test_home_saves_its_system_prompt_with_the_preset(as_alice: Client, alice: User, local: Preset) -> None:
    as_alice.post("/setup/", form(edit="save-preset", preset_name="Mine", system="Be brief."))

    assert Preset.objects.get(owner=alice).system == "Be brief."


def test_system_prompt_that_is_too_long_is_refused(as_alice: Client, mine: Preset, settings: Any) -> None:
    settings.PROMPT_LIMIT = 100

    response = as_alice.post("/presets/legal/", preset_form(mine, name="Legal", quorum="1", system="x" * 101))

    assert response.status_code == 400
    assert sentence_on(response, "system") == "This system prompt has 101 characters; the limit is 100. Shorten it."


def test_default_and_order_are_pressed_on_the_list(as_alice: Client, alice: User, mine: Preset) -> None:
    create_preset(alice, "Brief", make_recipe())

    def press(slug: str, do: str) -> list[str]:
        response = as_alice.post(f"/presets/{slug}/prefer/", {"do": do}, follow=True)
        return [preset.slug for preset in response.context["presets"]]

    assert press("brief", "nonsense") == ["local", "brief", "legal"]
    assert press("brief", "down") == ["local", "legal", "brief"]
    assert press("brief", "up") == ["local", "brief", "legal"]
    assert press("legal", "default") == ["legal", "local", "brief"]
    assert as_alice.get(HOME).context["draft"].preset == "legal"
    assert as_alice.get(f"{HOME}?preset=local").context["draft"].preset == "local"


@pytest.mark.parametrize("slug", ["local", "legal", "nothing"])
def test_preset_of_another_user_cannot_be_changed_even_by_staff(
    as_charlie: Client, charlie: User, mine: Preset, slug: str
) -> None:
    charlie.is_staff = charlie.is_superuser = True
    charlie.save()

    statuses = [
        as_charlie.get(f"/presets/{slug}/").status_code,
        as_charlie.post(f"/presets/{slug}/", preset_form(mine, name="Taken")).status_code,
        as_charlie.post(f"/presets/{slug}/delete/").status_code,
    ]

    assert statuses == [404, 404, 404]
    assert Preset.objects.filter(slug__in=["local", "legal"]).count() == 2


@pytest.mark.parametrize("address", ["/presets/", "/presets/new/", "/presets/legal/"])
def test_presets_need_somebody_signed_in(client: Client, db: None, address: str) -> None:
    assert client.get(address).url == f"/login/?next={address}"
