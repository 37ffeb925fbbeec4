"""The list of runs in a real browser: a search with its faults, saved; a tag on many runs, undone."""

from playwright.sync_api import expect

from apps.runs.models import Run
from tests.browser.conftest import WIDE
from tests.browser.steps import check_everywhere, let_rest
from tests.browser.test_form import hold, let_go, newest
from tests.browser.test_offscreen import drawn_anew
from tests.factories import make_local_preset, make_run


def test_search_is_corrected_saved_and_its_runs_are_tagged_and_freed_again(open_page, bench, axe):
    make_local_preset()
    figures = {"agreement": 0.3, "agreement_items": 4, "cost": "0.06", "is_starred": True}
    for prompt in ("Why is the sky blue?", "How high is the sky?"):
        make_run(bench.owner, prompt, **figures)
    make_run(bench.owner, "Why is the sky dark?", agreement=0.9)
    page = open_page("/runs/")
    rows, box = page.locator("tr.run .p > a:first-of-type"), page.get_by_label("Search runs")
    both = ["How high is the sky?", "Why is the sky blue?"]

    box.fill("sky starred agremeent<0.5 cost>0.05 status:done after:2020")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("There is no “agremeent<”. Did you mean “agreement”?")
    expect(alert.locator("mark")).to_have_text("agremeent")
    alert.get_by_role("link", name="Search for sky starred agreement<0.5").click()
    expect(rows).to_have_text(both)
    expect(box).to_have_value("sky starred agreement<0.5 cost>0.05 status:done after:2020")

    page.get_by_text("Save this search").click()
    page.get_by_label("Name of the search").fill("Dear skies")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The search is saved as “Dear skies”.")).to_be_visible()
    page.goto(page.url.partition("?")[0])
    expect(rows).to_have_count(3)
    page.get_by_text("Saved searches").click()
    page.get_by_label("Rename the search “Dear skies”").press("Enter")
    page.get_by_label("Another name for “Dear skies”").fill("Dear and split")
    check_everywhere(page, axe, "saved-searches")
    page.set_viewport_size(WIDE)
    page.get_by_label("Another name for “Dear skies”").press("Enter")
    expect(page.get_by_text("The search is called “Dear and split” now.")).to_be_visible()
    page.get_by_role("link", name="Dear and split").first.click()
    expect(rows).to_have_text(both)
    page.wait_for_load_state()  # or the scripts may not be there yet

    page.get_by_label("Select all runs of this page").check()
    page.get_by_label("Tag", exact=True).fill("Physics")
    page.get_by_role("button", name="Add tag").click()
    expect(page.get_by_text("2 runs are tagged “physics”.")).to_be_visible()
    expect(page.locator("tr.run").get_by_role("link", name="physics")).to_have_count(2)
    assert Run.objects.filter(tags=["physics"]).count() == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 runs are no longer tagged “physics”.")).to_be_visible()
    expect(page.locator("tr.run").get_by_role("link", name="physics")).to_have_count(0)
    assert not Run.objects.exclude(tags=[]).exists()


def test_rows_that_are_ticked_before_the_scripts_have_come_are_selected(open_page, bench):
    make_local_preset()
    for prompt in ("Why is the sky blue?", "How high is the sky?"):
        make_run(bench.owner, prompt)
    page = open_page("/settings/", own=True)
    held = hold(page, "/history/selection*.js")
    page.goto("/runs/", wait_until="commit")
    page.get_by_label("Select all runs of this page").check()
    let_go(page, held)

    expect(page.locator("[name=run]:checked")).to_have_count(2)
    expect(page.get_by_text("2 selected")).to_be_visible()
    expect(page.get_by_role("button", name="Compare")).to_be_enabled()


def test_rows_that_nobody_ticked_are_not_selected(open_page, bench):
    """A browser that comes back would tick the boxes again in their order, whichever rows have come since."""
    make_local_preset()
    make_run(bench.owner, "Why is the sky blue?")
    page = open_page("/runs/")
    page.get_by_label("Select all runs of this page").check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.goto("/models/")
    make_run(bench.owner, "How high is the sky?")

    page.go_back()

    expect(page.locator("tr.run")).to_have_count(2)
    expect(page.locator("[data-picked]")).to_have_text("0 selected")
    expect(page.locator("#history :checked")).to_have_count(0)


def test_list_that_hears_of_a_change_waits_for_the_end_of_a_press(open_page, bench):
    make_local_preset()
    make_run(bench.owner, "Why is the sky blue?")
    page = open_page("/runs/")
    page.wait_for_load_state()
    held, box = hold(page, "/runs/**"), page.locator("[name=run]")
    page.evaluate("() => htmx.trigger(document.body, 'historyChanged')")
    asked = newest(page, held)
    box.hover()
    page.mouse.down()
    with page.expect_event("requestfinished", lambda request: request == asked.request):
        asked.continue_()
    let_rest(page, 50)

    with drawn_anew(page, "#history"):
        page.mouse.up()
        let_go(page, held)

    expect(box).to_be_checked()
    expect(page.get_by_text("1 selected")).to_be_visible()


def test_choice_in_a_part_that_asks_for_itself_stays(open_page, bench):
    page = open_page("/runs/")
    page.wait_for_load_state()
    options = "<option>one</option><option selected>two</option><option>three</option>"
    part = f"""<p id="part" hx-get="/part/" hx-trigger="every 1s" hx-target="this" hx-swap="outerHTML">
      <select name="chosen" aria-label="Chosen">{options}</select></p>"""
    page.route("**/part/", lambda route: route.fulfill(body=part, content_type="text/html"))
    page.evaluate(
        """(part) => {
          document.querySelector("main").insertAdjacentHTML("beforeend", part);
          htmx.process(document.getElementById("part"));
        }""",
        part,
    )
    page.get_by_label("Chosen").select_option("three")

    for _ in range(2):
        with drawn_anew(page, "#part"):
            pass

    expect(page.get_by_label("Chosen")).to_have_value("three")
