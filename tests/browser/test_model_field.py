"""The field for a model in a real browser: typed, walked and taken by keyboard, with 369 models and with three."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.catalogue.models import Model, ModelPreference, Provider
from apps.providers.families import has_reasoning, has_vision
from tests.browser.conftest import PHONE, WIDE
from tests.browser.steps import box_of, keep_pictures, let_rest, open_settings, pick_model, scrolls_sideways
from tests.browser.test_form import choose, hold, let_go, newest
from tests.calls import create_call
from tests.factories import make_recipe, make_run
from tests.web.compose.many_models import rows


@pytest.fixture
def preset(auto_preset):
    return auto_preset


@pytest.fixture
def many(bench, preset):
    """Make 369 models of a router besides the preset's; one is starred, one was asked lately, one is hidden."""
    router = Provider.objects.create(slug="openrouter", name="OpenRouter", base_url=bench.upstream.url)
    Model.objects.bulk_create(
        Model(
            provider=router, name=name, reference=f"openrouter/{name}", label=label, maker=maker,
            context_length=32_768 * (1 + at % 7), price_input=Decimal(at % 9) / 4, price_output=Decimal(at % 9),
            supports_vision=has_vision(name), supports_reasoning=has_reasoning(name),
        )
        for at, (name, label, maker) in enumerate(rows())
    )  # fmt: skip
    star, recent, hidden = (
        Model.objects.get(reference=f"openrouter/{name}")
        for name in ("z-ai/glm-4.6", "mistralai/mistral-large-3", "openai/gpt-4")
    )
    ModelPreference.objects.create(user=bench.owner, model=star, is_starred=True)
    ModelPreference.objects.create(user=bench.owner, model=hidden, is_hidden=True)
    run = make_run(bench.owner, recipe=make_recipe(recent.reference, writer=recent.reference))
    create_call(run, slot="A", model=recent.reference, status="done", ttft_s=0.7, ended_at=timezone.now())


REFERENCES_OF_THE_FIRST_TWO = """(wanted) => {
  const options = document.querySelectorAll(".model-list:popover-open [role=option]");
  const firstTwo = [...options].slice(0, 2).map((one) => one.dataset.reference);
  return firstTwo.includes(wanted) && firstTwo;
}"""


def field(page, label="Model of A"):
    return page.get_by_role("combobox", name=label, exact=True)


def options(page):
    return page.locator(".model-list:popover-open [role=option]")


def expect_model(page, reference):
    """Wait until the form sends this model for slot A."""
    expect(page.locator("input[name=model]").first).to_have_value(reference)


TYPED = {
    "co45": "openrouter/anthropic/claude-opus-4.5",
    "g5mi": "openrouter/openai/gpt-5-mini",
    "qmax": "openrouter/qwen/qwen-max",
    "spot": "openrouter/arcee-ai/spotlight",
    "psdr": "openrouter/perplexity/sonar-deep-research",
}


def test_model_is_typed_in_four_letters_and_taken_by_enter_alone(open_page, many):
    page = open_page("/")
    for typed, reference in TYPED.items():
        page.locator("#heat-A").focus()
        page.keyboard.press("Shift+Tab")
        expect(field(page)).to_be_focused()
        page.keyboard.type(typed)
        first_two = page.wait_for_function(REFERENCES_OF_THE_FIRST_TWO, arg=reference).json_value()
        for _ in range(first_two.index(reference)):
            page.keyboard.press("ArrowDown")
        with page.expect_response("**/setup/"):
            page.keyboard.press("Enter")

        expect(field(page)).to_be_focused()
        expect(page.locator(".model-list:popover-open")).to_have_count(0)
        expect_model(page, reference)
        expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_list_of_369_models_is_grouped_accessible_and_fits(open_page, many, axe, viewport):
    page = open_page("/", viewport=viewport)
    assert page.content().count("openrouter/") < 2 * 369  # once, whatever the panel
    field(page).click()
    expect(options(page)).to_have_count(371)  # 369 and the three of the preset, but for the hidden one

    titles = page.locator(".model-list:popover-open .title")
    expect(titles.nth(0)).to_have_text("Starred")
    expect(titles.nth(1)).to_have_text("Recent")
    page.locator(".model-list:popover-open [role=listbox]").evaluate("(list) => { list.scrollTop = 0; }")
    keep_pictures(page, f"picker-{viewport['width']}", full_page=False)
    assert (axe(page), scrolls_sideways(page)) == ([], False)
    field(page).fill("gpt")
    expect(page.locator(".model-list:popover-open [role=status]")).to_have_text(re.compile(r"^\d+ of 371 models$"))
    keep_pictures(page, f"picker-typed-{viewport['width']}", full_page=False)
    assert axe(page) == []
    box = box_of(page.locator(".model-list:popover-open"))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= viewport["width"]
    assert box["y"] + box["height"] <= viewport["height"]


def test_escape_and_leaving_change_nothing(open_page, preset):
    page = open_page("/")
    field(page).fill("sma")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(field(page)).to_have_value("tall")
    field(page).fill("zebra")
    expect(page.get_by_text("No model matches “zebra”.")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_label("Prompt", exact=True).click()

    expect(field(page)).to_have_value("tall")
    expect_model(page, "up/tall")
    page.locator("#heat-A").focus()
    page.keyboard.press("Shift+Tab")
    expect(field(page)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_attribute("data-reference", "up/tall")
    page.keyboard.press("Tab")
    expect(page.locator("#heat-A")).to_be_focused()
    expect_model(page, "up/tall")


def test_judge_writer_and_fallback_offer_what_is_no_model(open_page, preset):
    page = open_page("/")
    open_settings(page)
    field(page, "Judge").fill("word")
    field(page, "Judge").press("Enter")
    expect(field(page, "Judge")).to_have_value("Word overlap, no model")
    expect(page.locator("#facts")).to_contain_text("word overlap")
    field(page, "Writer").fill("wide")
    with page.expect_response("**/setup/"):
        field(page, "Writer").press("Enter")
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    expect(field(page, "Writer")).to_have_value("wide")
    field(page, "Writer").click()
    expect(options(page).first).to_have_text(re.compile("^Auto: "))
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    choose(page, "B")
    fallback = page.locator("#fallback-B-box")
    fallback.fill("tall")
    fallback.press("Enter")
    expect(page.locator("input[name=fallback]").nth(1)).to_have_value("up/tall")
    fallback.fill("none")
    fallback.press("Enter")
    expect(page.locator("input[name=fallback]").nth(1)).to_have_value("")


def test_enter_waits_for_a_list_that_is_still_on_its_way(open_page, preset):
    page = open_page("/")
    held = hold(page, "/models/choices/")
    field(page).fill("wid")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Loading the models …")).to_be_visible()
    page.get_by_label("Prompt", exact=True).focus()
    let_go(page, held)

    expect(field(page)).to_have_value("wide")
    expect_model(page, "up/wide")


def enter_and_send(page, typed):
    """Enter a model before its list is there, and run a prompt; return the held requests and the pages asked for."""
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.is_navigation_request() else None)
    held = hold(page, "/models/choices/")
    field(page).fill(typed)
    page.keyboard.press("Enter")
    page.get_by_label("Prompt", exact=True).fill("How wide is it?")
    page.keyboard.press("Control+Enter")
    held.append(newest(page, held))
    return held, sent


def test_form_waits_for_a_choice_whose_list_is_on_its_way(open_page, preset):
    page = open_page("/")
    held, _ = enter_and_send(page, "wid")

    let_go(page, held)

    page.wait_for_url(re.compile(r"/runs/\w+/"))
    expect(page.locator("#slot-A h3")).to_have_text("wide")


def test_form_is_not_sent_where_the_list_does_not_come(open_page, preset):
    page = open_page("/")
    held, sent = enter_and_send(page, "wid")

    newest(page, held).abort()
    held.clear()
    newest(page, held).abort()  # it is asked for again as it is shown

    expect(page.get_by_text("The models could not be loaded.")).to_be_visible()
    expect(field(page)).to_be_focused()
    let_rest(page, 200)
    assert sent == []
    open_page.errors.clear()  # the browser logs the failure that is wanted here


def test_form_is_not_sent_where_no_model_is_the_one_that_was_entered(open_page, preset):
    page = open_page("/")
    held, sent = enter_and_send(page, "zebra")

    let_go(page, held)

    expect(page.get_by_text("No model matches “zebra”.")).to_be_visible()
    expect(field(page)).to_be_focused()
    let_rest(page, 200)
    assert sent == []
    page.keyboard.press("Escape")
    expect(field(page)).to_have_value("tall")
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    page.wait_for_url(re.compile(r"/runs/\w+/"))
    expect(page.locator("#slot-A h3")).to_have_text("tall")


def test_text_without_a_match_that_was_corrected_holds_nothing_up(open_page, preset):
    page = open_page("/")
    field(page).fill("zebra")
    expect(page.get_by_text("No model matches “zebra”.")).to_be_visible()
    page.keyboard.press("Enter")
    pick_model(field(page), "wide")
    page.get_by_label("Prompt", exact=True).fill("How wide is it?")

    page.get_by_role("button", name="Run", exact=True).click()

    page.wait_for_url(re.compile(r"/runs/\w+/"))
    expect(page.locator("#slot-A h3")).to_have_text("wide")


def test_text_stays_when_the_form_comes_back_from_the_choice_before(open_page, preset):
    page = open_page("/")
    field(page).fill("wide")
    held = hold(page, "/setup/")
    page.keyboard.press("Enter")
    field(page, "Model of B").focus()
    page.keyboard.type("ta")
    with page.expect_response("**/setup/"):
        let_go(page, held)
    expect_model(page, "up/wide")
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    expect(field(page, "Model of B")).to_be_focused()
    page.keyboard.type("ll")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Enter")

    expect(page.locator("input[name=model]").nth(1)).to_have_value("up/tall")


def test_form_works_without_scripts(open_page, preset):
    page = open_page("/", java_script_enabled=False)
    assert page.locator("datalist option").count() == 5
    page.get_by_label("Model of A").fill("wide")
    page.get_by_role("button", name="+ Add").click()

    expect(page.get_by_label("Model of A")).to_have_value("up/wide")
    expect(page.get_by_label("Model of D")).to_be_visible()
