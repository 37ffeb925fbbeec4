"""The findings that the page leaves for later: fetched by a press, kept, and what is said when they do not come."""

import pytest
from playwright.sync_api import expect

from apps.runs import actions
from tests.browser.conftest import ARTIFACTS, PHONE, WIDE
from tests.factories import make_local_preset
from tests.web.run_factories import make_run_with_findings

DRAW_AGREEMENT_ANEW = """async () => {
  const html = await (await fetch(document.body.dataset.fragments.replace("NAMES", "agreement"))).text();
  const { swap } = await import([...document.scripts].at(-1).src.replace("main.js", "swap.js"));
  swap(html);
}"""
FOCUS_IS_ON_THE_SIXTH = "() => document.activeElement.textContent === 'Contradiction number 6'"


@pytest.fixture
def run(bench):
    make_local_preset()
    return make_run_with_findings(bench.owner, 8)


def offer(page, kind="Consensus"):
    return page.get_by_role("link", name=f"Show all 8 under {kind}")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_rest_comes_by_enter_takes_the_focus_and_stays(open_page, run, axe, viewport):
    page = open_page(run.get_absolute_url(), viewport=viewport, reduced_motion="reduce")
    page.locator("#agreement").screenshot(path=ARTIFACTS / f"findings-first-{viewport['width']}.png")

    for kind in ("Consensus", "Contradictions"):
        offer(page, kind).press("Enter")
        expect(offer(page, kind)).to_have_count(0)

    page.wait_for_function(FOCUS_IS_ON_THE_SIXTH)
    page.evaluate(DRAW_AGREEMENT_ANEW)
    for kind in ("Consensus", "Contradiction"):
        expect(page.locator(".agree").get_by_text(f"{kind} number")).to_have_count(8)
    assert page.evaluate(FOCUS_IS_ON_THE_SIXTH)
    assert axe(page) == []
    page.locator("#agreement").screenshot(path=ARTIFACTS / f"findings-all-{viewport['width']}.png")


def test_rest_that_does_not_come_is_said_and_can_be_asked_for_again(open_page, run):
    page = open_page(run.get_absolute_url())
    page.route("**/findings/**", lambda route: route.fulfill(status=500))

    offer(page).click()

    expect(page.get_by_text("That did not work (error 500). Try again in a moment.")).to_be_visible()
    page.unroute("**/findings/**")
    offer(page).click()
    expect(page.locator(".agree").get_by_text("Consensus number 8")).to_be_visible()
    open_page.errors.clear()  # the browser logs the failure that is wanted here


def test_rest_for_somebody_who_is_signed_out_leads_to_signing_in(open_page, run):
    page = open_page(run.get_absolute_url())
    page.context.clear_cookies()

    offer(page).click()

    page.wait_for_url("**/login/**")


def test_visitor_of_a_shared_run_gets_the_rest_also_without_scripts(open_page, run):
    address = actions.share_run(run).get_absolute_url()

    for has_scripts in (True, False):
        page = open_page(address, as_nobody=True, java_script_enabled=has_scripts)
        offer(page).click()
        expect(page.locator(".agree").get_by_text("Consensus number 8")).to_be_visible()
