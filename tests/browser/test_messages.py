"""Messages in the corner of a page."""

from playwright.sync_api import expect

from tests.factories import make_local_preset


def test_error_that_stands_there_is_not_said_again(open_page, bench):
    make_local_preset()
    page = open_page("/")
    page.route("**/estimate/", lambda route: route.abort())
    message = page.locator(".message.error")
    for prompt in ("One", "Two", "Three"):
        with page.expect_event("requestfailed"):
            page.get_by_label("Prompt", exact=True).fill(prompt)
        expect(message.first).to_contain_text("The server cannot be reached.")

    expect(message).to_have_count(1)
    message.get_by_role("button", name="Dismiss").click()
    expect(message).to_have_count(0)
    with page.expect_event("requestfailed"):
        page.get_by_label("Prompt", exact=True).fill("Four")
    expect(message).to_have_count(1)
    open_page.errors.clear()  # the browser logs the requests that failed
