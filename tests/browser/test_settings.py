"""The settings page and the API's reference in a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import ARTIFACTS, PHONE, WIDE
from tests.browser.steps import scrolls_sideways


def test_settings_and_reference_are_readable_everywhere(
    open_page: Callable[..., Page], axe: Callable[..., list[str]], bench
) -> None:
    page = open_page("/settings/")
    page.get_by_label("Name", exact=True).fill("nightly report")
    pace = page.get_by_label("Requests per minute")
    pace.fill("0")
    page.get_by_role("button", name="Create key").click()
    wrong = pace.locator("xpath=following-sibling::p[@role='alert']")  # at the field, not in the browser's bubble
    expect(wrong).not_to_be_empty()
    expect(pace).to_be_focused()
    pace.fill("60")
    expect(wrong).to_have_count(0)
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_label("The new key")).to_have_value(re.compile("^fw-"))

    for viewport in (WIDE, PHONE):
        page.set_viewport_size(viewport)
        assert (axe(page), scrolls_sideways(page)) == ([], False)

    # The other pages of the reference are walked with all pages. This one is so long that it is examined at one width,
    # and by day: each of its elements stands in the same place on that of the runs, which is examined in the dark too.
    page.goto("/api/docs/schemas/")
    for viewport in (PHONE, WIDE):
        page.set_viewport_size(viewport)
        page.screenshot(path=ARTIFACTS / f"reference-schemas-{viewport['width']}.png")
        assert not scrolls_sideways(page), viewport["width"]
    assert axe(page, in_dark=False) == []


def test_language_of_samples_is_kept_and_the_search_answers_while_one_types(open_page: Callable[..., Page]) -> None:
    page = open_page("/api/docs/", as_nobody=True)
    page.get_by_role("button", name="Python").click()
    expect(page.locator("pre:visible")).to_contain_text("from openai import OpenAI")

    page.get_by_label("Search the reference").press_sequentially("Retry")
    page.wait_for_url("**/?q=Retry")  # what is found with less of it goes while it is pressed
    page.get_by_role("link", name="Retry a call").click()

    page.wait_for_url("**/api/docs/runs/#apps_api_runs_routes_retry_call")
    expect(page.locator("#apps_api_runs_routes_retry_call pre:visible")).to_contain_text("httpx.post(")


def test_key_is_made_and_revoked_with_the_keyboard(open_page: Callable[..., Page], bench) -> None:
    page = open_page("/settings/")

    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("laptop")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The new key")).to_be_visible()
    page.wait_for_load_state()  # before its scripts are there, nothing asks
    page.get_by_role("button", name="Revoke the key laptop").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Revoke").press("Enter")

    expect(page.get_by_text("No keys yet.")).to_be_visible()
    assert bench.owner.api_keys.get().revoked_at is not None
