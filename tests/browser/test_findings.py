"""The findings that the page leaves for later: fetched by a press, kept, and what is said when they do not come."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from apps.runs import actions
from tests.browser.conftest import ARTIFACTS, PHONE, WIDE
from tests.browser.steps import DRAW_ANEW, scrolls_sideways
from tests.factories import make_local_preset
from tests.web.run_factories import make_run_with_findings

FOCUS_IS_ON_THE_SIXTH = """(kind) => {
  const { localName, textContent } = document.activeElement;
  return ["li", "th"].includes(localName) && textContent.includes(`${kind} number 6`);
}"""

PARTS_COME = """async () => {
  const main = [...document.scripts].find(({ src }) => src.endsWith("run/main.js"));
  const { fetchSoon } = await import(main.src.replace("main.js", "swap.js"));
  fetchSoon("bill");
}"""
"""As when the run has gone on."""


@pytest.fixture
def run(bench):
    make_local_preset()
    return make_run_with_findings(bench.owner, 8)


def offer(page, kind="Consensus"):
    return page.get_by_role("link", name=f"Show all 8 under {kind}")


def test_remaining_findings_load_by_enter_and_take_the_focus(open_page, run, axe):
    page = open_page(run.get_absolute_url(), reduced_motion="reduce")
    page.locator("#agreement").screenshot(path=ARTIFACTS / "findings-first-1440.png")

    for kind, title in (("Consensus", "Consensus"), ("Contradiction", "Contradictions")):
        offer(page, title).press("Enter")
        expect(offer(page, title)).to_have_count(0)
        page.wait_for_function(FOCUS_IS_ON_THE_SIXTH, arg=kind)

    page.evaluate(DRAW_ANEW, "agreement")
    for kind in ("Consensus", "Contradiction"):
        expect(page.locator(".agree").get_by_text(f"{kind} number")).to_have_count(8)
    page.wait_for_function(FOCUS_IS_ON_THE_SIXTH, arg="Contradiction")
    for viewport in (WIDE, PHONE):
        page.set_viewport_size(viewport)
        page.locator("#agreement").screenshot(path=ARTIFACTS / f"findings-all-{viewport['width']}.png")
        assert (axe(page), scrolls_sideways(page)) == ([], False)


def test_failed_load_of_findings_is_reported_and_can_be_repeated(open_page, run):
    page = open_page(run.get_absolute_url())
    page.route("**/findings/**", lambda route: route.fulfill(status=500))

    offer(page).click()

    expect(page.get_by_text("That did not work (error 500). Try again in a moment.")).to_be_visible()
    page.unroute("**/findings/**")
    offer(page).click()
    expect(page.locator(".agree").get_by_text("Consensus number 8")).to_be_visible()
    open_page.errors.clear()  # the browser logs the failure that is wanted here


def test_page_says_that_one_is_signed_out_and_keeps_what_is_typed(open_page, run):
    page = open_page(run.get_absolute_url(), own=True)
    page.wait_for_load_state()
    page.locator("#next-prompt").fill("And how old is it?")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    said = page.locator(".message.error").filter(has_text="You are signed out. Copy what you have typed")

    page.evaluate(PARTS_COME)
    expect(said).to_be_visible()
    said.get_by_role("button").click()
    offer(page).click()

    expect(said).to_be_visible()
    expect(page.locator("#next-prompt")).to_have_value("And how old is it?")


def test_shared_run_shows_all_findings_without_scripts(open_page, run):
    address = actions.share_run(run).get_absolute_url()

    for has_scripts in (True, False):
        page = open_page(address, as_nobody=True, java_script_enabled=has_scripts)
        offer(page).click()
        expect(page.locator(".agree").get_by_text("Consensus number 8")).to_be_visible()


@pytest.mark.parametrize("held", ["mouse", "key"])
def test_part_that_comes_during_a_press_waits_for_its_click(open_page, run, held):
    page = open_page(run.get_absolute_url())
    page.evaluate("() => { window.oldHeader = document.getElementById('run-header') }")
    summary = page.locator("#prompt > summary")
    if held == "mouse":
        page.locator("#next-prompt").press_sequentially("Why?")  # is changed when the press takes the focus
        summary.hover()
        page.mouse.down()
    else:
        summary.focus()
        page.keyboard.down("Space")
    page.evaluate(DRAW_ANEW, "header+bill")
    is_old = page.evaluate("() => window.oldHeader.isConnected")

    page.mouse.up() if held == "mouse" else page.keyboard.up("Space")

    page.wait_for_function("() => !window.oldHeader.isConnected")
    assert is_old
    expect(page.locator("#prompt")).to_have_attribute("open", "")
