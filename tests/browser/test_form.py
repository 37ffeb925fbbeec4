"""The form for a new run in a real browser: a slot's settings, the keyboard, presets, criteria and images."""

import base64
import re

import pytest
from playwright.sync_api import expect

from apps.catalogue.models import CriteriaSet, Model
from apps.catalogue.recipes.presets import create_preset
from apps.runs.models import Run
from tests.browser.conftest import ARTIFACTS
from tests.browser.steps import check_everywhere
from tests.services import wait_until

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

SETTLED = """() => {
  const settled = new Promise((done) => document.body.addEventListener("htmx:afterSettle", done, { once: true }));
  window.settled = settled.then(() => true);
}"""


@pytest.fixture
def preset(auto_preset):
    return auto_preset


def choose(page, letter):
    page.get_by_label(f"Settings of {letter}").first.click()
    return page.get_by_role("group", name=f"Settings of {letter}")


def hold(page, address):
    """Hold the requests for an address back from the server until a test lets them go."""
    held = []

    def keep(route):
        held.append(route)

    page.route(f"**{address}", keep)
    return held


def newest(page, held):
    """Return the newest held request, as soon as it has come here."""
    while not held:
        page.wait_for_timeout(20)
    return held.pop()


def let_go(page, held):
    """Let the newest held request go on, as soon as it has come here."""
    newest(page, held).continue_()


def run(page, prompt="How tall?"):
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(re.compile(r"/runs/\w+/"))
    wait_until(lambda: Run.objects.get().is_final, "the run ends")  # no worker writes while the tables are emptied
    return Run.objects.get().recipe


def test_settings_of_a_slot_reach_the_run_and_the_preset_becomes_custom(open_page, preset):
    page = open_page("/")
    fields = choose(page, "B")
    fields.get_by_label("Seed").fill("7")
    fields.get_by_label("Reasoning effort").select_option("low")
    fields.get_by_label("Fallback").fill("wide")
    with page.expect_response("**/estimate/"):
        fields.get_by_label("Fallback").press("Enter")
    expect(page.locator("input[name=fallback]").nth(1)).to_have_value("up/wide")  # its list may be on its way

    expect(page.get_by_role("button", name="Custom")).to_have_attribute("aria-pressed", "true")
    expect(fields).to_be_visible()
    recipe = run(page)

    spec = recipe.panel[1]
    assert (spec.parameters.seed, spec.parameters.reasoning_effort, spec.fallback) == (7, "low", "up/wide")
    assert (recipe.preset, recipe.settings.judge_is_auto) == ("", True)


def test_open_settings_are_accessible_and_fit(open_page, preset, axe):
    page = open_page("/")
    page.get_by_role("button", name="Custom").click()
    page.get_by_text("Save as preset").click()
    choose(page, "A")
    choose(page, "B")
    fold = page.locator("#settings")
    expect(fold).not_to_have_attribute("open", "")
    expect(fold.locator("summary").first).to_have_text(re.compile(r"^\s*Settings\s+Fuse · judge: Auto · writer: "))
    fold.locator("summary").first.press("Enter")
    page.get_by_text("Waiting, cost cap and reuse").click()
    page.get_by_text("System prompt, criteria and instructions").click()
    expect(page.get_by_label("System prompt", exact=True)).to_be_visible()

    check_everywhere(page, axe, "form")
    page.get_by_label("Cost cap").fill("0.5")
    page.get_by_label("Cost cap").blur()
    expect(page.locator("#settings-line")).to_have_text(re.compile(r"· cap \$0\.5$"))
    page.reload()
    expect(fold).to_have_attribute("open", "")  # as it was left


def test_settings_work_by_keyboard_alone(open_page, preset):
    page = open_page("/")

    page.locator("#tune-A > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tune-A")).to_have_attribute("open", "")
    for name, value in (("top_p", "0.5"), ("max_tokens", "90")):
        page.keyboard.press("Tab")
        expect(page.locator(f"#tune-A [name={name}]")).to_be_focused()
        page.keyboard.type(value)
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Write a prompt first.")).to_be_visible()
    expect(page.locator("[name=max_tokens]").first).to_have_value("90")
    open_page.errors.clear()  # the browser logs the 400 that is wanted here


def test_enter_in_the_name_saves_a_preset_and_nothing_else(open_page, preset):
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).fill("How tall?")
    page.get_by_role("button", name="Custom").click()
    page.get_by_text("Save as preset").click()
    page.get_by_label("Name of the preset").fill("Mine")
    page.get_by_label("Name of the preset").press("Enter")

    expect(page.get_by_role("button", name="Mine")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Save as preset")).to_be_hidden()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("How tall?")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_role("button", name="Copy as link").click()
    page.wait_for_function("() => window.copied")
    assert re.search(r"/\?preset=mine&strategy=\w+&judge=\w+&writer=\w+&prompt=How\+tall%3F$", page.evaluate("copied"))
    assert run(page).preset == "mine"


@pytest.mark.parametrize("address, press", [("/setup/", "Custom"), ("/setup/", "+ Add"), ("/estimate/", "")])
def test_late_answer_leaves_a_name_that_is_typed(open_page, preset, address, press):
    page = open_page("/")
    page.get_by_role("button", name="Custom").click()
    expect(page.get_by_text("Save as preset")).to_be_visible()
    page.evaluate(SETTLED)
    held = hold(page, address)
    with page.expect_request(f"**{address}"):
        page.get_by_role("button", name=press).click() if press else page.get_by_label("Prompt").first.fill("How tall?")
    page.get_by_text("Save as preset").click()
    page.get_by_label("Name of the preset").press_sequentially("Mi")
    expect(page.get_by_label("Name of the preset")).to_have_value("Mi")
    let_go(page, held)
    page.evaluate("window.settled")
    expect(page.get_by_label("Name of the preset")).to_be_focused()
    page.keyboard.type("ne")

    expect(page.get_by_label("Name of the preset")).to_be_visible()
    expect(page.get_by_label("Name of the preset")).to_have_value("Mine")


def test_what_is_typed_and_opened_while_the_panel_is_drawn_anew_stays(open_page, preset):
    page = open_page("/")
    held = hold(page, "/setup/")
    with page.expect_request("**/setup/"):
        page.get_by_role("button", name="+ Add").click()
    fields = choose(page, "B")
    fields.get_by_label("Seed").fill("7")
    fields.get_by_label("Reasoning effort").select_option("low")
    page.get_by_label("Temperature of A").focus()
    page.keyboard.type("0.")
    let_go(page, held)
    expect(page.get_by_label("Model of D")).to_be_visible()
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    expect(page.get_by_label("Temperature of A")).to_be_focused()
    page.keyboard.type("7")

    expect(page.get_by_label("Temperature of A")).to_have_value("0.7")
    expect(fields.get_by_label("Seed")).to_have_value("7")
    expect(fields.get_by_label("Reasoning effort")).to_have_value("low")
    held = hold(page, "/setup/")
    with page.expect_request("**/setup/"):
        page.get_by_label("Remove A").click()
    page.get_by_label("Temperature of C").fill("0.3")
    let_go(page, held)
    expect(page.get_by_label("Model of D")).to_have_count(0)
    expect(page.get_by_label("Temperature of B")).to_have_value("0.3")  # it has gone up with its model
    expect(page.get_by_role("group", name="Settings of A")).to_be_visible()


def test_estimate_of_a_prompt_leaves_the_preset_that_is_pressed_meanwhile(open_page, preset):
    page = open_page("/")
    page.get_by_role("button", name="Custom").click()
    expect(page.get_by_role("button", name="Custom")).to_have_attribute("aria-pressed", "true")
    held = hold(page, "/estimate/")
    with page.expect_request("**/estimate/"):
        page.get_by_label("Prompt", exact=True).fill("How tall?")
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Test").click()

    expect(page.get_by_role("button", name="Test")).to_have_attribute("aria-pressed", "true")
    assert len(held) == 1


def test_late_estimate_leaves_the_preset_that_is_pressed(open_page, preset):
    page = open_page("/")
    held = hold(page, "/estimate/")
    with page.expect_request("**/estimate/"):
        page.get_by_label("Temperature of A").fill("1")
        page.get_by_label("Temperature of A").press("Tab")
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Test").click()

    expect(page.get_by_label("Temperature of A")).to_have_value("")
    expect(page.get_by_role("button", name="Test")).to_have_attribute("aria-pressed", "true")
    assert len(held) == 1


def test_criteria_are_kept_and_used_again(open_page, preset):
    page = open_page("/")
    page.get_by_text("System prompt, criteria and instructions").click()
    page.get_by_label("Criteria for the judge").fill("cites a source")
    page.get_by_label("Name for these criteria").fill("Sources")
    page.get_by_label("Name for these criteria").press("Enter")
    expect(page.get_by_role("button", name="Sources", exact=True)).to_be_visible()

    page.get_by_label("Criteria for the judge").fill("")
    page.get_by_role("button", name="Sources", exact=True).click()

    expect(page.get_by_label("Criteria for the judge")).to_have_value("cites a source")
    assert CriteriaSet.objects.get().text == "cites a source"

    page.get_by_label("Delete the texts “Sources”").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("button", name="Sources", exact=True)).to_have_count(0)
    expect(page.get_by_label("Criteria for the judge")).to_have_value("cites a source")
    assert not CriteriaSet.objects.exists()


def test_images_are_shown_removed_and_sent_and_blind_models_named(open_page, preset, axe):
    Model.objects.filter(reference="up/small").update(supports_vision=False)
    page = open_page("/")
    attach = page.get_by_label("Attach images")

    attach.set_input_files([{"name": f"{n}.png", "mimeType": "image/png", "buffer": PIXEL} for n in "abcde"])
    expect(page.locator(".previews img")).to_have_count(4)
    expect(page.get_by_text("A prompt takes at most 4 images.")).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("B cannot see images and receives the text alone.")
    expect(page.get_by_text("Images are not kept with what you type")).to_be_visible()
    page.screenshot(path=ARTIFACTS / "images-1440.png", full_page=True)
    assert axe(page) == []
    page.get_by_label("Remove a.png").click()
    expect(page.locator(".previews img")).to_have_count(3)
    attach.set_input_files([{"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no image"}])
    expect(page.get_by_text("“notes.txt” is no PNG, JPEG, WebP or GIF image.")).to_be_visible()
    expect(page.locator(".previews img")).to_have_count(3)
    run(page)

    assert len(Run.objects.get().messages[-1].images) == 3
    page.locator("#prompt summary").click()
    expect(page.locator("#prompt img")).to_have_count(3)
    page.wait_for_function("() => document.querySelector('#prompt img')?.naturalWidth === 1")


def test_presets_pages_are_accessible_and_fit(open_page, bench, preset, axe):
    create_preset(bench.owner, "Legal questions", bench.recipe("up/tall", "up/wide", criteria="cites a source"))
    page = open_page("/login/")
    for name, address in [("presets", "/presets/"), ("preset", "/presets/legal-questions/")]:
        page.goto(address)
        check_everywhere(page, axe, name)


def test_one_slot_asks_one_model_and_its_page_has_no_judge(open_page, preset):
    page = open_page("/")
    for letter in "CB":
        page.get_by_label(f"Remove {letter}").click()
        expect(page.get_by_label(f"Remove {letter}")).to_have_count(0)
    expect(page.locator("#facts")).to_contain_text("1 call,")

    recipe = run(page)

    assert recipe.strategy == "single"
    expect(page.locator("#slot-A .prose")).to_have_text("It is tall.")
    stages = page.get_by_role("navigation", name="Stages").get_by_role("link")
    expect(stages).to_have_text(["Panel 1 of 1", "Answer"])
    expect(page.locator("#answer")).to_be_hidden()
    expect(page.locator("#agreement")).to_be_hidden()
    assert [call.model for call in Run.objects.get().calls.all()] == ["up/tall"]
