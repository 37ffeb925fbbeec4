"""Folds of a run's page that fetch what is in them when they are opened, while the network is away."""

from playwright.sync_api import expect

from tests.factories import make_local_preset
from tests.web.run_factories import ANSWERS, make_finished_run


def fail_to_open(page, fold, address):
    """Open a fold while what it asks for cannot be reached: it asks once, and again when it is opened again."""
    asked = []
    page.route(address, lambda route: asked.append(route) or route.abort())
    fold.locator("> summary").press("Enter")
    expect(fold).to_contain_text("This could not be loaded.")
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    # Longer than the event of an open fold that was put there anew, and the request it would lead to.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
    assert len(asked) == 1
    page.unroute(address)


def open_again(page, fold):
    for _ in range(2):
        expect(fold.locator("> summary")).to_be_focused()
        page.keyboard.press("Enter")


def test_fold_that_could_not_be_loaded_is_loaded_when_it_is_opened_again(open_page, bench):
    make_local_preset()
    run = make_finished_run(bench.owner, ANSWERS)
    page = open_page(run.get_absolute_url())
    fold = page.locator("#renew")

    fail_to_open(page, fold, "**/renew/")
    open_again(page, fold)

    expect(fold.get_by_role("button", name="Judge again")).to_be_visible()
    open_page.errors.clear()  # the browser logs the request that failed


def test_answers_of_an_earlier_turn_are_loaded_when_they_are_opened_again(open_page, bench):
    make_local_preset()
    first = make_finished_run(bench.owner, ANSWERS)
    second = make_finished_run(bench.owner, ANSWERS, parent=first, thread=first.public_id, ancestors=[first.pk])
    page = open_page(second.get_turn_url())
    fold = page.locator(f"#answers-{first.public_id}")

    fail_to_open(page, fold, "**/answers/")
    open_again(page, fold)

    expect(fold.locator(".prose").first).to_be_visible()
    open_page.errors.clear()  # the browser logs the request that failed
