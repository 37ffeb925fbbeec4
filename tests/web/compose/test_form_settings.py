"""The settings of a run's form: per slot and per run, Auto, images, criteria; and how large the page may become."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import CriteriaSet, Model, Preset
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.values import Message, Parameters, SlotSpec
from apps.fusion.vocabulary import AUTO, Builtin
from apps.runs.models import Run
from apps.web.compose.web_box import web_of
from tests.factories import GEMMA, SMOL, make_hosted_models, make_model, make_provider, make_recipe, make_run
from tests.web.compose.test_home import HOME, facts, form, sentence_on

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
PNG_URL = "data:image/png;base64,iVBORw0KGgowMDAwMDAwMDAwMDAwMDAwMDAwMA=="


def test_settings_of_a_slot_go_into_the_recipe(as_alice: Client, local: Preset) -> None:
    settings = {
        "top_p": ["0,9", ""],
        "max_tokens": ["200", ""],
        "seed": ["-7", ""],
        "reasoning_effort": ["low", ""],
        "stop": ["END\r\n\r\n  two ", ""],
        "fallback": [GEMMA, ""],
    }

    as_alice.post(HOME, form(**settings))

    first, second = Run.objects.get().recipe.panel
    assert first.parameters == Parameters(
        temperature=0.2, top_p=0.9, max_tokens=200, seed=-7, reasoning_effort="low", stop=("END", "  two ")
    )
    assert first.fallback == GEMMA
    assert second == SlotSpec(slot="B", model=GEMMA)


def test_settings_of_a_run_go_into_the_recipe(as_alice: Client, local: Preset) -> None:
    as_alice.post(HOME, form(quorum="1", grace_s="2,5", hard_limit_s="90", max_cost="0.50"))

    recipe = Run.objects.get().recipe
    assert (recipe.settings.quorum, recipe.settings.grace_s) == (1, 2.5)
    assert (recipe.hard_limit_s, recipe.max_cost) == (90, Decimal("0.50"))


@pytest.mark.parametrize(("box", "calls"), [("answer_check", 4), ("peer_review", 7)])
def test_what_follows_the_answer_goes_into_recipe_and_preset_and_stays(
    as_alice: Client, local: Preset, box: str, calls: int
) -> None:
    ticked = form(**{box: "yes"}, preset="local")
    saved = as_alice.post(HOME, ticked | {"edit": "save-preset", "preset_name": "Checked"}).content.decode()
    assert f'name="{box}"' in saved
    assert getattr(Preset.objects.get(slug="checked"), box)

    as_alice.post(HOME, ticked)

    run = Run.objects.get()
    assert (getattr(run.recipe.settings, box), run.preset) == (True, "")  # so it is no longer what the preset says
    again = as_alice.get(f"/?from={run.public_id}").content.decode()
    assert re.search(rf'name="{box}"[^>]*checked', again)
    assert f"{calls} calls" in facts(as_alice.post("/estimate/", ticked))
    assert "3 calls" in facts(as_alice.post("/estimate/", form()))


def test_look_ups_go_into_recipe_and_preset_and_stay(as_alice: Client, local: Preset) -> None:
    page = as_alice.get(HOME).content.decode()
    assert "no search engine is set up" in page
    assert not re.search(r'name="web"[^>]*checked', page)
    ticked = form(web="9 fetch", preset="local")
    as_alice.post(HOME, ticked | {"edit": "save-preset", "preset_name": "Looking"})
    assert Preset.objects.get(slug="looking").web == LookupSettings(search=False, max_tool_calls=9)

    as_alice.post(HOME, ticked)

    run = Run.objects.get()
    assert (run.recipe.web, run.preset) == (LookupSettings(search=False, max_tool_calls=9), "")
    again = as_alice.get(f"/?from={run.public_id}").content.decode()
    assert re.search(r'name="web"\s+value="9 fetch"[^>]*checked', again)


@pytest.mark.parametrize(("word", "engine"), [("", ""), ("4", "SearXNG"), ("4 fetch", "")])
def test_facts_say_where_searches_go(as_alice: Client, settings: Any, word: str, engine: str) -> None:
    settings.SEARXNG_BASE_URL = "http://127.0.0.1:9"
    reference = make_model(make_provider("house"), "elm", price_input=0, price_output=0).reference

    said = facts(as_alice.post("/estimate/", form(model=[reference, reference], writer=reference, web=word)))

    assert ("what models search for goes to SearXNG" in said) is bool(engine)


@pytest.mark.parametrize("word", ["x", "0", "99", "4 else", "4 4", "-1 search"])
def test_look_ups_of_an_odd_word_are_the_default_ones(word: str) -> None:
    assert web_of(word) == LookupSettings()


TOP_P = "A: top p is a number from 0 to 1, or empty for the model’s own."
TOKENS = "A: max tokens is a whole number above 0, or empty for the model’s own limit."
SEED = "A: the seed is a whole number of at most 15 digits, or empty for none."
STOP = "A: stop takes up to four texts, one a line, of at most 200 characters each."
QUORUM = "The quorum is a whole number from 1 to 2, the models of the panel, or empty to wait for all."
GRACE = "The grace period is seconds from 0, or auto. Empty is 30 with a quorum; without one, all are waited for."
HARD = "The hard limit is seconds above 0, or empty for 600."
CAP = "The cap is an amount in US dollars above 0, such as 0.50, or empty for none."


@pytest.mark.parametrize(
    "field, typed, place, sentence",
    [
        ("top_p", "-0.1", "panel", TOP_P),
        ("top_p", "1.1", "panel", TOP_P),
        ("top_p", "nan", "panel", TOP_P),
        ("max_tokens", "0", "panel", TOKENS),
        ("max_tokens", "1.5", "panel", TOKENS),
        ("max_tokens", "many", "panel", TOKENS),
        ("seed", "1.5", "panel", SEED),
        ("seed", "9" * 17, "panel", SEED),
        ("seed", "9" * 5000, "panel", SEED),
        (
            "reasoning_effort",
            "huge",
            "panel",
            "A: the reasoning effort is minimal, low, medium, high, or empty for the model’s own.",
        ),
        ("stop", "a\nb\nc\nd\ne", "panel", STOP),
        ("stop", "x" * 201, "panel", STOP),
        ("fallback", "x/gone", "panel", "A: The fallback “x/gone” is not connected. Choose another, or none."),
        ("fallback", SMOL, "panel", "A: The fallback is the model itself. Choose another, or none."),
        ("quorum", "0", "quorum", QUORUM),
        ("quorum", "3", "quorum", QUORUM),
        ("quorum", "1.5", "quorum", QUORUM),
        ("grace_s", "-1", "grace_s", GRACE),
        ("grace_s", "inf", "grace_s", GRACE),
        ("hard_limit_s", "0", "hard_limit_s", HARD),
        ("hard_limit_s", "99999999", "hard_limit_s", HARD),
        ("max_cost", "0", "max_cost", CAP),
        ("max_cost", "$5", "max_cost", CAP),
        ("max_cost", "1e-9", "max_cost", CAP),
        ("max_cost", "1e99", "max_cost", CAP),
        ("max_cost", "NaN", "max_cost", CAP),
    ],
)
def test_bad_settings_are_refused_with_a_sentence_and_stay_as_typed(
    as_alice: Client, local: Preset, field: str, typed: str, place: str, sentence: str
) -> None:
    response = as_alice.post(HOME, form(**{field: typed}))

    assert (response.status_code, sentence_on(response, place)) == (400, sentence)
    draft = response.context["draft"]
    slot = draft.slots[0]
    kept = next(getattr(o, field) for o in (slot, slot.settings, draft) if hasattr(o, field))
    assert kept == typed
    assert not Run.objects.exists()


def test_settings_typed_for_a_new_model_survive_its_choice(as_alice: Client, local: Preset) -> None:
    drawn = f'{{"model": "{SMOL}", "parameters": {{"max_tokens": 150, "seed": 1}}}}'

    response = as_alice.post("/setup/", form(model=[GEMMA], kept=[drawn], max_tokens=["150"], seed=["9"]))

    settings = response.context["draft"].slots[0].settings
    assert (settings.max_tokens, settings.seed, settings.temperature) == ("", "9", "0.2")


def test_auto_is_named_on_the_form_and_kept_by_editing_the_run(as_alice: Client, alice: User, local: Preset) -> None:
    make_hosted_models()

    models = ["router/anvil-1", "router/anvil-1"]
    page = as_alice.post("/setup/", form(model=models, judge=AUTO, writer=AUTO))
    as_alice.post(HOME, form(model=models, judge=AUTO, writer=AUTO))

    run = Run.objects.get()
    settings = run.recipe.settings
    assert page.content.decode().count('data-label="Auto: Cedar 1"') == 2
    assert (settings.judge, settings.judge_is_auto, settings.writer_is_auto) == ("router/cedar-1", True, True)
    draft = as_alice.get(f"{HOME}?from={run.public_id}").context["draft"]
    assert (draft.judge, draft.writer) == (AUTO, AUTO)


def test_slot_times_three_is_a_panel_of_one_model(as_alice: Client, local: Preset) -> None:
    response = as_alice.post("/setup/", form(edit="triple:A", seed=["5", ""]))

    slots = response.context["draft"].slots
    assert [(slot.model, slot.settings.seed) for slot in slots] == [(SMOL, "5")] * 3 + [(GEMMA, "")]
    assert "A, B and C are the same model and may make the same mistakes." in response.context["forecast"].warnings


def test_dropped_settings_are_said_before_the_run(as_alice: Client, local: Preset) -> None:
    make_model(make_provider("openai", "OpenAI"), "o3", label="o3", maker="OpenAI", family="o")

    response = as_alice.post("/estimate/", form(model=["openai/o3"], temperature=["0.2"]))

    assert "A: temperature will not be sent; o3 does not take it." in facts(response)


def send(client: Client, *contents: bytes, **values: Any) -> HttpResponse:
    files = [SimpleUploadedFile(f"{number}.png", content) for number, content in enumerate(contents)]
    return client.post(HOME, form(image=files, **values))


def test_images_go_with_the_prompt_as_data_urls(as_alice: Client, local: Preset) -> None:
    send(as_alice, PNG)

    run = Run.objects.get()
    assert run.messages == (Message(role="user", text="How high is it?", images=(PNG_URL,)),)


@pytest.mark.parametrize(
    "contents, sentence",
    [
        ([b"GIF89a"] * 5, "A prompt takes at most 4 images. Remove some."),
        ([b"<svg>"], "Only PNG, JPEG, WebP and GIF images can be sent. Convert the file first."),
        ([PNG + b"0" * 5_000_000], "An image has 5.0 MB; the limit is 5 MB. Make it smaller."),
    ],
)
def test_bad_images_are_refused(as_alice: Client, local: Preset, contents: list[bytes], sentence: str) -> None:
    response = send(as_alice, *contents)

    assert (response.status_code, sentence_on(response, "images")) == (400, sentence)
    assert not Run.objects.exists()


@pytest.mark.parametrize("change", [{"prompt": ""}, {"quorum": "3"}, {"edit": "add"}])
def test_returned_form_says_that_images_must_be_attached_again(
    as_alice: Client, local: Preset, change: dict[str, str]
) -> None:
    response = send(as_alice, PNG, **change)

    assert sentence_on(response, "images") == "Attach the images again: a browser does not keep them."


def make_run_with_images(owner: User) -> Run:
    jpeg = "data:image/jpeg;base64,/9j/AA=="
    return make_run(owner, messages=[Message(role="user", text="Which?", images=(PNG_URL, jpeg))])


def test_editing_a_run_keeps_the_images_that_stay_ticked(as_alice: Client, alice: User, local: Preset) -> None:
    run = make_run_with_images(alice)

    page = as_alice.get(f"{HOME}?from={run.public_id}")
    as_alice.post(HOME, form(**{"from": run.public_id, "keep_image": ["1", "7", "x"]}))

    assert f"/runs/{run.public_id}/images/0/1/" in page.content.decode()
    newest = Run.objects.latest("id")
    assert newest.messages[-1].images == ("data:image/jpeg;base64,/9j/AA==",)


def test_returned_form_keeps_the_images_of_an_edited_run(as_alice: Client, alice: User, local: Preset) -> None:
    run = make_run_with_images(alice)

    response = as_alice.post(HOME, form(**{"from": run.public_id, "keep_image": ["0"], "prompt": ""}))

    assert (response.status_code, sentence_on(response, "images")) == (400, "")


def test_image_is_served_to_its_owner_alone(as_alice: Client, as_charlie: Client, alice: User, local: Preset) -> None:
    address = f"/runs/{make_run_with_images(alice).public_id}/images/0/0/"

    mine = as_alice.get(address)

    assert (mine.content, mine["Content-Type"], mine["X-Content-Type-Options"]) == (PNG, "image/png", "nosniff")
    assert as_charlie.get(address).status_code == 404
    assert as_alice.get(address.replace("0/0/", "0/2/")).status_code == 404


def criteria(client: Client, edit: str | list[str], **values: Any) -> HttpResponse:
    return client.post("/criteria/", form(edit=edit, **values), headers={"HX-Request": "true"})


def test_criteria_are_saved_replaced_used_and_deleted(as_alice: Client, alice: User, local: Preset) -> None:
    criteria(as_alice, "save", criteria="old", set_name=" Law ")
    criteria(as_alice, "save", criteria="names the risk", set_name="Law")
    kept = CriteriaSet.objects.get(owner=alice)
    used = criteria(as_alice, f"use:{kept.pk}", criteria="")

    assert (kept.name, kept.text) == ("Law", "names the risk")
    assert used.context["draft"].criteria == "names the risk"

    criteria(as_alice, f"delete:{kept.pk}")
    assert not CriteriaSet.objects.exists()


def test_set_keeps_instructions_too_and_using_it_replaces_all_three(as_alice: Client, local: Preset) -> None:
    criteria(as_alice, "save", judge_instructions="Figures only.", writer_instructions="A table.", set_name="Law")

    kept = CriteriaSet.objects.get()
    used = criteria(as_alice, f"use:{kept.pk}", criteria="old", writer_instructions="old")

    draft = used.context["draft"]
    assert (draft.criteria, draft.judge_instructions, draft.writer_instructions) == ("", "Figures only.", "A table.")
    assert 'aria-pressed="true">Law' in used.content.decode()


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"criteria": " ", "set_name": "Law"}, "Write criteria or instructions first."),
        ({"criteria": "x", "set_name": "\x00 "}, "Give them a name of at most 60 characters."),
        ({"criteria": "x", "set_name": "y" * 61}, "Give them a name of at most 60 characters."),
        (
            {"criteria": "x" * 4001, "set_name": "Law"},
            "This text has 4,001 characters; the limit is 4,000. Shorten it.",
        ),
    ],
)
def test_bad_criteria_are_not_saved(as_alice: Client, local: Preset, values: dict[str, str], sentence: str) -> None:
    response = criteria(as_alice, "save", **values)

    assert sentence_on(response, "set_name") == sentence
    assert not CriteriaSet.objects.exists()


def test_somebody_elses_criteria_are_not_there(as_alice: Client, charlie: User, local: Preset) -> None:
    theirs = CriteriaSet.objects.create(owner=charlie, team=charlie.personal_team, name="Law", text="secret")

    used = criteria(as_alice, f"use:{theirs.pk}", criteria="mine")
    criteria(as_alice, f"delete:{theirs.pk}")

    assert used.context["draft"].criteria == "mine"
    assert CriteriaSet.objects.filter(pk=theirs.pk).exists()


def connect_many(count: int) -> None:
    provider = make_provider("openrouter", "OpenRouter")
    Model.objects.bulk_create(
        Model(
            provider=provider,
            name=f"maker-{n % 40}/quite-a-long-model-name-{n}",
            reference=f"openrouter/maker-{n % 40}/quite-a-long-model-name-{n}",
            label=f"Maker {n % 40}: Quite a Long Model Name {n}",
            maker=f"Maker {n % 40}",
            family=f"family-{n % 40}",
        )
        for n in range(count)
    )


def test_form_of_500_models_with_a_full_panel_stays_below_150_kb(as_alice: Client, local: Preset) -> None:
    connect_many(500)
    slots = [f"openrouter/maker-{n}/quite-a-long-model-name-{n}" for n in range(8)]

    response = as_alice.get(f"{HOME}?models={','.join(slots)}")

    assert response.context["problems"] == {}
    assert len(response.content) < 150_000


def test_form_costs_the_same_queries_for_few_and_many_models(
    as_alice: Client, local: Preset, django_assert_max_num_queries: Any
) -> None:
    connect_many(60)
    address = f"{HOME}?models={SMOL},{GEMMA}"
    as_alice.get(address)

    with django_assert_max_num_queries(20) as few:
        as_alice.get(address)
    with django_assert_max_num_queries(len(few.captured_queries)):
        as_alice.get(f"{address},{','.join(f'openrouter/maker-{n}/quite-a-long-model-name-{n}' for n in range(6))}")


def test_typed_names_are_understood_where_they_mean_one_model(as_alice: Client, local: Preset) -> None:
    connect_many(60)

    response = as_alice.post("/setup/", form(model=["smollm2 135m", "Maker 3: Quite a Long Model Name 3", "nobody"]))

    assert [slot.model for slot in response.context["draft"].slots] == [
        SMOL,
        "openrouter/maker-3/quite-a-long-model-name-3",
        "nobody",
    ]


def test_overlap_is_no_writer(as_alice: Client, local: Preset) -> None:
    response = as_alice.post(HOME, form(writer=Builtin.OVERLAP))

    assert sentence_on(response, "writer") == (
        "The model “builtin/overlap” is not connected. Choose one from the list."
    )


def test_recipe_with_a_cap_is_taken_over_by_an_edit(as_alice: Client, alice: User, local: Preset) -> None:
    run = make_run(alice, recipe=make_recipe(max_cost=Decimal("0.50"), grace_s=100.0))

    draft = as_alice.get(f"{HOME}?from={run.public_id}").context["draft"]

    assert (draft.max_cost, draft.grace_s, draft.quorum, draft.hard_limit_s) == ("0.5", "100", "", "")
