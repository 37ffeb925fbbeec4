"""Keys and presses in the form of a new run: Enter for whoever chose it, an input method's Enter, an example."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.runs.models import Run
from tests.browser.conftest import PHONE
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run

RUN_PAGE = re.compile(r"/runs/\w+/$")
COMPOSED = """(field, code) => field.dispatchEvent(new KeyboardEvent(
  "keydown", { key: "Enter", bubbles: true, cancelable: true, isComposing: code === 0, keyCode: code }))"""


@pytest.fixture
def enter_sends(bench) -> None:
    User.objects.filter(pk=bench.owner.pk).update(enter_sends=True)


def type_prompt(page: Page, press: str = "") -> None:
    """Type a prompt; a press of a key, if any is given, begins a new line in it."""
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("How high is it?")
    if press:
        prompt.press(press)
        expect(prompt).to_have_value("How high is it?\n")


def test_enter_is_a_new_line_unless_it_was_chosen(open_page, preset) -> None:
    page = open_page("/")
    expect(page.locator("[data-shortcut]")).to_have_text("Ctrl ⏎")

    type_prompt(page, "Enter")

    assert not Run.objects.exists()


def test_enter_runs_for_whoever_chose_it_and_shift_enter_does_not(open_page, preset, enter_sends) -> None:
    page = open_page("/")
    expect(page.locator("[data-shortcut]")).to_have_text("⏎")
    type_prompt(page, "Shift+Enter")
    page.get_by_text("System prompt, criteria and instructions").click()
    page.get_by_label("System prompt", exact=True).press("Enter")
    expect(page.get_by_label("System prompt", exact=True)).to_have_value("\n")

    page.get_by_label("Prompt", exact=True).press("Enter")

    expect(page).to_have_url(RUN_PAGE)
    assert Run.objects.get().prompt == "How high is it?"


def test_enter_asks_below_a_run_too(open_page, bench, enter_sends) -> None:
    make_local_preset()
    page = open_page(make_finished_run(bench.owner).get_absolute_url())
    field = page.get_by_label("Next prompt")
    expect(page.locator("#go-on [data-shortcut]")).to_have_text("⏎")
    field.fill("How heavy is it?")
    field.press("Shift+Enter")
    expect(field).to_have_value("How heavy is it?\n")

    field.press("Enter")

    page.wait_for_url(re.compile(r"/threads/\w+/"))
    assert Run.objects.latest("pk").prompt == "How heavy is it?"


def test_enter_of_an_input_method_never_runs(open_page, preset, enter_sends) -> None:
    page = open_page("/")
    type_prompt(page)
    prompt = page.get_by_label("Prompt", exact=True)

    for code in (0, 229):  # while composing; as Safari reports it afterwards
        prompt.evaluate(COMPOSED, code)

    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    assert not Run.objects.exists()
    prompt.evaluate(COMPOSED, 13)  # an Enter of nobody's, so that the two above could have run
    expect(page).to_have_url(RUN_PAGE)


def test_enter_stays_a_new_line_on_a_touch_screen(open_page, preset, enter_sends) -> None:
    page = open_page("/", viewport=PHONE, has_touch=True)

    type_prompt(page, "Enter")

    assert not Run.objects.exists()


def test_example_runs_at_a_press_and_once(open_page, bench) -> None:
    make_local_preset()
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).fill("half a tho")

    page.get_by_role("button", name="How many people live in Iceland?").dblclick()

    expect(page).to_have_url(RUN_PAGE)
    assert [run.prompt for run in Run.objects.all()] == ["How many people live in Iceland?"]


def test_example_fills_the_box_where_a_run_would_cost(open_page, bench) -> None:
    local = make_local_preset()
    local.writer = bench.model("writer")
    local.save()
    page = open_page("/")

    page.get_by_role("button", name="How many people live in Iceland?").click()

    expect(page.get_by_label("Prompt", exact=True)).to_have_value("How many people live in Iceland?")
    expect(page.get_by_label("Prompt", exact=True)).to_be_focused()
    assert not Run.objects.exists()
