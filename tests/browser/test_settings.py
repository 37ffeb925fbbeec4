"""The settings page and the API's reference in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_settings_and_reference_are_readable_everywhere(
    open_page: Callable[..., Page], axe: Callable[[Page], list[str]], bench, viewport: dict[str, int]
) -> None:
    page = open_page("/settings/", viewport=viewport)
    page.get_by_label("Name").fill("nightly report")
    page.get_by_label("Requests per minute").fill("60")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_label("The new key")).to_have_value(re.compile("^fw-"))

    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.goto("/api/docs/")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_key_is_made_and_revoked_with_the_keyboard(open_page: Callable[..., Page], bench) -> None:
    page = open_page("/settings/")

    page.get_by_label("Name").focus()
    page.keyboard.type("laptop")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The new key")).to_be_visible()
    page.get_by_role("button", name="Revoke the key laptop").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Revoke").press("Enter")

    expect(page.get_by_text("There are no keys yet.")).to_be_visible()
    assert bench.owner.api_keys.get().revoked_at is not None
