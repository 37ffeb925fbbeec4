"""Pages that stay open while their person is signed out, as in another tab or because the session has ended."""

import re

from django.conf import settings
from playwright.sync_api import expect

from tests.factories import make_local_preset

SAID = "You are signed out. Copy what you have typed"


def sign_out(page):
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def test_form_says_that_one_is_signed_out_and_stays_as_it_is(open_page, bench):
    make_local_preset()
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).fill("A question")
    expect(page.locator("#facts")).to_contain_text("4 calls")
    sign_out(page)

    page.get_by_role("button", name="+ Add").click()

    expect(page.locator(".message.error")).to_have_text(re.compile(SAID))
    expect(page.get_by_label("Model of A")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A question")
    expect(page.get_by_label("Username")).to_have_count(0)


def test_text_that_is_not_kept_because_one_is_signed_out_says_so(open_page, bench):
    make_local_preset()
    page = open_page("/")
    page.route("**/estimate/", lambda route: route.fulfill(status=204))
    sign_out(page)

    page.get_by_label("Prompt", exact=True).fill("A question")

    expect(page.locator(".message.error").filter(has_text=SAID)).to_have_count(1)
