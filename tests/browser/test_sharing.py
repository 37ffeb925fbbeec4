"""Links with each of their choices: made from the dialog, read in a clean profile, live and frozen, and closed."""

import re

from playwright.sync_api import expect

from apps.runs.models import Run, Share
from tests.browser.conftest import ARTIFACTS, PHONE
from tests.browser.steps import ask, column, open_menu, release_all


def test_live_run_is_shared_with_choices_and_closed(open_page, preset, upstream, axe):
    page = open_page("/")
    ask(page)
    expect(column(page, "A")).to_contain_text("The Eiffel Tower")

    # A link as it comes: a stranger sees the answers stream.
    open_menu(page, "share")
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator("#share-menu input[readonly]")).to_have_value(re.compile("^http"))
    plain = Share.objects.get()
    live = open_page(plain.get_absolute_url(), as_nobody=True)
    expect(column(live, "A")).to_contain_text("The Eiffel Tower")
    expect(live.locator("#run-header")).to_have_attribute("data-live", "true")

    # One with everything: what is selected is blacked out, and streams to nobody.
    title = page.locator("h1")
    title.select_text()
    menu = page.locator("#share-menu")
    expect(menu).to_have_attribute("open", "")
    menu.get_by_label("Without costs").check()
    menu.get_by_label("Without the JSON file").check()
    expect(menu.get_by_text("what each call cost")).to_be_hidden()
    menu.get_by_label("With the models' reasoning").check()
    expect(menu.get_by_text("the models’ reasoning", exact=True)).to_be_visible()
    menu.get_by_label("Open for").select_option("7")
    menu.get_by_text("Black out passages").click()
    menu.get_by_role("button", name="Add the selected text").click()
    passages = menu.get_by_label("Passages, one on each line")
    expect(passages).to_have_value("How high is the Eiffel Tower?")
    passages.fill("Eiffel Tower\n300 metres")
    page.screenshot(path=ARTIFACTS / "share-dialog.png")
    menu.get_by_role("button", name="Make a link to the run as it is now").click()
    expect(page.locator("#share-menu input[readonly]")).to_have_count(2)
    chosen = Share.objects.exclude(pk=plain.pk).get()
    black = open_page(chosen.get_absolute_url(), as_nobody=True)
    expect(black.locator("h1")).to_have_text("How high is the [redacted]?")
    expect(column(black, "A")).to_contain_text("waits for the first token")

    release_all(upstream)
    expect(live.locator("#answer")).to_contain_text("The answers disagree on its height.")
    expect(live.locator("#run-header")).to_have_attribute("data-live", "false")
    expect(column(black, "B")).to_contain_text("[redacted] tall")
    expect(black.locator("#answer")).to_contain_text("The answers disagree on its height.")
    expect(black.locator("body")).not_to_contain_text("Eiffel")
    expect(black.get_by_role("link", name="JSON")).to_have_count(0)
    expect(black.get_by_role("link", name="Markdown")).to_be_visible()
    black.screenshot(path=ARTIFACTS / "share-black.png", full_page=True)
    assert axe(black) == []

    # The page of all links revokes both, and their open pages close.
    page.goto("/shares/")
    expect(page.get_by_text("2 passages blacked out")).to_be_visible()
    expect(page.get_by_text("1 view")).to_have_count(2)
    page.screenshot(path=ARTIFACTS / "shares-1440.png")
    assert axe(page) == []
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=ARTIFACTS / "shares-390-dark.png")
    for left in (1, 0):
        page.get_by_role("button", name="Revoke").first.click()
        expect(page.get_by_role("button", name="Revoke")).to_have_count(left)
    for reader in (live, black):
        expect(reader.locator("h1")).to_have_text("Page not found")
    assert Run.objects.get().shares.filter(revoked_at=None).count() == 0
    open_page.errors.clear()  # the browser logs the 404s that are wanted here
