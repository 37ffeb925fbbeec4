"""Presses that come quicker than the answers to those before, on the form for a new run in a real browser."""

import pytest
from playwright.sync_api import expect

from apps.catalogue.models import CriteriaSet, Preset
from tests.browser.steps import pick_model
from tests.browser.test_form import hold, newest
from tests.services import wait_until


@pytest.fixture
def preset(auto_preset):
    return auto_preset


def models_of(page):
    return [field.input_value() for field in page.locator("#setup [name=model]").all()]


def test_presses_before_the_first_answer_all_count(open_page, bench, preset):
    for name in ("deep", "long", "high"):
        bench.model(name, text="It is.")
    page = open_page("/")
    held = hold(page, "/setup/")
    for press in ("+ Add", "+ Add", "Remove A", "Remove B", "+ Add"):
        with page.expect_request("**/setup/"):
            page.get_by_role("button", name=press, exact=True).click()
    newest(page, held).continue_()

    expect(page.get_by_label("Model of D")).to_be_visible()
    assert models_of(page)[0] == "up/wide"
    assert len(models_of(page)) == 4
    page.unroute("**/setup/")
    page.get_by_role("button", name="Remove D").click()  # those that were answered are not told of again
    expect(page.get_by_label("Model of D")).to_have_count(0)
    assert len(models_of(page)) == 3


def test_preset_is_saved_once_and_what_is_pressed_meanwhile_counts(open_page, preset):
    page = open_page("/")
    page.get_by_role("button", name="Custom").click()
    page.get_by_text("Save as preset").click()
    page.get_by_label("Name of the preset").fill("Mine")
    held = hold(page, "/setup/")
    page.locator("#preset-save").dblclick()
    page.get_by_role("button", name="Remove C").click()
    newest(page, held).continue_()
    newest(page, held).continue_()

    expect(page.get_by_role("button", name="Mine")).to_be_visible()
    expect(page.get_by_label("Model of C")).to_have_count(0)
    expect(page.get_by_role("button", name="Custom")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#preset-name-problem")).to_have_count(0)
    assert [len(saved.panel) for saved in Preset.objects.filter(name="Mine")] == [3]


def test_texts_that_are_deleted_one_after_the_other_are_both_gone(open_page, bench, preset):
    for name in ("Brief", "Long"):
        CriteriaSet.objects.create(owner=bench.owner, team=bench.owner.personal_team, name=name, text="is so")
    page = open_page("/")
    page.get_by_text("System prompt, criteria and instructions").click()
    page.get_by_label("Criteria for the judge").fill("names the risks")
    held = hold(page, "/criteria/")
    for name in ("Brief", "Long"):
        page.get_by_label(f"Delete the texts “{name}”").click()
        expect(page.get_by_text(f"Delete the texts “{name}”?")).to_be_visible()
        with page.expect_request("**/criteria/"):
            page.get_by_role("button", name="Delete", exact=True).click()
    for request in held:
        request.continue_()

    for name in ("Brief", "Long"):
        expect(page.get_by_label(f"Delete the texts “{name}”")).to_have_count(0)
    assert not CriteriaSet.objects.exists()
    expect(page.get_by_label("Criteria for the judge")).to_have_value("names the risks")


def test_second_press_on_a_button_sends_its_form_no_second_time(open_page, bench, preset):
    page = open_page("/settings/")
    page.get_by_label("Name", exact=True).last.fill("Nightly")
    answers = []
    page.route("**/settings/keys/", lambda route: answers.append((route, route.fetch())))
    page.get_by_role("button", name="Create key").evaluate(
        """(button) => new Promise((done) => {
          let presses = 0;
          const timer = setInterval(() => {
            button.click();
            presses += 1;
            if (presses < 10) return;
            clearInterval(timer);
            done();
          }, 50);
        })"""
    )
    wait_until(lambda: page.wait_for_timeout(20) or answers, "the server has made the key")
    [(route, answer)] = answers
    route.fulfill(response=answer)

    expect(page.get_by_text("Copy the key “Nightly” now.")).to_be_visible()
    assert [key.name for key in bench.owner.api_keys.all()] == ["Nightly"]


def test_newest_estimate_stands_however_many_fields_asked_for_one(open_page, preset):
    page = open_page("/")
    held = hold(page, "/estimate/")
    with page.expect_request("**/estimate/"):
        page.get_by_label("Prompt", exact=True).fill("How tall?")
    with page.expect_request("**/estimate/"):
        page.get_by_label("Temperature of A").fill("hot")
        page.get_by_label("Temperature of A").press("Tab")
    for request in held:
        request.continue_()

    expect(page.locator("#facts")).to_contain_text("the temperature is a number from 0 to 2")


def test_keyboard_stays_in_the_panel_where_its_button_goes(open_page, preset):
    page = open_page("/")
    page.get_by_role("button", name="Remove C").press("Enter")
    expect(page.get_by_label("Model of C")).to_have_count(0)
    add = page.get_by_role("button", name="+ Add")
    expect(add).to_be_focused()
    for letter in "CDEFGH":
        page.keyboard.press("Enter")
        expect(page.get_by_label(f"Model of {letter}")).to_be_visible()

    expect(add).to_be_disabled()
    expect(page.get_by_role("button", name="Remove H")).to_be_focused()


def test_second_press_on_a_download_leaves_the_line_of_the_first(open_page, bench, preset):
    page = open_page("/settings/")
    page.route("**/settings/export/", lambda route: route.fulfill(status=204))
    button = page.get_by_role("button", name="Download everything")
    tokens = []
    for _ in range(2):
        button.click()
        tokens.append(page.locator("#export-progress").get_attribute("data-token"))

    assert tokens[0] == tokens[1] != ""


def is_sent(button):
    """Press a button, and return whether its form is sent: whether what listens for that hears of it."""
    return button.evaluate(
        """(button) => {
          let isHeard = false;
          const listen = () => (isHeard = true);
          document.addEventListener("submit", listen);
          button.click();
          document.removeEventListener("submit", listen);
          return isHeard;
        }"""
    )


def test_form_is_sent_again_once_it_was_changed_or_its_answer_never_came(open_page, preset):
    page = open_page("/settings/", has_clock=True)
    page.route("**/settings/keys/", lambda route: route.fulfill(status=204))  # as if it had been stopped
    name = page.get_by_label("Name", exact=True).last
    button = page.get_by_role("button", name="Create key")
    assert not is_sent(button)  # it has no name yet
    name.fill("Nightly")
    page.evaluate("addEventListener('submit', (event) => event.preventDefault(), { once: true, capture: true })")
    assert [is_sent(button) for _ in range(3)] == [True, True, False]  # the first was held back

    page.clock.fast_forward(20_000)
    assert not is_sent(button)
    page.clock.fast_forward(11_000)
    assert [is_sent(button) for _ in range(2)] == [True, False]

    name.fill("Weekly")
    assert [is_sent(button) for _ in range(2)] == [True, False]

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert [is_sent(button) for _ in range(2)] == [True, False]


def test_download_is_begun_again_sooner(open_page, preset):
    page = open_page("/settings/", has_clock=True)
    page.route("**/settings/export/", lambda route: route.fulfill(status=204))
    button = page.get_by_role("button", name="Download everything")
    assert [is_sent(button) for _ in range(2)] == [True, False]

    page.clock.fast_forward(6_000)
    assert is_sent(button)


def test_import_is_sent_once_and_told_of_however_long_it_takes(open_page, preset):
    page = open_page("/settings/import/", has_clock=True)
    told = {"status": 204}
    page.route("**/progress/**", lambda route: route.fulfill(**told))
    page.route("**/settings/import/", lambda route: route.fulfill(status=204))
    file = {"name": "all.zip", "mimeType": "application/zip", "buffer": b"PK"}
    page.get_by_label("Archive").set_input_files([file])
    button, line = page.get_by_role("button", name="Import", exact=True), page.locator("#import-progress")
    assert is_sent(button)
    for _ in range(70):  # 49 s until the archive is there
        with page.expect_response("**/progress/**"):
            page.clock.run_for(700)
    expect(line).to_have_text("Uploading …")
    assert not is_sent(button)

    told |= {"status": 200, "json": {"text": "7 of 9 runs", "is_over": False}}
    page.clock.run_for(1400)
    expect(line).to_have_text("7 of 9 runs")
    told["json"] = {"text": "", "is_over": True}  # its answer was stopped, or the page would have gone
    page.clock.run_for(1400)
    expect(line).to_be_hidden()
    assert is_sent(button)


def test_prompt_that_is_typed_while_settings_are_drawn_is_in_the_estimate(open_page, preset):
    page = open_page("/")
    held = hold(page, "/setup/")
    with page.expect_request("**/setup/"):
        page.get_by_role("button", name="+ Add").click()
    with page.expect_response("**/estimate/"):
        page.get_by_label("Prompt", exact=True).fill("How tall?")
    with page.expect_response("**/estimate/") as asked_again:  # the held answer's own is that of an empty prompt
        held[0].continue_()

    assert "prompt=How%20tall%3F" in asked_again.value.request.post_data
    expect(page.get_by_label("Model of D")).to_be_visible()


def test_what_is_changed_while_a_preset_is_saved_and_texts_are_drawn_counts(open_page, bench, preset):
    CriteriaSet.objects.create(owner=bench.owner, team=bench.owner.personal_team, name="Brief", text="is so")
    page = open_page("/")
    page.get_by_role("button", name="Custom").click()
    page.get_by_text("Save as preset").click()
    page.get_by_label("Name of the preset").fill("Mine")
    held = hold(page, "/setup/")
    page.locator("#preset-save").click()
    saving = newest(page, held)
    pick_model(page.get_by_label("Model of C"), "tall")
    saving.continue_()
    newest(page, held).continue_()
    expect(page.get_by_role("button", name="Custom")).to_have_attribute("aria-pressed", "true")
    assert models_of(page) == ["up/tall", "up/small", "up/tall"]

    page.get_by_text("System prompt, criteria and instructions").click()
    with page.expect_request("**/setup/"):
        page.get_by_role("button", name="Mine").click()
    page.get_by_label("System prompt", exact=True).fill("Be brief.")
    newest(page, held).continue_()
    expect(page.get_by_label("Model of C")).to_have_value("wide")
    expect(page.get_by_label("System prompt", exact=True)).to_have_value("Be brief.")

    page.goto("/presets/new/")
    with page.expect_request("**/setup/"):
        page.get_by_role("button", name="+ Add").click()
    with page.expect_response("**/estimate/"):
        page.get_by_label("Temperature of A").fill("hot")
        page.get_by_label("Temperature of A").press("Tab")
    with page.expect_response("**/estimate/"):  # the held answer's own is that of the settings before
        newest(page, held).continue_()
    expect(page.get_by_label("Model of D")).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("the temperature is a number from 0 to 2")
    page.get_by_text("System prompt, criteria and instructions").click()
    with page.expect_response("**/estimate/"):
        page.get_by_role("button", name="Brief", exact=True).click()
    expect(page.get_by_label("Criteria for the judge")).to_have_value("is so")
