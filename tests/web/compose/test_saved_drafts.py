"""Drafts are kept for their author alone, found again where they were typed, and gone once they are sent."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import FormDraft
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_recipe, make_run
from tests.web.compose.test_home import answered_run, form

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def draft_on(client: Client, address: str = "/"):
    return client.get(address).context["draft"]


def test_the_form_comes_back_as_it_was_left(as_alice: Client, alice):
    typed = form(prompt="Why?\n\nAnd how?", system="Be brief.", temperature=["0.9", "hot"], judge=SMOL, preset="")

    assert as_alice.post("/draft/", typed).status_code == 204

    page = as_alice.get("/")
    draft = page.context["draft"]
    assert (draft.prompt, draft.system, draft.judge) == ("Why?\n\nAnd how?", "Be brief.", SMOL)
    assert [slot.settings.temperature for slot in draft.slots] == ["0.9", "hot"]
    assert "This is what you had typed and not sent." in page.content.decode()


def test_nobody_else_sees_it(as_alice: Client, as_charlie: Client):
    as_alice.post("/draft/", form(prompt="A secret"))

    assert draft_on(as_charlie).prompt == ""
    as_charlie.post("/draft/", form(prompt="Another"))
    assert draft_on(as_alice).prompt == "A secret"


@pytest.mark.parametrize("address", ["/?prompt=Other", "/?preset=local", "/?models=local/smollm2-135m", "/?fresh"])
def test_an_address_that_says_what_to_ask_has_its_way(as_alice: Client, address):
    as_alice.post("/draft/", form(prompt="Typed before"))

    assert draft_on(as_alice, address).prompt != "Typed before"


def test_the_newest_text_takes_the_place_of_the_one_before(as_alice: Client, alice):
    for prompt in ("One", "Two\x00", ""):
        as_alice.post("/draft/", form(prompt=prompt))
        assert alice.form_drafts.get().fields["prompt"] == [prompt.replace("\x00", "")]


def test_a_page_never_puts_an_older_text_in_the_place_of_a_newer_one(as_alice: Client):
    for page, number, prompt, kept in [
        ("one", "9", "Nine", "Nine"),
        ("one", "8", "Eight", "Nine"),
        ("one", "10", "Ten", "Ten"),
        ("two", "1", "From another page", "From another page"),
        ("", "", "Without scripts", "Without scripts"),
        ("two", "x" * 5_000, "With a false count", "With a false count"),
    ]:
        as_alice.post("/draft/", form(prompt=prompt, draft_page=page, draft_number=number))

        assert draft_on(as_alice).prompt == kept


def test_a_run_takes_its_draft_with_it(as_alice: Client, alice):
    as_alice.post("/draft/", form(prompt="Why?"))

    as_alice.post("/", form(prompt=""))
    assert alice.form_drafts.count() == 1
    as_alice.post("/", form(prompt="Why?"))

    assert (Run.objects.count(), alice.form_drafts.count()) == (1, 0)


def test_each_thread_has_a_text_of_its_own(as_alice: Client, alice):
    run = answered_run(alice)
    as_alice.post("/draft/", form(prompt="On the first page"))
    as_alice.post("/draft/", {"place": run.public_id, "prompt": "And how old?", "earlier_answers": "own"})

    follow = draft_on(as_alice, f"/?follow={run.public_id}")

    assert (follow.prompt, follow.earlier_answers, follow.follow) == ("And how old?", "own", run.public_id)
    assert [slot.model for slot in follow.slots] == [spec.model for spec in run.recipe.panel]
    assert "And how old?</textarea>" in as_alice.get(run.get_absolute_url()).content.decode()
    assert draft_on(as_alice).prompt == "On the first page"


def test_text_below_a_thread_stays_emptied(as_alice: Client, alice):
    run = answered_run(alice)
    follow, typed = f"/?follow={run.public_id}", {"place": run.public_id, "draft_page": "one"}
    for number, prompt in [("2", "And how"), ("4", ""), ("3", "And how old?")]:  # the last of them was late
        as_alice.post("/draft/", typed | {"draft_number": number, "prompt": prompt, "earlier_answers": "own"})

    page = as_alice.get(follow)
    assert (page.context["draft"].prompt, page.context["draft"].earlier_answers) == ("", "own")
    assert "This is what you had typed" not in page.content.decode()
    as_alice.post("/draft/", form(prompt="", place=run.public_id, temperature="0.9"))
    page = as_alice.get(follow)
    assert [slot.settings.temperature for slot in page.context["draft"].slots] == ["0.9", ""]
    assert f'href="/?follow={run.public_id}&amp;fresh"' in page.content.decode()
    assert draft_on(as_alice, f"{follow}&fresh").slots[0].settings.temperature != "0.9"


def test_refused_question_does_not_bring_an_older_text_back(as_alice: Client, alice):
    run = answered_run(alice)
    as_alice.post("/draft/", {"place": run.public_id, "prompt": "And how old?"})

    refused = as_alice.post(f"/runs/{run.public_id}/follow/", {"prompt": ""})

    assert refused.status_code == 400
    assert "And how old?" not in refused.content.decode()


def test_an_edited_run_is_not_mixed_with_a_draft(as_alice: Client, alice):
    run = answered_run(alice)
    as_alice.post("/draft/", {"place": run.public_id, "prompt": "And how old?"})

    page = as_alice.get(f"/?from={run.public_id}")

    assert page.context["draft"].prompt == "How high is it?"
    assert "data-draft" not in page.content.decode()


def test_drafts_are_forgotten_after_thirty_days(as_alice: Client, alice):
    FormDraft.objects.create(
        owner=alice, place="old", fields={"prompt": ["x"]}, saved_at=timezone.now() - timedelta(days=31)
    )
    FormDraft.objects.create(owner=alice, fields={"prompt": ["x"]}, saved_at=timezone.now() - timedelta(days=31))

    assert draft_on(as_alice).prompt == ""
    as_alice.post("/draft/", {"place": "new", "prompt": "y"})
    assert [draft.place for draft in alice.form_drafts.all()] == ["new"]


def test_a_text_that_no_run_could_take_is_not_kept(as_alice: Client, alice, settings):
    settings.PROMPT_LIMIT = 10

    assert as_alice.post("/draft/", {"prompt": "x" * 31}).status_code == 204

    assert alice.form_drafts.count() == 0


def test_pictures_have_to_be_attached_again(as_alice: Client):
    as_alice.post("/draft/", form(prompt="What is it?", images="2"))

    assert as_alice.get("/").context["problems"] == {"images": "Attach the images again: a browser does not keep them."}


def test_the_last_panel_comes_with_its_settings_and_leaves_the_texts(as_alice: Client, alice, charlie):
    make_run(alice, recipe=make_recipe(GEMMA, SMOL, GEMMA, judge=SMOL, criteria="Cites"), age_s=90)
    make_run(charlie, recipe=make_recipe(SMOL, SMOL), age_s=10)

    page = as_alice.post("/", form(prompt="Why?", system="Be brief.", edit="last-panel"))

    draft = page.context["draft"]
    assert [slot.model for slot in draft.slots] == [GEMMA, SMOL, GEMMA]
    assert (draft.judge, draft.criteria, draft.prompt, draft.system) == (SMOL, "Cites", "Why?", "Be brief.")


def test_without_a_run_there_is_no_last_panel(as_alice: Client):
    assert "Same panel as last time" not in as_alice.get("/").content.decode()
    assert as_alice.post("/", form(prompt="Why?", edit="last-panel")).context["draft"].prompt == "Why?"
