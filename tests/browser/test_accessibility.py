"""Axe finds no violations on pages in states that a mere visit does not show: opened, refused, empty."""

import pytest
from playwright.sync_api import expect

from apps.catalogue.models import Model, Preset
from apps.runs import actions
from tests.browser.conftest import ARTIFACTS, PHONE
from tests.browser.steps import open_menu, scrolls_sideways
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run

FOLDS = ("more-menu", "prompt", "judge-takes", "bill-details")


@pytest.fixture
def run(bench):
    make_local_preset()
    return make_finished_run(bench.owner)


def test_run_page_with_everything_open_is_accessible(open_page, run, axe):
    actions.share_run(run)
    page = open_page(run.get_absolute_url(), reduced_motion="reduce")

    page.locator(".top .menu > summary").click()
    expect(page.locator(".top .menu")).to_have_attribute("open", "")
    page.screenshot(path=ARTIFACTS / "account-menu.png")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".top .menu[open]")).to_have_count(0)
    open_menu(page, "share")
    page.screenshot(path=ARTIFACTS / "share-menu.png")
    assert axe(page) == []
    for quote in page.locator("button.quote").all():
        quote.click()
    for fold in FOLDS:
        page.locator(f"#{fold} > summary").evaluate("(summary) => { summary.parentElement.open = true; }")
    page.screenshot(path=ARTIFACTS / "all-open.png", full_page=True)
    assert axe(page) == []
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.screenshot(path=ARTIFACTS / "question.png")
    assert axe(page) == []


def test_home_with_errors_is_accessible(open_page, bench, axe):
    make_local_preset()
    page = open_page("/", viewport=PHONE, reduced_motion="reduce")
    page.get_by_text("System prompt, criteria and instructions").click()
    page.get_by_label("Criteria for the judge").fill("x" * 4001)
    page.get_by_label("Temperature of A").fill("hot")
    page.get_by_label("Temperature of A").press("Tab")
    page.get_by_role("button", name="Run", exact=True).click()

    page.get_by_text("Write a prompt first.").wait_for()
    page.screenshot(path=ARTIFACTS / "home-errors.png", full_page=True)

    expect(page.locator("p.error")).to_have_text(
        [
            "Write a prompt first.",
            "A: the temperature is a number from 0 to 2, or empty for the model’s own.",
            "This text has 4,001 characters; the limit is 4,000. Shorten it.",
        ]
    )
    assert (axe(page), scrolls_sideways(page)) == ([], False)
    open_page.errors.clear()  # the browser logs the 400 that is wanted here


def test_home_without_models_is_accessible(open_page, bench, axe):
    assert (Model.objects.count(), Preset.objects.count()) == (0, 0)

    page = open_page("/", reduced_motion="reduce")
    page.screenshot(path=ARTIFACTS / "home-no-models.png")

    assert page.locator("main h2").all_inner_texts() == ["No model is connected"]
    assert axe(page) == []


def test_history_without_runs_and_without_matches_is_accessible(open_page, bench, axe):
    page = open_page("/runs/", reduced_motion="reduce")
    found = [(page.locator("main h2").inner_text(), axe(page))]

    page.goto("/runs/?q=zebra")
    found.append((page.locator("main h2").inner_text(), axe(page)))

    assert found == [("No runs yet", []), ("No run matches “zebra”", [])]
