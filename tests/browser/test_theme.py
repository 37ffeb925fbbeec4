"""The theme, which is one for all tabs of a browser."""

from playwright.sync_api import expect

from tests.factories import make_local_preset


def test_theme_that_is_chosen_in_another_tab_is_named_by_this_ones_button(open_page, bench):
    make_local_preset()
    page = open_page("/", own=True)
    other = page.context.new_page()
    other.goto("/models/")

    other.get_by_role("button", name="Theme: auto").click()

    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
