"""The pages of prompt templates: making, changing, comparing, filling in and deleting them."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.batches.models import FilledTemplate, PromptTemplate
from apps.batches.templates import InvalidTemplate, change_template, create_template
from apps.catalogue.models import Preset
from apps.runs.models import Run
from tests.web.compose.test_home import HOME, form

TEXTS = {
    "name": "Cities",
    "prompt": "How old is {{city}} in {{country}}?",
    "system": "Be brief.",
    "checks": "contains: {{city}}\nlength: at most 20 words",
}


@pytest.fixture
def cities(alice: User) -> PromptTemplate:
    return create_template(alice, **TEXTS).template


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_template_is_made_and_listed(as_alice: Client) -> None:
    empty = shown(as_alice, "/templates/")
    made = as_alice.post("/templates/new/", TEXTS)

    template = PromptTemplate.objects.get()
    version = template.versions.get()
    assert "No templates yet" in empty
    assert made["Location"] == template.get_absolute_url()
    assert (version.number, version.prompt, version.checks) == (1, TEXTS["prompt"], TEXTS["checks"])
    assert template.get_absolute_url() in shown(as_alice, "/templates/")


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"name": " "}, "A name has 1 to 100 characters."),
        ({"name": "cities"}, "You have a template “cities” already."),
        ({"prompt": ""}, "Write a prompt first."),
        ({"prompt": "One\n{{x+y}}"}, "Line 2: “{{x+y}}” is no variable."),
        ({"system": "{{"}, "Line 1: “{{…” is no variable."),
        ({"checks": "number: many"}, "Line 1: “many” is not understood."),
    ],
)
def test_template_that_cannot_be_saved_says_why_and_keeps_its_texts(
    as_alice: Client, alice: User, change: dict[str, str], sentence: str
) -> None:
    create_template(alice, "cities", "Why?")

    answer = as_alice.post("/templates/new/", {**TEXTS, **change})

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert answer.context["texts"] == {**TEXTS, **change}
    assert PromptTemplate.objects.count() == 1


def test_change_writes_the_next_version_and_the_same_texts_none(as_alice: Client, cities: PromptTemplate) -> None:
    address = cities.get_absolute_url()
    as_alice.post(address, TEXTS)
    as_alice.post(address, {**TEXTS, "name": "Towns", "prompt": "How old is {{city}}?"})

    cities.refresh_from_db()
    assert cities.name == "Towns"
    assert list(cities.versions.values_list("number", "prompt")) == [(2, "How old is {{city}}?"), (1, TEXTS["prompt"])]


def test_two_versions_are_compared_word_by_word(as_alice: Client, cities: PromptTemplate) -> None:
    change_template(cities, "Cities", "How large is {{city}} in {{country}}?", "Be brief.", "")

    page = shown(as_alice, f"{cities.get_absolute_url()}?from=1&to=2")

    assert ("<del>old</del>" in page, "<ins>large</ins>" in page) == (True, True)
    assert "<h3>Output checks</h3>" in page
    assert as_alice.get(f"{cities.get_absolute_url()}?from=1&to=7").status_code == 404


def test_filled_in_template_opens_the_form_and_its_run_is_checked(
    as_alice: Client, cities: PromptTemplate, local: Preset
) -> None:
    values = {"value:city": "Paris", "value:country": "France"}
    filled = as_alice.post(f"{cities.get_absolute_url()}fill/", values)
    draft = filled.context["draft"]

    as_alice.post(
        HOME,
        form(prompt=draft.prompt, system=draft.system, template=draft.template, template_values=draft.template_values),
    )

    run = Run.objects.get()
    kept = FilledTemplate.objects.get(run=run)
    assert [message.text for message in run.messages] == ["Be brief.", "How old is Paris in France?"]
    assert (kept.version.number, kept.template_values, kept.checks) == (
        1,
        {"city": "Paris", "country": "France"},
        TEXTS["checks"],
    )
    assert "Filled in from the template" in shown(as_alice, run.get_absolute_url())


def test_missing_value_is_named_and_the_others_stay(as_alice: Client, cities: PromptTemplate) -> None:
    answer = as_alice.post(f"{cities.get_absolute_url()}fill/", {"value:city": "Paris", "value:country": " "})

    assert answer.status_code == 400
    assert "Give a value for {{country}}." in answer.content.decode()
    assert answer.context["variables"] == [("city", "Paris"), ("country", " ")]


def test_run_of_a_template_that_names_a_foreign_one_is_just_a_run(
    as_charlie: Client, cities: PromptTemplate, local: Preset
) -> None:
    as_charlie.post(HOME, form(prompt="Why?", template=f"{cities.public_id}:1", template_values="[1"))

    assert Run.objects.count() == 1
    assert not FilledTemplate.objects.exists()


def test_deleted_template_leaves_its_runs(as_alice: Client, alice: User, cities: PromptTemplate, local: Preset) -> None:
    as_alice.post(HOME, form(prompt="Why?", template=f"{cities.public_id}:1", template_values="{}"))

    as_alice.post(f"{cities.get_absolute_url()}delete/")

    assert not PromptTemplate.objects.exists()
    assert FilledTemplate.objects.get().checks == TEXTS["checks"]
    assert as_alice.get(Run.objects.get().get_absolute_url()).status_code == 200


def test_two_templates_of_a_name_are_refused_on_rename(alice: User, cities: PromptTemplate) -> None:
    other = create_template(alice, "Towns", "Why?").template

    with pytest.raises(InvalidTemplate) as caught:
        change_template(other, "Cities", "Why?", "", "")

    assert caught.value.field == "name"
