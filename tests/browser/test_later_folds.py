"""Folds of a run's page that fetch what is in them when they are opened, while the network is away."""

from playwright.sync_api import expect

from tests.factories import make_local_preset
from tests.web.run_factories import ANSWERS, make_finished_run


def test_fold_that_could_not_be_loaded_is_loaded_when_it_is_opened_again(open_page, bench):
    make_local_preset()
    run = make_finished_run(bench.owner, ANSWERS)
    page = open_page(run.get_absolute_url())
    fold = page.locator("#renew")
    page.route("**/renew/", lambda route: route.abort())
    fold.locator("> summary").click()
    expect(fold).to_contain_text("This could not be loaded.")
    page.unroute("**/renew/")

    for _ in range(2):
        fold.locator("> summary").click()

    expect(fold.get_by_role("button", name="Judge again")).to_be_visible()
    open_page.errors.clear()  # the browser logs the request that failed


def test_answers_of_an_earlier_turn_are_loaded_when_they_are_opened_again(open_page, bench):
    make_local_preset()
    first = make_finished_run(bench.owner, ANSWERS)
    second = make_finished_run(bench.owner, ANSWERS, parent=first, thread=first.public_id, ancestors=[first.pk])
    page = open_page(second.get_turn_url())
    fold = page.locator(f"#answers-{first.public_id}")
    page.route("**/answers/", lambda route: route.abort())
    fold.locator("> summary").press("Enter")
    expect(fold).to_contain_text("This could not be loaded.")
    page.unroute("**/answers/")

    for _ in range(2):
        expect(fold.locator("> summary")).to_be_focused()
        page.keyboard.press("Enter")

    expect(fold.locator(".prose").first).to_be_visible()
    open_page.errors.clear()  # the browser logs the request that failed
