"""The list of runs in a real browser: columns by keyboard, a baseline, and runs like one of them."""

from contextlib import suppress

from playwright.sync_api import Error, expect

from apps.accounts.models import User
from apps.annotations.models import Rating
from apps.fusion.ratings import Thumb
from apps.runs.models import Run
from tests.browser.conftest import WIDE
from tests.browser.steps import box_of, check_everywhere, let_rest, open_menu, scrolls_sideways
from tests.browser.test_form import hold, let_go, newest
from tests.factories import make_local_preset, make_run
from tests.web.history.test_flaws import with_degraded_judge, with_flaws
from tests.web.run_factories import make_finished_run

CHANGED = "() => htmx.trigger(document.body, 'historyChanged')"
"""As when a mark was set."""
SEARCHED = """() => {
  document.getElementById("search").value = "tower";
  document.querySelector("form.search").requestSubmit();
}"""


def test_columns_are_chosen_by_keyboard_and_rows_compared_with_a_run(open_page, bench, axe):
    make_local_preset()
    base = make_finished_run(bench.owner, prompt="How high is the Eiffel Tower?", grounding=0.8, tags=["work"])
    Rating.objects.create(run=base, author=bench.owner, call=base.answer_call_id, thumb=Thumb.UP)
    make_run(bench.owner, "What is the height of the Eiffel Tower?", cost="0.0005", agreement=0.7, agreement_items=4)
    make_run(bench.owner, "Why does it rain?", cost="0.5", is_starred=True)
    page = open_page(base.get_absolute_url(), reduced_motion="reduce")

    open_menu(page, "more")
    page.get_by_role("link", name="Runs like this").click()
    expect(page.locator(".recents .title")).to_have_text(
        ["What is the height of the Eiffel Tower?", "Why does it rain?"]
    )
    check_everywhere(page, axe, "similar")
    page.set_viewport_size(WIDE)
    page.get_by_role("link", name="Use as baseline").click()
    expect(page.get_by_text("Compared with")).to_be_visible()
    cheap, dear = (page.locator("tr.run", has_text=text) for text in ("height of the", "Why does it rain?"))
    expect(cheap.locator(".cost .better")).to_have_text("−$0.0100")  # noqa: RUF001 - the page writes a minus
    expect(dear.locator(".cost .worse")).to_have_text("+$0.490")

    page.wait_for_load_state()  # or nothing hears yet that the search changes
    page.get_by_label("Search runs").fill("eiffel")
    expect(dear).to_have_count(0)
    summary = page.locator("#columns-menu > summary")
    summary.focus()
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#columns-menu")).to_have_attribute("open", "")
    rating = page.get_by_label("Rating")
    rating.focus()
    expect(rating).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("columnheader", name="Rating")).to_be_visible()
    expect(page.get_by_role("img", name="Good answer")).to_be_visible()
    expect(rating).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label("Grounding")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("tr.run .grounding").first).to_be_attached()
    expect(cheap.locator(".cost .better")).to_be_visible()
    for box in ("Strategy", "Tags", "Made by"):
        page.get_by_label(box, exact=True).check()
    expect(page.get_by_role("columnheader", name="Made by")).to_be_visible()
    check_everywhere(page, axe, "columns")
    page.set_viewport_size({"width": 1024, "height": 768})  # the table moves in its card, and the page does not
    assert not scrolls_sideways(page)
    page.set_viewport_size(WIDE)
    assert User.objects.get(pk=bench.owner.pk).history_columns[-1] == "star"

    page.get_by_role("button", name="The usual columns").click()
    expect(page.get_by_role("columnheader", name="Rating")).to_have_count(0)
    expect(page.get_by_label("Grounding")).not_to_be_checked()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Drop the baseline").click()
    expect(page.locator(".delta")).to_have_count(0)
    expect(page.get_by_label("Search runs")).to_have_value("eiffel")
    assert Run.objects.count() == 3


def test_long_state_takes_no_width_from_the_prompt(open_page, bench):
    make_local_preset()
    make_finished_run(bench.owner, prompt="How high is the tower? " * 20)
    page = open_page("/runs/", viewport={"width": 1024, "height": 768})
    plain = box_of(page.locator("tr.run .p"))["width"]

    with_degraded_judge(bench.owner)
    with_flaws(bench.owner)
    page.reload()

    state = page.locator("tr.run .status", has_text="done, 2 failed, 1 stopped")
    expect(state).to_be_visible()
    assert box_of(page.locator("tr.run .p").first)["width"] > plain - 4
    assert plain > 280
    assert box_of(state)["height"] <= 64
    assert not scrolls_sideways(page)

    Run.objects.update(agreement=0.5, agreement_items=23)
    page.goto("/")
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        expect(page.locator(".recents .state", has_text="2 failed, 1 stopped")).to_be_visible()
        assert not scrolls_sideways(page), width


def test_search_stands_however_the_list_asked_for_itself_meanwhile(open_page, bench):
    make_local_preset()
    make_run(bench.owner, "Why does it rain?")
    page = open_page("/runs/")
    held = hold(page, "/runs/**")
    for ask in (CHANGED, SEARCHED):
        with page.expect_request("**/runs/**"):
            page.evaluate(ask)
    for request in held:
        request.continue_()

    expect(page.get_by_role("heading", name="No run matches “tower”")).to_be_visible()

    for first in (SEARCHED, CHANGED):
        held.clear()
        with page.expect_request("**/runs/**"):
            page.evaluate(first)
        page.evaluate(CHANGED)  # while the answer that is on its way may be from before it
        with page.expect_request("**/runs/**"):
            newest(page, held).continue_()
        let_go(page, held)


def test_rows_of_a_list_that_is_gone_come_into_no_other(open_page, bench):
    make_local_preset()
    make_run(bench.owner, "Is there a tower?")
    page = open_page("/runs/", has_clock=True)
    held = hold(page, "/history/changes/**")
    make_run(bench.owner, "Why does it rain?")
    page.clock.fast_forward(16_000)
    late = newest(page, held)
    page.get_by_label("Search runs").fill("tower")
    page.clock.fast_forward(400)
    expect(page.get_by_text("1 run", exact=True)).to_be_visible()
    answer = late.fetch()
    with suppress(Error):  # the page may have given it up
        late.fulfill(response=answer)
    let_rest(page, 50)

    expect(page.locator("tr.run")).to_have_count(1)


def test_list_that_is_drawn_anew_has_the_rows_and_the_focus_that_it_had(open_page, bench):
    make_local_preset()
    for number in range(55):
        make_run(bench.owner, f"Number {number}", age_s=number)
    page = open_page("/runs/")
    page.wait_for_load_state()
    page.get_by_role("link", name="Show older runs").click()
    star = page.get_by_role("button", name="Star “Number 54”")
    star.press("Enter")

    expect(star).to_have_attribute("aria-pressed", "true")
    expect(star).to_be_focused()
    expect(page.locator("tr.run")).to_have_count(55)
    expect(page.get_by_role("button", name="Undo")).to_be_in_viewport()
