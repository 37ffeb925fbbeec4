"""Own prompts of seats on the form: typed, kept in recipes, presets and forks, and refused with what to do."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.values import PromptVariant
from apps.runs.models import Run
from apps.web.compose.slots import VariantDraft
from tests.factories import GEMMA, make_run
from tests.web.compose.test_home import HOME, form, sentence_on

NO_TEXT = "A: the variant “x” changes nothing. Write its system prompt or its prompt, or empty its name."
NO_NAME = "A: the own prompt has no name. Name it, so that answers and votes can be told apart by it."
LONG_NAME = "A: the name of a variant has at most 40 characters. Shorten it."
OWN_PROMPT = {
    "variant_name": [" brief ", ""],
    "variant_system": ["Be brief.\r\nVery.", ""],
    "variant_prompt": ["In a word: {{prompt}}", ""],
}


def test_own_prompt_goes_into_recipe_preset_and_fork_and_follows_no_model(as_alice: Client, local: Preset) -> None:
    as_alice.post(HOME, form(**OWN_PROMPT))
    run = Run.objects.get()
    brief = PromptVariant(name="brief", system="Be brief.\nVery.", prompt="In a word: {{prompt}}")
    assert [spec.variant for spec in run.recipe.panel] == [brief, None]

    again = as_alice.get(f"{HOME}?from={run.public_id}").context["draft"]
    assert again.slots[0].variant == VariantDraft("brief", "Be brief.\nVery.", "In a word: {{prompt}}")
    kept = again.slots[0].rendered.model_dump_json()
    other = as_alice.post("/setup/", form(**OWN_PROMPT, model=[GEMMA, GEMMA], kept=[kept, ""], edit="look"))
    assert other.context["draft"].slots[0].variant.name.strip() == "brief"
    assert '<span class="tag variant"' in other.content.decode()

    as_alice.post("/presets/new/", form(**OWN_PROMPT, name="Two prompts"))
    preset = Preset.objects.get(name="Two prompts")
    assert preset.panel[0].variant == brief
    assert as_alice.get(f"/presets/{preset.slug}/").context["draft"].slots[0].variant.name == "brief"


def test_wording_of_the_whole_question_is_refused_in_a_later_turn(as_alice: Client, alice: User, local: Preset) -> None:
    first = make_run(alice)

    response = as_alice.post(HOME, form(follow=first.public_id, variant_name=["own", ""], variant_prompt=["Why?", ""]))

    assert "replaces the whole question, which only the first turn can do." in sentence_on(response, "panel")


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"variant_name": "x"}, NO_TEXT),
        ({"variant_prompt": "Why?"}, NO_NAME),
        ({"variant_name": "n" * 41, "variant_system": "s"}, LONG_NAME),
        (
            {"variant_name": ["x", "x"], "variant_system": ["s", "t"]},
            "Two variants with different texts are called “x”. Rename one of them.",
        ),
        (
            {"variant_name": "x", "variant_system": "s" * 1_001},
            "A: its own prompt has 1,001 characters; the limit is 1,000. Shorten it.",
        ),
    ],
)
def test_bad_own_prompt_is_refused_with_what_to_do(
    as_alice: Client, local: Preset, settings: Any, texts: dict[str, Any], sentence: str
) -> None:
    settings.PROMPT_LIMIT = 1_000

    response = as_alice.post(HOME, form(**texts))

    assert (response.status_code, sentence_on(response, "panel")) == (400, sentence)
    assert not Run.objects.exists()
