"""Single keys of the run page, and where they do not count."""

import pytest
from playwright.sync_api import expect

from apps.accounts.models import User
from tests.browser.conftest import ARTIFACTS
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run

FOCUSED = "(words) => document.activeElement.innerText.replaceAll(/\\s+/g, ' ').includes(words)"


@pytest.fixture
def run(bench):
    make_local_preset()
    return make_finished_run(bench.owner)


def test_keys_go_through_findings_and_to_columns_but_not_from_a_field(open_page, run, axe):
    page = open_page(run.get_absolute_url(), reduced_motion="reduce")
    for key, words in [
        ("j", "Height of the tower"), ("j", "finished in 1889"), ("k", "Height of the tower"), ("k", "Height"),
        ("2", "It stands 300 metres tall"), ("9", "It stands 300 metres tall"), ("1", "330 metres"),
    ]:  # fmt: skip
        page.keyboard.press(key)
        page.wait_for_function(FOCUSED, arg=words)
    assert page.evaluate("() => document.activeElement.closest('.call').id") == "slot-A"

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys of this page")).to_be_visible()
    page.screenshot(path=ARTIFACTS / "keys-1440.png")
    page.keyboard.press("2")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys of this page")).to_be_hidden()
    assert axe(page) == []

    field = page.locator("#go-on textarea").first
    field.press_sequentially("j2?")
    expect(field).to_have_value("j2?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator("#slot-A .body").focus()
    # As an input method reports a key that it takes.
    page.evaluate("() => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', isComposing: true}))")
    page.keyboard.press("Control+2")
    page.wait_for_function("() => document.activeElement.closest('.call')?.id === 'slot-A'")
    expect(page.locator("dialog[open]")).to_have_count(0)
    for slot in "ABC":
        expect(page.get_by_role("region", name=f"{slot} SmolLM2 135M")).to_have_count(1)


def test_keys_that_were_turned_off_do_nothing_and_the_list_says_so(open_page, run, bench):
    User.objects.filter(pk=bench.owner.pk).update(single_keys=False)
    page = open_page(run.get_absolute_url())

    page.locator("#slot-A .body").focus()
    page.keyboard.press("2")
    page.keyboard.press("?")
    page.get_by_role("button", name="Keys").click()

    expect(page.get_by_text("You have turned single keys off.")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement.textContent.trim() === 'Keys'")
