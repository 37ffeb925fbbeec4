"""The new-run form: what it shows, what its buttons do, what it refuses and that it keeps what was typed."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset
from apps.fusion.values import Message
from apps.fusion.vocabulary import Builtin, Role
from apps.runs.models import Run
from apps.web.compose.drafts import Draft
from apps.web.compose.slots import RULES
from tests.calls import create_call
from tests.factories import GEMMA, SMOL, make_recipe, make_run

HOME = "/"


def form(**values: Any) -> dict[str, Any]:
    """Return a form as the browser sends it: two local models, word overlap, SmolLM2 as the writer."""
    sound = {"prompt": "How high is it?", "model": [SMOL, GEMMA], "temperature": ["0.2", ""], "kept": ["", ""]}
    return {**sound, "judge": Builtin.OVERLAP, "writer": SMOL, "preset": "", **values}


def preset_form(preset: Preset, **values: Any) -> dict[str, Any]:
    """Return the form of an untouched preset, with the hidden fields as the page wrote them."""
    from apps.web.compose.drafts import with_preset  # noqa: PLC0415 - keeps the tests' head to what they check

    draft = with_preset(Draft(), preset)
    slots = {
        "model": [slot.model for slot in draft.slots],
        "kept": [slot.rendered.model_dump_json() for slot in draft.slots],
        **{name: [getattr(slot.settings, name) for slot in draft.slots] for name in RULES},
    }
    hidden = {"preset": draft.preset, "writer_kept": draft.writer_kept.model_dump_json()}
    return {"prompt": "How high is it?", **slots, **hidden, "judge": draft.judge, "writer": draft.writer, **values}


def panel_of(response: HttpResponse) -> list[str]:
    return [slot.model for slot in response.context["draft"].slots]


def sentence_on(response: HttpResponse, field: str) -> str:
    return str(response.context["problems"].get(field, ""))


def test_home_asks_a_stranger_to_log_in(client: Client) -> None:
    response = client.get(HOME)

    assert response.url == "/login/?next=/"


def test_home_opens_on_the_first_preset(as_alice: Client, local: Preset) -> None:
    response = as_alice.get(HOME)

    assert response.context["draft"].preset == "local"
    assert panel_of(response) == [SMOL, SMOL, GEMMA]
    assert b"135 and 270 million" in response.content


def test_home_without_a_model_says_what_to_do(as_alice: Client) -> None:
    response = as_alice.get(HOME)

    assert b"No model is connected" in response.content
    assert b"OPENAI_API_KEY" in response.content
    assert b"<textarea" not in response.content


def test_home_starts_a_run_and_goes_to_its_page(as_alice: Client, alice: User, local: Preset) -> None:
    response = as_alice.post(
        HOME, form(system="Be brief.", criteria="names a source", judge_instructions=" Figures only. ")
    )

    run = Run.objects.get()
    assert response.url == f"/runs/{run.public_id}/"
    assert run.owner == alice
    assert run.messages == (Message(role="system", text="Be brief."), Message(role="user", text="How high is it?"))
    assert [slot.model for slot in run.recipe.panel] == [SMOL, GEMMA]
    assert [slot.parameters.temperature for slot in run.recipe.panel] == [0.2, None]
    assert run.recipe.criteria == "names a source"
    assert (run.recipe.settings.judge_instructions, run.recipe.settings.writer_instructions) == ("Figures only.", "")


def test_home_runs_an_untouched_preset_as_it_is(as_alice: Client, local: Preset) -> None:
    as_alice.post(HOME, preset_form(local))

    recipe = Run.objects.get().recipe
    assert recipe.preset == "local"
    assert recipe.panel == local.panel
    assert recipe.settings.writer_parameters == local.writer_parameters


@pytest.mark.parametrize(
    "change",
    [
        {"judge": SMOL},
        {"writer": GEMMA},
        {"temperature": ["0.3", "0.7", "0.9"]},
        {"model": [SMOL, GEMMA, SMOL]},
    ],
)
def test_home_calls_a_changed_preset_custom(as_alice: Client, local: Preset, change: dict[str, Any]) -> None:
    as_alice.post(HOME, preset_form(local, **change))

    assert Run.objects.get().preset == ""


def test_home_drops_the_limits_of_a_model_that_was_replaced(as_alice: Client, local: Preset) -> None:
    as_alice.post(HOME, preset_form(local, model=[GEMMA, SMOL, GEMMA]))

    limits = [slot.parameters.max_tokens for slot in Run.objects.get().recipe.panel]
    assert limits == [None, 150, 150]


TOO_LONG = "This prompt has 101 characters; the limit is 100. Shorten it."
UNKNOWN = "The model “x/gone” is not connected. Choose one from the list."


@pytest.mark.parametrize(
    "change, field, sentence",
    [
        ({"prompt": ""}, "prompt", "Write a prompt first."),
        ({"prompt": " \r\n\t "}, "prompt", "Write a prompt first."),
        ({"prompt": "x" * 101}, "prompt", TOO_LONG),
        ({"prompt": "a\x00b"}, "prompt", "The prompt contains a NUL character. Remove it."),
        ({"system": "y" * 101}, "system", TOO_LONG.replace("prompt", "system prompt")),
        ({"model": []}, "panel", "The panel is empty. Add at least one model."),
        ({"model": [SMOL] * 9}, "panel", "A panel has at most 8 models. Remove one."),
        ({"model": [SMOL, "x/gone"]}, "panel", f"B: {UNKNOWN}"),
        (
            {"temperature": ["hot"]},
            "panel",
            "A: the temperature is a number from 0 to 2, or empty for the model’s own.",
        ),
        (
            {"temperature": ["", "2.1"]},
            "panel",
            "B: the temperature is a number from 0 to 2, or empty for the model’s own.",
        ),
        (
            {"temperature": ["nan"]},
            "panel",
            "A: the temperature is a number from 0 to 2, or empty for the model’s own.",
        ),
        ({"judge": "x/gone"}, "judge", UNKNOWN),
        ({"judge": ""}, "judge", "Choose a judge."),
        ({"writer": "x/gone"}, "writer", UNKNOWN),
        ({"writer": ""}, "writer", "Choose a writer."),
        ({"preset": "gone"}, "preset", "There is no preset “gone” now. Choose one of these, or Custom."),
    ],
)
def test_home_refuses_bad_input_beside_its_field_and_keeps_the_rest(
    as_alice: Client, local: Preset, settings: Settings, change: dict[str, Any], field: str, sentence: str
) -> None:
    settings.PROMPT_LIMIT = 100
    sent = form(criteria="kept as typed", **change)

    response = as_alice.post(HOME, sent)

    assert response.status_code == 400
    assert sentence_on(response, field) == sentence
    assert b'<p class="error"' in response.content
    assert response.context["draft"].prompt == sent["prompt"].replace("\r\n", "\n")
    assert panel_of(response) == sent["model"]
    assert b"kept as typed" in response.content
    assert not Run.objects.exists()


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"model": "local/smollm2-135m", "parameters": {"max_tokens": -1}}'])
def test_home_survives_damaged_hidden_fields(as_alice: Client, local: Preset, kept: str) -> None:
    response = as_alice.post(HOME, form(kept=[kept, kept], writer_kept=kept))

    assert response.status_code == 302


@pytest.mark.parametrize(
    "edit, panel, preset",
    [
        ("add", [SMOL, GEMMA, GEMMA], ""),
        ("remove:A", [GEMMA], ""),
        ("remove:B", [SMOL], ""),
        ("remove:H", [SMOL, GEMMA], ""),
        ("preset:local", [SMOL, SMOL, GEMMA], "local"),
        ("preset:gone", [SMOL, GEMMA], ""),
        ("custom", [SMOL, GEMMA], ""),
        ("refresh", [SMOL, GEMMA], ""),
        ("nonsense", [SMOL, GEMMA], ""),
    ],
)
@pytest.mark.parametrize("address", [HOME, "/setup/"])
def test_edit_changes_the_form_and_runs_nothing(
    as_alice: Client, local: Preset, address: str, edit: str, panel: list[str], preset: str
) -> None:
    response = as_alice.post(address, form(edit=edit))

    assert response.status_code == 200
    assert panel_of(response) == panel
    assert response.context["draft"].preset == preset
    assert response.context["draft"].prompt == "How high is it?"
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "models, edit, waiting",
    [
        ([SMOL, GEMMA, GEMMA], "remove:C", ("2", "5")),
        ([SMOL, GEMMA], "remove:B", ("", "")),
        ([SMOL, GEMMA, GEMMA, GEMMA], "remove:D", ("3", "5")),
    ],
)
def test_quorum_goes_with_the_models_that_are_removed(
    as_alice: Client, local: Preset, models: list[str], edit: str, waiting: tuple[str, str]
) -> None:
    sent = form(model=models, quorum="3", grace_s="5", edit=edit)

    draft = as_alice.post("/setup/", sent).context["draft"]

    assert (draft.quorum, draft.grace_s) == waiting


def test_address_with_one_model_runs_where_the_default_preset_has_a_quorum(as_alice: Client, local: Preset) -> None:
    Preset.objects.update(quorum=2, grace_s=30)

    draft = as_alice.get(HOME, {"models": SMOL, "prompt": "Hello"}).context["draft"]

    assert (draft.quorum, draft.grace_s) == ("", "")


def test_added_slot_takes_the_first_unused_model(as_alice: Client, local: Preset) -> None:
    response = as_alice.post("/setup/", form(model=[GEMMA], edit="add"))

    assert panel_of(response) == [GEMMA, SMOL]


def test_full_panel_takes_no_more(as_alice: Client, local: Preset) -> None:
    response = as_alice.post("/setup/", form(model=[SMOL] * 8, edit="add"))

    assert len(panel_of(response)) == 8
    assert re.search(rb'id="add-slot"[^>]*disabled', response.content)


def test_unfinished_prompt_is_no_problem_while_editing(as_alice: Client, local: Preset) -> None:
    response = as_alice.post("/setup/", form(prompt="", edit="add"))

    assert response.context["problems"] == {}


def test_editing_a_run_takes_over_all_it_had(as_alice: Client, alice: User, local: Preset) -> None:
    system = Message(role="system", text="Be brief.")
    recipe = make_recipe(GEMMA, SMOL, judge=SMOL, criteria="names a source")
    run = make_run(alice, recipe=recipe, messages=[system, Message(role="user", text="How old?")], prompt="How old?")

    response = as_alice.get(f"{HOME}?from={run.public_id}")

    draft = response.context["draft"]
    assert (draft.prompt, draft.system, draft.criteria, draft.judge) == (
        "How old?",
        "Be brief.",
        "names a source",
        SMOL,
    )
    assert panel_of(response) == [GEMMA, SMOL]
    assert f'href="/runs/{run.public_id}/"' in response.content.decode()


def test_editing_a_run_of_a_preset_that_is_gone_is_custom(as_alice: Client, alice: User, local: Preset) -> None:
    run = make_run(alice, recipe=make_recipe(preset="gone"))

    response = as_alice.get(f"{HOME}?from={run.public_id}")

    assert (response.context["draft"].preset, response.context["problems"]) == ("", {})


@pytest.mark.parametrize("field", ["system", "criteria", "judge", "writer", "preset", "model", "temperature", "kept"])
@pytest.mark.parametrize("address", [HOME, "/setup/", "/estimate/"])
def test_nul_anywhere_breaks_nothing(as_alice: Client, local: Preset, address: str, field: str) -> None:
    response = as_alice.post(address, form(**{field: "\x00"}))

    assert response.status_code in (200, 302, 400)


@pytest.mark.parametrize("name", ["from", "follow"])
def test_run_id_that_cannot_be_is_not_found(as_alice: Client, local: Preset, name: str) -> None:
    assert as_alice.get(f"{HOME}?{name}=x%00").status_code == 404


def answered_run(owner: User) -> Run:
    run = make_run(owner, "How high is it?")
    run.answer_call = create_call(run, Role.SYNTHESIS, model=SMOL, text="330 metres.", status="done")
    run.save()
    return run


def test_follow_up_sends_the_earlier_question_and_answer(as_alice: Client, alice: User, local: Preset) -> None:
    parent = answered_run(alice)
    page = as_alice.get(f"{HOME}?follow={parent.public_id}")

    as_alice.post(HOME, form(prompt="And how old?", follow=page.context["draft"].follow))

    run = Run.objects.get(parent=parent)
    assert b"Following up on" in page.content
    assert [(message.role, message.text) for message in run.messages] == [
        ("user", "How high is it?"),
        ("assistant", "330 metres."),
        ("user", "And how old?"),
    ]


def test_editing_a_follow_up_keeps_its_earlier_turns_and_its_parent(
    as_alice: Client, alice: User, local: Preset
) -> None:
    parent = answered_run(alice)
    as_alice.post(HOME, form(prompt="And how old?", follow=parent.public_id))
    second = Run.objects.get(parent=parent)

    as_alice.post(HOME, form(**{"prompt": "And how wide?", "from": second.public_id}))

    third = Run.objects.exclude(pk__in=[parent.pk, second.pk]).get()
    assert third.parent == parent
    assert [message.text for message in third.messages] == ["How high is it?", "330 metres.", "And how wide?"]


@pytest.mark.parametrize("name", ["from", "follow"])
def test_strangers_run_is_not_there_to_continue(as_charlie: Client, alice: User, local: Preset, name: str) -> None:
    run = make_run(alice)

    assert as_charlie.get(f"{HOME}?{name}={run.public_id}").status_code == 404
    assert as_charlie.post(HOME, form(**{name: run.public_id})).status_code == 404
    assert Run.objects.count() == 1


@pytest.mark.parametrize("name", ["home", "setup", "estimate"])
def test_form_needs_somebody_signed_in(client: Client, name: str) -> None:
    address = reverse(f"web:{name}")

    assert client.post(address, form()).url == f"/login/?next={address}"


@pytest.mark.parametrize("address", ["/setup/", "/estimate/"])
def test_fragments_are_not_pages(as_alice: Client, address: str) -> None:
    assert as_alice.get(address).status_code == 405


def facts(response: HttpResponse) -> str:
    """Return the words beside the button, which begin with an estimate."""
    beside = response.content.decode().split('id="presets"')[0].partition('<span class="settings-line"')[0]
    return " ".join(re.sub("<[^>]*>?", " ", beside).split())


def test_prompt_is_shown_exactly_and_escaped(as_alice: Client, local: Preset) -> None:
    prompt = "\n\n  <script>alert(1)</script></textarea>&amp; ü"

    response = as_alice.post(HOME, form(prompt=prompt, edit="refresh"))

    assert (
        "\n\n\n  &lt;script&gt;alert(1)&lt;/script&gt;&lt;/textarea&gt;&amp;amp; ü</textarea>"
        in response.content.decode()
    )


def test_recent_runs_are_mine_and_newest_first(as_alice: Client, alice: User, charlie: User, local: Preset) -> None:
    for owner, prompt, age in [(alice, "old", 90), (alice, "new", 5), (charlie, "secret", 1)]:
        make_run(owner, prompt, age_s=age)

    response = as_alice.get(HOME)

    assert [run.title for run in response.context["recent"]] == ["new", "old"]


@pytest.mark.usefixtures("local")
def test_form_says_how_long_a_long_prompt_takes_on_this_machine(as_alice: Client) -> None:
    Model.objects.update(prompt_speed=25)

    short = facts(as_alice.post("/estimate/", form(prompt="How high is the Eiffel Tower?")))
    long = facts(as_alice.post("/estimate/", form(prompt="The river carries stones. " * 500)))

    assert "on this machine; writing" not in short
    assert re.search(r"Reading this prompt takes about \d min on this machine; writing comes on top\.", long)
